"""Fit the gate that tells answers from chance: `python -m bench.eval.gate` prints coefficients for answerability.py.

Trained on the corpora of dev.jsonl: on its questions in both wordings, on those of gate.jsonl, of which is only known
whether the documents answer them, and on questions asked of another corpus, with less weight. The corpora that figures
are reported of are never used. What is printed beside the coefficients is of questions to a corpus held out in turn.
"""

import argparse
import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from bench.eval.corpora import fetch
from bench.eval.questions import DEV, Question, read_questions
from bench.eval.scoring import plain
from outlast.composition import Composition, sentence_comparison
from outlast.evidence.report import Finding, Task
from outlast.graphs.investigate import Selection, TermStatistics
from outlast.graphs.reasoners.answerability import Features, Gate, features_of
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.graphs.reasoners.likeness import SentenceComparison
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.repeats import choose_findings
from outlast.in_process import answer
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

TRAINING_CORPORA = ("pytopics", "legal", "pg", "pdf")
TRAINING_QUESTIONS = Path(__file__).with_name("gate.jsonl")
HOME = Path(".outlast") / "eval"
WRONG_CORPUS_WEIGHT = 0.35
"""There are more questions about other documents than others; a person seldom asks one."""
RIDGE = 1.0
"""The penalty on the square of each coefficient, whose feature is scaled to the variance 1."""
STEPS = 40
BY_WORDS = ("strength", "lost", "unknown_name", "words", "coverage")
WITH_ENCODER = (*BY_WORDS, "cosine", "mean_cosine")
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)

Numbers = NDArray[np.float64]


class TrainingQuestion(BaseModel):
    corpus: str
    question: str
    answerable: bool


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
    """Whether a quote that would be reported holds the answer."""


class RecordingReasoner(ExtractiveReasoner):
    """Keeps what the gate would be asked."""

    def __init__(self, comparison: SentenceComparison | None) -> None:
        super().__init__(comparison)
        self.seen: list[tuple[Task, Sequence[Finding], TermStatistics]] = []

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        self.seen.append((task, known, searched))
        return await super().select(task, known, searched)


def training_set() -> Iterator[Asked]:
    for question in read_questions(DEV):
        yield from _asked_everywhere(question)
    lines = TRAINING_QUESTIONS.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        each = TrainingQuestion.model_validate_json(line)
        yield Asked(each.question, each.corpus, each.answerable, "trained")
        if each.answerable:
            others = [corpus for corpus in TRAINING_CORPORA if corpus != each.corpus]
            yield Asked(each.question, others[number % len(others)], answerable=False, kind="wrong, trained")


def _asked_everywhere(question: Question) -> Iterator[Asked]:
    gold = tuple(plain(text) for facet in question.gold for text in facet.must_contain)
    for wording in ("plain", "paraphrased"):
        text = question.worded(wording)
        yield Asked(text, question.corpus, not question.unanswerable, wording, gold)
        if not question.unanswerable:
            for corpus in TRAINING_CORPORA:
                if corpus != question.corpus:
                    yield Asked(text, corpus, answerable=False, kind=f"wrong, {wording}")


async def examples(home: Path, comparison: SentenceComparison | None) -> list[Example]:
    store, reasoner = open_objects(str(home / "objects")), RecordingReasoner(comparison)
    composition = Composition(store, home / "cache", reasoner)
    collections = {
        name: await Collections(store).save(await ingest_folder(folder, store, home / "cache"))
        for name, folder in fetch(TRAINING_CORPORA, home / "corpora").items()
    }
    made: list[Example] = []
    for asked in training_set():
        reasoner.seen.clear()
        await answer(asked.question, collections[asked.corpus], composition)
        parts = [example_of(asked, *seen) for seen in reasoner.seen if seen[1]]
        if parts:  # of a question that was split, its best part counts
            made.append(max(parts, key=lambda part: part.features.strength))
    return made


