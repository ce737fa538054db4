"""What crosses the Temporal boundary: what people send, and what phases are asked. Every value is validated."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, StrictBool, ValidationError, field_validator

from evidence.budget import Budget
from evidence.errors import Permanent
from evidence.report import Draft, Findings, PhaseUsage, Plan, Section, Task
from evidence.sources import Skipped, Source, Value
from evidence.usage import Usage
from orchestration.durable.messages import Question

if TYPE_CHECKING:
    from temporalio.exceptions import ApplicationError

TASK_QUEUE = "outlast"
WORKFLOW = "Research"
TASKS_IN_PARALLEL = 4
"""How many tasks of a run are investigated at a time."""

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but tabs and the ends of lines."""

Message = TypeVar("Message", bound=BaseModel)
Gate = Literal["plan", "report", "operator", "questions"]
DecisionWord = Literal["approve", "revise", "reject", "retry", "stop", "answer"]


class Ask(Value):
    """The input of a run. A bare string is the same as `{"question": ...}`."""

    question: str = Field(max_length=20_000)
    """Control characters in it, such as come along when text is pasted, are read as blanks."""
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
        return CONTROL_CHARACTER.sub(" ", question)


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


def accept_ask(given: Any) -> Ask:
    """The start form takes one JSON value; people type a bare string as often as an object. `BadInput` otherwise."""
    try:
        return ask_of(given)
    except Permanent as error:
        raise bad_input(str(error)) from None


def ask_of(given: Any) -> Ask:
    """The same where no Temporal is; Permanent where it cannot be one."""
    ask = _parsed(Ask, {"question": given} if isinstance(given, str) else given, ASK_FORMAT)
    if not ask.question.strip():
        raise Permanent(f"The question is empty. {ASK_FORMAT}")
    refuse_nothing(ask.budget, ASK_FORMAT)
    return ask


def refuse_nothing(budget: Budget, accepted: str) -> None:
    """A limit of 0 buys no report. Permanent names it."""
    for kind, limit in budget.limits():
        if limit == 0:
            raise Permanent(f"A budget of 0 {kind} is nothing to go on with. {accepted}")


def accept_decision(given: Any) -> Decision:
    """A bare word that names a decision is that decision: a person who types "reject" does not mean to approve."""
    if isinstance(given, str):
        word = given.strip().lower()
        given = {"decision": word} if word in get_args(DecisionWord) else {"decision": "approve", "note": given}
    try:
        decision = _parsed(Decision, given, DECISION_FORMAT)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if decision.decision == "revise" and not (decision.note or "").strip():
        raise bad_input(f"To revise, say what to change in the note. {DECISION_FORMAT}")
    if decision.decision == "answer" and not decision.answers:
        raise bad_input(f"To answer, give the answers. {DECISION_FORMAT}")
    return decision


def accept_steering(given: Any) -> Steering:
    """`BadInput` where it cannot be one."""
    try:
        steering = _parsed(Steering, given, STEERING_FORMAT)
        refuse_nothing(steering.budget, STEERING_FORMAT)
    except Permanent as error:
        raise bad_input(str(error)) from None
    if not steering.budget.is_set:
        raise bad_input(f"The budget names no limit. {STEERING_FORMAT}")
    return steering


def _parsed(kind: type[Message], given: Any, accepted: str) -> Message:
    if not isinstance(given, dict):
        what = "nothing" if given is None else f"{json.dumps(given, default=str)[:80]}"
        raise Permanent(f"{what} is not accepted here. {accepted}")
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: no later payload could hold it
        raise Permanent(f"There is text in it that is not Unicode. {accepted}") from None
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
        raise Permanent(f"{said}. {accepted}") from None


class Reasoning(Value):
    """What is asked of every phase that reasons."""

    model: str = ""
    """That of the worker with which the run began; "" where rules reason. A worker without any refuses it."""
    budget: Budget = Budget()
    """What this phase, or this task, may spend."""
    until: datetime | None = None
    """The moment after which no further model call begins."""


class Planning(Reasoning):
    question: str
    notes: list[str]
    collection: str
    web: bool = False
    approved: list[str] = Field(default_factory=list[str])
    """The questions of the plan that people have approved, where its report is revised: they stay as they are."""
    whole: Budget = Budget()
    """What the run may spend in all: a plan that cannot be paid for is refused."""


class Investigation(Reasoning):
    task: Task
    collection: str
    searches: int = 3
    """How many searches the task may make."""
    web: bool = False


class Writing(Reasoning):
    question: str
    investigated: list[Findings]

    @classmethod
    def of(cls, question: str, investigated: Sequence[Findings], model: str = "") -> "Writing":
        """Without the pages that were fetched or not: they may be hundreds, and nothing is written from the list."""
        bare = [findings.model_copy(update={"pages": (), "skipped": ()}) for findings in investigated]
        return cls(question=question, investigated=bare, model=model)


