"""The names of a run's questions, and the answers that it takes: without a server."""

from typing import Any

import pytest
from langgraph_heartbeat import Question, Resume
from langgraph_heartbeat._run_graph.messages import Carried, NotAcceptedError
from langgraph_heartbeat._run_graph.questions import RunQuestions

SIZE: dict[str, Any] = {"type": "integer"}
FIRST, SECOND = Question(id="9f", value="First?"), Question(id="3a", value="Second?", response_schema=SIZE)
THIRD = Question(id="77", value="Third?")


def asking(*questions: Question) -> RunQuestions:
    run = RunQuestions()
    run.ask(questions)
    return run


def refusal(run: RunQuestions, answer: Any) -> str:
    with pytest.raises(NotAcceptedError) as refused:
        run.answer(answer)
    return str(refused.value)


def test_questions_are_named_in_the_order_in_which_they_are_asked() -> None:
    run = asking(FIRST, SECOND)
    assert [(each.name, each.value) for each in run.shown()] == [("q1", "First?"), ("q2", "Second?")]
    run.ask([THIRD, SECOND])
    assert [(each.name, each.value) for each in run.shown()] == [("q3", "Third?"), ("q2", "Second?")]


def test_an_answer_is_taken_once() -> None:
    run = asking(FIRST, SECOND)
    assert not run.has_answers
    run.answer({"question": "q1", "answer": None})
    assert run.has_answers
    assert run.waiting == ["q2"]
    assert refusal(run, {"question": "q1", "answer": 1}) == "The question q1 has an answer already."
    assert run.take_answers() == {"9f": None}
    assert [each.name for each in run.shown()] == ["q2"]
    told = refusal(run, {"question": "q1", "answer": 1})
    assert told == "The question q1 was answered. These wait for an answer: q2."


def test_what_is_no_answer_is_refused() -> None:
    run = asking(FIRST, SECOND)
    assert refusal(run, {"question": "q3", "answer": 1}).startswith("The question q3 has not been asked.")
    assert "it is a text, and an integer is expected" in refusal(run, {"question": "q2", "answer": "many"})
    assert refusal(run, None) == 'An answer is {"question": "q1", "answer": ...}. This is nothing.'
    assert "question: Input should be a valid string" in refusal(run, {"question": 1, "answer": 1})
    assert "by: there is no such field" in refusal(run, {"question": "q1", "answer": 1, "by": "ada"})
    assert not run.has_answers
    assert refusal(RunQuestions(), {"question": "q1", "answer": 1}).endswith("No question waits for an answer.")


def test_a_question_that_is_asked_again_keeps_its_name_and_takes_another_answer() -> None:
    run = asking(SECOND)
    run.answer({"question": "q1", "answer": 7})
    run.take_answers()
    run.ask([SECOND.model_copy(update={"refused": "it is odd"})])
    assert [(each.name, each.refused, each.answered) for each in run.shown()] == [("q1", "it is odd", False)]
    run.answer({"question": "q1", "answer": 8})
    assert run.take_answers() == {"3a": 8}


def test_an_answer_that_the_phase_has_not_taken_stays_while_its_question_is_open() -> None:
    run = asking(FIRST, SECOND)
    run.answer({"question": "q1", "answer": 1})
    run.take_answers()
    run.answer({"question": "q2", "answer": 2})
    run.ask([SECOND, THIRD])
    assert run.take_answers() == {"3a": 2}
    run.answer({"question": "q3", "answer": 3})
    run.ask([])
    assert not run.has_answers


def test_everything_is_carried_to_a_new_history() -> None:
    run = asking(FIRST, SECOND)
    run.answer({"question": "q1", "answer": 1})
    run.take_answers()
    run.answer({"question": "q2", "answer": 2})
    carried = Carried(graph="agent", resume=Resume(checkpoint="T1VUTA=="), **run.carried())
    again = Carried.model_validate_json(carried.model_dump_json())
    later = RunQuestions(again.names, again.questions, again.answers)
    assert later.shown() == run.shown()
    later.ask([SECOND, THIRD])
    assert [each.name for each in later.shown()] == ["q2", "q3"]
    assert later.take_answers() == {"3a": 2}
