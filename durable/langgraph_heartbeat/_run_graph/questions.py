"""The questions of a run under short names, and the answers that wait for the phase to take them."""

from collections.abc import Mapping, Sequence
from typing import Any

from langgraph_heartbeat._messages import Question

from .answer_schemas import mismatch
from .messages import Answer, NotAcceptedError, OpenQuestion, accept_answer


class RunQuestions:
    """Names questions "q1", "q2", ... in the order in which they are asked. A question keeps its name until the end.

    Only a question that is open can be answered, once: a name that nobody has seen yet answers nothing.
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        questions: Sequence[Question] = (),
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self._names = dict(names or {})
        self._answers = dict(answers or {})
        self._open: dict[str, Question] = {}
        self.ask(questions)

    def ask(self, questions: Sequence[Question]) -> None:
        """Open these questions, and close all others."""
        for each in questions:
            self._names.setdefault(each.id, f"q{len(self._names) + 1}")
        self._open = {self._names[each.id]: each for each in questions}
        self._answers = {each.id: self._answers[each.id] for each in questions if each.id in self._answers}

    def check(self, value: object, *more: object) -> Answer:
        """Return an answer that can be taken; raise `NotAcceptedError` for any other."""
        accepted = accept_answer(value, *more)
        question = self._open.get(accepted.question)
        if question is None:
            waiting = ", ".join(self.waiting)
            known = "was answered" if accepted.question in self._names.values() else "has not been asked"
            raise NotAcceptedError(
                f"The question {accepted.question} {known}. "
                + (f"These wait for an answer: {waiting}." if waiting else "No question waits for an answer.")
            )
        if question.id in self._answers:
            raise NotAcceptedError(f"The question {accepted.question} has an answer already.")
        if question.response_schema and (wrong := mismatch(accepted.answer, question.response_schema)):
            raise NotAcceptedError(
                f"The answer to {accepted.question} does not fit the schema of the question. {wrong}."
            )
        return accepted

    def answer(self, value: object, *more: object) -> None:
        accepted = self.check(value, *more)
        self._answers[self._open[accepted.question].id] = accepted.answer

    @property
    def waiting(self) -> list[str]:
        """The names of the open questions that have no answer yet."""
        return [name for name, each in self._open.items() if each.id not in self._answers]

    @property
    def has_answers(self) -> bool:
        return bool(self._answers)

    def take_answers(self) -> dict[str, Any]:
        """Return the answers by the ids of their questions, which are then closed."""
        taken, self._answers = self._answers, {}
        self._open = {name: each for name, each in self._open.items() if each.id not in taken}
        return taken

    def shown(self) -> list[OpenQuestion]:
        return [OpenQuestion.of(name, each, answered=each.id in self._answers) for name, each in self._open.items()]

    def carried(self) -> dict[str, Any]:
        """Return the arguments that make the same questions again."""
        return {"names": self._names, "questions": list(self._open.values()), "answers": self._answers}
