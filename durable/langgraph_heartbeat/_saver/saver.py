"""A LangGraph checkpointer whose whole content travels in one heartbeat.

LangGraph's InMemorySaver does the reading, listing and versioning. This class deletes what no later attempt can need,
refuses what would not come back unchanged or does not fit, and reports every change to its `Coalescer`.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONFIG_KEY_SCRATCHPAD
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.errors import is_invalid_resume
from pydantic import BaseModel

from langgraph_heartbeat._guard import Guard
from langgraph_heartbeat._journal.answer_memory import outermost_task
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._serialising.serialising import TypeName, UnfitError
from langgraph_heartbeat._store.store import HeartbeatStore

from .content import ContentSaver
from .locations import checkpoints_around, config_at, only_location, thread_and_namespace
from .questions import INTERRUPT_CHANNEL, RESUME_CHANNEL, Asker, Location, interrupts_in
from .reports import RequireFit, TaskReports, TooLargeError, UnfitChannelError, unlimited

ERROR_CHANNEL = "__error__"
CONTROL_CHANNELS = frozenset({ERROR_CHANNEL, "__error_source_node__", INTERRUPT_CHANNEL, RESUME_CHANNEL})
INPUT_CHANNEL = "__start__"
NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"


class HeartbeatSaver(ContentSaver):
    """A saver that reports every change to `coalescer`; `journal` holds the finished calls of unfinished tasks.

    `guard` is awaited before a step goes on; it raises if another attempt has replaced this one. `require_fit` is
    called after every change. A change that it or the serializer refuses is undone, and its error is raised, at the
    latest before the next step. What the tasks of the graph put into `store` is saved with their writes. With
    `forget=False` the saver keeps everything, which LangGraph's own conformance tests need.
    """

    def __init__(
        self,
        coalescer: Coalescer,
        journal: Journal,
        types: Iterable[TypeName] = (),
        *,
        forget: bool = True,
        guard: Guard | None = None,
        require_fit: RequireFit = unlimited,
        store: HeartbeatStore | None = None,
    ) -> None:
        super().__init__(journal, types, store)
        # Copies share all of these: LangGraph copies its saver shallowly when it adds types to the allowlist.
        self.values: dict[str, Any] = {}
        """The values of the graph's channels at its newest step; read it while holding the coalescer's lock."""
        self.reports = TaskReports()
        self._coalescer, self._forgets, self._guard = coalescer, forget, guard or Guard()
        self._require_fit = require_fit
        self.store.change = self._change

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        if self.reports.refused:
            raise self.reports.refused
        with self._change(of_task=True):
            namespace = thread_and_namespace(config)[1]
            values = {
                channel: self.untracked.storable(namespace, channel, value) if channel in new_versions else value
                for channel, value in checkpoint["channel_values"].items()
            }
            with self._naming_refused_channel(
                {channel: values[channel] for channel in new_versions if channel in values}.items()
            ):
                stored: Checkpoint = {**checkpoint, "channel_values": values}
                saved = super().put(only_location(config), stored, metadata, new_versions)
            self.serde.end_step()
            thread, namespace = thread_and_namespace(saved)
            if not namespace:
                self.questions.answered.clear()  # the tasks that asked have finished
            if self._forgets:
                # LangGraph rebuilds a DeltaChannel from its ancestors, so they stay until its next snapshot.
                if not metadata.get("counters_since_delta_snapshot"):
                    self.forget_ancestors(thread, namespace, checkpoint)
                # The step is over, and with it the subgraphs of its tasks.
                self.forget_namespaces(thread, lambda candidate: is_task_of(candidate, namespace))
            self.store.checkpoint_saved(namespace, checkpoint["id"], self.is_saved_in(thread))
        with self._coalescer.change():
            self.reports.finished[outermost_task(namespace)] += 1
            if not namespace:
                self.set_newest(checkpoint, metadata)
        return saved

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        with self._change(of_task=True):
            if self._put_writes(config, writes, task_id, task_path):
                self.reports.finished[outermost_task(thread_and_namespace(config)[1]) or task_id] += 1

    def _put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str
    ) -> bool:
        """Store the writes of a task, and return whether it has finished with them."""
        channels, (thread, namespace) = dict(writes), thread_and_namespace(config)
        location = (thread, namespace, config.get("configurable", {})["checkpoint_id"])
        if ERROR_CHANNEL in channels and "__error_source_node__" not in channels:
            # A task that raised after it wrote (its conditional edge raised) would count as finished on resume,
            # and the graph would silently give a wrong result, as it does with InMemorySaver. Without its writes
            # the task runs again.
            writes = [(channel, value) for channel, value in writes if channel in CONTROL_CHANNELS]
        storable = list[tuple[str, Any]]()
        for channel, value in writes:
            if channel == RESUME_CHANNEL and isinstance(value, list):
                answers = cast("list[Any]", value)
                storable.append((channel, self.questions.longest(location, task_id, answers)))
            else:
                plain = error_as_text(value) if channel == ERROR_CHANNEL else value
                storable.append((channel, self.untracked.storable(namespace, channel, plain)))
        with self._naming_refused_channel(storable):
            super().put_writes(config, storable, task_id, task_path)
        if INTERRUPT_CHANNEL in channels:
            self.questions.asked(interrupts_in(channels[INTERRUPT_CHANNEL]))
        if isinstance(channels.get(ERROR_CHANNEL), BaseException):
            self._note_failure(location, task_id, channels[ERROR_CHANNEL])
        if ERROR_CHANNEL in channels:
            self.store.task_failed(task_id)
            return False
        if INTERRUPT_CHANNEL in channels:
            self.store.task_failed(task_id)  # it runs again from its beginning
        finished = bool(channels.keys() - CONTROL_CHANNELS) and task_id != NULL_TASK_ID
        if finished:
            self.store.task_finished(task_id, checkpoints_around(config), self.is_saved_in(thread))
        if finished and self._forgets:
            # The task is finished: nothing needs the state of its subgraph or its calls any more.
            self.forget_namespaces(thread, lambda candidate: f":{task_id}" in candidate[len(namespace) :])
        return finished

    def _note_failure(self, location: Location, task_id: str, error: BaseException) -> None:
        if is_invalid_resume(error):
            # The error passes through the tasks around the one that asked, whose own answers are valid.
            if not any(error is known for known in self.reports.invalid_answers.values()):
                questions = self.questions.withdraw(location, task_id)
                self.reports.invalid_answers |= dict.fromkeys(questions, error)
            return
        self._journal.task_failed(task_id, error)
        if not location[1] and not isinstance(error, asyncio.CancelledError):
            self.reports.failed_task = task_id

    @contextmanager
    def _change(self, *, of_task: bool = False) -> Generator[None]:
        """Change the content, or leave it as it was if the change is refused; if it was a task's, no step may begin."""
        with self._coalescer.change():
            before, answered = self.copy_of_content(), set(self.questions.answered)
            try:
                yield
                self._make_fit()
            except (UnfitError, TooLargeError) as error:
                self.reinstate(before)
                self.questions.answered = answered
                if of_task:
                    self.reports.refused = self.reports.refused or error
                raise

    def _make_fit(self) -> None:
        try:
            self._require_fit()
        except TooLargeError:
            if not self.untracked.leave_out_large():
                raise
            self._require_fit()

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        if CONFIG_KEY_SCRATCHPAD in config.get("configurable", {}):  # of the task around a subgraph that starts
            self.store.subgraph_started(config)
            self._journal.positions.note(config)
        return super().get_tuple(config)

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

    def answer(self, answers: Mapping[str, Any]) -> list[str]:
        """Answer open questions by their ids; return the ids of which none is open, and then answer none."""
        with self._change():
            askers = {question: self.questions.asker(question) for question in answers}
            for question, asker in askers.items() if all(askers.values()) else ():
                with self._naming_refused_channel([(RESUME_CHANNEL, answers[question])]):
                    self.questions.answer(cast("Asker", asker), question, answers[question])
                self.untracked.forget()  # what goes on after a question is another run for LangGraph
        return [question for question, asker in askers.items() if asker is None]

    def overwrite(self, values: Mapping[str, Any], channels: Callable[[str], frozenset[str]]) -> None:
        """Overwrite channels in the newest checkpoints and in the writes of tasks that have finished since.

        `channels(namespace)` returns the channels that may be overwritten in a namespace: a subgraph has its own, and
        would write its old value back when it ends. Checkpoints keep their ids and channels their versions, so that
        finished tasks stay finished and no node is triggered. LangGraph's `Command(update=...)` cannot be used: passed
        again after a crash, it fails ("can receive only one value per step"), and it does not reach subgraphs.
        """
        with self._change():
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

    def steps(self, thread: str) -> dict[str, int]:
        """Return the numbers of the last finished steps of the graph and of its subgraphs, by their namespaces."""
        namespaces = [namespace for namespace, checkpoints in self.storage[thread].items() if checkpoints]
        newest = {namespace: self.get_tuple(config_at(thread, namespace)) for namespace in namespaces}
        return {namespace: each.metadata.get("step", -1) for namespace, each in newest.items() if each}

    def set_newest(self, checkpoint: Checkpoint, metadata: CheckpointMetadata) -> None:
        """Set the newest values and step, in place because copies of this saver share them."""
        self.values.clear()
        untracked = self.untracked.of("")
        values = checkpoint["channel_values"].items()
        self.values.update({channel: value for channel, value in values if channel not in untracked})
        self._coalescer.step = metadata.get("step")

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
