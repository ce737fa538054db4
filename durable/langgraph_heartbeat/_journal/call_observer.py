"""What LangChain tells of each model call while it is made: its class, its node, its parameters, and how it ended.

A `Call` is a call that is under way: of a model, or of something else that the journal remembers (`kept_calls.py`).

A cache sees the request and the answer of a call. It does not see a call fail, and it does not see the calls of a model
without a cache, or those that stream. So a phase observes its calls by a LangChain callback handler too, which reaches
every model of the graph by LangChain's configure hook, whatever callbacks a node passes on.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation, LLMResult
from langchain_core.tracers.context import register_configure_hook
from langgraph.config import get_config

from langgraph_heartbeat._call_log.call_log import CallLog, ending_of
from langgraph_heartbeat._call_log.phase_summary import CallKind
from langgraph_heartbeat._call_log.records import Record
from langgraph_heartbeat._call_log.watcher import stop_watching, watch_calls

MODEL_NAME = "ls_model_name"
"""Where LangChain says which model a call is for, as its provider names it."""


@dataclass(eq=False)
class Run:
    """A run of a model, as LangChain calls it, from its start to its end."""

    model: str = "a model"
    """The name of the model's class, or of the tool or function."""
    node: str = ""
    """The node of the graph that it runs in; "" if it runs in none."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    call: "Call | None" = None
    """Its call, if the journal was asked and did not remember the answer."""
    needs_no_journal: bool = False
    """Whether it is a part of another call, whose answer is remembered as a whole."""
    journalled: bool = False
    """Whether the journal was asked for its answer."""
    observed: bool = False
    """Whether LangChain has told of it. A model for plain text asks its cache before it does."""
    ended: bool = False
    record: Record | None = None
    """Its record in the log of calls, unless it is a part of another call."""

    def __str__(self) -> str:
        return f"{self.model} in {self.node}" if self.node else self.model


@dataclass(eq=False)
class Call:
    """A call whose answer the journal did not remember."""

    namespace: str
    """The namespace of its task."""
    request: str
    counted_as: str
    """What its ordinal counts."""
    ordinal: int
    key: str
    run: Run
    around: "Call | None" = None
    """The call that makes this one, if one does: its answer makes this one needless."""
    is_kept: bool = False
    """Whether its answer is kept if the node raises: it is not one of a model."""
    alike: str = ""
    """What is equal in kept calls that are the same to those outside of the graph."""
    alike_ordinal: int = 0
    kind: CallKind = "model"
    is_logged: bool = False
    """Whether the log of calls has been told of a kept call."""
    puts: list[Any] = field(default_factory=list[Any])
    """What it has put into LangGraph's store."""
    under_way: bool = True
    failed: bool = False

    @property
    def identity(self) -> str:
        """What tells a kept call apart from others in its task, whoever makes it again."""
        return f"{self.alike}:{self.alike_ordinal}"

    def enclosing(self) -> "Iterator[Call]":
        """Yield the calls around this one, innermost first."""
        if self.around:
            yield self.around
            yield from self.around.enclosing()


class Watching(Protocol):
    """What a journal does about the runs that are observed."""

    log: CallLog

    def fail(self, call: Call, error: BaseException) -> None:
        """Take notice that this call raised."""

    def count_unjournalled(self, run: Run, answers: Sequence[Generation]) -> None:
        """Take notice of a run that ended, or failed, and for whose answer the journal was not asked."""


calls_of_context: ContextVar[tuple[Call, ...]] = ContextVar("durable_calls", default=())
"""The calls of this context that have no answer yet, innermost last, because a model may call another one."""
_runs_of_context: ContextVar[tuple[Run, ...]] = ContextVar("durable_runs", default=())
"""The runs that started last in this context; several if a model got several requests at once."""
_current_observer: ContextVar["CallObserver | None"] = ContextVar("durable_observer", default=None)

register_configure_hook(_current_observer, inheritable=True)


def enclosing_call() -> Call | None:
    """Return the call that is at work in this context, if there is one: what it asks is a part of its answer.

    What it asks has ordinals of its own: once its own answer is remembered, nothing in it is asked again, and those
    answers must not be given to equal requests that follow.
    """
    return next((call for call in reversed(calls_of_context.get()) if call.under_way and call.run.observed), None)


def enclosing_kept_call() -> Call | None:
    """Return the innermost call at work in this context that is not one of a model."""
    return next((call for call in reversed(calls_of_context.get()) if call.under_way and call.is_kept), None)


def kept_call_to_log(kind: CallKind) -> tuple[str, str] | None:
    """Return the name and the key of the kept call of this kind that begins here, once; None if there is none."""
    call = enclosing_kept_call()
    if call is None or call.is_logged or call.kind != kind:
        return None
    call.is_logged = True
    return call.run.model, call.key


