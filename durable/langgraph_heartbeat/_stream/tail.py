"""The newest streamed events of a phase, as its heartbeats carry them.

Heartbeats replace each other, and a client reads one now and then. So each carries the events of the last moments, at
most `MAX_EVENTS` of them and `MAX_BYTES`. Events have numbers, which go on over all attempts: a client that was slower
sees in the numbers how many it has lost. A later attempt begins with the events that the server has of the one before.
"""

import threading
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

MAX_EVENTS = 1000
MAX_BYTES = 64 * 1024
"""The size as JSON of all events that a heartbeat carries. Sixteen phases of a workflow may have so many."""
MAX_EVENT_BYTES = MAX_BYTES // 4
"""An event whose data takes more is sent without its data, and says how many bytes were left out."""
OVERHEAD_BYTES = 40
"""What an event takes besides its data, about."""
STREAM = "stream"
"""The key of the events in the progress of a heartbeat."""
TASK_ENDED = "ended"
"""The mode of an event that clients do not see: the node has run to its end, and all that it streamed came before."""


class Row(BaseModel):
    """What the events of a task have in common: which task of which attempt, and LangGraph's metadata of a message."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    """Temporal's number of the attempt; after a reset by an operator it goes on, and does not begin with 1 again."""
    run: int
    """How often the task had begun in this attempt, itself included: a node is run again by its retry policy."""
    step: int
    """The step of the graph itself, also for a task in a subgraph."""
    inner_step: int
    """The step of the graph that the task is in."""
    node: str
    task: str
    namespace: list[str]
    """Where the task's graph is, as in LangGraph: `node:task` for each graph around, outermost first."""
    unsaved: bool = False
    """Whether its graph keeps no checkpoints, so that it runs under another id when the task around is repeated."""
    metadata: dict[str, Any] | None = None


class Snapshot(BaseModel):
    """What a heartbeat says of the stream."""

    id: str
    """Of all attempts at one activity that go on from each other."""
    attempt: int
    anew: int
    """The step from which the attempt runs tasks that an earlier one has run under other ids, if it has come so far.

    LangGraph derives the ids of tasks from the checkpoint before their step."""
    inner_steps: dict[str, int]
    """The same of the steps of subgraphs that the attempt goes on with, by their namespaces."""
    last: int
    """The number of the newest event; 0 before the first."""
    step: int
    """The number of the step that runs, as the progress has it: tasks of earlier steps never run again."""
    ended: bool
    """Whether the attempt has ended with a word, and streams nothing more."""
    rows: dict[str, Row]
    events: list[tuple[int, str, int, str, Any]]
    """Of each its number, the key of its row, its ordinal among the events of its task, its mode and its data."""


def snapshot_in(progress: object) -> Snapshot | None:
    """Return what a phase's progress says of its stream; None if it has none, or one of another form."""
    found = cast("Mapping[str, Any]", progress).get(STREAM) if isinstance(progress, Mapping) else None
    try:
        return None if found is None else Snapshot.model_validate(found)
    except ValidationError:
        return None


@dataclass
class Event:
    number: int
    row: str
    ordinal: int
    mode: str
    data: Any
    size_bytes: int


@dataclass
class Held:
    """A row with the number of events that refer to it."""

    row: dict[str, Any]
    size_bytes: int
    events: int = 0


