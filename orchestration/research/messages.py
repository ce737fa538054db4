"""The messages that people send to a run, and its answers. Every value from outside is validated."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from langgraph_heartbeat.workflow import Question
from pydantic import BaseModel, Field, StrictBool, ValidationError, field_validator

from outlast.evidence.budget import Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.report import PhaseUsage, Plan
from outlast.evidence.sources import Value
from outlast.evidence.text import clean_input
from outlast.evidence.usage import Usage
from outlast.orchestration.research.phase_io import PublishResult

if TYPE_CHECKING:
    from temporalio.exceptions import ApplicationError

TASK_QUEUE = "outlast"
WORKFLOW_TYPE = "Research"
MAX_PARALLEL_TASKS = 4
"""Maximum number of tasks of a run that are investigated at the same time."""
MAX_SUMMARY_CHARACTERS = 200
"""Maximum length of the summary of a run or an activity in Temporal's UI."""

Message = TypeVar("Message", bound=BaseModel)
Gate = Literal["plan", "report", "operator", "questions"]
DecisionWord = Literal["approve", "revise", "reject", "retry", "stop", "answer"]
OutcomeStatus = Literal["published", "expired", "rejected", "stopped"]
"""How a run ends that returns an `Outcome`. Other runs fail, or are cancelled or terminated."""


class Ask(Value):
    """The input of a run. A bare string is the same as `{"question": ...}`."""

    question: str = Field(max_length=20_000)
    """Control characters, which pasted text often contains, are replaced by blanks."""
    collection: str | None = None
    """A collection's id or name; without it, the collection named "default"."""
    web: StrictBool = False
    """True: search the web too; without a collection, search only the web."""
    budget: Budget = Budget()
    approve: StrictBool = False
    """True: approve the plan and the report without asking a person."""

    @field_validator("question")
    @classmethod
    def _without_control_characters(cls, question: str) -> str:
        return clean_input(question)


class Decision(Value):
    """A person's decision at a gate. A bare string approves with that note, unless it is the name of a decision."""

    decision: DecisionWord
    gate: Gate | None = None
    note: str | None = Field(default=None, max_length=20_000)
    subject: str | None = None
    """The plan or draft that was decided about, such as "plan-2"; without it, the one that is shown now."""
    by: str | None = Field(default=None, max_length=200)
    """The person who decides."""
    answers: dict[str, Any] | None = None
    """The answers by the ids of the questions, if a graph has asked."""

    @field_validator("note", "by")
    @classmethod
    def _without_control_characters(cls, text: str | None) -> str | None:
        return clean_input(text) if text else text


class Steering(Value):
    """A change to a run that is under way."""

    budget: Budget
    """The new limits; limits that it does not name stay as they are."""
    at_once: StrictBool = False
    """True: phases under way stop at their next step and resume with the new budget; False: the next phases use it."""


ASK_FORMAT = (
    'Give "a question" or {"question": "...", "collection": "a name or id", "web": true or false, "budget": '
    '{"usd": 1.5, "tokens": 500000}, "approve": true or false}; only the question is required.'
)
STEERING_FORMAT = (
    'Give {"budget": {"usd": 2, "tokens": 1000000, "calls": ..., "searches": ..., "seconds": ...}}, with one limit or '
    'more; with "at_once": true, phases under way use it too.'
)
DECISION_FORMAT = (
    'Give {"decision": "approve"}, {"decision": "revise", "note": "..."} or {"decision": "reject"}; where something '
    'must be fixed, {"decision": "retry"} or {"decision": "stop"}; where a graph asks, {"decision": "answer", '
    '"answers": {"ID": ...}}.'
)


def bad_input(message: str) -> "ApplicationError":
    """Return a non-retryable failure of the type `BadInput`."""
    from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - `outlast ask` needs no Temporal, and is quick

    return ApplicationError(message, type="BadInput", non_retryable=True)


def validate_message(accept: Callable[[Any], Message], value: Any) -> Message:
    """Return the message as a run would accept it. Raises `Permanent` with the run's own message if it would refuse."""
    from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - as above

    try:
        return accept(value)
    except ApplicationError as error:
        raise Permanent(error.message) from None


