from dataclasses import replace

import pytest

from bench.eval.scoring import Score
from bench.eval.targets import MEAN, JudgedFigure, Row, judge, table

PERFECT = Score(6, 3, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 4.0, ())
NOTHING = Score(6, 3, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 4.0, ("q1",))


def rows(plain: Score = PERFECT, paraphrased: Score = PERFECT, wrong: float | None = 1.0) -> list[Row]:
    """With those of one corpus, which have no target of their own."""
    return [
        Row("plain", "lights", NOTHING),
        Row("plain", MEAN, plain, wrong),
        Row("paraphrased", "lights", NOTHING),
        Row("paraphrased", MEAN, paraphrased, wrong),
    ]


def judged(of: list[Row], error: float = 0.0, *, encoder: bool = False) -> list[JudgedFigure]:
    return judge(of, encoder=encoder, calibration_error=error)


def below(judgement: list[JudgedFigure]) -> list[str]:
    return [figure.name for figure in judgement if not figure.must]


def test_what_is_perfect_is_excellent_and_what_is_nothing_is_below_everywhere() -> None:
    best, worst = judged(rows()), judged(rows(NOTHING, NOTHING, 0.0), 1.0)
    assert below(best) == []
    assert all(figure.line().startswith("EXCELLENT") for figure in best)
    assert below(worst) == [figure.name for figure in worst] == [figure.name for figure in best]
    assert all(figure.line().startswith("BELOW") for figure in worst)


@pytest.mark.parametrize(
    ("wording", "field", "value", "name"),
    [
        ("plain", "hit", 0.0, "documents' words: hit"),
        ("plain", "first_three", 0.0, "documents' words: hit@3"),
        ("plain", "false_refusals", 1.0, "documents' words: false refusals"),
        ("paraphrased", "hit", 0.0, "people's words: hit"),
        ("paraphrased", "first_three", 0.0, "people's words: hit@3"),
        ("paraphrased", "false_refusals", 1.0, "people's words: false refusals"),
        ("paraphrased", "wrong_files", 1.0, "people's words: quotes from wrong files"),
        ("plain", "refused", 0.0, "unanswerable, said so"),
        ("paraphrased", "refused", 0.0, "unanswerable, said so"),
    ],
)
def test_each_figure_is_judged_by_its_own(wording: str, field: str, value: float, name: str) -> None:
    worse = replace(PERFECT, **{field: value})
    assert below(judged(rows(**{wording: worse}))) == [name]


def test_an_encoder_must_do_better_than_rules() -> None:
    fair = replace(PERFECT, hit=0.55)
    assert below(judged(rows(paraphrased=fair))) == []
    assert below(judged(rows(paraphrased=fair), encoder=True)) == ["people's words: hit"]


def test_questions_to_the_wrong_corpus_are_judged_where_there_are_several() -> None:
    assert below(judged(rows(wrong=0.0))) == ["wrong corpus, refused"]
    assert not any("wrong corpus" in figure.name for figure in judged(rows(wrong=None)))


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
