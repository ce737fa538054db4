"""What of a model's answers counts: quotes that there are, sentences that rest on them, the sides of a dispute."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from outlast.evidence.checking import collapse_white_space
from outlast.evidence.named_values import find_missing_values
from outlast.evidence.report import Claim, Dispute, Evidence, Finding
from outlast.evidence.sources import Quote
from outlast.graphs.investigate import Selection
from outlast.tools.redacting import redact

STRENGTH_BY_RELEVANCE = {"answers": 0.9, "helps": 0.6, "mentions": 0.3}
MAX_RELATED = 5
MAX_DISPUTES = 10
MAX_HEADING_CHARACTERS = 120  # characters
NUMBERS_OF_QUOTES = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")

Item = TypeVar("Item")


def select_by_strength(groups: Sequence[Sequence[Finding]], unknown: tuple[str, ...]) -> Selection:
    """What was found by its strength alone, where there is nothing left to spend on judging it, or no answer."""
    strong = [same for same in groups if same[0].strength >= STRENGTH_BY_RELEVANCE["answers"]]
    weak = [same for same in groups if same not in strong]
    return Selection(
        evidence=Evidence.WEAK if strong else Evidence.NONE,
        findings=tuple(finding for same in strong for finding in same),
        related=tuple(finding for same in weak[:MAX_RELATED] for finding in same),
        unknown=unknown,
    )


def pick_by_number(items: Sequence[Item], numbers: Iterable[int]) -> list[Item]:
    """The items of those numbers, which count from 1, each once; numbers that there are not say nothing."""
    return [items[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(items)]


def clean_contradictions(groups: Iterable[Iterable[int]], count: int) -> list[list[int]]:
    """The groups of numbers from 1 to `most` that have two of them, each once, and none that is part of another."""
    there = [[number for number in dict.fromkeys(group) if 1 <= number <= count] for group in groups]
    kept: list[list[int]] = []
    for group in sorted(there, key=len, reverse=True):
        if len(group) > 1 and not any(set(group) <= set(other) for other in kept):
            kept.append(group)
    return kept[:MAX_DISPUTES]


def build_disputes(contradictions: Iterable[Iterable[Quote]]) -> Iterator[Dispute]:
    """A claim for each side, word for word: nobody has put it in other words, and nothing is between the sides."""
    for quotes in contradictions:
        sides: dict[str, list[Quote]] = {}
        for quote in dict.fromkeys(quotes):
            sides.setdefault(collapse_white_space(quote.text), []).append(quote)
        if len(sides) > 1:
            yield Dispute(claims=tuple(Claim(text=text, quotes=tuple(same)) for text, same in sides.items()))


def build_claim(text: str, numbers: Iterable[int], groups: Sequence[Sequence[Finding]]) -> Claim | None:
    """The sentence as a claim on the quotes that it names; None where it is empty or names none that there are."""
    quotes = tuple(finding.quote for same in pick_by_number(groups, numbers) for finding in same)
    sentence = clean_sentence(text, [quote.text for quote in quotes])
    return Claim(text=sentence, quotes=quotes) if sentence and quotes else None


def clean_sentence(text: str, known: Iterable[str]) -> str:
    """On one line, without the numbers of quotes that models put behind what they say.

    "" where it has what looks like a key and stands nowhere in `known`; documents may well speak of passwords.
    """
    sentence = " ".join(NUMBERS_OF_QUOTES.sub("", text).split())
    secret = set(sentence.split()) - set(redact(sentence).split())
    return sentence if secret <= set(" ".join(known).split()) else ""


def clean_heading(text: str, findings: Iterable[Finding]) -> str:
    """A heading says nothing that no quote says; "" where this one does, or is none."""
    known = [part for finding in findings for part in (finding.quote.text, finding.title, finding.heading)]
    heading = clean_sentence(text, known).strip("# *")
    return "" if len(heading) > MAX_HEADING_CHARACTERS or find_missing_values(heading, known) else heading
