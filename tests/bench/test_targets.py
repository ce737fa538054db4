from dataclasses import replace

import pytest

from bench.eval.scoring import Score
from bench.eval.targets import JudgedFigure, Row, judge, table

PERFECT = Score(6, 3, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 4.0, ())
NOTHING = Score(6, 3, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 4.0, ("q1",))


def rows(plain: Score = PERFECT, paraphrased: Score = PERFECT, wrong: float | None = 1.0) -> list[Row]:
    """With those of one corpus, which have no target of their own."""
    return [
        Row("plain", "lights", NOTHING),
        Row("plain", "all", plain, wrong),
        Row("paraphrased", "lights", NOTHING),
        Row("paraphrased", "all", paraphrased, wrong),
    ]


def below(judgement: list[JudgedFigure]) -> list[str]:
    return [figure.name for figure in judgement if not figure.must]


def test_what_is_perfect_is_excellent_and_what_is_nothing_is_below_everywhere() -> None:
    best, worst = judge(rows()), judge(rows(NOTHING, NOTHING, 0.0))
    assert below(best) == []
    assert all(figure.line().startswith("EXCELLENT") for figure in best)
    assert below(worst) == [figure.name for figure in worst] == [figure.name for figure in best]
    assert all(figure.line().startswith("BELOW") for figure in worst)


@pytest.mark.parametrize("wording", ["plain", "paraphrased"])
@pytest.mark.parametrize(
    ("field", "value", "names"),
    [
        ("hit", 0.0, {"an answer quoted"}),
        ("first_three", 0.0, {"among the first three"}),
        ("refused", 0.0, {"unanswerable, said so"}),
        ("false_refusals", 1.0, {"false refusals"}),
        ("wrong_files", 1.0, {"quotes from wrong files"}),
        ("whole", 0.0, set[str]()),
        ("quotes", 99.0, set[str]()),
    ],
)
def test_each_figure_is_judged_by_its_own(wording: str, field: str, value: float, names: set[str]) -> None:
    worse = replace(PERFECT, **{field: value})
    expected = {f"{wording}: {name}" for name in names}
    if wording == "paraphrased":
        expected -= {"paraphrased: among the first three", "paraphrased: quotes from wrong files"}  # no targets
    assert set(below(judge(rows(**{wording: worse})))) == expected


def test_questions_to_the_wrong_corpus_are_judged_where_there_are_several() -> None:
    assert below(judge(rows(wrong=0.0))) == ["plain: wrong corpus, refused", "paraphrased: wrong corpus, refused"]
    assert not any("wrong corpus" in figure.name for figure in judge(rows(wrong=None)))


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (JudgedFigure("a", 0.95, 0.8, 0.95), "EXCELLENT"),
        (JudgedFigure("a", 0.94, 0.8, 0.95), "MUST"),
        (JudgedFigure("a", 0.1 + 0.7, 0.8, 0.95), "MUST"),  # 0.7999999999999999
        (JudgedFigure("a", 0.79, 0.8, 0.95), "BELOW"),
        (JudgedFigure("a", 0.03, 0.1, 0.03, at_most=True), "EXCELLENT"),
        (JudgedFigure("a", 0.1, 0.1, 0.03, at_most=True), "MUST"),
        (JudgedFigure("a", 0.11, 0.1, 0.03, at_most=True), "BELOW"),
    ],
)
def test_a_target_is_reached_exactly(figure: JudgedFigure, word: str) -> None:
    assert figure.line().split()[0] == word
    assert figure.must is (word != "BELOW")
    assert ("at most" in figure.line()) is figure.at_most


def test_the_table_has_a_line_for_each_row() -> None:
    head, *lines = table(rows(plain=replace(PERFECT, hit=0.67), wrong=0.42)).splitlines()
    assert [line.split()[:2] for line in lines] == [[row.wording, row.corpus] for row in rows()]
    assert lines[1].split()[3] == "0.67"
    assert lines[1].split()[-1] == lines[3].split()[-1] == "0.42"
    assert len(lines[0].split()) == len(lines[1].split()) - 1  # nothing was asked of a wrong one
    assert len(head) == len(lines[1])
