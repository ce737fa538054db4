"""What RunGraph is given, and what it says of itself. Workflow code imports this: it needs nothing but pydantic."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from langgraph_heartbeat._call_log.phase_summary import PhaseSummary
from langgraph_heartbeat._messages import Question, Resume
from langgraph_heartbeat._sendable import sendable

WORKFLOW_TYPE = "RunGraph"
CHECK_ACTIVITY = "durable_check"

RUN_FORMAT = (
    'RunGraph takes one JSON object, {"graph": "agent", "input": {...}}, and beside it, if they are needed, '
    '"config", "context", "metadata" and "limits"'
)
ANSWER_FORMAT = '{"question": "q1", "answer": ...}'
RETRY_FORMAT = '{"decision": "retry"} or {"decision": "fail"}'

LISTENING = frozenset(("stream_mode", "stream_subgraphs", "stream_resumable", "on_disconnect"))
"""What LangGraph's clients say about how they listen. It changes nothing in a run, so it is accepted and not used."""

State = Literal["checking", "running", "asking", "stuck", "finished", "failed", "cancelled"]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


LONGEST = 100 * 365 * 24 * 60 * 60
"""A time in seconds that Temporal and Python can express as a duration, and that nobody means to exceed."""


class Limits(Message):
    """How long the phase of a run may take, in seconds."""

    attempt_seconds: float = Field(default=2 * 60 * 60, gt=0, le=LONGEST)
    """Of one attempt. After that, Temporal starts the next attempt, which goes on from the newest checkpoint."""
    heartbeat_seconds: float = Field(default=15, ge=1, le=LONGEST)
    """Without a heartbeat. After that, Temporal takes the worker for dead."""
    waiting_seconds: float | None = Field(default=None, gt=0, le=LONGEST)
    """Before a worker takes the phase. Without it, the run waits for as long as there is none."""


class Carried(Message):
    """What a run hands to the execution that continues it with a new history."""

    graph: str
    resume: Resume
    names: dict[str, str] = Field(default_factory=dict[str, str])
    """The names of all questions, by their ids."""
    questions: list[Question] = Field(default_factory=list[Question])
    """Those that are open."""
    answers: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """The answers that the phase has not taken yet, by the ids of their questions."""


class RunInput(Message):
    """The input of RunGraph, in the words of LangGraph's API."""

    graph: str | None = None
    assistant_id: str | None = None
    input: JsonValue = None
    config: dict[str, JsonValue] | None = None
    context: JsonValue = None
    metadata: dict[str, JsonValue] | None = None
    limits: Limits = Limits()
    carried: Carried | None = None

    @property
    def named(self) -> str | None:
        """The graph that is meant; None if the only one of the worker is meant."""
        return self.graph or self.assistant_id

    def with_recursion_limit(self, limit: int | None) -> "RunInput":
        """Return the input with another maximum number of steps; the same one for None."""
        if limit is None:
            return self
        return self.model_copy(update={"config": {**(self.config or {}), "recursion_limit": limit}})

    def request(self) -> dict[str, Any]:
        """Return the request of the graph's activity."""
        config = dict(self.config or {})
        if self.metadata:
            own = config.get("metadata")
            config["metadata"] = {**self.metadata, **(own if isinstance(own, dict) else {})}
        request: dict[str, Any] = {"input": self.input, "config": config or None, "context": self.context}
        return {key: value for key, value in request.items() if key == "input" or value is not None}


class Answer(Message):
    """The argument of `answer`."""

    question: str
    answer: JsonValue


class Retry(Message):
    """The argument of `retry`."""

    decision: Literal["retry", "fail"] = "retry"
    recursion_limit: int | None = Field(default=None, ge=1)
    """Another maximum number of steps, over all attempts."""


class OpenQuestion(Message):
    """A question that waits for an answer, under its short name in this run."""

    name: str
    value: JsonValue
    response_schema: dict[str, JsonValue] | None = None
    refused: str | None = None
    answered: bool = False

    @classmethod
    def of(cls, name: str, question: Question, *, answered: bool) -> "OpenQuestion":
        return cls(
            name=name,
            value=question.value,
            response_schema=question.response_schema,
            refused=question.refused,
            answered=answered,
        )


class RunStatus(Message):
    """Where a run stands: the reply to the query `status`."""

    graph: str
    state: State
    questions: list[OpenQuestion] = Field(default_factory=list[OpenQuestion])
    problem: str = ""
    """Why the phase is stuck, or why the run has failed."""
    refusal: str = ""
    """Why the last signal was refused."""
    summary: PhaseSummary | None = None
    """What the graph has done until it last stopped."""


class Accepted(Message):
    """The reply to the updates `answer` and `retry`. It is in the history, so it is small."""

    waiting: list[str]
    """The names of the questions that still wait for an answer."""


class NotAcceptedError(ValueError):
    """What a person has sent does not fit; the message says why, and what is accepted."""

    def __init__(self, message: str) -> None:
        super().__init__(sendable(message))


def accept_run(value: object, *more: object) -> RunInput:
    """Return the validated input of a run; raise `NotAcceptedError` for anything else."""
    if more:
        raise NotAcceptedError(f"{RUN_FORMAT}. It got {1 + len(more)} values.")
    if not isinstance(value, dict):
        raise NotAcceptedError(f"{RUN_FORMAT}. It got {kind_of(value)}.")
    given = {key: each for key, each in cast("dict[str, Any]", value).items() if key not in LISTENING}
    if not given.get("carried") and "input" not in given:
        raise NotAcceptedError(f'{RUN_FORMAT}. It got no "input".')
    accepted = accept(RunInput, given, RUN_FORMAT)
    if accepted.graph and accepted.assistant_id and accepted.graph != accepted.assistant_id:
        raise NotAcceptedError(
            f"The fields graph, {accepted.graph!r}, and assistant_id, {accepted.assistant_id!r}, name two graphs. "
            "Give one of them."
        )
    return accepted


def accept_answer(value: object, *more: object) -> Answer:
    if more:
        raise NotAcceptedError(f"An answer is {ANSWER_FORMAT}. These are {1 + len(more)} values.")
    if not isinstance(value, dict) or "answer" not in value:
        raise NotAcceptedError(f"An answer is {ANSWER_FORMAT}. This is {kind_of(cast('object', value))}.")
    return accept(Answer, cast("object", value), f"An answer is {ANSWER_FORMAT}")


def accept_retry(value: object, *more: object) -> Retry:
    if more:
        raise NotAcceptedError(f"The decision about a stuck run is {RETRY_FORMAT}. These are {1 + len(more)} values.")
    if value is None or value in ("retry", "fail"):
        return Retry.model_validate({"decision": value or "retry"})
    return accept(Retry, value, f"The decision about a stuck run is {RETRY_FORMAT}")


def accept(model: type[Any], value: object, accepted: str) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" if each["loc"] else each["msg"]
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        )
        wrong = wrong.replace("Extra inputs are not permitted", "there is no such field")
        raise NotAcceptedError(f"{accepted}. {wrong}.") from error


def kind_of(value: object) -> str:
    """Return what a JSON value is, with the names of its fields and without their values."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        fields = ", ".join(sorted(map(str, cast("Mapping[Any, Any]", value))))
        return f"an object with the fields {fields}" if fields else "an empty object"
    return {str: "a text", bool: "true or false", list: "a list"}.get(cast("type[Any]", type(value)), "a number")
