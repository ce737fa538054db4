"""One attempt at a phase: its graph with a saver, its journal, and what of them travels in heartbeats."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError

from ._checkpoint import HeartbeatSaver
from ._claim_check import CheckpointStore, Offloading, fetched
from ._coalescer import Publisher
from ._envelope import UnusableError, fingerprint_of, seal, unseal
from ._graphs import AnyPregel, GraphLike, compiled, overwritable, types_of, with_saver
from ._heartbeats import Heartbeats
from ._journal import Journal
from ._messages import Resume, as_bytes
from ._progress_metrics import Figures, FiguresOf
from ._serialising import TypeName

log = logging.getLogger(__name__)

THREAD = "phase"


class TooLargeError(Exception):
    """The state does not fit into a heartbeat, and there is nowhere else to put it."""


@dataclass(frozen=True)
class Record:
    """What attempts tell their successors."""

    fruitless: int = 0
    """How many attempts in a row have come no further."""
    failure: str = ""
    repeats: int = 0
    """How many attempts in a row have failed by that same failure, without coming further."""
    afresh: int = 0
    """How often the phase started afresh because a checkpoint could not be used."""


@dataclass(frozen=True)
class Blueprint:
    """What all attempts at a phase have in common. Compiling costs milliseconds a node: once a worker is enough."""

    phase: str
    graph: AnyPregel
    fingerprint: bytes
    types: frozenset[TypeName]

    @classmethod
    def of(cls, phase: str, graph: GraphLike, types: Iterable[type]) -> "Blueprint":
        bare = compiled(graph)
        return cls(phase, bare, fingerprint_of(bare, phase), frozenset(types_of(bare, types)))


class Attempt:
    """`restore` first; then `graph` runs with `config`, and its saver publishes by `beats`."""

    def __init__(
        self,
        plan: "Blueprint",
        beats: Heartbeats,
        *,
        interval: timedelta,
        limit_bytes: int,
        store: CheckpointStore | None,
        figures_of: FiguresOf | None = None,
    ) -> None:
        self._plan, self._beats, self._limit_bytes, self._store = plan, beats, limit_bytes, store
        self._offloading = Offloading(store, beats.checkpoint) if store else None
        self._publisher = Publisher(self._publish, interval)
        self._figures = Figures(plan.phase, figures_of)
        self.record = Record()
        self.too_large: TooLargeError | None = None
        self._advances = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self._publisher.step = None
        self.resumes_request = False
        """It goes on from what the request brought along, and not from an earlier attempt at the same request."""
        self.journal = Journal(self._publisher, self._beats.guard)
        self.saver = HeartbeatSaver(self._publisher, self.journal, self._plan.types, guard=self._beats.guard)
        self.graph: AnyPregel = with_saver(self._plan.graph, self.saver)

    async def restore(self, resume: Resume) -> bool:
        """Take over the newest checkpoint that can be used; whether there was one.

        Heartbeat details are newer than what the request brings along. One that cannot be used is told of and counted.
        """
        for checkpoint, of_request in ((self._beats.restored, False), (bytes_of(resume), True)):
            if not checkpoint:
                continue
            try:
                content = unseal(await fetched(checkpoint, self._store), self._plan.fingerprint)
                self.saver.restore(content["saver"])
                self.journal.restore(content["journal"])
                self.record = Record(**content["record"])
                if newest := self.saver.get_tuple(self.place):
                    self.saver.stand_at(newest.checkpoint, newest.metadata)
            except (UnusableError, ValueError, KeyError, TypeError, NotImplementedError) as error:
                self._start_anew()
                self.record = replace(self.record, afresh=self.record.afresh + 1)
                self._beats.progress.happened(f"started afresh: the checkpoint cannot be used, {error}")
                log.warning("The phase %s starts afresh: its checkpoint cannot be used, %s.", self._plan.phase, error)
            else:
                self._tell_progress()
                self._advances, self.resumes_request = self._publisher.advances, of_request
                return newest is not None  # there may be none yet: an attempt can fail before its graph begins
        self._advances = self._publisher.advances
        return False

    def steer(self, values: Mapping[str, Any]) -> None:
        """The graph goes on with other values of these channels; an attempt after this one finds them there."""
        self.saver.overwrite(values, lambda namespace: overwritable(self._plan.graph, namespace))

    def config(self, recursion_limit: int) -> RunnableConfig:
        """`recursion_limit` counts the steps of all attempts; LangGraph would begin again at each.

        `GraphRecursionError` where none are left.
        """
        done = self.step
        left = recursion_limit if done is None else recursion_limit - done - 2
        if left < 1:
            raise GraphRecursionError
        return {**self.place, "recursion_limit": left}

    @property
    def place(self) -> RunnableConfig:
        """Where this phase's checkpoints are in its saver."""
        return {"configurable": {"thread_id": THREAD}}

    @property
    def step(self) -> int | None:
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""
        return self._publisher.step

    def failed(self, failure: str) -> None:
        """Keep the failure for the next attempt, with whether this one has come further than the last."""
        came_further = self._publisher.advances > self._advances
        same = failure == self.record.failure and not came_further
        self.record = replace(
            self.record,
            fruitless=0 if came_further else self.record.fruitless + 1,
            failure=failure,
            repeats=self.record.repeats + 1 if same else 1,
        )
        with self._publisher.change():
            pass

    async def settle(self) -> None:
        """Everything is published, uploads included."""
        self._publisher.flush()
        if self._offloading:
            await self._offloading.settle()

    def close(self) -> None:
        self._publisher.close()

    def _publish(self) -> None:
        content = {"saver": self.saver.content(), "journal": self.journal.content(), "record": asdict(self.record)}
        sealed = seal(content, self._plan.fingerprint)
        self._tell_progress()
        if len(sealed) <= self._limit_bytes:
            if self._offloading:
                self._offloading.forget()
            self._beats.checkpoint(sealed)
        elif self._offloading:
            self._offloading.put(sealed)
        elif self.too_large is None:
            self.too_large = TooLargeError(too_large(len(sealed), self._limit_bytes, self.saver.channel_sizes()))

    def _tell_progress(self) -> None:
        progress = self._beats.progress
        progress.figures = self._figures.read(dict(self.saver.values))
        progress.step, progress.calls, progress.tokens = (self.step or 0) + 1, self.journal.calls, self.journal.tokens


def bytes_of(resume: Resume) -> bytes:
    try:
        return as_bytes(resume.checkpoint)
    except ValueError:
        return b"damaged"  # unsealing it says so


def too_large(size_bytes: int, limit_bytes: int, channels: Mapping[str, int]) -> str:
    largest = ", ".join(f"{channel} {size // 1024} KiB" for channel, size in list(channels.items())[:3])
    return (
        f"The state takes {size_bytes // 1024} KiB compressed, and a heartbeat may carry {limit_bytes // 1024} KiB. "
        f"Its largest channels: {largest}. Keep texts in snapshots and their names in the state, or give the phase a "
        "store: phase_activity(..., store=...)."
    )
