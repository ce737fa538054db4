"""A LangGraph checkpointer whose whole content travels in one heartbeat.

LangGraph's InMemorySaver does the reading, listing and versioning. This class deletes what no later attempt can need,
refuses values that would not come back unchanged, and reports every change to its `Coalescer`.
"""

import dataclasses
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from ._coalescer import Coalescer
from ._journal import Guard, Journal, unguarded
from ._serialising import StrictSerializer, TypeName, UnfitError, only_known_types

ERROR_CHANNEL = "__error__"
CONTROL_CHANNELS = frozenset({ERROR_CHANNEL, "__error_source_node__", "__interrupt__", "__resume__"})
INPUT_CHANNEL = "__start__"
NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"


class UnfitChannelError(UnfitError):
    """A channel holds a value that would not come back from a checkpoint unchanged."""


class HeartbeatSaver(InMemorySaver):
    """A saver that reports every change to `coalescer`; `journal` holds the finished calls of unfinished tasks.

    `guard` is awaited before a step goes on; it raises if another attempt has replaced this one. With `forget=False`
    the saver keeps everything, which LangGraph's own conformance tests need.
    """

    serde: StrictSerializer  # pyright: ignore[reportIncompatibleVariableOverride] - never another

    def __init__(
        self,
        coalescer: Coalescer,
        journal: Journal,
        types: Iterable[TypeName] = (),
        *,
        forget: bool = True,
        guard: Guard = unguarded,
    ) -> None:
        super().__init__(serde=StrictSerializer(types))
        self.values: dict[str, Any] = {}
        """The values of the graph's channels at its newest step; read it while holding the coalescer's lock."""
        # Copies share these: LangGraph copies its saver shallowly when it adds types to the allowlist.
        self._coalescer, self._journal, self._forgets, self._guard = coalescer, journal, forget, guard

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        with self._coalescer.change():
            values = checkpoint["channel_values"]
            with self._naming_refused_channel(
                {channel: values[channel] for channel in new_versions if channel in values}.items()
            ):
                saved = super().put(config, checkpoint, metadata, new_versions)
            if not thread_and_namespace(saved)[1]:
                self.set_newest(checkpoint, metadata)
            if self._forgets:
                thread, namespace = thread_and_namespace(saved)
                # LangGraph rebuilds a DeltaChannel from its ancestors, so they stay until its next snapshot.
                if not metadata.get("counters_since_delta_snapshot"):
                    self._forget_ancestors(thread, namespace, checkpoint)
                # The step is over, and with it the subgraphs of its tasks.
                self._forget_namespaces(thread, lambda candidate: is_task_of(candidate, namespace))
        self._coalescer.count_advance()
        return saved

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        channels = {channel for channel, _ in writes}
        with self._coalescer.change():
            if ERROR_CHANNEL in channels and "__error_source_node__" not in channels:
                # A task that raised after it wrote (its conditional edge raised) would count as finished on resume,
                # and the graph would silently give a wrong result, as it does with InMemorySaver. Without its writes
                # the task runs again.
                writes = [(channel, value) for channel, value in writes if channel in CONTROL_CHANNELS]
                self._journal.task_failed(task_id, dict(writes)[ERROR_CHANNEL])
            storable = [
                (channel, error_as_text(value) if channel == ERROR_CHANNEL else value) for channel, value in writes
            ]
            try:
                with self._naming_refused_channel(storable):
                    super().put_writes(config, storable, task_id, task_path)
            except UnfitError:
                self._forget_writes(config, task_id)  # with a part of its writes, the task would count as finished
                raise
            finished = ERROR_CHANNEL not in channels and bool(channels - CONTROL_CHANNELS) and task_id != NULL_TASK_ID
            if finished and self._forgets:
                # The task is finished: nothing needs the state of its subgraph or its calls any more.
                thread, outer = thread_and_namespace(config)
                self._forget_namespaces(thread, lambda candidate: f":{task_id}" in candidate[len(outer) :])
        if finished:
            self._coalescer.count_advance()

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        await self._guard()
        return self.put(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.put_writes(config, writes, task_id, task_path)

    def content(self) -> dict[str, Any]:
        """Return everything that the saver holds, in the types of msgpack."""
        return {
            "checkpoints": [
                [thread, namespace, checkpoint_id, *row]
                for thread, namespaces in self.storage.items()
                for namespace, checkpoints in namespaces.items()
                for checkpoint_id, row in checkpoints.items()
            ],
            "writes": [
                [*location, task, index, channel, value, path]
                for location, tasks in self.writes.items()
                for (task, index), (_, channel, value, path) in tasks.items()
            ],
            "blobs": [[*key, value] for key, value in self.blobs.items()],
        }

    def restore(self, content: Mapping[str, Any]) -> None:
        """Load the `content` of an earlier attempt.

        Everything is decoded once, so that a checkpoint that cannot be decoded raises `ValueError` here.
        """
        with only_known_types():
            for thread, namespace, checkpoint_id, checkpoint, metadata, parent in content["checkpoints"]:
                self.storage[thread][namespace][checkpoint_id] = (
                    self._verify_stored(checkpoint),
                    self._verify_stored(metadata),
                    parent,
                )
            for thread, namespace, checkpoint_id, task, index, channel, value, path in content["writes"]:
                row = (task, channel, self._verify_stored(value), path)
                self.writes[thread, namespace, checkpoint_id][task, index] = row
            for thread, namespace, channel, version, value in content["blobs"]:
                self.blobs[thread, namespace, channel, version] = self._verify_stored(value)

    def overwrite(self, values: Mapping[str, Any], channels: Callable[[str], frozenset[str]]) -> None:
        """Overwrite channels in the newest checkpoints and in the writes of tasks that have finished since.

        `channels(namespace)` returns the channels that may be overwritten in a namespace: a subgraph has its own, and
        would write its old value back when it ends. Checkpoints keep their ids and channels their versions, so that
        finished tasks stay finished and no node is triggered. LangGraph's `Command(update=...)` cannot be used: passed
        again after a crash, it fails ("can receive only one value per step"), and it does not reach subgraphs.
        """
        with self._coalescer.change():
            for thread, namespaces in self.storage.items():
                for namespace in [namespace for namespace, checkpoints in namespaces.items() if checkpoints]:
                    allowed = {channel: value for channel, value in values.items() if channel in channels(namespace)}
                    with self._naming_refused_channel(allowed.items()):
                        self._overwrite(thread, namespace, allowed)

    def _overwrite(self, thread: str, namespace: str, values: Mapping[str, Any]) -> None:
        if not values or not (newest := self.get_tuple(config_at(thread, namespace))):
            return
        checkpoint, versions = newest.checkpoint, newest.checkpoint["channel_versions"]
        channels = checkpoint["channel_values"]
        # A subgraph does not read a channel that it never received; the graph itself may read one that its input left
        # out.
        changed = {channel: value for channel, value in values.items() if channel in versions or not namespace}
        if INPUT_CHANNEL in channels:  # the input has not been written to its channels yet
            changed[INPUT_CHANNEL] = with_fields(channels[INPUT_CHANNEL], values)
        latest = max(versions.values())
        for channel, value in changed.items():
            channels[channel] = value
            versions[channel] = versions.get(channel, latest)
        saved = newest.parent_config or config_at(thread, namespace)
        super().put(saved, checkpoint, newest.metadata, {channel: versions[channel] for channel in changed})
        if not namespace:
            self.set_newest(checkpoint, newest.metadata)
        written = self.writes[thread, namespace, checkpoint["id"]]
        for key, (task, channel, _, path) in list(written.items()):
            if channel in values:
                written[key] = (task, channel, self.serde.dumps_typed(values[channel]), path)

    def set_newest(self, checkpoint: Checkpoint, metadata: CheckpointMetadata) -> None:
        """Set the newest values and step, in place because copies of this saver share them."""
        self.values.clear()
        self.values.update(checkpoint["channel_values"])
        self._coalescer.step = metadata.get("step")

    def channel_sizes(self) -> dict[str, int]:
        """Return the bytes that each channel takes, largest first, for the message about a state that is too large."""
        sizes: dict[str, int] = {}
        for (*_, channel, _), (_, stored) in self.blobs.items():
            sizes[channel] = sizes.get(channel, 0) + len(stored)
        for tasks in self.writes.values():
            for _, channel, (_, stored), _ in tasks.values():
                sizes[channel] = sizes.get(channel, 0) + len(stored)
        return dict(sorted(sizes.items(), key=lambda each: -each[1]))

    def _verify_stored(self, stored: Sequence[Any]) -> tuple[str, bytes]:
        kind, data = stored
        if kind != "empty":
            self.serde.loads_typed((kind, data))
        return kind, data

    @contextmanager
    def _naming_refused_channel(self, values: Iterable[tuple[str, Any]]) -> Generator[None]:
        """Raise `UnfitChannelError`, which names the channel, in place of an `UnfitError` about one of these values."""
        try:
            yield
        except UnfitError as error:
            raise UnfitChannelError(f"The channel {self._channel_of(values)!r} holds a {error.reason}.") from error

    def _channel_of(self, values: Iterable[tuple[str, Any]]) -> str:
        for channel, value in values:
            try:
                self.serde.dumps_typed(value)
            except UnfitError:
                return channel
        return "?"

    def _forget_writes(self, config: RunnableConfig, task_id: str) -> None:
        thread, namespace = thread_and_namespace(config)
        tasks = self.writes[thread, namespace, config.get("configurable", {})["checkpoint_id"]]
        for key in [key for key in tasks if key[0] == task_id]:
            del tasks[key]

    def _forget_ancestors(self, thread: str, namespace: str, newest: Checkpoint) -> None:
        for ancestor in [old for old in self.storage[thread][namespace] if old < newest["id"]]:
            del self.storage[thread][namespace][ancestor]
            self.writes.pop((thread, namespace, ancestor), None)
        live = newest["channel_versions"]
        for key in [key for key in self.blobs if key[:2] == (thread, namespace) and live.get(key[2]) != key[3]]:
            del self.blobs[key]

    def _forget_namespaces(self, thread: str, dead: Callable[[str], bool]) -> None:
        self._journal.forget(dead)
        for namespace in [namespace for namespace in self.storage[thread] if dead(namespace)]:
            del self.storage[thread][namespace]
        for key in [key for key in self.writes if key[0] == thread and dead(key[1])]:
            del self.writes[key]
        for key in [key for key in self.blobs if key[0] == thread and dead(key[1])]:
            del self.blobs[key]


def thread_and_namespace(config: RunnableConfig) -> tuple[str, str]:
    where = config.get("configurable", {})
    return where["thread_id"], where.get("checkpoint_ns", "")


def config_at(thread: str, namespace: str = "") -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": namespace}}


def with_fields(inputs: Any, values: Mapping[str, Any]) -> Any:
    """Return a graph's input, which is a dict or an object of its state's type, with other values in its fields."""
    if isinstance(inputs, dict):
        return {**cast("dict[str, Any]", inputs), **values}
    fields = {field: value for field, value in values.items() if hasattr(inputs, field)}
    if isinstance(inputs, BaseModel):
        return inputs.model_copy(update=fields)
    return dataclasses.replace(cast("Any", inputs), **fields) if dataclasses.is_dataclass(inputs) else inputs


def is_task_of(candidate: str, namespace: str) -> bool:
    """Return whether `candidate` is a task inside `namespace`; namespaces nest as `node:task|node:task`."""
    prefix = f"{namespace}|" if namespace else ""
    inner = candidate[len(prefix) :]
    return candidate != namespace and candidate.startswith(prefix) and ":" in inner.partition("|")[0]


def error_as_text(value: Any) -> Any:
    return repr(value) if isinstance(value, BaseException) else value
