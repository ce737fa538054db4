"""The arithmetic of fitting the gate of answers: logistic regressions, and how well they judge corpora held out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bench.eval.calibration import Judged, calibration_error, reliability_table
from outlast.graphs.reasoners.answerability import Coefficients, Features, Gate

Numbers = NDArray[np.float64]

WRONG = "wrong"
"""The kind of questions that are asked of another corpus begins with this."""
WRONG_CORPUS_WEIGHT = 0.5
"""There are as many questions about other documents as answerable ones; a person seldom asks one."""
MAX_CORPUS_WEIGHT = 40.0
"""The weight of all questions of one corpus is at most this: the gate is for corpora that are not among these."""
RIDGE = 3.0
"""The penalty on the square of each coefficient, whose feature is scaled to the variance 1."""
STEPS = 40
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


@dataclass(frozen=True)
class Asked:
    """A question as it is asked of one corpus. `gold` has the strings of which a right quote holds one, if known."""

    question: str
    corpus: str
    answerable: bool
    kind: str
    gold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    asked: Asked
    features: Features
    right: bool
    """Whether a quote that would be reported as an answer holds it."""
    right_if_refused: bool
    """Whether one of the fewer quotes holds it that are shown as possibly related where no answer is seen."""


def fit_logistic(rows: Numbers, outcomes: Numbers, weights: Numbers, ridge: float) -> Numbers:
    """Return an intercept and coefficients by Newton's method, for columns as they are, penalized at variance 1."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation[deviation == 0] = 1.0
    columns = np.hstack([np.ones((len(rows), 1)), (rows - mean) / deviation])
    penalty = ridge * np.diag([0.0, *[1.0] * rows.shape[1]])
    found = np.zeros(columns.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-columns @ found))
        gradient = columns.T @ (weights * (outcomes - probability)) - penalty @ found
        curvature = (columns * (weights * probability * (1 - probability))[:, None]).T @ columns + penalty
        found = found + np.linalg.solve(curvature, gradient)
    return np.array([found[0] - (found[1:] * mean / deviation).sum(), *(found[1:] / deviation)])


def fit_gate(training: Sequence[Example], weak_probability: float) -> Gate:
    """Fit a gate to whether documents answer, and to whether a quote of the report does."""
    answerable = np.array([float(each.asked.answerable) for each in training])
    answered = Coefficients(*map(float, fit_logistic(columns_of(training), answerable, weights_of(training), RIDGE)))
    known = [each for each in training if each.asked.kind != "trained"]
    gate = Gate(answered, answered, weak_probability)
    right = np.array([float(is_right(each, gate)) for each in known])
    quoted = Coefficients(*map(float, fit_logistic(columns_of(known), right, weights_of(known), RIDGE)))
    return gate._replace(quoted=quoted)


def is_right(example: Example, gate: Gate) -> bool:
    """Whether the report would show a quote that holds the answer, as an answer or as possibly related."""
    is_refused = gate.answer_probability(example.features) < gate.weak_probability
    return example.asked.answerable and (example.right_if_refused if is_refused else example.right)


def columns_of(training: Sequence[Example]) -> Numbers:
    return np.array([each.features for each in training], float)


def weights_of(training: Sequence[Example]) -> Numbers:
    weights = np.array([WRONG_CORPUS_WEIGHT if each.asked.kind.startswith(WRONG) else 1.0 for each in training])
    for corpus in {each.asked.corpus for each in training}:
        inside = np.array([each.asked.corpus == corpus for each in training])
        weights[inside] *= min(1.0, MAX_CORPUS_WEIGHT / weights[inside].sum())
    return weights


def report(training: Sequence[Example], weak_probability: float) -> str:
    """Return how questions to each corpus are judged by a gate that was fitted without that corpus."""
    probabilities, judged = np.zeros(len(training)), list[Judged]()
    for corpus in sorted({each.asked.corpus for each in training}):
        gate = fit_gate([each for each in training if each.asked.corpus != corpus], weak_probability)
        for number, each in enumerate(training):
            if each.asked.corpus == corpus:
                probabilities[number] = gate.answer_probability(each.features)
                if each.asked.kind != "trained":
                    right = is_right(each, gate)
                    judged.append(Judged(gate.quoted.probability(each.features), right))
    answerable = np.array([each.asked.answerable for each in training])
    area = (probabilities[answerable][:, None] > probabilities[~answerable][None]).mean()
    lines = [f"held out: area under the curve {area:.3f}", *refusals(training, probabilities)]
    return "\n".join([*lines, f"calibration error {calibration_error(judged):.3f}", reliability_table(judged)])


def refusals(training: Sequence[Example], probabilities: Numbers) -> Iterator[str]:
    """Yield a line for each kind of question: the share that each threshold refuses, as a mean over corpora."""
    yield f"{'refused below':<28}" + "".join(f"{threshold:>6.2f}" for threshold in THRESHOLDS)
    for kind, is_answerable in sorted({(each.asked.kind, each.asked.answerable) for each in training}):
        by_corpus: dict[str, list[float]] = {}
        for each, probability in zip(training, probabilities, strict=True):
            if (each.asked.kind, each.asked.answerable) == (kind, is_answerable):
                by_corpus.setdefault(each.asked.corpus, []).append(float(probability))
        shares = [
            fmean(fmean(probability < threshold for probability in found) for found in by_corpus.values())
            for threshold in THRESHOLDS
        ]
        name = f"{kind}, {'answerable' if is_answerable else 'unanswerable'}"
        yield f"{name:<28}" + "".join(f"{share:>6.2f}" for share in shares)
