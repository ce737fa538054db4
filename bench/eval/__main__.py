"""Evaluate findings without a model: `make eval`, or `python -m bench.eval --only pytopics`.

Every question is asked of its own corpus in two wordings. Answerable questions are also asked of every other corpus,
where "these documents do not answer this" is right. The exit code is 1 if a figure misses the value that it must reach.
"""

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles

from bench.eval.asking import Asker, Corpus
from bench.eval.corpora import NAMES, fetch
from bench.eval.questions import DEV, Question, read_questions
from bench.eval.scoring import Answer, Score, score
from bench.eval.targets import Row, judge, table

RESULTS = Path(__file__).parent.parent / "results" / "eval.json"
HOME = Path(".outlast") / "eval"
WORDINGS = ("plain", "paraphrased")


class Evaluation:
    def __init__(self, asker: Asker, corpora: Sequence[Corpus], questions: Sequence[Question]) -> None:
        self._asker = asker
        self._corpora = corpora
        self._questions = [question for question in questions if question.corpus in {each.name for each in corpora}]
        self.seconds: list[float] = []
        """The time of each question."""

    async def rows(self) -> list[Row]:
        rows: list[Row] = []
        for wording in WORDINGS:
            answers = await self._own(wording)
            rows += [Row(wording, corpus.name, self._score(answers, corpus.name)) for corpus in self._corpora]
            wrong = await self._wrong(wording) if len(self._corpora) > 1 else None
            rows.append(Row(wording, "all", self._score(answers), wrong))
        return rows

    def _score(self, answers: Mapping[str, Answer], corpus: str = "") -> Score:
        return score([each for each in self._questions if not corpus or each.corpus == corpus], answers)

    async def _own(self, wording: str) -> dict[str, Answer]:
        corpora = {corpus.name: corpus for corpus in self._corpora}
        return {
            question.id: await self._ask(question.worded(wording), corpora[question.corpus])
            for question in self._questions
        }

    async def _wrong(self, wording: str) -> float:
        """Return the share of answerable questions to another corpus that are refused."""
        refused = [
            not (await self._ask(question.worded(wording), corpus)).answered
            for question in self._questions
            for corpus in self._corpora
            if not question.unanswerable and corpus.name != question.corpus
        ]
        return sum(refused) / len(refused)

    async def _ask(self, question: str, corpus: Corpus) -> Answer:
        began = time.perf_counter()
        answer = await self._asker.ask(question, corpus)
        self.seconds.append(time.perf_counter() - began)
        return answer


async def evaluate(only: Sequence[str], questions: Path, home: Path) -> int:
    folders = fetch(only, home / "corpora")
    asker = Asker(home)
    corpora: list[Corpus] = []
    for name, folder in folders.items():
        began = time.perf_counter()
        corpora.append(await asker.ingest(name, folder))
        print(f"{name}: {len(corpora[-1].files)} documents, ingested in {time.perf_counter() - began:.1f} s")
        await asker.ask("Which documents are there?", corpora[-1])  # builds the index
    evaluation = Evaluation(asker, corpora, read_questions(questions))
    rows = await evaluation.rows()
    figures = judge(rows)
    print(f"\n{table(rows)}\n")
    for figure in figures:
        print(figure.line())
    times = evaluation.seconds
    print(f"\n{len(times)} questions: median {median(times):.3f} s, p95 {quantiles(times, n=20)[-1]:.3f} s each")
    for row in rows:
        if row.corpus == "all" and row.score.missed:
            print(f"Missed, {row.wording}: {' '.join(row.score.missed)}")
    kept = [{"wording": row.wording, "corpus": row.corpus, "wrong": row.wrong, **asdict(row.score)} for row in rows]
    if questions == DEV and set(only) == set(NAMES):
        RESULTS.write_text(json.dumps({"rows": kept, "seconds": times}, indent=1) + "\n", encoding="utf-8")
    return 0 if all(figure.must for figure in figures) else 1


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.eval", description="Evaluate findings.")
    options.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="use only these corpora")
    options.add_argument("--questions", type=Path, default=DEV, help="other questions, in the form of dev.jsonl")
    options.add_argument("--home", type=Path, default=HOME, help="folder for corpora and their indexes")
    arguments = options.parse_args()
    logging.disable(logging.WARNING)
    sys.exit(asyncio.run(evaluate(arguments.only, arguments.questions, arguments.home)))


if __name__ == "__main__":
    main()
