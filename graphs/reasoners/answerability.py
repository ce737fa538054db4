"""From all quotes to those worth reporting: the best, without repeats, and whether they are an answer at all."""

from collections.abc import Iterable, Sequence
from math import log

from outlast.evidence.checking import joined
from outlast.evidence.report import Evidence, Finding
from outlast.evidence.words import STOP_WORDS, WORD, stem, words
from outlast.graphs.reasoners.query_weights import Asked

MOST_FINDINGS = 12
MOST_RELATED = 5
TAIL = 0.6
"""Quotes far weaker than the best one make a report worse, not longer."""
LEADING = 0.85
ALONE = 0.8
"""Below this share of the best, a quote must come from a document that has a leading one; else it may be chance."""
SAME = 0.7
"""Jaccard similarity of the words above which two quotes say the same."""
# Is this an answer? A logistic regression over questions that documents answer, questions that they do not, and
# questions asked of the wrong documents: `make eval` prints how it does.
STRENGTH, LOST, UNKNOWN_NAME, WORDS, SIZE, CONSTANT = 12.0, -6.8, -3.4, 0.58, -0.39, -7.15
MOST_WORDS = 10
WEAK, STRONG = -2.1, -0.4
"""Log-odds from which on the evidence is weak, and strong."""


def evidence_of(question: str, asked: Asked, known: Sequence[Finding], size: int) -> Evidence:
    """How well the best quote answers, given the words that no document has, a name above all, and chance.

    The more passages there are, the more is found by chance; the more words are asked for, the less.
    """
    if not known:
        return Evidence.NONE
    common = log(size + 1)
    missing = 0.7 * common * len(asked.lost)
    share = missing / (missing + sum(min(weight, 0.8 * common) for weight in asked.weights.values()) or 1.0)
    odds = (
        CONSTANT
        + STRENGTH * known[0].strength
        + LOST * share
        + UNKNOWN_NAME * any(name in asked.unknown for name in names(question))
        + WORDS * min(asked.count, MOST_WORDS)
        + SIZE * common
    )
    return Evidence.STRONG if odds >= STRONG else Evidence.WEAK if odds >= WEAK else Evidence.NONE


def names(question: str) -> set[str]:
    """The words with a capital letter inside a question, folded: mostly names."""
    first, *others = WORD.findall(question) or [""]
    del first
    return {word.casefold() for word in others if word[0].isupper() and len(word) > 1} - STOP_WORDS


def best_of(known: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings to report, best first, and those that are only related. `known` is sorted, best first."""
    if not known:
        return [], []
    best = known[0].strength
    chosen = distinct(finding for finding in known if finding.strength >= TAIL * best)
    leading = {finding.quote.snapshot for finding in chosen if finding.strength >= LEADING * best}
    reported = [one for one in chosen if one.strength >= ALONE * best or one.quote.snapshot in leading]
    return reported, [one for one in chosen if one not in reported][:MOST_RELATED]


def distinct(known: Iterable[Finding]) -> list[Finding]:
    """Without those that repeat a stronger one.

    The very same words in another document stay: the reader sees that both say it.
    """
    chosen: list[Finding] = []
    vocabularies: list[set[str]] = []
    for finding in known:
        vocabulary = vocabulary_of(finding)
        alike = [number for number, other in enumerate(vocabularies) if similarity(vocabulary, other) > SAME]
        if any(joined(chosen[number].quote.text) != joined(finding.quote.text) for number in alike):
            continue
        if alike or len(chosen) < MOST_FINDINGS:
            chosen.append(finding)
            vocabularies.append(vocabulary)
    return chosen


def vocabulary_of(finding: Finding) -> set[str]:
    return {stem(word) for word in words(finding.quote.text)}


def similarity(one: set[str], other: set[str]) -> float:
    """Jaccard: shared words over all words."""
    return len(one & other) / (len(one | other) or 1)
