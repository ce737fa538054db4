"""The messages that a durable phase accepts and returns besides its own request and result."""

import base64
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ._call_log.phase_summary import PhaseSummary


def is_none(value: object) -> bool:
    return value is None


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Value):
    """An `interrupt(value)` of a graph that waits for an answer.

    - `id` is the key of its answer in `Resume.answers`.
    - `value` is the argument of `interrupt`, in the types of JSON.
      A phase with `on_change="ask"` asks one of its own, with the id "code-changed".
    - `response_schema` is the JSON schema of the answer, if `interrupt` was called with one.
    - `refused` says why the last answer to this question was not accepted, if there was one.

    ```python
    from langgraph_heartbeat import Paused, Question, Resume

    paused = Paused(questions=[Question(id="9f2c", value="Shall I delete it?")], checkpoint="T1VUTA==")
    resume = Resume(checkpoint=paused.checkpoint, answers={question.id: "no" for question in paused.questions})
    ```
    """

    id: str
    value: Any
    # Without a value, both are left out of JSON: code of an earlier version refuses fields that it does not know.
    response_schema: dict[str, Any] | None = Field(default=None, exclude_if=is_none)
    refused: str | None = Field(default=None, exclude_if=is_none)


class Paused(Value):
    """A phase that has stopped and can be resumed: its activity returns this in place of the phase's own result.

    - `questions`: the questions of the graph. Empty if the workflow of the phase told it to stop.
    - `checkpoint`: the state of the graph, for `Resume.checkpoint`: a base64 text of at most 350 KB. Every worker with
      the same graph can resume from it, at any later time.
    - `summary`: what the phase has done until now, if its result has a field for a `PhaseSummary`.
    - `outcome` distinguishes it from other results in JSON.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph.types import interrupt
    from langgraph_heartbeat import DurablePlugin, Paused, Resume, phase_activity
    from pydantic import BaseModel
    from temporalio.client import Client
    from temporalio.worker import Worker


    class Letter(BaseModel):
        text: str


    async def sign(state: Letter) -> dict[str, str]:
        return {"text": f"{state.text} Yours, {interrupt('Who signs?')}"}


    letter = phase_activity("letter", Letter, Letter, StateGraph(Letter).add_node(sign).add_edge(START, "sign"))


    async def main() -> None:
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        limits = {"start_to_close_timeout": timedelta(minutes=1), "heartbeat_timeout": timedelta(seconds=15)}
        async with Worker(client, task_queue="letters", activities=[letter]):
            draft, options = Letter(text="It floats."), {"id": "letter", "task_queue": "letters", **limits}
            paused = await client.execute_activity(letter, args=[draft, None], **options)
            assert isinstance(paused, Paused) and paused.questions[0].value == "Who signs?"
            resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "Ada"})
            signed = await client.execute_activity(letter, args=[draft, resume], **options)
            assert signed == Letter(text="It floats. Yours, Ada")


    asyncio.run(main())
    ```
    """

    outcome: Literal["paused"] = "paused"
    questions: list[Question]
    checkpoint: str
    summary: PhaseSummary | None = Field(default=None, exclude_if=is_none)


class Resume(Value):
    """The second argument of a phase's activity, to resume from a checkpoint. Newer heartbeat details are preferred.

    - `checkpoint`: of a `Paused` or of a `Stuck`. If it cannot be used (it is of another graph or version, or it is
      damaged), the phase starts from the beginning; the log and the heartbeat say why.
    - `answers`: answers by the ids of the questions of that checkpoint, in the types of JSON. Answers to some questions
      are enough. They are put into the checkpoint once, so that no later question gets them. If a question is not open
      there, because its id is wrong or it has been answered, the phase fails with an error of type "BadRequest".
    - `update`: new values for fields of the request, by their names, in the types of JSON. The phase continues as if
      its request had these values: the channels of these names are overwritten in the checkpoint, once, and finished
      tasks stay finished. A channel with a reducer cannot get another value: the phase then fails with an error of
      type "BadRequest" that is not retried.

    ```python
    from langgraph_heartbeat import Paused, Resume

    resume = Resume(checkpoint="T1VUTA==", update={"limit_usd": 1})
    again = resume.steered(Paused(questions=[], checkpoint="T1VUTB=="), {"limit_usd": 2})
    assert (again.checkpoint, again.update) == ("T1VUTB==", {"limit_usd": 2})
    ```
    """

    checkpoint: str = ""
    answers: dict[str, Any] | None = None
    update: dict[str, Any] = Field(default_factory=dict[str, Any])

    def steered(self, paused: "Paused", update: dict[str, Any]) -> "Resume":
        """Return a `Resume` from where the phase paused, with the values of this one and with new ones.

        The checkpoint of `paused` contains the answers of this `Resume`. A phase that paused before its first step has
        no checkpoint; then the checkpoint of this `Resume` is used, with its answers.
        """
        return Resume(
            checkpoint=paused.checkpoint or self.checkpoint,
            answers=None if paused.checkpoint else self.answers,
            update={**self.update, **update},
        )


