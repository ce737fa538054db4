"""What LangGraph streams while a phase runs, for the tail of events in its heartbeats.

LangGraph's own `astream` names no task for what a node writes by its stream writer, and tasks run at the same time. A
client can drop what a repeated task streams again only if it knows the task. So the events are taken where they arise:

- "custom": a stream writer that the graph's run context carries, called in the context of the task;
- "messages": LangGraph's callback handler for this mode, whose metadata name the task;
- "updates" and "tasks": the stream that LangGraph gives to subgraphs, which the graph itself gets here.

Events arise on the event loop and in the threads of sync nodes, and are recorded at once, while the content of the
checkpoint cannot change: a heartbeat that carries what a task has written, or the answer of a model, also carries what
was streamed before.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs
from langgraph._internal._constants import CONFIG_KEY_RUNTIME, CONFIG_KEY_STREAM
from langgraph.config import get_config
from langgraph.constants import TAG_HIDDEN
from langgraph.pregel._messages import StreamMessagesHandler, graph_namespace
from langgraph.pregel.protocol import StreamProtocol
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore

from .tail import MAX_EVENT_BYTES, TASK_ENDED, Row, StreamTail
from .values import encode

log = logging.getLogger(__name__)

StreamedMode = Literal["custom", "messages", "updates", "tasks"]
"""LangGraph's stream modes that reach clients of a phase."""
STREAMED_MODES: tuple[str, ...] = get_args(StreamedMode)
MAX_METADATA_BYTES = 1024
OWN_METADATA = ("langgraph_", "checkpoint_ns", "thread_id", "__", "ls_integration")
"""What the metadata of a message begin with that the event tells itself, or that means nothing outside the worker."""
LEFT_OUT = "__left_out__"
"""The only key of the dict that stands for data with no room in a heartbeat: how many bytes it took, or why."""


@dataclass
class Task:
    """A task of this attempt."""

    node: str
    namespace: list[str]
    subgraph: str = ""
    """The namespace of its graph; "" for the graph itself. A `@task` runs in the graph of the task that calls it."""
    step: int = 0
    inner_step: int = 0
    run: int = 0
    """How often it has begun."""
    ordinal: int = 0
    """How many events it has streamed since it began."""
    begins: bool = True
    """Whether its next event is the first one since it began."""
    start: tuple[Any, int] | None = None
    """LangGraph's event that it starts. It is streamed when it does: a task that has finished before is listed too."""
    rows: dict[str, str] = field(default_factory=dict[str, str])
    """The keys of its rows, by the metadata that they have."""