class Verification(Reasoning):
    draft: list[Section]
    collection: str = ""
    """For a text that is missing to be named by its document."""


class Collecting(Value):
    collection: str | None
    web: bool = False


class Collected(Value):
    """The collection of a run, fixed: the name may come to mean another later."""

    collection: str
    documents: int
    skipped: int
    model: str = ""
    """That of this worker; "" where rules reason."""


class Publication(Value):
    question: str
    collection: str
    draft: Draft
    searched: list[str]
    """Every query asked, in order, without repeats."""
    read: list[str]
    """The snapshots of which at least one passage was read."""
    unanswered: list[str]
    """The plan's questions for which nothing was found."""
    unknown: list[str] = Field(default_factory=list[str])
    """The words asked about that no document contains."""
    pages: list[Source] = Field(default_factory=list[Source])
    """Of the web, those that were fetched, each once."""
    engines: list[str] = Field(default_factory=list[str])
    """The search engines that were asked."""
    unreached: list[Skipped] = Field(default_factory=list[Skipped])
    """Pages and engines that could not be reached, each with its reason."""
    limited: list[str] = Field(default_factory=list[str])
    """Where a limit of the budget ended the work early, such as `investigate: tokens`."""
    usage: list[PhaseUsage] = Field(default_factory=list[PhaseUsage])
    budget: Budget = Budget()
    run: str
    workflow: str
    started: datetime
    published: datetime
    seconds: dict[str, float]

    @classmethod
    def of(
        cls,
        question: str,
        collection: str,
        investigated: Sequence[Findings],
        draft: Draft,
        *,
        usage: Sequence[PhaseUsage] = (),
        budget: Budget | None = None,
        run: str,
        workflow: str,
        started: datetime,
        published: datetime,
        seconds: dict[str, float],
    ) -> "Publication":
        """With what the findings say of how they were found. `investigated` is in the order of the plan."""
        return cls(
            question=question,
            collection=collection,
            draft=draft,
            searched=list(dict.fromkeys(query for findings in investigated for query in findings.queries)),
            read=sorted({snapshot for findings in investigated for snapshot in findings.read}),
            unanswered=[findings.task.question for findings in investigated if not findings.findings],
            unknown=list(dict.fromkeys(word for findings in investigated for word in findings.unknown)),
            pages=list(once_each(investigated, {quote.snapshot for claim in draft.claims() for quote in claim.quotes})),
            engines=sorted({engine for findings in investigated for engine in findings.engines}),
            unreached=list(dict.fromkeys(each for findings in investigated for each in findings.skipped)),
            limited=sorted({*limits("investigate", investigated), *limits("write and verify", [draft])}),
            usage=list(usage),
            budget=budget or Budget(),
            run=run,
            workflow=workflow,
            started=started,
            published=published,
            seconds=seconds,
        )


def once_each(investigated: Iterable[Findings], quoted: Set[str]) -> Iterator[Source]:
    """The pages, each once; of those that are not quoted, no more than what they are."""
    pages = {page.uri: page for findings in investigated for page in findings.pages}
    for page in pages.values():
        yield page if page.snapshot in quoted else page.model_copy(update={"headings": (), "places": None})


def limits(phase: str, made: Iterable[Findings | Draft]) -> Iterator[str]:
    for each in made:
        yield from (f"{phase}: {kind}" for kind in each.limited)


class Published(Value):
    """Where the report is in the object store, and what is in it."""

    report_json: str
    report_md: str
    report_html: str = ""
    """Empty in runs from before there was one."""
    mode: str = ""
    """How the report was made, with the hash of the prompts where a model made it: so it stands in the history too."""
    answered: bool
    documents: int
    read: int
    claims: int
    quotes: int
    dropped: int


class OpenGate(Value):
    """A point where a person decides, and the run waits until `deadline`."""

    gate: Gate
    subject: str
    deadline: datetime
    about: str = ""
    """What an operator must fix, or which phase asks."""
    questions: list[Question] = Field(default_factory=list[Question])


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
    """The run's current details: where it stands and what to do now, in Markdown."""
    outcome: str | None = None


class Outcome(Value):
    """How a run ended. Whatever it made is in the results of its phases, in the event history."""

    status: Literal["published", "expired", "rejected", "stopped"]
    question: str
    gate: Gate | None = None
    note: str | None = None
    plan: Plan | None = None
    report: Published | None = None
    usage: tuple[PhaseUsage, ...] = ()
    """What each phase has spent."""
    budget: Budget = Budget()
