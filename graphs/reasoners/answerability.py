"""Rate whether the quotes that were found answer the question at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean
from typing import NamedTuple

from outlast.evidence.report import Evidence, Finding
from outlast.evidence.stop_words import STOP_WORDS, language_of_question
from outlast.evidence.words import WORD
from outlast.graphs.reasoners.query_weights import QueryWeights, add_matches

STRONG_PROBABILITY = 0.65
"""The minimum probability of strong evidence; that of weak evidence is the gate's."""
MAX_COUNTED_WORDS = 10
MAX_COVERING_FINDINGS = 10
COSINES_IN_MEAN = 3


class Gate(NamedTuple):
    """The coefficients of a logistic regression: are these quotes an answer? Each field is that of its feature.

    `python -m bench.eval.gate` fits them, with an encoder and without, to questions that documents answer, questions
    that they do not, and questions about other documents; beside them it prints how many of each a threshold refuses.
    """

    intercept: float
    strength: float
    lost: float
    unknown_name: float
    words: float
    coverage: float = 0.0
    size: float = 0.0
    cosine: float = 0.0
    mean_cosine: float = 0.0
    scale: float = 1.0
    shift: float = 0.0
    """These two turn the log-odds that the documents answer into those that a quote of the report does."""
    weak_probability: float = 0.3
    """The minimum probability of weak evidence; below it, the documents do not answer."""


GATE_BY_WORDS = Gate(
    intercept=-8.12,
    strength=5.60,
    lost=-8.54,
    unknown_name=-1.99,
    words=0.51,
    coverage=3.95,
    scale=1.35,
    shift=-1.69,
)
GATE_WITH_ENCODER = Gate(
    intercept=-9.53,
    strength=3.28,
    lost=-6.53,
    unknown_name=-1.40,
    words=0.25,
    coverage=3.88,
    cosine=2.06,
    mean_cosine=5.49,
    scale=1.32,
    shift=-1.49,
    weak_probability=0.25,
)


GATE_OF_SMALL_FOLDERS = Gate(
    intercept=-5.9,
    strength=12.0,
    lost=-6.8,
    unknown_name=-3.4,
    words=0.58,
    size=-0.39,
    scale=0.5,
    shift=-0.5,
)
"""For folders smaller than those of training, where many words of a question are missing whatever they say. It is the
former fit of strength and size to the same questions; its last two were chosen, so that nothing there is called sure.
"""
SMALL_FOLDER_PASSAGES = 500


class Features(NamedTuple):
    """What tells an answer from what was found by chance. All but `words` and `size` are from 0 to 1."""

    strength: float
    """The strength of the best quote."""
    lost: float
    """The share of the question's weight in words that no document has, nor a synonym of them."""
    unknown_name: float
    """1 if no document has a word of the question with a capital letter, which is most often a name; else 0."""
    words: float
    """The number of words of the question: the more there are, the less is found by chance."""
    coverage: float
    """The largest share of the question's weight in words that one of the best quotes, with its headings, has."""
    size: float = 0.0
    """The logarithm of the number of passages: the more there are, the more is found by chance."""
    cosine: float = 0.0
    """How alike the question and the quote with the nearest meaning are; 0 without an encoder."""
    mean_cosine: float = 0.0
    """The mean of the three largest cosines."""


@dataclass(frozen=True)
class Rating:
    """How well quotes answer. `confidence` is the probability, from 0 to 1, that one of them does."""

    evidence: Evidence
    confidence: float


def rate(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Rating:
    """Rate how well the findings, the best first, answer a question."""
    if not findings:
        return Rating(Evidence.NONE, 0.0)
    gate = gate_for(findings, passage_count)
    features = features_of(question, query, findings, passage_count)
    odds = gate.intercept + sum(value * getattr(gate, name) for name, value in features._asdict().items())
    probability = logistic(odds)
    evidence = (
        Evidence.STRONG
        if probability >= STRONG_PROBABILITY
        else Evidence.WEAK
        if probability >= gate.weak_probability
        else Evidence.NONE
    )
    return Rating(evidence, round(logistic(gate.scale * odds + gate.shift), 2))


def gate_for(findings: Sequence[Finding], passage_count: int) -> Gate:
    if passage_count < SMALL_FOLDER_PASSAGES:
        return GATE_OF_SMALL_FOLDERS
    return GATE_BY_WORDS if all(finding.cosine is None for finding in findings) else GATE_WITH_ENCODER


def features_of(question: str, query: QueryWeights, findings: Sequence[Finding], passage_count: int) -> Features:
    """Return the features of findings, of which there is at least one."""
    common = log(passage_count + 1)
    missing = 0.7 * common * len(query.unmatched)
    known = sum(min(weight, 0.8 * common) for weight in query.weights.values())
    total = missing + sum(query.weights.values())
    cosines = sorted((finding.cosine or 0.0 for finding in findings), reverse=True)[:COSINES_IN_MEAN]
    return Features(
        strength=findings[0].strength,
        lost=missing / (missing + known or 1.0),
        unknown_name=float(any(name in query.unknown for name in capitalized_words(question))),
        words=min(query.word_count, MAX_COUNTED_WORDS),
        coverage=max(covered_weight(query, finding) for finding in findings[:MAX_COVERING_FINDINGS]) / (total or 1.0),
        size=common,
        cosine=cosines[0],
        mean_cosine=fmean(cosines),
    )


def covered_weight(query: QueryWeights, finding: Finding) -> float:
    """Return the weight of the question's words that a quote has, or its headings; of a synonym, a share."""
    lead = " ".join(span.text for span in finding.quote.lead)
    matches = query.matches_in(f"{finding.title} {finding.heading} {lead} {finding.quote.text}")
    shares: dict[str, float] = {}
    add_matches(shares, matches, 1.0)
    return sum(query.weights[word] * share for word, share in shares.items())


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
