"""From all quotes to those worth reporting: the best, without repeats, and whether they are an answer at all."""

from collections.abc import Iterable, Sequence
from math import log

from outlast.evidence.checking import collapse_white_space
from outlast.evidence.report import Evidence, Finding
from outlast.evidence.words import STOP_WORDS, WORD, stem, words
from outlast.graphs.reasoners.query_weights import QueryWeights

MAX_FINDINGS = 12
MAX_RELATED_FINDINGS = 5
MIN_STRENGTH_SHARE = 0.6
"""Quotes far weaker than the best one make a report worse, not longer."""
LEADING_STRENGTH_SHARE = 0.85
STANDALONE_STRENGTH_SHARE = 0.8
"""Below this share of the best, a quote must come from a document that has a leading one; else it may be chance."""
DUPLICATE_SIMILARITY = 0.7
"""Jaccard similarity of the words above which two quotes say the same."""
# Is this an answer? A logistic regression over questions that documents answer, questions that they do not, and
# questions asked of the wrong documents: `make eval` prints how it does.
(
    STRENGTH_COEFFICIENT,
    UNMATCHED_COEFFICIENT,
    UNKNOWN_NAME_COEFFICIENT,
    WORDS_COEFFICIENT,
    SIZE_COEFFICIENT,
    INTERCEPT,
) = 12.0, -6.8, -3.4, 0.58, -0.39, -7.15
MAX_COUNTED_WORDS = 10
WEAK_LOG_ODDS, STRONG_LOG_ODDS = -2.1, -0.4
"""Log-odds from which on the evidence is weak, and strong."""


def rate_evidence(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Evidence:
    """How well the best quote answers, given the words that no document has, a name above all, and chance.

    The more passages there are, the more is found by chance; the more words are asked for, the less.
    """
    if not findings:
        return Evidence.NONE
    common = log(passage_count + 1)
    missing = 0.7 * common * len(query.unmatched)
    share = missing / (missing + sum(min(weight, 0.8 * common) for weight in query.weights.values()) or 1.0)
    odds = (
        INTERCEPT
        + STRENGTH_COEFFICIENT * findings[0].strength
        + UNMATCHED_COEFFICIENT * share
        + UNKNOWN_NAME_COEFFICIENT * any(name in query.unknown for name in capitalized_words(question))
        + WORDS_COEFFICIENT * min(query.word_count, MAX_COUNTED_WORDS)
        + SIZE_COEFFICIENT * common
    )
    return Evidence.STRONG if odds >= STRONG_LOG_ODDS else Evidence.WEAK if odds >= WEAK_LOG_ODDS else Evidence.NONE


def capitalized_words(question: str) -> set[str]:
    """The words with a capital letter inside a question, folded: mostly names."""
    first, *others = WORD.findall(question) or [""]
    del first
    return {word.casefold() for word in others if word[0].isupper() and len(word) > 1} - STOP_WORDS


def choose_findings(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings to report, best first, and those that are only related. `known` is sorted, best first."""
    if not findings:
        return [], []
    best = findings[0].strength
    chosen = drop_repeats(finding for finding in findings if finding.strength >= MIN_STRENGTH_SHARE * best)
    leading = {finding.quote.snapshot for finding in chosen if finding.strength >= LEADING_STRENGTH_SHARE * best}
    reported = [
        one for one in chosen if one.strength >= STANDALONE_STRENGTH_SHARE * best or one.quote.snapshot in leading
    ]
    return reported, [one for one in chosen if one not in reported][:MAX_RELATED_FINDINGS]


def drop_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """Without those that repeat a stronger one.

    The very same words in another document stay: the reader sees that both say it.
    """
    chosen: list[Finding] = []
    vocabularies: list[set[str]] = []
    for finding in findings:
        vocabulary = vocabulary_of(finding)
        alike = [
            number for number, other in enumerate(vocabularies) if similarity(vocabulary, other) > DUPLICATE_SIMILARITY
        ]
        if any(
            collapse_white_space(chosen[number].quote.text) != collapse_white_space(finding.quote.text)
            for number in alike
        ):
            continue
        if alike or len(chosen) < MAX_FINDINGS:
            chosen.append(finding)
            vocabularies.append(vocabulary)
    return chosen


def vocabulary_of(finding: Finding) -> set[str]:
    return {stem(word) for word in words(finding.quote.text)}


def similarity(one: set[str], other: set[str]) -> float:
    """Jaccard: shared words over all words."""
    return len(one & other) / (len(one | other) or 1)