class GraphStream:
    """Records what a graph streams in these modes, in blocks of `with change():`, which may be in any thread."""

    def __init__(
        self, modes: frozenset[str], tail: StreamTail, change: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._modes, self.tail, self._change = modes, tail, change
        self._tasks: dict[str, Task] = {}
        self._is_saved: Callable[[str], bool] = bool
        self._updates: dict[tuple[str, ...], list[tuple[Any, int]]] = {}
        """The updates of a task whose result LangGraph streams next, by the namespace of its graph."""

    def config(
        self, config: RunnableConfig, store: BaseStore | None, is_saved: Callable[[str], bool]
    ) -> RunnableConfig:
        """Return the config of a run of the graph that streams to this object.

        `is_saved(namespace)` returns whether the subgraph in that namespace has a checkpoint.
        """
        self._updates.clear()
        self._is_saved = is_saved
        handlers: list[BaseCallbackHandler] = [TaskObserver(self)]
        if "messages" in self._modes:  # before the other one, because it streams what the node returns at its end
            handlers.insert(0, StreamMessagesHandler(self._message, subgraphs=True))
        modes: set[Any] = {"tasks", *({"updates"} & self._modes)}
        runtime: Runtime[Any] = Runtime(store=store)
        if "custom" in self._modes:
            runtime = runtime.override(stream_writer=self._custom)
        own = {CONFIG_KEY_STREAM: StreamProtocol(self._chunk, modes), CONFIG_KEY_RUNTIME: runtime}
        callbacks = merge_configs({"callbacks": config.get("callbacks")}, {"callbacks": handlers}).get("callbacks")
        return {**config, "callbacks": callbacks, "configurable": {**config.get("configurable", {}), **own}}

    def begin_task(self, metadata: Mapping[str, Any]) -> None:
        """Note that the node of a task begins, perhaps again in this attempt."""
        with self._change():
            name = self._task_of(metadata)
            self._tasks[name].begins = True
            self._begin_if_due(name)

    def end_task(self, metadata: Mapping[str, Any]) -> None:
        """Note that the node of a task has run to its end."""
        with self._change():
            self._record(self._task_of(metadata), TASK_ENDED, None, 0)

    def _custom(self, value: Any) -> None:
        data, size_bytes = sendable(value)
        with self._change():
            self._record(self._task_of(get_config().get("metadata", {})), "custom", data, size_bytes)

    def _message(self, chunk: tuple[tuple[str, ...], str, Any]) -> None:
        message, metadata = chunk[2]
        data, size_bytes = sendable(message)
        with self._change():
            self._record(self._task_of(metadata), "messages", data, size_bytes, metadata_of(metadata))

    def _chunk(self, chunk: tuple[tuple[str, ...], str, Any]) -> None:
        namespace, mode, value = chunk
        if mode == "updates":
            data = sendable(value)
            # An earlier attempt has streamed what its task wrote, in the heartbeat that carried the writes.
            if not (isinstance(value, dict) and "__metadata__" in value):
                with self._change():
                    self._updates.setdefault(namespace, []).append(data)
            return
        data, size_bytes = sendable(value) if "tasks" in self._modes else (None, 0)
        with self._change():
            if "result" in value:
                self._task_finished(namespace, value["id"], value["name"], data, size_bytes)
            else:
                self._task_listed(namespace, value["id"], value["name"], data, size_bytes)

    def _task_listed(self, namespace: tuple[str, ...], name: str, node: str, data: Any, size_bytes: int) -> None:
        task = self._task(name, node, list(namespace))
        task.begins = True
        task.start = (data, size_bytes) if "tasks" in self._modes else None

    def _task_finished(self, namespace: tuple[str, ...], name: str, node: str, data: Any, size_bytes: int) -> None:
        self._task(name, node, list(namespace))
        for update in self._updates.pop(namespace, ()):
            self._record(name, "updates", *update)
        if "tasks" in self._modes:
            self._record(name, "tasks", data, size_bytes)

    def _begin_if_due(self, name: str) -> None:
        task = self._tasks[name]
        if not task.begins:
            return
        task.begins, task.run, task.ordinal = False, task.run + 1, 0
        task.rows.clear()
        if task.start is not None:
            start, task.start = task.start, None
            self._record(name, "tasks", *start)

    def _record(self, name: str, mode: str, data: Any, size_bytes: int, own: Mapping[str, Any] | None = None) -> None:
        self._begin_if_due(name)
        task = self._tasks[name]
        kind = repr(own or None)
        if not self.tail.has_row(task.rows.get(kind, "")):
            row = Row(
                attempt=self.tail.attempt,
                run=task.run,
                step=task.step,
                inner_step=task.inner_step,
                node=task.node,
                task=name,
                namespace=task.namespace,
                unsaved=bool(task.subgraph) and not self._is_saved(task.subgraph),
                metadata=dict(own) if own else None,
            )
            task.rows[kind] = self.tail.new_row(row)
        self.tail.add(task.rows[kind], task.ordinal, mode, data, size_bytes)
        task.ordinal += 1

    def _task_of(self, metadata: Mapping[str, Any]) -> str:
        """Return the id of the task that LangGraph's metadata name, and note where it is."""
        *around, last = str(metadata.get("langgraph_checkpoint_ns", "")).split("|")
        while last.isdecimal() and around:  # the number of a subgraph that its task called after another one
            last = around.pop()
        node, _, name = last.rpartition(":")
        task = self._task(name, str(metadata.get("langgraph_node", node)), around)
        task.namespace, task.subgraph = around, "|".join(graph_namespace(metadata))
        outermost = self._tasks.get(around[0].rpartition(":")[2]) if around else None
        step: object = metadata.get("langgraph_step")
        task.inner_step = step if isinstance(step, int) else task.inner_step
        task.step = outermost.step if outermost else task.inner_step
        return name

    def _task(self, name: str, node: str, namespace: list[str]) -> Task:
        return self._tasks.setdefault(name, Task(node, namespace))


class TaskObserver(BaseCallbackHandler):
    """Tells the stream when the node of a task begins and when it has run to its end."""

    run_inline = True  # in the order in which it happens
    # LangChain has properties here, and reads them on each event.
    ignore_llm = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_agent = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_chat_model = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_retriever = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_retry = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    ignore_custom_event = True  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]

    def __init__(self, stream: GraphStream) -> None:
        self._stream = stream
        self._running: dict[UUID, Mapping[str, Any]] = {}
        """The metadata of the runs of nodes."""

    def on_chain_start(
        self,
        *_: Any,
        run_id: UUID,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        name: str | None = None,
        **__: Any,
    ) -> None:
        if not metadata or name != metadata.get("langgraph_node") or TAG_HIDDEN in (tags or ()):
            return
        # What a node calls may have the name of the node.
        if not any(namespace_of(each) == namespace_of(metadata) for each in self._running.values()):
            self._running[run_id] = metadata
            self._stream.begin_task(metadata)

    def on_chain_end(self, *_: Any, run_id: UUID, **__: Any) -> None:
        if metadata := self._running.pop(run_id, None):
            self._stream.end_task(metadata)

    def on_chain_error(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self._running.pop(run_id, None)


def namespace_of(metadata: Mapping[str, Any]) -> object:
    return metadata.get("langgraph_checkpoint_ns")


def sendable(value: Any) -> tuple[Any, int]:
    """Return data as JSON values with their size in bytes; a note in its place if a heartbeat has no room for it."""
    try:
        data, size_bytes = encode(value)
    except Exception as error:  # noqa: BLE001 - a class of the user's: what it streams must not fail the graph
        log.warning("A streamed %s cannot be sent, and its event goes without it: %s.", type(value).__name__, error)
        return {LEFT_OUT: f"{type(error).__name__}: {error}"[:200]}, 200
    return (data, size_bytes) if size_bytes <= MAX_EVENT_BYTES else ({LEFT_OUT: size_bytes}, 40)


def metadata_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the metadata of a message tell besides its task, if it is small enough to be sent."""
    own = {name: value for name, value in metadata.items() if not name.startswith(OWN_METADATA)}
    if not own:
        return {}
    try:
        encoded, size_bytes = encode(own)
    except Exception:  # noqa: BLE001 - as above; a message is worth more than what somebody attached to it
        return {}
    return cast("dict[str, Any]", encoded) if size_bytes <= MAX_METADATA_BYTES else {}
