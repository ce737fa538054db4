"""Rate whether the quotes that were found answer the question at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from operator import mul
from statistics import fmean
from typing import NamedTuple

from outlast.evidence.report import Evidence, Finding
from outlast.evidence.stop_words import STOP_WORDS, language_of_question
from outlast.evidence.words import WORD
from outlast.graphs.reasoners.asked_values import lacks_asked_value
from outlast.graphs.reasoners.query_weights import QueryWeights, add_matches

STRONG_PROBABILITY = 0.65
"""The minimum probability of strong evidence; that of weak evidence is the gate's."""
FEW_PASSAGES, MIN_STRENGTH_AMONG_FEW = 50, 0.27
"""In so few passages nothing is answered without a quote of this strength, whatever the regression says.

There the score of a passage tells nothing, and strength is made of the words that a quote has: if it is small, they
are spread over several quotes, as in a list of people of which one has a telephone and another one an office.
"""
YES_OR_NO = re.compile(r"\s*(?:is|are|was|were|does|do|did|has|have|had|can|may|must|will)\b", re.IGNORECASE)
"""The beginning of a question whether something holds. Words that no document has leave it open: `Dogs are not allowed`
does not say whether smoking is, so evidence is weak at most.
"""
MAX_COUNTED_WORDS = 10
MAX_COVERING_FINDINGS = 10
MAX_FINDINGS_WITH_VALUE = 3
COSINES_IN_MEAN = 3
HEADING_SHARE, TITLE_SHARE = 0.7, 0.4
"""The shares that words of the question count that only the heading above a quote has, or the title of its document."""


class Features(NamedTuple):
    """What tells an answer from what was found by chance. All but `words`, `size` and its product are from 0 to 1."""

    strength: float
    """The strength of the best quote."""
    lost: float
    """The share of the question's weight in words that no document has, nor a synonym of them.

    It is the square root of it, because the first lost word says more than the second.
    """
    unknown_name: float
    """1 if no document has a word of the question with a capital letter, which is most often a name; else 0."""
    words: float
    """The logarithm of the number of words of the question that the documents have.

    The more there are, the less is found by chance.
    """
    coverage: float
    """The largest share of the question, in words, that one of the best quotes has, with what stands above it."""
    coverage_by_size: float
    """The product of coverage and size: in few passages, to have the words of the question says less."""
    size: float
    """The logarithm of the number of passages: the more there are, the fewer words are missing by chance."""
    lacks_value: float
    """1 if the question asks for a value, such as a price or a time, and none of the best quotes has one; else 0."""
    cosine: float = 0.0
    """How alike the question and the quote with the nearest meaning are; 0 without an encoder."""
    mean_cosine: float = 0.0
    """The mean of the three largest cosines."""


class Coefficients(NamedTuple):
    """The coefficients of a logistic regression. Each field but the first is that of a feature."""

    intercept: float
    strength: float
    lost: float
    unknown_name: float
    words: float
    coverage: float
    coverage_by_size: float
    size: float
    lacks_value: float
    cosine: float = 0.0
    mean_cosine: float = 0.0

    def probability(self, features: Features) -> float:
        return logistic(self.intercept + sum(map(mul, self[1:], features)))


class Gate(NamedTuple):
    """Two regressions on the same features, and what is probable enough to be reported.

    `python -m bench.eval.gate` fits them, with an encoder and without, to questions that documents answer, questions
    that they do not, and questions about other documents, over collections of ten to many thousand passages; beside
    them it prints how many questions to documents that were left out a threshold refuses.
    """

    answered: Coefficients
    """The probability that the documents answer the question, if a quote is strong enough."""
    quoted: Coefficients
    """The probability that a quote of the report holds the answer: its confidence."""
    weak_probability: float
    """The minimum probability of weak evidence; below it, the documents do not answer."""

    def answer_probability(self, features: Features) -> float:
        """Return the probability that the documents answer the question."""
        is_spread = features.strength < MIN_STRENGTH_AMONG_FEW and features.size <= log(FEW_PASSAGES + 1)
        return 0.0 if is_spread else self.answered.probability(features)


