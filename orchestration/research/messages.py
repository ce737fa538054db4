"""What people send to a run, and what a run tells them. Every value from outside is validated."""

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
"""How many tasks of a run are investigated at a time."""
MAX_SUMMARY_CHARACTERS = 200
"""Characters of what a run or an activity is about, in Temporal's UI."""

Message = TypeVar("Message", bound=BaseModel)
Gate = Literal["plan", "report", "operator", "questions"]
DecisionWord = Literal["approve", "revise", "reject", "retry", "stop", "answer"]
OutcomeStatus = Literal["published", "expired", "rejected", "stopped"]
"""How a run ends that says itself how."""


class Ask(Value):
    """The input of a run. A bare string is the same as `{"question": ...}`."""

    question: str = Field(max_length=20_000)
    """Control characters and the like, such as come along when text is pasted, are read as blanks."""
    collection: str | None = None
    """A collection's id or name; without it, the collection named "default"."""
    web: StrictBool = False
    """True: the web is searched too; without a collection, the web alone."""
    budget: Budget = Budget()
    approve: StrictBool = False
    """True: no person is asked at the gates."""

    @field_validator("question")
    @classmethod
    def _without_control_characters(cls, question: str) -> str:
        return clean_input(question)


class Decision(Value):
    """What a person says at a gate. A bare string approves with that note."""

    decision: DecisionWord
    gate: Gate | None = None
    note: str | None = Field(default=None, max_length=20_000)
    subject: str | None = None
    """Which plan or draft is meant, such as "plan-2"; without it, the one now shown."""
    by: str | None = Field(default=None, max_length=200)
    answers: dict[str, Any] | None = None
    """By the ids of the questions, where a graph has asked."""

    @field_validator("note", "by")
    @classmethod
    def _without_control_characters(cls, said: str | None) -> str | None:
        return clean_input(said) if said else said


class Steering(Value):
    """What may be changed while a run is under way."""

    budget: Budget
    """Each limit that it names takes the place of the one before; the others stay."""
    at_once: StrictBool = False
    """True: phases that are under way stop at their next step and go on with it; else the next ones take it up."""


ASK_FORMAT = (
    'Give "a question" or {"question": "...", "collection": "a name or id", "web": true or false, "budget": '
    '{"usd": 1.5, "tokens": 500000}, "approve": true or false}; all but the question may be left out.'
)
STEERING_FORMAT = (
    'Give {"budget": {"usd": 2, "tokens": 1000000, "calls": ..., "searches": ..., "seconds": ...}}, with one limit or '
    'more; with "at_once": true, phases that are under way take it up too.'
)
DECISION_FORMAT = (
    'Give {"decision": "approve"}, {"decision": "revise", "note": "..."} or {"decision": "reject"}; where something '
    'must be fixed, {"decision": "retry"} or {"decision": "stop"}; where a graph asks, {"decision": "answer", '
    '"answers": {"ID": ...}}.'
)


def bad_input(message: str) -> "ApplicationError":
    from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - `outlast ask` needs no Temporal, and is quick

    return ApplicationError(message, type="BadInput", non_retryable=True)


def validate_message(accept: Callable[[Any], Message], given: Any) -> Message:
    """The message that a run would accept; `Permanent` with the run's own words where it would refuse it."""
    from temporalio.exceptions import ApplicationError  # noqa: PLC0415 - as above

    try:
        return accept(given)
    except ApplicationError as error:
        raise Permanent(error.message) from None


