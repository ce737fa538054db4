"""Evaluate findings without a model: `make eval`, or `python -m bench.eval --only pytopics`.

Every question is asked of its own corpus in two wordings. Answerable questions are also asked of other corpora, where
"these documents do not answer this" is right; a weak answer counts as one. Rules are evaluated, and so is the sentence
encoder if it is installed. Means are over corpora. The figures of the corpora that nobody tuned to are judged: the exit
code is 1 if one of them misses the value that it must reach.
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
from statistics import fmean, median, quantiles

from bench.eval.asking import ENCODER, RULES, Asker, Corpus, ways_of
from bench.eval.calibration import Judged, calibration_error, reliability, reliability_table
from bench.eval.corpora import DEV_CORPORA, FITTED_CORPORA, NAMES, UNSEEN_CORPORA, fetch
from bench.eval.questions import DEV, FITTED, UNSEEN, Question, read_questions
from bench.eval.scoring import Answer, Score, is_right, mean_score, score
from bench.eval.targets import MEAN, JudgedFigure, Row, judge, table

RESULTS = Path(__file__).parent.parent / "results" / "eval.json"
HOME = Path(".outlast") / "eval"
WORDINGS = ("plain", "paraphrased")
SETS = {"dev": (DEV, DEV_CORPORA), "fitted": (FITTED, FITTED_CORPORA), "unseen": (UNSEEN, UNSEEN_CORPORA)}
WRONG_CORPORA = 2
"""How many other corpora each answerable question is asked of."""


class Evaluation:
    def __init__(self, asker: Asker, corpora: Sequence[Corpus], questions: Sequence[Question]) -> None:
        self._asker = asker
        self._corpora = {corpus.name: corpus for corpus in corpora}
        self._questions = [question for question in questions if question.corpus in self._corpora]
        self.seconds: list[float] = []
        """The time of each question."""
        self.judged: list[Judged] = []
        """The confidence of each report, and whether it was right."""

    async def rows(self) -> list[Row]:
        rows: list[Row] = []
        for wording in WORDINGS:
            answers = {question.id: await self._ask(question, wording, question.corpus) for question in self._questions}
            wrong = await self._refused_by_others(wording) if len(self._corpora) > 1 else {}
            own = [Row(wording, name, self._score(answers, name), wrong.get(name)) for name in self._corpora]
            refused = fmean(wrong.values()) if wrong else None
            rows += [*own, Row(wording, MEAN, mean_score([row.score for row in own]), refused)]
        return rows

    def _score(self, answers: Mapping[str, Answer], corpus: str) -> Score:
        return score([question for question in self._questions if question.corpus == corpus], answers)

    async def _refused_by_others(self, wording: str) -> dict[str, float]:
        """Return by corpus the share of its answerable questions that other corpora refuse."""
        refused: dict[str, list[bool]] = {name: [] for name in self._corpora}
        for question in self._questions:
            for other in self._others(question.corpus) if not question.unanswerable else ():
                refused[question.corpus].append(not (await self._ask(question, wording, other)).answered)
        return {name: fmean(each) for name, each in refused.items()}

    def _others(self, corpus: str) -> list[str]:
        """Return the corpora after this one, in a ring."""
        names = list(self._corpora)
        after = names.index(corpus) + 1
        return [*names[after:], *names[: after - 1]][:WRONG_CORPORA]

    async def _ask(self, question: Question, wording: str, corpus: str) -> Answer:
        began = time.perf_counter()
        answer = await self._asker.ask(question.worded(wording), self._corpora[corpus])
        self.seconds.append(time.perf_counter() - began)
        self.judged.append(Judged(answer.confidence, corpus == question.corpus and is_right(question, answer)))
        return answer


async def evaluate(only: Sequence[str], ways: Sequence[str], home: Path) -> int:
    folders = fetch(only, home / "corpora")
    asker = Asker(home)
    corpora: dict[str, Corpus] = {}
    for name, folder in folders.items():
        began = time.perf_counter()
        corpora[name] = await asker.ingest(name, folder)
        print(f"{name}: {len(corpora[name].files)} documents, ingested in {time.perf_counter() - began:.1f} s")
        await asker.ask("Which documents are there?", corpora[name])  # builds the index
    kept: list[dict[str, object]] = []
    unseen_figures: list[JudgedFigure] = []
    for way in ways:
        for name, (file, members) in SETS.items():
            asked = [corpora[member] for member in members if member in corpora]
            if not asked:
                continue
            evaluation = Evaluation(Asker(home, way), asked, read_questions(file))
            rows = await evaluation.rows()
            error = calibration_error(evaluation.judged)
            figures = judge(rows, encoder=way == ENCODER, calibration_error=error)
            unseen_figures += figures if name == "unseen" else ()
            print_results(f"{name}, {way}", rows, figures, evaluation)
            kept.append(kept_results(name, way, rows, error, evaluation))
    if set(only) == set(NAMES):
        RESULTS.write_text(json.dumps({"evaluations": kept}, indent=1) + "\n", encoding="utf-8")
    return 0 if all(figure.must for figure in unseen_figures) else 1


def print_results(title: str, rows: Sequence[Row], figures: Sequence[JudgedFigure], evaluation: Evaluation) -> None:
    times = evaluation.seconds
    print(f"\n== {title}\n\n{table(rows)}\n")
    print("\n".join(figure.line() for figure in figures))
    print(f"\n{reliability_table(evaluation.judged)}")
    print(f"\n{len(times)} questions: median {median(times):.3f} s, p95 {quantiles(times, n=20)[-1]:.3f} s each")


def kept_results(name: str, way: str, rows: Sequence[Row], error: float, evaluation: Evaluation) -> dict[str, object]:
    """Return what is stored. Which questions were missed is kept for the corpora that people may look at alone."""
    return {
        "set": name,
        "way": way,
        "rows": [
            {"wording": row.wording, "corpus": row.corpus, "wrong": row.wrong, **asdict(row.score)}
            | ({} if name == "dev" else {"missed": len(row.score.missed)})
            for row in rows
        ],
        "calibration_error": error,
        "reliability": [asdict(each) for each in reliability(evaluation.judged)],
        "median_seconds": round(median(evaluation.seconds), 3),
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.eval", description="Evaluate findings.")
    options.add_argument("--only", nargs="+", choices=(*NAMES, *FITTED_CORPORA), default=NAMES, help="these corpora")
    options.add_argument("--way", nargs="+", choices=(RULES, ENCODER), help="only these ways of finding answers")
    options.add_argument("--home", type=Path, default=HOME, help="folder for corpora and their indexes")
    arguments = options.parse_args()
    logging.disable(logging.WARNING)
    ways = arguments.way or ways_of(arguments.home)
    sys.exit(asyncio.run(evaluate(arguments.only, ways, arguments.home)))


if __name__ == "__main__":
    main()