def accept_ask(value: Any, accepted: str = ASK_FORMAT) -> Ask:
    """Validate the input of a run: in Temporal's UI, people type a bare string as often as an object.

    Raises `BadInput`, whose message ends with `accepted`: the format that the caller's interface accepts.
    """
    try:
        return parse_ask(value, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None


def parse_ask(value: Any, accepted: str = ASK_FORMAT) -> Ask:
    """Do the same as `accept_ask` without importing Temporal. Raises `Permanent`."""
    ask = _parse(Ask, {"question": value} if isinstance(value, str) else value, accepted)
    if not ask.question.strip():
        raise Permanent(f"The question is empty. {accepted}")
    refuse_zero_limits(ask.budget, accepted)
    return ask


def refuse_zero_limits(budget: Budget, accepted: str) -> None:
    """Raise `Permanent` if a limit is 0, since no report can be made with it."""
    for kind, limit in budget.limits():
        if limit == 0:
            raise Permanent(f"A run cannot work with a budget of 0 {kind}. {accepted}")


def accept_decision(value: Any, accepted: str = DECISION_FORMAT) -> Decision:
    """Validate a decision. Raises `BadInput`, whose message ends with `accepted`.

    A bare word that names a decision is that decision: a person who types "reject" does not mean to approve.
    """
    if isinstance(value, str):
        word = value.strip().lower()
        value = {"decision": word} if word in get_args(DecisionWord) else {"decision": "approve", "note": value}
    try:
        decision = _parse(Decision, value, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if decision.decision == "revise" and not (decision.note or "").strip():
        raise bad_input(f"To revise, say what to change in the note. {accepted}")
    if decision.decision == "answer" and not decision.answers:
        raise bad_input(f"To answer, give the answers. {accepted}")
    return decision


def accept_steering(value: Any, accepted: str = STEERING_FORMAT) -> Steering:
    """Validate a change of the budget. Raises `BadInput`, whose message ends with `accepted`."""
    try:
        steering = _parse(Steering, value, accepted)
        refuse_zero_limits(steering.budget, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if not steering.budget.is_set:
        raise bad_input(f"The budget names no limit. {accepted}")
    return steering


def _parse(kind: type[Message], value: Any, accepted: str) -> Message:
    if not isinstance(value, dict):
        shortened = "An empty value" if value is None else f"{json.dumps(value, default=str)[:80]}"
        raise Permanent(f"{shortened} is not accepted here. {accepted}")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: no later payload could hold it
        raise Permanent(f"The value contains text that is not Unicode. {accepted}") from None
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
        raise Permanent(f"{problems}. {accepted}") from None


class OpenGate(Value):
    """A gate that waits for a person's decision until `deadline`."""

    gate: Gate
    subject: str
    """The gate and how often it was opened, such as "plan-2"."""
    deadline: datetime
    about: str = ""
    """The problem for an operator to fix, or the name of the phase that asks."""
    questions: list[Question] = Field(default_factory=list[Question])
    text: str = ""
    """The question to the person, and what it is about, in Markdown. How to answer is not in it: each front end has its
    own way. The query `status` fills it in; older workers leave it empty."""


class Status(Value):
    """The result of the query `status`."""

    question: str
    phase: str
    tasks: int = 0
    investigated: int = 0
    seconds: dict[str, float] = Field(default_factory=dict[str, float])
    """Seconds of work of each finished phase, by its name."""
    usage: Usage = Usage()
    """The total usage of the finished phases and tasks."""
    phases: tuple[PhaseUsage, ...] = ()
    """The usage of each phase."""
    budget: Budget = Budget()
    gates: tuple[OpenGate, ...] = ()
    """The gates that wait for a decision, oldest first."""
    details: str = ""
    """The run's current details, as Temporal's UI shows them: its progress and what to do now, in Markdown."""
    refused: str = ""
    """Why the last signal was refused; empty again as soon as a decision is accepted."""
    outcome: OutcomeStatus | None = None


class DecidedGate(Value):
    """A gate at which a decision was taken."""

    gate: Gate
    subject: str


class DecisionResult(Value):
    """The result of the update `decide`."""

    decision: DecisionWord
    gates: tuple[DecidedGate, ...]
    """The gates that were decided: one gate, or all that are retried or stopped together."""
    by: str | None = None
    said: str
    """The result as one line of text for people."""


class SteeringResult(Value):
    """The result of the update `steer`."""

    budget: Budget
    """The budget of the run from now on."""
    interrupted: int
    """Number of phases and tasks under way that use it at once; the next ones do in any case."""
    said: str
    """The result as one line of text for people."""


class Outcome(Value):
    """How a run ended: the result of the workflow. The results of its phases are in the event history."""

    status: OutcomeStatus
    question: str
    gate: Gate | None = None
    note: str | None = None
    plan: Plan | None = None
    report: PublishResult | None = None
    usage: tuple[PhaseUsage, ...] = ()
    """The usage of each phase."""
    budget: Budget = Budget()
