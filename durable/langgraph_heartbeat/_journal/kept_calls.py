"""Calls that a phase remembers besides those of models: of tools, retrievers, embeddings and functions.

A finished call of a task that has not finished is not made again by a later attempt. Its result comes back, and so does
what else it has done to the graph: its puts into LangGraph's store, and the places of its questions and subgraphs.
"""

from collections.abc import Awaitable, Callable
from contextvars import Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, TypeVar

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, var_child_runnable_config
from langgraph._internal._constants import (
    CONFIG_KEY_CALL,
    CONFIG_KEY_RUNTIME,
    CONFIG_KEY_SCRATCHPAD,
    CONFIG_KEY_SEND,
    RESUME,
)
from langgraph.errors import GraphBubbleUp
from langgraph.store.base import PutOp

from langgraph_heartbeat._call_log.call_log import ending_of
from langgraph_heartbeat._call_log.phase_summary import CallKind
from langgraph_heartbeat._call_log.records import Record
from langgraph_heartbeat._call_log.watcher import TOLD_BY_LANGCHAIN

from .call_observer import Call, Run, calls_of_context
from .call_places import COUNTERS
from .journal import Journal, current_journal

T = TypeVar("T")

WRITES_TO_STATE = "It writes to the graph's state itself, as the files of a deep agent do, and so it runs again."
AT_WORK_IN_TASKS = "It calls a LangGraph @task. That one is remembered, and what is around it runs again."


@dataclass(frozen=True)
class What(Generic[T]):
    """What is called, and how its result is stored."""

    kind: CallKind
    name: str
    """Names it in messages."""
    request: str
    """Tells calls apart in a task: what is called, and with which arguments."""
    identity: str = ""
    """The same without what is new if a model is asked again, as the ids that it gives to its tool calls."""
    stored: Callable[[T], Any] = lambda value: value
    restored: Callable[[Any], T] = lambda stored: stored
    is_failure: Callable[[T], bool] = lambda _: False
    """Whether a result tells of an error that was caught."""


class KeptCall(Generic[T]):
    """One call in a task: `with KeptCall(...) as call:`, and then `call.result`, which is to be set if `call.is_due`.

    `config` is the one that the call is made with. Its values in `configurable` are changed while the call is made.
    """

    result: T

    def __init__(self, journal: Journal, what: What[T], config: RunnableConfig) -> None:
        self._journal, self._what = journal, what
        self._values: dict[str, Any] = config.setdefault("configurable", {})
        runtime = self._values.get(CONFIG_KEY_RUNTIME)
        self._store = getattr(runtime, "store", None)
        self._trial = getattr(getattr(runtime, "execution_info", None), "node_attempt", 1)
        self._node = str(config.get("metadata", {}).get("langgraph_node", ""))
        self._taken: dict[str, list[int]] = {counter: [] for counter in COUNTERS}
        self._calls_tasks = False
        self._writes_to_state = False
        self._record: Record | None = None
        """Its record in the log of calls, unless LangChain tells the log of it."""

    def __enter__(self) -> "KeptCall[T]":
        what, run = self._what, Run(self._what.name, self._node, observed=True)
        identity = what.identity or what.request
        self._call, stored = self._journal.begin_kept(what.request, identity, run, trial=self._trial)
        self._call.kind, metadata = what.kind, {"langgraph_node": self._node}
        self.is_due = stored is None
        if stored is None:
            self._begin()
            if what.kind not in TOLD_BY_LANGCHAIN:
                self._record = self._journal.log.begin(what.kind, what.name, metadata, self._call.key)
        else:
            self._journal.log.note_remembered(what.kind, what.name, metadata, self._call.key)
            value, places, puts = stored
            self.result = what.restored(value)
            if scratchpad := self._values.get(CONFIG_KEY_SCRATCHPAD):
                self._journal.places.pass_over(scratchpad, self._call.namespace, places)
            self._put_again(puts)
        return self

    def _begin(self) -> None:
        self._token: Token[tuple[Call, ...]] = calls_of_context.set((*calls_of_context.get(), self._call))
        watched = (CONFIG_KEY_SCRATCHPAD, CONFIG_KEY_CALL, CONFIG_KEY_SEND)
        self._before = {name: self._values[name] for name in watched if name in self._values}
        if scratchpad := self._values.get(CONFIG_KEY_SCRATCHPAD):
            watch = self._journal.places.watched
            self._values[CONFIG_KEY_SCRATCHPAD] = watch(scratchpad, self._call.namespace, self._taken)
        if task_caller := self._values.get(CONFIG_KEY_CALL):

            def call_task(*args: Any, **kwargs: Any) -> Any:
                self._calls_tasks = True
                return task_caller(*args, **kwargs)

            self._values[CONFIG_KEY_CALL] = call_task
        if writer := self._values.get(CONFIG_KEY_SEND):

            def write(writes: Any) -> None:
                # An answered interrupt() notes its answer in this way, which the saver keeps.
                self._writes_to_state = self._writes_to_state or any(channel != RESUME for channel, _ in writes)
                writer(writes)

            self._values[CONFIG_KEY_SEND] = write

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.is_due:
            return
        calls_of_context.reset(self._token)
        self._values.update(self._before)
        if self._record:
            outcome, kind_of_error = ending_of(error) if error else ("answered", "")
            self._journal.log.end(self._record, outcome, kind_of_error)
        if error is not None:
            rejects = isinstance(error, Exception) and not isinstance(error, GraphBubbleUp)
            self._journal.fail_kept(self._call, error, rejects=rejects, trial=self._trial)
        elif self._what.is_failure(self.result):
            self._journal.fail_kept(self._call, None, rejects=False, trial=self._trial)
        elif self._calls_tasks:
            self._journal.let_go(self._call)
            self._journal.unremembered.note(self._call.run, "calls a @task", AT_WORK_IN_TASKS)
        elif self._writes_to_state:
            self._call.under_way = False
            self._journal.unremembered.note(self._call.run, "writes to the state", WRITES_TO_STATE)
        else:
            self._journal.keep(self._call, self._what.stored(self.result), self._taken)

    def _put_again(self, puts: list[Any]) -> None:
        if puts and self._store is not None:
            self._store.batch([PutOp(*put) for put in puts])


def journal_here() -> Journal | None:
    """Return the journal that remembers calls in this context; None outside of the tasks of a phase."""
    config = var_child_runnable_config.get() or {}
    return current_journal.get() if CONFIG_KEY_SCRATCHPAD in config.get("configurable", {}) else None


def own_config(config: RunnableConfig | None = None) -> RunnableConfig:
    """Return a copy of the config of this context, or of the one that is given, in which a call may change values."""
    return ensure_config(config)


def call_once(what: What[T], make: Callable[[], T]) -> T:
    """Return what `make` returns, or what it returned for an earlier attempt."""
    journal = journal_here()
    if journal is None:
        return make()
    journal.wait_for_guard()
    config = own_config()
    with KeptCall(journal, what, config) as call:
        if call.is_due:
            token = var_child_runnable_config.set(config)
            try:
                call.result = make()
            finally:
                var_child_runnable_config.reset(token)
    return call.result


async def acall_once(what: What[T], make: Callable[[], Awaitable[T]]) -> T:
    """Return what `make` returns, or what it returned for an earlier attempt."""
    journal = journal_here()
    if journal is None:
        return await make()
    await journal.guard()
    config = own_config()
    with KeptCall(journal, what, config) as call:
        if call.is_due:
            token = var_child_runnable_config.set(config)
            try:
                call.result = await make()
            finally:
                var_child_runnable_config.reset(token)
    return call.result
