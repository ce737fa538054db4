"""Fit the gate that tells answers from chance: `python -m bench.eval.gate` prints coefficients for answerability.py.

Fitted to the questions of dev.jsonl and fitted.jsonl in both wordings, to those of gate.jsonl, of which is only known
whether the documents answer them, and to questions asked of another corpus, with less weight. The corpora that figures
are reported of are never used. What is printed beside the coefficients is of questions to a corpus held out in turn.
"""

import argparse
import asyncio
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from bench.eval.corpora import DEV_CORPORA, FITTED_CORPORA, fetch
from bench.eval.gate_fit import WRONG, Asked, Example, fit_gate, report
from bench.eval.questions import DEV, FITTED, Question, read_questions
from bench.eval.scoring import plain
from bench.eval.small_corpora import SMALL_CORPORA
from outlast.composition import Composition, sentence_comparison
from outlast.evidence.report import Finding, Task
from outlast.graphs.investigate import Selection, TermStatistics
from outlast.graphs.reasoners.answerability import features_of
from outlast.graphs.reasoners.extractive import MAX_SUMMARY_QUOTES, ExtractiveReasoner
from outlast.graphs.reasoners.likeness import SentenceComparison
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.reasoning import needed_reasoning
from outlast.graphs.reasoners.repeats import choose_findings
from outlast.in_process import answer
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

CORPORA = (*DEV_CORPORA, *FITTED_CORPORA)
SMALL = ("history", *SMALL_CORPORA)
LARGE = tuple(name for name in CORPORA if name not in SMALL)
TRAINING_QUESTIONS = Path(__file__).with_name("gate.jsonl")
HOME = Path(".outlast") / "eval"


class TrainingQuestion(BaseModel):
    corpus: str
    question: str
    answerable: bool


class RecordingReasoner(ExtractiveReasoner):
    """Keeps what the gate would be asked."""

    def __init__(self, comparison: SentenceComparison | None) -> None:
        super().__init__(comparison)
        self.seen: list[tuple[Task, Sequence[Finding], TermStatistics]] = []

    async def select(self, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Selection:
        self.seen.append((task, known, searched))
        return await super().select(task, known, searched)


def training_set() -> Iterator[Asked]:
    """Yield each question to its own corpus, and each answerable one also to another corpus of its size."""
    for number, question in enumerate([*read_questions(DEV), *read_questions(FITTED)]):
        gold = tuple(plain(text) for facet in question.gold for text in facet.must_contain)
        for wording, text in (("plain", question.worded("plain")), ("paraphrased", question.worded("paraphrased"))):
            yield Asked(text, question.corpus, not question.unanswerable, wording, gold)
            if not question.unanswerable:
                yield Asked(text, other_corpus(question, number), answerable=False, kind=f"{WRONG}, {wording}")
    for line in TRAINING_QUESTIONS.read_text(encoding="utf-8").splitlines():
        each = TrainingQuestion.model_validate_json(line)
        yield Asked(each.question, each.corpus, each.answerable, "trained")


def other_corpus(question: Question, number: int) -> str:
    others = [name for name in (SMALL if question.corpus in SMALL else LARGE) if name != question.corpus]
    return others[number % len(others)]


async def examples(home: Path, comparison: SentenceComparison | None) -> list[Example]:
    store, reasoner = open_objects(str(home / "objects")), RecordingReasoner(comparison)
    composition = Composition(store, home / "cache", reasoner)
    collections = {
        name: await Collections(store).save(await ingest_folder(folder, store, home / "cache"))
        for name, folder in fetch(CORPORA, home / "corpora").items()
    }
    made: list[Example] = []
    for asked in training_set():
        reasoner.seen.clear()
        await answer(asked.question, collections[asked.corpus], composition)
        parts = [part for seen in reasoner.seen if (part := example_of(asked, *seen))]
        if parts:  # of a question that was split, its best part counts
            made.append(max(parts, key=lambda part: part.features.strength))
    return made


def example_of(asked: Asked, task: Task, known: Sequence[Finding], searched: TermStatistics) -> Example | None:
    """Return what the gate sees of a question; None if it is not asked, because nothing was found."""
    query = QueryWeights(task.question, searched.terms, searched.size)
    reasoning = needed_reasoning(task.question, query)
    answers = [each for each in known if reasoning is None or reasoning.is_stated_in(each.quote.shown)]
    if not answers:
        return None
    holding = [any(gold in plain(each.quote.shown) for gold in asked.gold) for each in choose_findings(answers)[0]]
    return Example(
        asked,
        features_of(task.question, query, answers, searched.size),
        right=any(holding),
        right_if_refused=any(holding[:MAX_SUMMARY_QUOTES]),
    )


async def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.eval.gate", description="Fit the gate of answers.")
    options.add_argument("--home", type=Path, default=HOME, help="folder for corpora and their indexes")
    options.add_argument("--with-encoder", action="store_true", help="fit the gate for machines with an encoder")
    options.add_argument("--weak-probability", type=float, default=0.4, help="what is less probable is refused")
    arguments = options.parse_args()
    home: Path = arguments.home
    comparison = sentence_comparison(Settings(home=home)) if arguments.with_encoder else None
    if arguments.with_encoder and comparison is None:
        raise SystemExit("This machine has no encoder. Build it first: make encoder")
    training = await examples(home, comparison)
    gate = fit_gate(training, arguments.weak_probability)
    for name, coefficients in (("answered", gate.answered), ("quoted", gate.quoted)):
        values = ", ".join(f"{key}={value:.2f}" for key, value in coefficients._asdict().items())
        print(f"{name}=Coefficients({values})")
    print(report(training, arguments.weak_probability))


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(main())
