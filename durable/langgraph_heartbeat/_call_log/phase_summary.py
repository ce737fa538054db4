"""What a phase has done, for people and for programs: calls, tokens, attempts and seconds, and the log of its calls.

Workflow code uses this too: it needs neither Temporal nor LangGraph.
"""

from collections.abc import Iterable
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

Result = TypeVar("Result")

CallKind = Literal["model", "tool", "retriever", "embedding", "function"]
CallOutcome = Literal["answered", "remembered", "failed", "asked", "unfinished"]

KINDS: tuple[CallKind, ...] = get_args(CallKind)
OUTCOMES: tuple[CallOutcome, ...] = get_args(CallOutcome)
MAX_GROUPS_SHOWN = 20
MAX_NAME_LENGTH = 60
"""In characters: of a model, a tool, a node or the class of an error."""


def is_empty(value: object) -> bool:
    return not value


class Told(BaseModel):
    """A value that a later release may extend: fields that are unknown here are left out."""

    model_config = ConfigDict(frozen=True)


class LoggedCall(Told):
    """One call of a phase, in the log of its `PhaseSummary`. It holds nothing of what was asked or answered.

    - `at`: when the call began; `seconds`: how long it took, or None if it had not ended when its attempt did.
    - `kind`: "model", "tool", "retriever", or "embedding" and "function" for what `remembered` returned.
    - `name`: of the model (`gpt-5-mini`; its class if it has no name), the tool or the function; `node`: the node in
      which the call was made, "" outside of all nodes.
    - `tokens_in`, `tokens_out`: what the model says that the call took.
    - `attempt`: the attempt of the phase that made the call, counted from 1, over all activities of the phase.
    - `outcome`: "answered"; "remembered", if the phase had the answer of an earlier attempt and the call cost nothing;
      "failed", with the class of the error in `error`; "asked", if it stopped at an `interrupt()`;
      "unfinished", if it was cancelled, or had not ended when its attempt did.
    - `made_again`: whether the call was made once more, because its answer was lost with its attempt.

    ```python
    from datetime import UTC, datetime

    from langgraph_heartbeat import LoggedCall

    call = LoggedCall(
        at=datetime(2026, 3, 1, 14, 3, 12, tzinfo=UTC),
        seconds=1.25,
        kind="model",
        name="gpt-5-mini",
        node="write",
        tokens_in=812,
        tokens_out=95,
        attempt=2,
        outcome="answered",
    )
    assert call.line() == "14:03:12 UTC, attempt 2: write: model gpt-5-mini answered, 1.2 s, 812 + 95 tokens"
    ```
    """

    at: datetime
    seconds: float | None = None
    kind: CallKind
    name: str
    node: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    attempt: int
    outcome: CallOutcome
    error: str = Field(default="", exclude_if=is_empty)
    made_again: bool = Field(default=False, exclude_if=is_empty)

    def line(self) -> str:
        """Return the call in one line, for a terminal or a log."""
        where = f"{self.node}: " if self.node else ""
        facts = [
            f"{self.outcome} ({self.error})" if self.error else self.outcome,
            "" if self.seconds is None else duration(self.seconds),
            f"{self.tokens_in:,} + {self.tokens_out:,} tokens" if self.tokens_in or self.tokens_out else "",
            "made again" if self.made_again else "",
        ]
        told = ", ".join(fact for fact in facts if fact)
        return f"{self.at:%H:%M:%S} UTC, attempt {self.attempt}: {where}{self.kind} {self.name} {told}"


class CallGroup(Told):
    """The calls of one model or tool in one node of a phase, over all attempts, in a `PhaseSummary`.

    - `calls`: how many calls were made. `failed` and `made_again` of them failed, or were made once more because the
      first answer was lost with its attempt. `remembered` were not made: the phase had their answers.
    - `tokens_in`, `tokens_out`, `seconds`: the sums of the calls that were made.
    - `kind`, `name`, `node`: as in `LoggedCall`. The last group of a phase with very many is named "others".

    ```python
    from langgraph_heartbeat import CallGroup

    group = CallGroup(kind="tool", name="search_web", node="research", calls=5, failed=1, seconds=12)
    assert group.line() == "research: tool search_web 5 times, 12 s, 1 failed"
    ```
    """

    kind: CallKind
    name: str
    node: str = ""
    calls: int = 0
    failed: int = 0
    remembered: int = 0
    made_again: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """Return the group in one line."""
        where = f"{self.node}: " if self.node else ""
        tokens = self.tokens_in + self.tokens_out
        facts = [
            "once" if self.calls == 1 else f"{self.calls:,} times",
            duration(self.seconds),
            f"{tokens:,} tokens" if tokens else "",
            *(f"{number:,} {what}" for number, what in self._exceptions() if number),
        ]
        return f"{where}{self.kind} {self.name} {', '.join(fact for fact in facts if fact)}"

    def _exceptions(self) -> tuple[tuple[int, str], ...]:
        return (self.failed, "failed"), (self.made_again, "made again"), (self.remembered, "remembered")


