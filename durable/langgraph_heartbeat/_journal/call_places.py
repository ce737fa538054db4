"""The places of questions and subgraphs in their task, which calls that are not made again keep.

LangGraph knows the questions of a task by their order: the first `interrupt()` gets the first answer. So it knows the
graphs that a task calls: the second one continues from the second one's checkpoints. If a remembered call is not made
again, what follows it must not move up: it would get the answer to another question, or another graph's state.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph._internal._scratchpad import PregelScratchpad

COUNTERS = ("interrupt_counter", "subgraph_counter")

Places = Mapping[str, Iterable[int]]
"""The indices that a call took, by the names of LangGraph's counters."""
Reserved = Callable[[str, str], set[int]]
"""Returns the indices that remembered calls of a namespace hold of a counter."""


@dataclass(kw_only=True, slots=True, frozen=True)  # pyright: ignore[reportGeneralTypeIssues] - the other one is, too
class WatchedScratchpad(PregelScratchpad):
    """LangGraph's record of a task's run, for a call in it whose indices are noted. `original` is that of the task."""

    original: PregelScratchpad


def original_of(scratchpad: Any) -> Any:
    """Return LangGraph's own record of the run of a task."""
    return scratchpad.original if isinstance(scratchpad, WatchedScratchpad) else scratchpad


class Indices:
    """Hands out the indices of one counter of a task's run, except for those that remembered calls hold."""

    def __init__(self, counter: Callable[[], int], namespace: str, reserved: Callable[[], set[int]]) -> None:
        self.counter, self.namespace, self._reserved = counter, namespace, reserved
        self._free = set[int]()
        """Indices that were passed over and that nobody holds: of calls that have not come to their place yet."""
        self._newest = -1
        self._lock = threading.RLock()

    def take(self) -> int:
        with self._lock:
            if self._free:
                self._free.remove(index := min(self._free))
                return index
            while (index := self._advance()) in self._reserved():
                pass
            return index

    def pass_over(self, indices: Iterable[int]) -> None:
        """Let nobody else have these indices, which a remembered call holds."""
        with self._lock:
            reserved = self._reserved().union(indices)
            while self._newest < max(indices, default=-1):
                if (index := self._advance()) not in reserved:
                    self._free.add(index)

    def _advance(self) -> int:
        self._newest = self.counter()
        return self._newest


class WatchedCounter:
    """A counter of LangGraph that notes which indices it gives to a call, and to those around it."""

    def __init__(self, indices: Indices, notes: tuple[list[int], ...]) -> None:
        self.indices, self.notes = indices, notes

    def __call__(self) -> int:
        index = self.indices.take()
        for note in self.notes:
            note.append(index)
        return index


class CallPlaces:
    """The indices that the calls of one attempt take."""

    def __init__(self, reserved: Reserved) -> None:
        self._reserved = reserved
        self._indices: dict[int, Indices] = {}  # by the identity of LangGraph's counter, which the value keeps alive
        self._lock = threading.Lock()

    def watched(
        self, scratchpad: PregelScratchpad, namespace: str, taken: Mapping[str, list[int]]
    ) -> WatchedScratchpad:
        """Return the record with which a call runs; `taken` gets the indices that it takes."""
        counters = dict[str, WatchedCounter]()
        for name in COUNTERS:
            counter = getattr(scratchpad, name)
            notes = counter.notes if isinstance(counter, WatchedCounter) else ()
            counters[name] = WatchedCounter(self._of(counter, namespace, name), (*notes, taken[name]))
        return WatchedScratchpad(
            step=scratchpad.step,
            stop=scratchpad.stop,
            call_counter=scratchpad.call_counter,
            get_null_resume=scratchpad.get_null_resume,
            resume=scratchpad.resume,
            original=original_of(scratchpad),
            **counters,
        )

    def pass_over(self, scratchpad: PregelScratchpad, namespace: str, places: Places) -> None:
        """Leave the indices of a call that is not made again with that call."""
        for name, indices in places.items():
            counter = getattr(scratchpad, name)
            self._of(counter, namespace, name).pass_over(list(indices))
            if isinstance(counter, WatchedCounter):
                for note in counter.notes:
                    note.extend(indices)

    def forget(self, dead: Callable[[str], bool]) -> None:
        with self._lock:
            for identity in [identity for identity, each in self._indices.items() if dead(each.namespace)]:
                del self._indices[identity]

    def _of(self, counter: Callable[[], int], namespace: str, name: str) -> Indices:
        if isinstance(counter, WatchedCounter):
            return counter.indices
        with self._lock:
            if (found := self._indices.get(id(counter))) is None:
                found = Indices(counter, namespace, lambda: self._reserved(namespace, name))
                self._indices[id(counter)] = found
            return found
