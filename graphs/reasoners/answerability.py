"""Rate whether the quotes that were found answer the question at all."""

from collections.abc import Sequence
from math import log

from outlast.evidence.report import Evidence, Finding
from outlast.evidence.stop_words import STOP_WORDS, language_of_question
from outlast.evidence.words import WORD
from outlast.graphs.reasoners.query_weights import QueryWeights

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
