"""What a durable phase takes and gives beside its own request and result."""

import base64
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Value):
    """An `interrupt(value)` of a graph that waits for an answer.

    `id` is the key of its answer in `Resume.answers`; `value` is what the graph said, in the types of JSON.

    ```python
    from langgraph_heartbeat import Paused, Question, Resume

    paused = Paused(questions=[Question(id="9f2c", value="Shall I delete it?")], checkpoint="T1VUTA==")
    resume = Resume(checkpoint=paused.checkpoint, answers={question.id: "no" for question in paused.questions})
    ```
    """

    id: str
    value: Any


class Paused(Value):
    """A phase that stands and waits: the result of its activity, in place of its own.

    - `questions`: what the graph asks. Empty where its workflow told the phase to stop.
    - `checkpoint`: where it stands, for `Resume.checkpoint`: a text of base64, at most 350 KB. It holds at any worker
      that has the same graph, and however long it takes.
    - `outcome` tells it from other results in JSON.

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
            given, options = Letter(text="It floats."), {"id": "letter", "task_queue": "letters", **limits}
            paused = await client.execute_activity(letter, args=[given, None], **options)
            assert isinstance(paused, Paused) and paused.questions[0].value == "Who signs?"
            resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "Ada"})
            signed = await client.execute_activity(letter, args=[given, resume], **options)
            assert signed == Letter(text="It floats. Yours, Ada")


    asyncio.run(main())
    ```
    """

    outcome: Literal["paused"] = "paused"
    questions: list[Question]
    checkpoint: str


class Resume(Value):
    """Go on from there: the second argument of a phase's activity. Newer heartbeat details of the activity win.

    - `checkpoint`: of a `Paused`, or of a `Stuck`. One that cannot be used (another graph, another version, damage)
      starts the phase afresh; the log and the heartbeat say why.
    - `answers`: by the ids of the questions, in the types of JSON; an answer to some of them is enough to go on.
    - `update`: fields of the request that have other values from here on, by their names, in the types of JSON. The
      phase goes on as though its request had said so: the channels of these names are overwritten in the checkpoint,
      once, and finished tasks stay finished. A channel with a reducer cannot be given another value: the phase fails,
      not retryably, with an error of type "BadRequest".

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
        """Go on where the phase paused, with other values; with what this resume brought along, for it may be needed.

        A phase that paused before its first step leaves no checkpoint: then this one's holds.
        """
        return Resume(
            checkpoint=paused.checkpoint or self.checkpoint,
            answers=self.answers,
            update={**self.update, **update},
        )


STUCK = "Stuck"
"""The type of the `ApplicationError` of a phase that failed in the same way again and again."""


class Stuck(Value):
    """A phase that has failed for good, and can go on where it stood once a person has mended what was wrong.

    `Stuck.of(error)` reads it from what `execute_activity`, an activity's handle or a workflow's handle raised; None
    for any other failure.

    - `kind`: "Stuck" where the same failure came three times at the same step, without any progress between; the type
      of your own `ApplicationError` where `as_failure` made one that is not retryable.
    - `message`: what failed, and at which step.
    - `resume`: the second argument of the phase's activity, to go on there.

    ```python
    import asyncio
    from datetime import timedelta

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import DurablePlugin, Stuck, phase_activity
    from pydantic import BaseModel
    from temporalio.client import ActivityFailureError, Client
    from temporalio.worker import Worker

    mended = False


    class Number(BaseModel):
        number: int


    async def divide(state: Number) -> dict[str, int]:
        return {"number": 100 // (state.number if mended else 0)}


    builder = StateGraph(Number).add_node(divide).add_edge(START, "divide")
    hundredth = phase_activity("hundredth", Number, Number, builder)


    async def main() -> None:
        global mended
        client = await Client.connect("localhost:7233", plugins=[DurablePlugin()])
        limits = {"start_to_close_timeout": timedelta(minutes=1), "heartbeat_timeout": timedelta(seconds=15)}
        async with Worker(client, task_queue="numbers", activities=[hundredth]):
            given, options = Number(number=5), {"id": "hundredth", "task_queue": "numbers", **limits}
            try:
                await client.execute_activity(hundredth, args=[given, None], **options)
            except ActivityFailureError as error:
                stuck = Stuck.of(error)
                assert stuck and "ZeroDivisionError" in stuck.message
                mended = True
                result = await client.execute_activity(hundredth, args=[given, stuck.resume], **options)
                assert result == Number(number=20)


    asyncio.run(main())
    ```
    """

    kind: str
    message: str
    resume: Resume

    @classmethod
    def of(cls, error: BaseException | None) -> "Stuck | None":
        from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - messages are spoken without Temporal too

        while error is not None and not isinstance(error, ApplicationError):
            error = error.__cause__
        if error is None or not error.non_retryable or not error.details:
            return None
        carried: Any = error.details[0]
        if not isinstance(carried, Resume):  # Temporal gives details back as plain JSON
            if not isinstance(carried, dict) or "checkpoint" not in carried:
                return None
            try:
                carried = Resume.model_validate(carried)
            except ValidationError:
                return None
        return cls(kind=error.type or "", message=error.message, resume=carried)


def as_text(checkpoint: bytes) -> str:
    """JSON has no bytes."""
    return base64.b64encode(checkpoint).decode()


def as_bytes(checkpoint: str) -> bytes:
    """`ValueError` where it is not what `as_text` made."""
    return base64.b64decode(checkpoint, validate=True)