GATE_BY_WORDS = Gate(
    answered=Coefficients(
        intercept=-2.35,
        strength=2.49,
        lost=-1.75,
        unknown_name=-1.84,
        words=1.55,
        coverage=0.43,
        coverage_by_size=0.45,
        size=-0.44,
        lacks_value=-2.58,
    ),
    quoted=Coefficients(
        intercept=-4.00,
        strength=3.22,
        lost=-1.14,
        unknown_name=-1.98,
        words=2.05,
        coverage=0.99,
        coverage_by_size=0.38,
        size=-0.53,
        lacks_value=-3.59,
    ),
    weak_probability=0.4,
)
GATE_WITH_ENCODER = Gate(
    answered=Coefficients(
        intercept=-2.26,
        strength=2.06,
        lost=-1.97,
        unknown_name=-1.62,
        words=0.25,
        coverage=-0.28,
        coverage_by_size=0.34,
        size=-0.42,
        lacks_value=-3.97,
        cosine=3.23,
        mean_cosine=2.79,
    ),
    quoted=Coefficients(
        intercept=-3.22,
        strength=2.90,
        lost=-1.67,
        unknown_name=-0.87,
        words=0.61,
        coverage=-0.19,
        coverage_by_size=0.26,
        size=-0.52,
        lacks_value=-3.42,
        cosine=3.34,
        mean_cosine=2.62,
    ),
    weak_probability=0.4,
)


@dataclass(frozen=True)
class Rating:
    """How well quotes answer. `confidence` is the probability, from 0 to 1, that one of them does."""

    evidence: Evidence
    confidence: float


def rate(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Rating:
    """Rate how well the findings, the best first, answer a question."""
    if not findings:
        return Rating(Evidence.NONE, 0.0)
    gate = gate_for(findings)
    features = features_of(question, query, findings, passage_count)
    probability = gate.answer_probability(features)
    evidence = (
        Evidence.STRONG
        if probability >= STRONG_PROBABILITY and not (query.unmatched and YES_OR_NO.match(question))
        else Evidence.WEAK
        if probability >= gate.weak_probability
        else Evidence.NONE
    )
    return Rating(evidence, round(gate.quoted.probability(features), 2))


def gate_for(findings: Sequence[Finding]) -> Gate:
    return GATE_BY_WORDS if all(finding.cosine is None for finding in findings) else GATE_WITH_ENCODER


def features_of(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Features:
    """Return the features of findings, of which there is at least one."""
    common = log(passage_count + 1)
    missing = 0.7 * common * len(query.unmatched)
    known = sum(min(weight, 0.8 * common) for weight in query.weights.values())
    total = missing + sum(query.weights.values())
    cosines = sorted((finding.cosine or 0.0 for finding in findings), reverse=True)[:COSINES_IN_MEAN]
    coverage = max(coverage_of(query, finding, total) for finding in findings[:MAX_COVERING_FINDINGS])
    best_texts = [finding.quote.shown for finding in findings[:MAX_FINDINGS_WITH_VALUE]]
    return Features(
        strength=findings[0].strength,
        lost=sqrt(missing / (missing + known or 1.0)),
        unknown_name=float(not capitalized_words(question).isdisjoint(query.unknown)),
        words=log(1 + min(query.word_count - len(query.unmatched), MAX_COUNTED_WORDS)),
        coverage=coverage,
        coverage_by_size=coverage * common,
        size=common,
        lacks_value=float(lacks_asked_value(question, query.asked_value, best_texts)),
        cosine=cosines[0],
        mean_cosine=fmean(cosines),
    )


def coverage_of(query: QueryWeights, finding: Finding, total_weight: float) -> float:
    """Return how much of the question a quote has: the share of its weight or that of its words, the smaller one.

    Of a word that only stands above the quote, a share counts. In few passages the weight of words says little: one
    that all of them have weighs next to nothing.
    """
    lead = " ".join(span.text for span in finding.quote.lead)
    shares: dict[str, float] = {}
    add_matches(shares, query.matches_in(finding.title), TITLE_SHARE)
    add_matches(shares, query.matches_in(finding.heading), HEADING_SHARE)
    add_matches(shares, query.matches_in(f"{lead} {finding.quote.text}"), 1.0)
    weight = sum(query.weights[word] * share for word, share in shares.items())
    return min(weight / (total_weight or 1.0), sum(shares.values()) / (query.word_count or 1))


def logistic(odds: float) -> float:
    """Return the probability for log-odds. They are bounded, so that no number overflows."""
    return 1 / (1 + exp(-min(max(odds, -50.0), 50.0)))


def capitalized_words(question: str) -> set[str]:
    """Return the capitalized words after the first one, folded: most of them are names.

    In German all nouns have a capital, so there are no names to be told by it.
    """
    if language_of_question(question) == "de":
        return set()
    _, *others = WORD.findall(question) or [""]
    return {word.casefold() for word in others if word[0].isupper() and len(word) > 1} - STOP_WORDS