def is_part_of_model_call() -> bool:
    return any(call.under_way and call.run.observed and not call.is_kept for call in calls_of_context.get())


def claim_run() -> Run:
    """Return the run that asks the journal now: the first that started in this context and has not asked yet."""
    for run in _runs_of_context.get():
        if not (run.journalled or run.ended):
            run.journalled = True
            return run
    return Run()


def newest_run() -> Run | None:
    """Return the run that started last in this context; None if none did."""
    return _runs_of_context.get()[-1] if _runs_of_context.get() else None


class CallObserver(BaseCallbackHandler):
    """Reports to the journal of an attempt how its model calls end."""

    run_inline = True  # in the context of the call, which the cache sees too
    # LangChain has properties here, and reads them on each event.
    ignore_chain = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_agent = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_retriever = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_retry = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_custom_event = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    def __init__(self, journal: Watching) -> None:
        self._journal = journal
        self._runs: dict[UUID, Run] = {}

    def activate(self) -> None:
        """Observe every call that is made in the current context from now on."""
        _current_observer.set(self)

    def on_chat_model_start(
        self,
        serialized: Mapping[str, Any] | None,
        messages: object,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        invocation_params: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        del messages
        run = self._start(run_id, serialized, metadata, invocation_params)
        together = (each for each in _runs_of_context.get() if each.parameters is run.parameters and not each.ended)
        _runs_of_context.set((*together, run))

    def on_llm_start(
        self,
        serialized: Mapping[str, Any] | None,
        prompts: Sequence[str],
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        invocation_params: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Start the run of a model for plain text: such a model asks its cache before it tells of the run."""
        run = self._start(run_id, serialized, metadata, invocation_params)
        for call in calls_of_context.get():
            if call.under_way and not call.run.observed and call.request.split("\0")[0] in prompts:
                call.run, run.call, run.journalled = run, call, True
                return

    def _start(
        self,
        run_id: UUID,
        serialized: Mapping[str, Any] | None,
        metadata: Mapping[str, Any] | None,
        parameters: Mapping[str, Any] | None,
    ) -> Run:
        model = str(((serialized or {}).get("id") or ["a model"])[-1])
        node = str((metadata or {}).get("langgraph_node", ""))
        run = Run(model, node, parameters or {}, needs_no_journal=is_part_of_model_call(), observed=True)
        if not run.needs_no_journal:
            run.record = self._journal.log.begin("model", str((metadata or {}).get(MODEL_NAME) or model), metadata)
        self._runs[run_id] = run
        return run

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, [answer for answers in response.generations for answer in answers])

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        self._end(run_id, [], error)

    def _end(self, run_id: UUID, answers: Sequence[Any], error: BaseException | None = None) -> None:
        run = self._runs.pop(run_id, None)
        if run is None:
            return
        run.ended = True
        if run.record:
            outcome, kind = ending_of(error) if error else ("answered", "")
            self._journal.log.end(run.record, outcome, kind, tokens_in_and_out(answers))
        if run.call:
            run.call.under_way = False
            if error:
                self._journal.fail(run.call, error)
        elif not (run.journalled or run.needs_no_journal):
            self._journal.count_unjournalled(run, answers)


class Unjournalled:
    """What stands in the place of a journal for calls that are logged, and not remembered."""

    def __init__(self, log: CallLog) -> None:
        self.log = log

    def fail(self, call: Call, error: BaseException) -> None:
        pass

    def count_unjournalled(self, run: Run, answers: Sequence[Generation]) -> None:
        pass


@contextmanager
def logging_calls(log: CallLog) -> Generator[None]:
    """Log all calls that are made in the block, without a phase."""
    observed, watched = _current_observer.set(CallObserver(Unjournalled(log))), watch_calls(log)
    try:
        yield
    finally:
        _current_observer.reset(observed)
        stop_watching(watched)


def tokens_in_and_out(answers: Sequence[Generation]) -> tuple[int, int]:
    messages = [each.message for each in answers if isinstance(each, ChatGeneration)]
    usages = [message.usage_metadata for message in messages if isinstance(message, AIMessage)]
    known = [usage for usage in usages if usage]
    return sum(usage["input_tokens"] for usage in known), sum(usage["output_tokens"] for usage in known)


def task_namespace() -> str:
    """Return the namespace of the LangGraph task that runs here; "" outside a task."""
    try:
        config = get_config()
    except RuntimeError:
        return ""
    return cast("str", config.get("configurable", {}).get("checkpoint_ns", ""))