STUCK = "Stuck"
"""The type of the `ApplicationError` of a phase that failed several times in the same way."""


class Stuck(Value):
    """A phase that has failed and is not retried, but can resume from its checkpoint once the cause is repaired.

    `Stuck.of(error)` reads it from the error that `execute_activity`, an activity's handle or a workflow's handle
    raised; it returns None for any other failure.

    - `kind`: "Stuck" if one task failed three times in the same way without progress, if twelve attempts in a row made
      no progress, or if ten workers in a row died before there was any; "Unfit", "TooLarge", "RecursionLimit",
      "Breakpoint" or "BadResult" (see `phase_activity`); or the type of your own `ApplicationError`, if `as_failure` or
      a node raised one that is not retryable.
    - `message`: what failed, and at which step.
    - `resume`: the second argument of the phase's activity, to resume from there.
    - `summary`: what the phase has done until then, if its result has a field for a `PhaseSummary`.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, Stuck, phase_activity
    from pydantic import BaseModel
    from temporalio.client import ActivityFailureError, Client
    from temporalio.worker import Worker

    repaired = False


    class Number(BaseModel):
        number: int


    async def divide(state: Number) -> dict[str, int]:
        return {"number": 100 // (state.number if repaired else 0)}


    builder = StateGraph(Number).add_node(divide).add_edge(START, "divide")
    hundredth = phase_activity("hundredth", Number, Number, builder)


    async def main() -> None:
        global repaired
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        limits = {"start_to_close_timeout": timedelta(minutes=1), "heartbeat_timeout": timedelta(seconds=15)}
        async with Worker(client, task_queue="numbers", activities=[hundredth]):
            five, options = Number(number=5), {"id": "hundredth", "task_queue": "numbers", **limits}
            try:
                await client.execute_activity(hundredth, args=[five, None], **options)
            except ActivityFailureError as error:
                stuck = Stuck.of(error)
                assert stuck and "ZeroDivisionError" in stuck.message
                repaired = True
                result = await client.execute_activity(hundredth, args=[five, stuck.resume], **options)
                assert result == Number(number=20)


    asyncio.run(main())
    ```
    """

    kind: str
    message: str
    resume: Resume
    summary: PhaseSummary | None = Field(default=None, exclude_if=is_none)

    @classmethod
    def of(cls, error: BaseException | None) -> "Stuck | None":
        from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - messages are used without Temporal too

        while error is not None and not isinstance(error, ApplicationError):
            error = error.__cause__
        if error is None or not error.non_retryable or not error.details:
            return None
        resume: Any = error.details[0]
        if not isinstance(resume, Resume):  # Temporal returns details as plain JSON
            if not isinstance(resume, dict) or "checkpoint" not in resume:
                return None
            try:
                resume = Resume.model_validate(resume)
            except ValidationError:
                return None
        return cls(kind=error.type or "", message=error.message, resume=resume, summary=summary_in(error.details[1:]))


def summary_in(details: Sequence[Any]) -> PhaseSummary | None:
    """Return the summary among the details of a failure, after its `Resume`; None if there is none."""
    for each in details:
        with suppress(ValidationError):
            return PhaseSummary.model_validate(each)
    return None


def as_text(checkpoint: bytes) -> str:
    """Return a checkpoint as text, because JSON has no bytes."""
    return base64.b64encode(checkpoint).decode()


def as_bytes(checkpoint: str) -> bytes:
    """Return the bytes of a text that `as_text` made; raise `ValueError` for any other text."""
    return base64.b64decode(checkpoint, validate=True)


def checkpoint_bytes(resume: Resume) -> bytes:
    """Return the checkpoint of a `Resume`. For a damaged one, these are bytes that are refused with a reason."""
    try:
        return as_bytes(resume.checkpoint)
    except ValueError:
        return b"damaged"
