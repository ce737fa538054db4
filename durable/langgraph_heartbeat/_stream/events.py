"""The events that a client of a phase gets, from the tails of events that it reads now and then.

A task that a crash cut off streams again in the next attempt. `Reader` drops what the client has seen of it, and says
so where the task streams something else than before, and where events are missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .tail import TASK_ENDED, Row, Snapshot
from .values import decode, digest, message_id, message_text, with_message_id

LOST = "lost"
RESTARTED = "restarted"
WHOLE, PART = "ai", "AIMessageChunk"
"""The types of a model's answer as a whole, and of the parts of one that is streamed."""


@dataclass(frozen=True)
class StreamEvent:
    """One event of a phase's stream, as `follow` yields it.

    `mode` is a stream mode of LangGraph, and `data` is what LangGraph streams in it: a message or message chunk and its
    metadata for "messages", what the node wrote by its stream writer for "custom", a dict for "updates" and "tasks".
    Models in them are dicts. Data that is larger than 16 KiB of JSON has no room: `data` is then a dict that says how
    many bytes were left out, `{"__left_out__": 40000}`.

    Two modes are of this library:

    - "restarted": a task streams again, after a crash or because its node is retried, and not the same as before.
      Discard what you have of `task`; all that it streams now follows. If `task` is "", discard all events whose `step`
      is not smaller than that of this event.
    - "lost": events are missing here, because the client was slower than the heartbeats or began later. `data` is how
      many they are; it is None at the end of a phase whose last heartbeat nobody has read.

    - `activity_id`, `attempt`: which attempt at which activity streamed it.
    - `number`: the number of the event in its activity. Numbers increase; those of dropped repeats are left out.
    - `step`, `node`, `task`, `namespace`: the step of the graph, the node's name, the id of the task, and the graphs
      around its graph, as LangGraph names them.
    - `ordinal`: how many events the task had streamed before since it began.

    ```python
    from langgraph_heartbeat import StreamEvent


    def show(event: StreamEvent, texts: dict[str, str]) -> None:
        if event.mode == "messages":
            chunk, _ = event.data
            texts[event.task] = texts.get(event.task, "") + chunk.text
        elif event.mode == "restarted":
            texts.pop(event.task, None)


    texts = {"a task": "It floats bec"}
    show(StreamEvent(activity_id="1", attempt=2, number=9, mode="restarted", task="a task"), texts)
    assert texts == {}
    ```
    """

    activity_id: str
    attempt: int
    number: int
    mode: str
    data: Any = None
    step: int = 0
    node: str = ""
    task: str = ""
    namespace: tuple[str, ...] = ()
    ordinal: int = 0


@dataclass
class Streamed:
    """An event of a task as it was sent."""

    number: int
    row: Row
    ordinal: int
    mode: str
    data: Any

    @property
    def digest(self) -> bytes:
        return digest([self.mode, self.data])


