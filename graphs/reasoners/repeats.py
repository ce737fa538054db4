"""Choose the quotes that are worth reporting, and say each thing once."""

from collections.abc import Iterable, Sequence

from outlast.evidence.locating import locate
from outlast.evidence.report import Finding
from outlast.evidence.wording import is_part, same_wording
from outlast.evidence.words import stem, words

MAX_FINDINGS = 12
MAX_RELATED_FINDINGS = 5
MIN_STRENGTH_SHARE = 0.6
"""A weaker quote than this share of the best one is left out: it would make the report longer and worse."""
LEADING_STRENGTH_SHARE = 0.85
STANDALONE_STRENGTH_SHARE = 0.8
"""A quote below this share of the best is found by chance, unless its document has a leading quote too."""
DUPLICATE_SIMILARITY = 0.7
"""Two quotes say the same if the Jaccard similarity of their words is above this."""


def choose_findings(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings to report and those that are only related, both best first, as `findings` must be."""
    if not findings:
        return [], []
    best = findings[0].strength
    chosen = drop_repeats(finding for finding in findings if finding.strength >= MIN_STRENGTH_SHARE * best)
    leading = {finding.quote.snapshot for finding in chosen if finding.strength >= LEADING_STRENGTH_SHARE * best}
    reported = [
        finding
        for finding in chosen
        if finding.strength >= STANDALONE_STRENGTH_SHARE * best or finding.quote.snapshot in leading
    ]
    return reported, [finding for finding in chosen if finding not in reported][:MAX_RELATED_FINDINGS]


def drop_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out the findings that repeat a stronger one, in the same or in other words.

    Equal words in another document stay, so that the reader sees that both documents say it; of a longer quote there,
    only these words stay.
    """
    chosen: list[Finding] = []
    vocabularies: list[set[str]] = []
    wordings: list[str] = []
    for finding in findings:
        wording, vocabulary = same_wording(finding.quote.shown), vocabulary_of(finding)
        equal = wording in wordings
        if not equal:
            inside = next((number for number, other in enumerate(wordings) if is_part(other, wording)), None)
            if inside is not None and (shorter := cut_to(finding, chosen[inside])):
                finding, wording, vocabulary, equal = shorter, wordings[inside], vocabularies[inside], True  # noqa: PLW2901
            elif inside is not None or any(is_part(wording, other) for other in wordings):
                continue
        if not equal and any(says_the_same(vocabulary, other) for other in vocabularies):
            continue
        if equal or len(chosen) < MAX_FINDINGS:
            chosen.append(finding)
            vocabularies.append(vocabulary)
            wordings.append(wording)
    return chosen


def cut_to(finding: Finding, part: Finding) -> Finding | None:
    """Return the finding with only the words of `part`, a quote in another document; None if that is not possible."""
    quote = finding.quote
    if quote.snapshot == part.quote.snapshot or quote.lead or part.quote.lead:
        return None
    span = locate(quote.text, part.quote.text)
    if span is None:
        return None
    start, end = span
    if not (is_sentence_edge(quote.text, start) and is_sentence_edge(quote.text, end)):
        return None
    cut = quote.model_copy(
        update={"start": quote.start + start, "end": quote.start + end, "text": quote.text[start:end]}
    )
    return (
        finding.model_copy(update={"quote": cut}) if same_wording(cut.shown) == same_wording(part.quote.shown) else None
    )


def is_sentence_edge(text: str, at: int) -> bool:
    """Does a sentence end, or a line after which a paragraph ends, before this place of a quote?"""
    before, after = text[:at], text[at:]
    return (
        not before.strip()
        or not after.strip()
        or before.rstrip().endswith((".", "!", "?", "…", ":"))
        or "\n\n" in before[len(before.rstrip()) :] + after[: len(after) - len(after.lstrip())]
    )


def says_the_same(left: set[str], right: set[str]) -> bool:
    """Have two quotes mostly the same words, and exactly the same numbers? Rows of a table differ in those alone."""
    return similarity(left, right) > DUPLICATE_SIMILARITY and not any(word[:1].isdigit() for word in left ^ right)


def vocabulary_of(finding: Finding) -> set[str]:
    return {stem(word) for word in words(finding.quote.shown)}


def similarity(left: set[str], right: set[str]) -> float:
    """Return the Jaccard similarity: the number of shared words over that of all words."""
    return len(left & right) / (len(left | right) or 1)
