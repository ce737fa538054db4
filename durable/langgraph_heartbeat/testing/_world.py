"""What is outside of a process and outlives it: which calls were made, which of them finished, and whose turn it was.

A run of a graph is one or more attempts. All of them make the same calls: a call is known by its place in the graph
(the steps and tasks around it) and by its ordinal there, not by its content, which may hold random ids.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from langgraph_heartbeat._journal.call_observer import Call, Run

from ._turns import Turns

Kind = Literal["model", "tool", "retriever", "function"]
Lane = tuple[str, int, str]
"""A script, the number of the model that has it, and one of its lists of answers."""


@dataclass(frozen=True)
class CallKey:
    """What a call has in common in all attempts and runs."""

    place: str
    kind: Kind
    name: str
    ordinal: int


@dataclass(frozen=True)
class Site:
    """Where a call is made, and what it is, for people."""

    node: str = ""
    step: int | None = None
    label: str = ""

    def __str__(self) -> str:
        node = f" in the node {self.node}" if self.node else ""
        return f"{self.label}{node}{'' if self.step is None else f', step {self.step}'}"


class World:
    """The outside of one run. A run after a crash begins with the turns of the undisturbed run, `known`."""

    def __init__(self, known: "World | None" = None) -> None:
        self._known: Mapping[tuple[CallKey, int, str], int] = known.turns if known else {}
        self.turns: dict[tuple[CallKey, int, str], int] = {}
        self._counts: Counter[Lane] = Counter(known.counts if known else ())
        self._scripts: defaultdict[str, list[Turns]] = defaultdict(list)
        self._lock = threading.Lock()
        self.begun: dict[tuple[CallKey, int], Site] = {}
        """The calls that have begun, in their order, each with how often it had failed before."""
        self.finished: Counter[CallKey] = Counter()
        """The calls that were made to their end, and not remembered from an earlier attempt."""
        self.ended: set[tuple[CallKey, int]] = set()
        """The calls that got an answer, made or remembered."""
        self.failures: Counter[CallKey] = Counter()
        self.steps: list[tuple[int, int]] = []
        """The steps that have begun, by the numbers of the activity and of the step."""

    @property
    def counts(self) -> Mapping[Lane, int]:
        return self._counts

    def begin_process(self) -> None:
        """Begin with models that are made anew."""
        with self._lock:
            self._scripts.clear()

    def turn(self, call: "ObservedCall", turns: Turns, lane: str) -> int:
        """Return the index of the answer for a call: the one that it had before, or the next one."""
        with self._lock:
            key = (call.key, call.failures, lane)
            if (index := self._known.get(key, self.turns.get(key))) is None:
                of_model = (turns.script, self._number_of(turns), lane)
                index = self._counts[of_model]
                self._counts[of_model] += 1
            self.turns[key] = index
            return index

    def _number_of(self, turns: Turns) -> int:
        """Return which of the models with this script it is; those of one process are numbered by their first calls."""
        models = self._scripts[turns.script]
        if not any(each is turns for each in models):
            models.append(turns)
        return next(number for number, each in enumerate(models) if each is turns)

    def begin_step(self, activity: int, step: int) -> None:
        with self._lock:
            if (activity, step) not in self.steps:
                self.steps.append((activity, step))

    def begin(self, call: "ObservedCall") -> None:
        with self._lock:
            self.begun.setdefault((call.key, call.failures), call.site)

    def end(self, call: "ObservedCall") -> None:
        with self._lock:
            self.ended.add((call.key, call.failures))

    def finish(self, call: "ObservedCall") -> None:
        with self._lock:
            self.finished[call.key] += 1

    def take_back(self, call: "ObservedCall") -> None:
        """Count a call that has finished as one that was in flight."""
        with self._lock:
            self.finished[call.key] -= 1

    def fail(self, call: "ObservedCall") -> None:
        with self._lock:
            self.failures[call.key] += 1


@dataclass(eq=False)
class ObservedCall:
    """A call in one attempt."""

    world: World
    key: CallKey
    failures: int
    site: Site
    run: Run | None = None
    """What the library knows of it, if it is one of a model."""

    is_given: bool = False
    """Whether it is one of a `remembered` function that was not run."""
    kept: Call | None = None
    """The same call as the library remembers it, if it is not one of a model."""

    @property
    def is_unrecorded(self) -> bool:
        """Whether the library still waits for its result, and does not know that it is there."""
        return self.kept is not None and self.kept.under_way

    @property
    def was_remembered(self) -> bool:
        """Whether its answer was not made, but came from the journal."""
        return self.is_given or (self.run is not None and self.run.journalled and self.run.call is None)

    @property
    def has_answer(self) -> bool:
        """Whether it was made, and the journal has its answer."""
        return self.run is not None and self.run.call is not None and not self.run.call.under_way

    def turn(self, turns: Turns, lane: str) -> int:
        return self.world.turn(self, turns, lane)