def example_of(asked: Asked, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Example:
    query = QueryWeights(task.question, searched.terms, searched.size)
    reported, _ = choose_findings(known)
    right = any(gold in plain(finding.quote.text) for finding in reported for gold in asked.gold)
    return Example(asked, features_of(task.question, query, known, searched.size), right)


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


def fit_gate(training: Sequence[Example], names: Sequence[str]) -> Gate:
    """Fit the coefficients to whether documents answer, then scale and shift to whether a quote does."""
    outcomes = np.array([float(each.asked.answerable) for each in training])
    found = fit_logistic(columns_of(training, names), outcomes, weights_of(training), RIDGE)
    gate = Gate(found[0], **dict(zip(names, found[1:], strict=True)))
    known = [each for each in training if each.asked.kind != "trained"]
    odds = np.array([[odds_of(gate, each)] for each in known])
    right = np.array([float(each.right) for each in known])
    shift, scale = fit_logistic(odds, right, weights_of(known), 0.0)
    return gate._replace(scale=scale, shift=shift)


def weights_of(training: Sequence[Example]) -> Numbers:
    return np.array([WRONG_CORPUS_WEIGHT if each.asked.kind.startswith("wrong") else 1.0 for each in training])


def columns_of(training: Sequence[Example], names: Sequence[str]) -> Numbers:
    return np.array([[getattr(each.features, name) for name in names] for each in training], float)


def odds_of(gate: Gate, example: Example) -> float:
    return gate.intercept + sum(value * getattr(gate, name) for name, value in example.features._asdict().items())


def report(training: Sequence[Example], names: Sequence[str]) -> None:
    """Print how questions to each corpus are judged by a gate that was fitted without that corpus."""
    odds, confidences = np.zeros(len(training)), np.zeros(len(training))
    for corpus in TRAINING_CORPORA:
        gate = fit_gate([each for each in training if each.asked.corpus != corpus], names)
        for number, each in enumerate(training):
            if each.asked.corpus == corpus:
                odds[number] = odds_of(gate, each)
                confidences[number] = 1 / (1 + np.exp(-(gate.scale * odds[number] + gate.shift)))
    probabilities = 1 / (1 + np.exp(-odds))
    positive = np.array([each.asked.answerable for each in training])
    kinds = np.array([each.asked.kind for each in training])
    auc = (probabilities[positive][:, None] > probabilities[~positive][None]).mean()
    known = kinds != "trained"
    error = calibration_error(confidences[known], np.array([each.right for each in training])[known])
    print(f"held out: area under the curve {auc:.3f}, calibration error of the confidence {error:.3f}")
    for threshold in THRESHOLDS:
        refused = probabilities < threshold
        shares = [
            f"{kind} {refused[(kinds == kind) & (positive == answerable)].mean():.2f}"
            for kind, answerable in sorted({(each.asked.kind, each.asked.answerable) for each in training})
        ]
        print(f"  refused below {threshold:.2f}: {', '.join(shares)}")


def calibration_error(confidences: Numbers, right: NDArray[np.bool_]) -> float:
    tenths = np.minimum((confidences * 10).astype(int), 9)
    return sum(
        inside.sum() * abs(confidences[inside].mean() - right[inside].mean())
        for inside in (tenths == number for number in set(tenths.tolist()))
    ) / len(right)


async def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.eval.gate", description="Fit the gate of answers.")
    options.add_argument("--home", type=Path, default=HOME, help="folder for corpora and their indexes")
    options.add_argument("--with-encoder", action="store_true", help="fit the gate for machines with an encoder")
    arguments = options.parse_args()
    home: Path = arguments.home
    comparison = sentence_comparison(Settings(home=home)) if arguments.with_encoder else None
    if arguments.with_encoder and comparison is None:
        raise SystemExit("This machine has no encoder. Build it first: make encoder")
    names = WITH_ENCODER if comparison else BY_WORDS
    training = await examples(home, comparison)
    gate = fit_gate(training, names)
    print(f"Gate({', '.join(f'{key}={value:.2f}' for key, value in gate._asdict().items())})")
    report(training, names)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
