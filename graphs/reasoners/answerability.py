"""Choose the quotes that are worth reporting, without repeats, and rate whether they answer the question at all."""

from collections.abc import Iterable, Sequence
from math import log

from outlast.evidence.checking import collapse_white_space
from outlast.evidence.report import Evidence, Finding
from outlast.evidence.stop_words import STOP_WORDS, language_of_question
from outlast.evidence.words import WORD, stem, words
from outlast.graphs.reasoners.query_weights import QueryWeights

MAX_FINDINGS = 12
MAX_RELATED_FINDINGS = 5
MIN_STRENGTH_SHARE = 0.6
"""A weaker quote than this share of the best one is left out: it would make the report longer and worse."""
LEADING_STRENGTH_SHARE = 0.85
STANDALONE_STRENGTH_SHARE = 0.8
"""A quote below this share of the best is found by chance, unless its document has a leading quote too."""
DUPLICATE_SIMILARITY = 0.7
"""Two quotes say the same if the Jaccard similarity of their words is above this."""
# Is this an answer? A logistic regression over questions that documents answer, questions that they do not, and
# questions about other documents: `make eval` prints how well it does.
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
"""The minimum log-odds of weak and of strong evidence."""


def rate_evidence(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Evidence:
    """Rate how well the best quote answers, given the words that no document has, above all names, and chance.

    The more passages there are, the more is found by chance; the more words the question has, the less.
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
    """Return the capitalized words after the first one, folded: most of them are names.

    In German all nouns have a capital, so there are no names to be told by it.
    """
    if language_of_question(question) == "de":
        return set()
    _, *others = WORD.findall(question) or [""]
    return {word.casefold() for word in others if word[0].isupper() and len(word) > 1} - STOP_WORDS


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
    """Leave out the findings that repeat a stronger one in other words.

    Equal words in another document stay, so that the reader sees that both documents say it.
    """
    chosen: list[Finding] = []
    vocabularies: list[set[str]] = []
    for finding in findings:
        vocabulary = vocabulary_of(finding)
        similar = [
            number for number, other in enumerate(vocabularies) if similarity(vocabulary, other) > DUPLICATE_SIMILARITY
        ]
        if any(
            collapse_white_space(chosen[number].quote.text) != collapse_white_space(finding.quote.text)
            for number in similar
        ):
            continue
        if similar or len(chosen) < MAX_FINDINGS:
            chosen.append(finding)
            vocabularies.append(vocabulary)
    return chosen


def vocabulary_of(finding: Finding) -> set[str]:
    return {stem(word) for word in words(finding.quote.text)}


def similarity(left: set[str], right: set[str]) -> float:
    """Return the Jaccard similarity: the number of shared words over that of all words."""
    return len(left & right) / (len(left | right) or 1)