class PhaseSummary(Told):
    """What a phase has done over all its attempts. Give your result a field of this type, and the phase fills it.

    The phase then also puts it into the `summary` of a `Paused` and of a `Stuck`.

    - `calls`, `tokens`: of models, as the phase's progress counts them; `groups`: all calls by node and model or tool.
    - `attempts`, `steps`: how many attempts began, and which step of the graph was the last.
    - `seconds`: how long the attempts worked, without what was between them.
    - `retries`: how many calls were made once more after they had failed.
    - `log`: the calls one by one, if `phase_activity` or `phase_function` has `call_log=True`: the newest ones, in the
      order of their beginnings. `left_out` counts older calls for which it had no room.

    ```python
    import asyncio

    from langchain_core.language_models import FakeListChatModel
    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import PhaseSummary, phase_function
    from pydantic import BaseModel

    model = FakeListChatModel(responses=["In 1871."])


    class Question(BaseModel):
        text: str


    class Answer(BaseModel):
        text: str
        summary: PhaseSummary


    async def answer(state: Question) -> dict[str, str]:
        return {"text": (await model.ainvoke(state.text)).text}


    builder = StateGraph(Question).add_node(answer).add_edge(START, "answer")
    answered = asyncio.run(phase_function(Question, Answer, builder, call_log=True)(Question(text="When?")))
    assert answered.summary.calls == 1
    assert answered.summary.line().startswith("1 model call, 1 attempt, ")
    assert answered.summary.log[0].node == "answer"
    ```
    """

    calls: int = 0
    tokens: int = 0
    attempts: int = 1
    steps: int = 0
    seconds: float = 0.0
    retries: int = 0
    groups: tuple[CallGroup, ...] = ()
    log: tuple[LoggedCall, ...] = Field(default=(), exclude_if=is_empty)
    left_out: int = Field(default=0, exclude_if=is_empty)

    def line(self) -> str:
        """Return the summary in one line: `12 model calls, 5 tool calls, 34,567 tokens, 2 attempts, 93 s`."""
        others = [(sum(each.calls for each in self.groups if each.kind == kind), kind) for kind in KINDS[1:]]
        made_again = sum(each.made_again for each in self.groups)
        facts = [
            counted(self.calls, "model call"),
            *(counted(number, f"{kind} call") for number, kind in others if number),
            counted(self.tokens, "token") if self.tokens else "",
            counted(self.attempts, "attempt"),
            duration(self.seconds),
            f"{counted(self.retries, 'call')} retried" if self.retries else "",
            f"{counted(made_again, 'call')} made again after a crash" if made_again else "",
        ]
        return ", ".join(fact for fact in facts if fact)

    def markdown(self) -> str:
        """Return the summary for the current details of a workflow: the line, and a list of the groups."""
        shown, hidden = self.groups[:MAX_GROUPS_SHOWN], self.groups[MAX_GROUPS_SHOWN:]
        rows = [f"- {plain_markdown(group.line())}" for group in shown]
        if hidden:
            rows.append(f"- {counted(sum(each.calls for each in hidden), 'call')} of other models and tools")
        return "\n".join([f"{self.line()}.", *([""] if rows else []), *rows])


class Finished(Told, Generic[Result]):
    """The result of a phase together with its summary.

    A phase returns it in place of the result if its activity is started with `args=[request, resume, True]`; `resume`
    may be None. So a caller gets the summary of a phase whose result has no field for one. Give the activity
    `result_type=Finished[YourResult] | Paused`.

    ```python
    from langgraph_heartbeat import Finished
    from pydantic import BaseModel


    class Answer(BaseModel):
        text: str


    sent = '{"outcome": "finished", "result": {"text": "In 1871."}, "summary": {"calls": 1, "seconds": 1.2}}'
    finished = Finished[Answer].model_validate_json(sent)
    assert finished.result == Answer(text="In 1871.")
    assert finished.summary.line() == "1 model call, 1 attempt, 1.2 s"
    ```
    """

    outcome: Literal["finished"] = "finished"
    result: SerializeAsAny[Result]
    summary: PhaseSummary


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a time in two units at most: `1.2 s`, `93 s`, `12 min 5 s`, `3 h 20 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def one_line(text: str, limit: int = MAX_NAME_LENGTH) -> str:
    """Return text in one printable line of bounded length."""
    if len(text) <= limit and text.isprintable() and text.strip() == text:  # nearly always
        return text
    printable = "".join(character if character.isprintable() else " " for character in text[: 4 * limit])
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def plain_markdown(text: str) -> str:
    """Return a text of which Markdown makes nothing but this text: names of nodes have underscores."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|!" else character for character in text)


def summary_field(result: type[BaseModel]) -> str:
    """Return the name of the field of a result that holds a `PhaseSummary`; "" if there is none."""
    found = (name for name, info in result.model_fields.items() if is_summary(info.annotation))
    return next(found, "")


def is_summary(annotation: Any) -> bool:
    """Return whether an annotation is `PhaseSummary`, or a union or `Annotated` type with it."""
    if annotation is PhaseSummary:
        return True
    arguments: Iterable[Any] = get_args(annotation)
    return get_origin(annotation) in (Union, UnionType, Annotated) and any(map(is_summary, arguments))
