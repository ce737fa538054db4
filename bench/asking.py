"""Measure the time of `outlast ask` on collections that are indexed.

    python -m bench.asking [QUESTIONS.jsonl FOLDERS]

Each line of the file has a `question` and the name of a `corpus`, which is a folder in FOLDERS. Without arguments, the
question of `make demo` is asked of the demo's documents. Times are measured in a process that has imported everything;
the time of the imports is a row of its own. The exit code is 1 if a target is missed.
"""

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import demo
from bench.commands import OUTLAST, environment, median_seconds
from bench.figures import Figure, at_most, seconds, table
from outlast.cli.garbage import GC_THRESHOLD
from outlast.composition import Composition
from outlast.evidence.rendering.markdown import render_markdown
from outlast.in_process import answer
from outlast.orchestration.activities.publish import assemble_report
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

REPETITIONS = 5
MAX_ANSWER_SECONDS = 0.5
IMPORTS = f"import gc; gc.set_threshold({GC_THRESHOLD}); import outlast.cli.ask"


@dataclass(frozen=True)
class Question:
    text: str
    folder: Path


@dataclass(frozen=True)
class AnswerTimes:
    """The seconds that three operations take."""

    ingested: float
    """Ingest the folder, which has not changed."""
    found: float
    """Open the index and search it once."""
    answered: float
    """Ingest the folder and answer the question."""


def questions_of(file: Path, folders: Path) -> list[Question]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Question(line["question"], folders / line["corpus"]) for line in lines]


async def time_answer(question: Question, home: Path) -> AnswerTimes:
    """Do what the command does, in the same order: the folder has not changed, and the index is on disk and closed."""
    began = time.perf_counter()
    store = open_objects(str(home / "objects"))
    collection = await Collections(store).save(await ingest_folder(question.folder, store, home / "cache"))
    ingested = time.perf_counter() - began
    publication = await answer(question.text, collection, Composition(store, home / "cache"))
    report, _ = await assemble_report(store, publication)
    render_markdown(report)
    answered = time.perf_counter() - began
    began = time.perf_counter()
    async with await Library.open(collection, store, home / "cache") as library:
        await library.search([question.text])
    return AnswerTimes(ingested, time.perf_counter() - began, answered)


async def time_questions(questions: Sequence[Question], home: Path) -> list[AnswerTimes]:
    """Time each question once, after a first question to each folder, so that everything is ingested and indexed."""
    for folder in dict.fromkeys(question.folder for question in questions):
        await time_answer(Question(questions[0].text, folder), home)
    return [await time_answer(question, home) for question in questions]


def measure(questions: Sequence[Question], home: Path) -> list[Figure]:
    gc.set_threshold(GC_THRESHOLD)
    times = asyncio.run(time_questions(questions, home))
    note = f"{len(questions)} questions of {len({question.folder for question in questions})} folders"
    settings = environment(OUTLAST_HOME=str(home))
    command = [OUTLAST, "ask", questions[0].text, "--docs", str(questions[0].folder)]
    return [
        *spread_figures("ask: a folder that has not changed", [each.ingested for each in times], note),
        *spread_figures("ask: open the index and search once", [each.found for each in times], note),
        *spread_figures("ask: the whole answer", [each.answered for each in times], note, MAX_ANSWER_SECONDS),
        seconds(
            "ask: imports",
            median_seconds(
                REPETITIONS,
                [sys.executable, "-c", IMPORTS],
                home,
                settings,
            ),
        ),
        seconds(
            "ask: the whole command", median_seconds(REPETITIONS, command, home, settings), f"median of {REPETITIONS}"
        ),
    ]


def spread_figures(name: str, times: Sequence[float], note: str, limit: float | None = None) -> list[Figure]:
    both = [seconds(f"{name}, median", median(times), note), seconds(f"{name}, p95", percentile(times, 95), note)]
    return both if limit is None else [at_most(limit, figure) for figure in both]


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that is not exceeded by `percent` of the values."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.asking", description="Measure the time of `outlast ask`.")
    options.add_argument("questions", type=Path, nargs="?", metavar="QUESTIONS.jsonl")
    options.add_argument("folders", type=Path, nargs="?", metavar="FOLDERS")
    arguments = options.parse_args()
    with TemporaryDirectory() as name:
        home = Path(name)
        if arguments.questions and arguments.folders:
            questions = questions_of(arguments.questions, arguments.folders.resolve())
        else:
            questions = [Question(demo.question(), demo.documents(home / "documents"))] * REPETITIONS
        measured = measure(questions, home)
    print(table(measured))
    sys.exit(0 if all(figure.met for figure in measured) else 1)


if __name__ == "__main__":
    main()