@dataclass
class StreamTail:
    """The events of one attempt and of those before, newest last. Heartbeats read it while other threads may add to it.

    Heartbeats carry the events that `show` has released: those of tasks whose ids follow from the checkpoint beside
    them. After a crash, later ones would run under other ids, and a client would have to discard what it has of them.
    """

    attempt: int
    """That of the newest events, until `begin` is called."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    last: int = 0
    step: int = 0
    anew: int = 0
    ended: bool = False
    inner_steps: dict[str, int] = field(default_factory=dict[str, int])
    shown: int = 0
    size_bytes: int = 0
    _events: deque[Event] = field(default_factory=deque[Event])
    _rows: dict[str, Held] = field(default_factory=dict[str, Held])
    _next_row: int = 1
    _next_attempt: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def after(cls, progress: object, attempt: int) -> "StreamTail":
        """Return the tail of an attempt, which begins with what the progress of the attempt before carried."""
        before = snapshot_in(progress)
        if before is None:
            return cls(attempt)
        tail = cls(before.attempt, before.id, before.last, before.step, before.anew, before.ended)
        tail.shown, tail._next_attempt = before.last, max(attempt, before.attempt + 1)
        tail.inner_steps = before.inner_steps
        for key, row in before.rows.items():
            tail._rows[key] = Held(row.model_dump(exclude_none=True), len(row.model_dump_json()))
            tail._next_row = max(tail._next_row, int(key) + 1) if key.isdecimal() else tail._next_row
        for number, key, ordinal, mode, data in before.events:
            if key in tail._rows:
                tail._append(Event(number, key, ordinal, mode, data, OVERHEAD_BYTES + len(str(data))))
        return tail

    def begin(self, step: int, *, goes_on: bool, inner_steps: Mapping[str, int]) -> None:
        """Begin an attempt at this step, which `goes_on` from the checkpoint beside the events of the one before.

        `inner_steps` are the steps at which subgraphs go on, by their namespaces.
        """
        self.attempt = self._next_attempt or self.attempt
        self.anew = step + 1 if goes_on else 0
        self.inner_steps = {namespace: each + 1 for namespace, each in inner_steps.items()} if goes_on else {}
        self.step, self.ended = step, False

    def new_row(self, row: Row) -> str:
        """Return the key of a new row. It is kept while events refer to it."""
        key, self._next_row = str(self._next_row), self._next_row + 1
        self._rows[key] = Held(row.model_dump(exclude_none=True), len(row.model_dump_json()))
        return key

    def has_row(self, key: str) -> bool:
        return key in self._rows

    def add(self, row: str, ordinal: int, mode: str, data: Any, data_bytes: int) -> None:
        """Append an event; the oldest ones make room for it."""
        with self._lock:
            self.last += 1
            self._append(Event(self.last, row, ordinal, mode, data, OVERHEAD_BYTES + data_bytes))

    def show(self, last: int | None = None, step: int | None = None) -> None:
        """Let heartbeats carry the events up to this number, or all; `step` runs, by the checkpoint beside them."""
        self.shown = max(self.shown, self.last if last is None else last)
        self.step = self.step if step is None else step

    @property
    def has_more(self) -> bool:
        """Whether there are events that heartbeats do not carry yet."""
        return self.shown < self.last

    def as_dict(self) -> dict[str, Any]:
        """Return what `Snapshot` reads."""
        with self._lock:
            events = [each for each in self._events if each.number <= self.shown]
            rows = {key: self._rows[key].row for key in dict.fromkeys(each.row for each in events)}
        return {
            "id": self.id,
            "attempt": self.attempt,
            "anew": self.anew,
            "inner_steps": self.inner_steps,
            "last": self.shown,
            "step": self.step,
            "ended": self.ended,
            "rows": rows,
            "events": [[each.number, each.row, each.ordinal, each.mode, each.data] for each in events],
        }

    def _append(self, event: Event) -> None:
        held = self._rows[event.row]
        if not held.events:
            self.size_bytes += held.size_bytes
        held.events += 1
        self._events.append(event)
        self.size_bytes += event.size_bytes
        while len(self._events) > MAX_EVENTS or (self.size_bytes > MAX_BYTES and len(self._events) > 1):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        event = self._events.popleft()
        held = self._rows[event.row]
        held.events -= 1
        self.size_bytes -= event.size_bytes
        if not held.events:
            self.size_bytes -= held.size_bytes
            del self._rows[event.row]
