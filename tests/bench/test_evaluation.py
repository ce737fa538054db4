"""How good findings are, on the corpus that every Python carries: `make eval` asks more questions of more documents."""

from pathlib import Path

from bench.eval.__main__ import Evaluation
from bench.eval.asking import Asker
from bench.eval.corpora import fetch
from bench.eval.questions import DEV, read_questions


async def test_questions_about_python_are_answered_from_its_reference(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    [place] = fetch(["pytopics"], tmp_path / "corpora").values()
    corpus = await asker.ingest("pytopics", place)
    rows = {row.wording: row.score for row in await Evaluation(asker, [corpus], read_questions(DEV)).rows()}
    assert rows["plain"].answerable == rows["paraphrased"].answerable == 6
    assert rows["plain"].hit >= 0.8
    assert rows["plain"].wrong_files <= 0.25
    assert rows["plain"].false_refusals == rows["paraphrased"].false_refusals == 0
    assert rows["paraphrased"].hit >= 0.5