def accept_ask(given: Any, accepted: str = ASK_FORMAT) -> Ask:
    """The start form takes one JSON value; people type a bare string as often as an object. `BadInput` otherwise.

    `validate_message` says what can be given, in the words of where it is given.
    """
    try:
        return parse_ask(given, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None


def parse_ask(given: Any, accepted: str = ASK_FORMAT) -> Ask:
    """The same where no Temporal is; Permanent where it cannot be one."""
    ask = _parse(Ask, {"question": given} if isinstance(given, str) else given, accepted)
    if not ask.question.strip():
        raise Permanent(f"The question is empty. {accepted}")
    refuse_zero_limits(ask.budget, accepted)
    return ask


def refuse_zero_limits(budget: Budget, accepted: str) -> None:
    """A limit of 0 buys no report. Permanent names it."""
    for kind, limit in budget.limits():
        if limit == 0:
            raise Permanent(f"A budget of 0 {kind} is nothing to go on with. {accepted}")


def accept_decision(given: Any, accepted: str = DECISION_FORMAT) -> Decision:
    """A bare word that names a decision is that decision: a person who types "reject" does not mean to approve.

    `validate_message` says what can be given, in the words of where it is given.
    """
    if isinstance(given, str):
        word = given.strip().lower()
        given = {"decision": word} if word in get_args(DecisionWord) else {"decision": "approve", "note": given}
    try:
        decision = _parse(Decision, given, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if decision.decision == "revise" and not (decision.note or "").strip():
        raise bad_input(f"To revise, say what to change in the note. {accepted}")
    if decision.decision == "answer" and not decision.answers:
        raise bad_input(f"To answer, give the answers. {accepted}")
    return decision


def accept_steering(given: Any, accepted: str = STEERING_FORMAT) -> Steering:
    """`BadInput` where it cannot be one. `validate_message` as above."""
    try:
        steering = _parse(Steering, given, accepted)
        refuse_zero_limits(steering.budget, accepted)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if not steering.budget.is_set:
        raise bad_input(f"The budget names no limit. {accepted}")
    return steering


def _parse(kind: type[Message], given: Any, accepted: str) -> Message:
    if not isinstance(given, dict):
        shortened = "nothing" if given is None else f"{json.dumps(given, default=str)[:80]}"
        raise Permanent(f"{shortened} is not accepted here. {accepted}")
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: no later payload could hold it
        raise Permanent(f"There is text in it that is not Unicode. {accepted}") from None
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
        raise Permanent(f"{problems}. {accepted}") from None


class OpenGate(Value):
    """A point where a person decides, and the run waits until `deadline`."""

    gate: Gate
    subject: str
    deadline: datetime
    about: str = ""
    """What an operator must fix, or which phase asks."""
    questions: list[Question] = Field(default_factory=list[Question])
    text: str = ""
    """What is asked, and what to look at, in Markdown: without how to answer, which each front end says in its own
    way. The query `status` fills it in; workers of before leave it empty."""


class Status(Value):
    """The answer of the query `status`."""

    question: str
    phase: str
    tasks: int = 0
    investigated: int = 0
    seconds: dict[str, float] = Field(default_factory=dict[str, float])
    """The time that each finished phase took."""
    usage: Usage = Usage()
    """What finished phases and tasks have spent."""
    phases: tuple[PhaseUsage, ...] = ()
    """The same, phase by phase."""
    budget: Budget = Budget()
    gates: tuple[OpenGate, ...] = ()
    """Those that wait for a decision, oldest first."""
    details: str = ""
    """The run's current details, as the UI shows them: where it stands and what to do now there, in Markdown."""
    refused: str = ""
    """Why the last signal was refused, until a decision is taken."""
    outcome: OutcomeStatus | None = None


class DecidedGate(Value):
    """A gate at which a decision was taken."""

    gate: Gate
    subject: str


class DecisionResult(Value):
    """What became of a decision: the result of the update `decide`."""

    decision: DecisionWord
    gates: tuple[DecidedGate, ...]
    """Those that were decided: one, or all that can be tried again or stopped together."""
    by: str | None = None
    said: str
    """The same in a line for people."""


class SteeringResult(Value):
    """What became of a change of the budget: the result of the update `steer`."""

    budget: Budget
    """What the run may spend now."""
    interrupted: int
    """How many phases and tasks under way take it up at once; the next ones do in any case."""
    said: str
    """The same in a line for people."""


class Outcome(Value):
    """How a run ended. Whatever it made is in the results of its phases, in the event history."""

    status: OutcomeStatus
    question: str
    gate: Gate | None = None
    note: str | None = None
    plan: Plan | None = None
    report: PublishResult | None = None
    usage: tuple[PhaseUsage, ...] = ()
    """What each phase has spent."""
    budget: Budget = Budget()
