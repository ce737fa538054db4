"""Turn a model's raw answers into selections, claims and disputes; leave out what does not rest on located quotes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from outlast.evidence.named_values import find_missing_values
from outlast.evidence.report import Claim, Dispute, Evidence, Finding
from outlast.evidence.sources import Quote
from outlast.graphs.investigate import Selection
from outlast.tools.redacting import redact

STRENGTH_BY_RELEVANCE = {"answers": 0.9, "helps": 0.6, "mentions": 0.3}
MAX_RELATED = 5
MAX_DISPUTES = 10
MAX_HEADING_CHARACTERS = 120
NUMBERS_OF_QUOTES = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")

Item = TypeVar("Item")


def select_by_strength(groups: Sequence[Sequence[Finding]], unknown: tuple[str, ...]) -> Selection:
    """Select findings by their strength only, if there is no budget left for the model, or no valid answer from it."""
    strong = [group for group in groups if group[0].strength >= STRENGTH_BY_RELEVANCE["answers"]]
    weak = [group for group in groups if group not in strong]
    return Selection(
        evidence=Evidence.WEAK if strong else Evidence.NONE,
        findings=tuple(finding for group in strong for finding in group),
        related=tuple(finding for group in weak[:MAX_RELATED] for finding in group),
        unknown=unknown,
    )


def pick_by_number(items: Sequence[Item], numbers: Iterable[int]) -> list[Item]:
    """Return the items with these numbers, which count from 1, each once; numbers out of range are ignored."""
    return [items[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(items)]


def clean_contradictions(groups: Iterable[Iterable[int]], count: int) -> list[list[int]]:
    """Return the groups with at least two numbers from 1 to `count`, without groups that are part of another."""
    valid = [[number for number in dict.fromkeys(group) if 1 <= number <= count] for group in groups]
    kept: list[list[int]] = []
    for group in sorted(valid, key=len, reverse=True):
        if len(group) > 1 and not any(set(group) <= set(other) for other in kept):
            kept.append(group)
    return kept[:MAX_DISPUTES]


def build_disputes(contradictions: Iterable[Iterable[Quote]]) -> Iterator[Dispute]:
    """Build disputes with a claim for each side, word for word as quoted; a group with one side is no dispute."""
    for quotes in contradictions:
        sides: dict[str, list[Quote]] = {}
        for quote in dict.fromkeys(quotes):
            sides.setdefault(quote.shown, []).append(quote)
        if len(sides) > 1:
            yield Dispute(claims=tuple(Claim(text=text, quotes=tuple(side)) for text, side in sides.items()))


def build_claim(text: str, numbers: Iterable[int], groups: Sequence[Sequence[Finding]]) -> Claim | None:
    """Build a claim from a sentence and the quotes that it names; None if it is empty or names no existing quote."""
    quotes = tuple(finding.quote for group in pick_by_number(groups, numbers) for finding in group)
    sentence = clean_sentence(text, [quote.shown for quote in quotes])
    return Claim(text=sentence, quotes=quotes) if sentence and quotes else None


def clean_sentence(text: str, sources: Iterable[str]) -> str:
    """Return a sentence on one line, without the numbers of quotes that models append.

    Return "" if it has what looks like a key that is not in `sources`: documents may legitimately show passwords.
    """
    sentence = " ".join(NUMBERS_OF_QUOTES.sub("", text).split())
    secret = set(sentence.split()) - set(redact(sentence).split())
    return sentence if secret <= set(" ".join(sources).split()) else ""


def clean_heading(text: str, findings: Iterable[Finding]) -> str:
    """Return the heading, or "" if it is too long or has values that are in none of the findings."""
    sources = [part for finding in findings for part in (finding.quote.shown, finding.title, finding.heading)]
    heading = clean_sentence(text, sources).strip("# *")
    return "" if len(heading) > MAX_HEADING_CHARACTERS or find_missing_values(heading, sources) else heading