@dataclass
class SeenTask:
    """What the client has seen of a task; `run` is the one that streams now."""

    run: tuple[int, int]
    row: Row
    digests: list[bytes | None] = field(default_factory=list[bytes | None])
    """Of its events, in their order; None for those that were lost."""
    ids: list[str | None] = field(default_factory=list[str | None])
    """The ids of their messages, as the client knows them."""
    texts: list[str | None] = field(default_factory=list[str | None])
    """The texts of those that are parts of messages of nothing but text."""
    repeats: bool = False
    repeated: list[Streamed] = field(default_factory=list[Streamed])
    """The events of a repetition that has streamed the same so far."""
    place: int = 0
    """How many of the events that the client has seen it has streamed again."""
    names: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of messages that the client knows, by those that the messages have in the repetition."""
    shift: int = 0
    """How many events more the client has seen than the repetition has streamed: a message in parts, and then whole."""

    def begin(self, run: tuple[int, int]) -> None:
        self.run, self.repeats, self.place, self.shift, self.repeated = run, bool(self.digests), 0, 0, []
        self.names.clear()

    def restart(self) -> list[Streamed]:
        """Forget what the client has seen, and return the events of the repetition so far."""
        again, self.digests, self.ids, self.texts = self.repeated, [], [], []
        self.begin(self.run)
        return again

    def repeat(self, event: Streamed) -> bool:
        """Note the next event of a repetition; return whether the client has seen it, or its parts."""
        if event.ordinal != len(self.repeated):  # some were lost
            return False
        parts = 1 if event.digest == self.digests[self.place] else self._parts_of(event.data)
        if not parts:
            return False
        if (now := message_id(event.data)) and (known := self.ids[self.place]):
            self.names[now] = known
        self.repeated.append(event)
        self.place += parts
        if self.place == len(self.digests):
            self.repeats, self.shift, self.repeated = False, self.place - len(self.repeated), []
        return True

    def _parts_of(self, data: Any) -> int:
        """Return how many seen events are the parts of this message, which a journal has remembered as a whole."""
        message, name = message_text(data), self.ids[self.place]
        if message is None or message[0] != WHOLE or name is None:
            return 0
        texts = list[str]()
        for known, text in zip(self.ids[self.place :], self.texts[self.place :], strict=True):
            if known != name or text is None:
                break
            texts.append(text)
        return len(texts) if "".join(texts) == message[1] else 0


class Reader:
    """Turns the tails of one activity into the events that its client gets."""

    def __init__(self, activity_id: str) -> None:
        self._activity_id = activity_id
        self._id: str | None = None
        self._attempt = 0
        self._last = 0
        self._step = 0
        self._tasks: dict[str, SeenTask] = {}
        self._ended = False

    def read(self, tail: Snapshot) -> Iterator[StreamEvent]:
        """Yield what is new in a tail; it may be an older one than the last."""
        if tail.id != self._id:
            yield from self._begin_stream(tail)
        if tail.last < self._last or tail.attempt < self._attempt:
            return
        self._ended = tail.ended
        for number, key, ordinal, mode, data in tail.events:
            if number <= self._last or key not in tail.rows:
                continue
            row = tail.rows[key]
            if row.attempt >= tail.attempt:
                yield from self._begin_attempt(tail)
            yield from self._lost_before(number, row.attempt)
            yield from self._next(Streamed(number, row, ordinal, mode, data))
            self._last = number
        yield from self._lost_before(tail.last + 1, tail.attempt)
        yield from self._begin_attempt(tail)
        if tail.step > self._step:
            self._step = tail.step
            self._tasks = {name: task for name, task in self._tasks.items() if task.row.step >= tail.step}

    def end(self) -> Iterator[StreamEvent]:
        """Yield what is to be said when the activity is over: whether its last events have been read."""
        if self._id is not None and not self._ended:
            yield self._own(LOST, self._last, None)
        self._ended = True

    def _begin_stream(self, tail: Snapshot) -> Iterator[StreamEvent]:
        """Begin with the activity; perhaps again, because a reset may delete its heartbeats."""
        begun, self._id = self._id is not None, tail.id
        self._last = self._attempt = self._step = 0
        self._tasks.clear()
        if begun:
            yield self._own(RESTARTED, 0, None)

    def _begin_attempt(self, tail: Snapshot) -> Iterator[StreamEvent]:
        if tail.attempt <= self._attempt:
            return
        self._attempt, self._step = tail.attempt, min(self._step, tail.step)
        going_on = {name: task for name, task in self._tasks.items() if task.row.step < tail.anew}
        if len(going_on) < len(self._tasks) or (self._last and not tail.anew):
            yield self._own(RESTARTED, self._last, None, step=tail.anew)
        self._tasks = going_on
        for name, task in list(going_on.items()):
            row = task.row
            if row.inner_step >= tail.inner_steps.get("|".join(row.namespace), row.inner_step + 1):
                del going_on[name]
                yield self._restarted(row, self._last)

    def _lost_before(self, number: int, attempt: int) -> Iterator[StreamEvent]:
        if count := number - self._last - 1:
            yield replace(self._own(LOST, number - 1, count), attempt=attempt)
            self._last = number - 1

    def _next(self, event: Streamed) -> Iterator[StreamEvent]:
        row, run = event.row, (event.row.attempt, event.row.run)
        if row.unsaved and row.task not in self._tasks:
            yield from self._discard_unsaved(event)
        task = self._tasks.setdefault(row.task, SeenTask(run, row))
        if run != task.run:
            task.begin(run)
        if not task.repeats:
            yield from self._new(task, event)
        elif not task.repeat(event):
            again = [*task.restart(), event]
            yield self._restarted(again[0].row, again[0].number)
            for each in again:
                yield from self._new(task, each)

    def _discard_unsaved(self, event: Streamed) -> Iterator[StreamEvent]:
        """Discard the tasks of earlier attempts in the same task of the graph: they run again, under other ids."""
        row = event.row
        for name, task in list(self._tasks.items()):
            if task.row.unsaved and task.row.attempt < row.attempt and task.row.namespace[0] == row.namespace[0]:
                del self._tasks[name]
                yield self._restarted(task.row, event.number)

    def _new(self, task: SeenTask, event: Streamed) -> Iterator[StreamEvent]:
        missing: list[Any] = [None] * (event.ordinal + task.shift - len(task.digests))
        task.digests += missing
        task.ids += missing
        task.texts += missing
        name = message_id(event.data)
        known = task.names.get(name) if name else None
        data = with_message_id(event.data, known) if known else event.data
        task.digests.append(event.digest)
        task.ids.append(known or name)
        message = message_text(event.data)
        task.texts.append(message[1] if message and message[0] == PART else None)
        if event.mode != TASK_ENDED:
            yield self._shown(event, data)

    def _shown(self, event: Streamed, data: Any) -> StreamEvent:
        decoded = decode(data)
        return StreamEvent(
            activity_id=self._activity_id,
            attempt=event.row.attempt,
            number=event.number,
            mode=event.mode,
            data=(decoded, langgraph_metadata(event.row)) if event.mode == "messages" else decoded,
            step=event.row.step,
            node=event.row.node,
            task=event.row.task,
            namespace=tuple(event.row.namespace),
            ordinal=event.ordinal,
        )

    def _restarted(self, row: Row, number: int) -> StreamEvent:
        return self._shown(Streamed(number, row, 0, RESTARTED, None), None)

    def _own(self, mode: str, number: int, data: int | None, *, step: int = 0) -> StreamEvent:
        return StreamEvent(self._activity_id, self._attempt, number, mode, data, step)


def langgraph_metadata(row: Row) -> dict[str, Any]:
    """Return the metadata of a message as LangGraph has them, without what means nothing outside the worker."""
    names = {"langgraph_node": row.node, "langgraph_step": row.step}
    return {**(row.metadata or {}), **names}
