import dataclasses
from collections.abc import Sequence

import pytest

from bench.eval.questions import DEV, Facet, Question, read_questions
from bench.eval.scoring import Answer, QuotedText, Score, holds, plain, score

LIT = Facet(file="lamp.txt", also=("copy.txt",), must_contain=("lit at dusk", "lit in the evening"))
OIL = Facet(file="oil.txt", must_contain=("burns rape oil",))
ASKED = Question(id="q1", corpus="lights", question="When, and with what?", kind="how", gold=(LIT, OIL))
OTHER = Question(id="q2", corpus="lights", question="With what?", kind="how", gold=(OIL,))
UNANSWERABLE = Question(id="q3", corpus="lights", question="Who?", kind="who", unanswerable=True)

RIGHT = QuotedText("lamp.txt", "The lamp is lit at dusk.")
RIGHT_OIL = QuotedText("oil.txt", "It burns rape oil.")
WRONG = QuotedText("bread.txt", "The lamp is lit at dusk.")  # the right words of a document that is not gold
BESIDE = QuotedText("lamp.txt", "The lamp is made of brass.")  # of a gold document, but no answer
REFUSED = Answer(answered=False, quotes=())


def scored(*quotes: QuotedText, answered: bool = True, question: Question = ASKED) -> Score:
    return score([question], {question.id: Answer(answered, quotes)})


def test_a_quote_of_a_gold_file_that_holds_the_answer_is_a_hit() -> None:
    found = scored(RIGHT)
    assert (found.hit, found.first_three, found.whole, found.wrong_files, found.missed) == (1, 1, 0, 0, ())
    copy = scored(QuotedText("copy.txt", "It is lit in the evening."))
    assert (copy.hit, copy.wrong_files) == (1, 0)


@pytest.mark.parametrize(
    "quote", [WRONG, BESIDE, QuotedText("oil.txt", "The lamp is lit at dusk."), QuotedText("lamp.txt", "")]
)
def test_what_is_of_another_file_or_says_something_else_is_no_hit(quote: QuotedText) -> None:
    found = scored(quote)
    assert (found.hit, found.first_three, found.whole, found.missed) == (0, 0, 0, ("q1",))


def test_only_the_first_three_quotes_are_the_first_three() -> None:
    assert scored(BESIDE, BESIDE, RIGHT).first_three == 1
    late = scored(BESIDE, BESIDE, BESIDE, RIGHT)
    assert (late.first_three, late.hit) == (0, 1)


def test_an_answer_is_whole_with_every_part_of_it() -> None:
    assert scored(RIGHT, BESIDE, RIGHT_OIL).whole == 1
    assert scored(RIGHT, RIGHT).whole == 0
    assert scored().whole == 0


def test_quotes_of_files_without_any_part_of_the_answer_are_wrong() -> None:
    assert scored(RIGHT, RIGHT_OIL, BESIDE, WRONG).wrong_files == 0.25
    assert scored(RIGHT, question=OTHER).wrong_files == 1
    assert scored().wrong_files == 0


def test_quotes_of_a_refusal_do_not_count() -> None:
    found = scored(RIGHT, answered=False)
    assert (found.hit, found.quotes, found.false_refusals, found.missed) == (0, 0, 1, ("q1",))


def test_refusals_are_right_where_nothing_answers_and_false_elsewhere() -> None:
    questions = [ASKED, OTHER, UNANSWERABLE]
    refused = score(questions, {"q1": Answer(True, [RIGHT]), "q2": REFUSED, "q3": REFUSED})
    assert (refused.answerable, refused.unanswerable) == (2, 1)
    assert (refused.false_refusals, refused.refused, refused.hit, refused.quotes) == (0.5, 1, 0.5, 0.5)
    assert refused.missed == ("q2",)
    answered = score(questions, {"q1": REFUSED, "q2": REFUSED, "q3": Answer(True, [WRONG])})
    assert (answered.false_refusals, answered.refused) == (1, 0)
    assert answered.wrong_files == 0  # only answers to what can be answered are judged by their files


def test_without_questions_all_is_nothing() -> None:
    assert score([], {}) == Score(0, 0, 0, 0, 0, 0, 0, 0, 0, ())


FULL = {"q1": Answer(True, [RIGHT, RIGHT_OIL, BESIDE]), "q2": Answer(True, [RIGHT_OIL]), "q3": REFUSED}


@pytest.mark.parametrize(
    ("name", "quotes", "answered"),
    [
        ("q1", [], True),
        ("q1", [RIGHT, RIGHT_OIL], False),
        ("q1", [RIGHT, BESIDE, BESIDE], True),
        ("q1", [RIGHT, RIGHT_OIL, WRONG], True),
        ("q1", [RIGHT, RIGHT_OIL], True),
        ("q2", [BESIDE, RIGHT_OIL], True),
        ("q2", [RIGHT_OIL, RIGHT_OIL], True),
        ("q2", [QuotedText("lamp.txt", RIGHT_OIL.text)], True),
        ("q2", [QuotedText("oil.txt", "It burns whale oil.")], True),
        ("q3", [WRONG], True),
        ("q3", [], True),
    ],
)
def test_another_answer_has_another_score(name: str, quotes: Sequence[QuotedText], answered: bool) -> None:
    questions = [ASKED, OTHER, UNANSWERABLE]
    assert score(questions, {**FULL, name: Answer(answered, quotes)}) != score(questions, FULL)


@pytest.mark.parametrize(
    "text",
    ["It is  LIT\nat dusk.", "lit at du\u00adsk", "\uff4c\uff49\uff54 at dusk"],
)
def test_a_quote_may_differ_in_case_white_space_and_forms_of_characters(text: str) -> None:
    assert holds(QuotedText("lamp.txt", text), LIT)


def test_quotation_marks_are_all_alike() -> None:
    assert plain("“so” ‘it’ is") == "\"so\" 'it' is"


def test_the_questions_of_the_evaluation_are_of_one_kind_each() -> None:
    questions = read_questions(DEV)
    assert len({question.id for question in questions}) == len(questions)
    assert all(bool(question.gold) is not question.unanswerable for question in questions)
    assert any(question.unanswerable for question in questions)
    for question in questions:
        assert question.worded("plain") == (question.question_plain or question.question)
        assert question.worded("paraphrased") == question.question
    assert all(facet.must_contain and all(facet.must_contain) for each in questions for facet in each.gold)


def test_a_score_is_of_shares() -> None:
    found = score([ASKED, OTHER, UNANSWERABLE], FULL)
    shares = dataclasses.asdict(found)
    assert (found.hit, found.first_three, found.whole, found.refused) == (1, 1, 1, 1)
    assert all(0 <= shares[name] <= 1 for name in ("hit", "first_three", "whole", "false_refusals", "wrong_files"))
    assert found.quotes == 2
