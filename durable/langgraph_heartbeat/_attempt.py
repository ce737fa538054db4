"""One attempt at a phase: its graph with a saver, its journal, and what of them travels in heartbeats."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError

from ._checkpoint import HeartbeatSaver
from ._claim_check import CheckpointStore, ClaimCheck, fetch_checkpoint
from ._coalescer import Coalescer
from ._envelope import UnusableError, fingerprint_of, seal, unseal
from ._graphs import AnyPregel, GraphLike, compile_graph, overwritable_channels, types_of, with_saver
from ._heartbeats import Heartbeats
from ._journal import Journal
from ._messages import Resume, as_bytes
from ._progress_metrics import MetricsOf, ProgressMetrics
from ._serialising import TypeName

log = logging.getLogger(__name__)

THREAD_ID = "phase"


class TooLargeError(Exception):
    """The state does not fit into a heartbeat, and there is nowhere else to put it."""


@dataclass(frozen=True)
class RetryRecord:
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
        bare = compile_graph(graph)
        return cls(phase, bare, fingerprint_of(bare, phase), frozenset(types_of(bare, types)))


class Attempt:
    """`restore` first; then `graph` runs with `config`, and its saver publishes by `beats`."""

    def __init__(
        self,
        blueprint: "Blueprint",
        beats: Heartbeats,
        *,
        interval: timedelta,
        limit_bytes: int,
        store: CheckpointStore | None,
        metrics_of: MetricsOf | None = None,
    ) -> None:
        self._blueprint, self._beats, self._limit_bytes, self._store = blueprint, beats, limit_bytes, store
        self._claim_check = ClaimCheck(store, beats.checkpoint) if store else None
        self._coalescer = Coalescer(self._publish, interval)
        self._metrics = ProgressMetrics(blueprint.phase, metrics_of)
        self.record = RetryRecord()
        self.too_large: TooLargeError | None = None
        self._advances_at_start = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self._coalescer.step = None
        self.resumes_request = False
        """It goes on from what the request brought along, and not from an earlier attempt at the same request."""
        self.journal = Journal(self._coalescer, self._beats.guard)
        self.saver = HeartbeatSaver(self._coalescer, self.journal, self._blueprint.types, guard=self._beats.guard)
        self.graph: AnyPregel = with_saver(self._blueprint.graph, self.saver)

    async def restore(self, resume: Resume) -> bool:
        """Take over the newest checkpoint that can be used; whether there was one.

        Heartbeat details are newer than what the request brings along. One that cannot be used is told of and counted.
        """
        for checkpoint, of_request in ((self._beats.restored, False), (checkpoint_bytes(resume), True)):
            if not checkpoint:
                continue
            try:
                content = unseal(await fetch_checkpoint(checkpoint, self._store), self._blueprint.fingerprint)
                self.saver.restore(content["saver"])
                self.journal.restore(content["journal"])
                self.record = RetryRecord(**content["record"])
                if newest := self.saver.get_tuple(self.thread_config):
                    self.saver.set_newest(newest.checkpoint, newest.metadata)
            except (UnusableError, ValueError, KeyError, TypeError, NotImplementedError) as error:
                self._start_anew()
                self.record = replace(self.record, afresh=self.record.afresh + 1)
                self._beats.progress.record_event(f"started afresh: the checkpoint cannot be used, {error}")
                log.warning(
                    "The phase %s starts afresh: its checkpoint cannot be used, %s.", self._blueprint.phase, error
                )
            else:
                self._update_progress()
                self._advances_at_start, self.resumes_request = self._coalescer.advances, of_request
                return newest is not None  # there may be none yet: an attempt can fail before its graph begins
        self._advances_at_start = self._coalescer.advances
        return False

    def steer(self, values: Mapping[str, Any]) -> None:
        """The graph goes on with other values of these channels; an attempt after this one finds them there."""
        self.saver.overwrite(values, lambda namespace: overwritable_channels(self._blueprint.graph, namespace))

    def config(self, recursion_limit: int) -> RunnableConfig:
        """`recursion_limit` counts the steps of all attempts; LangGraph would begin again at each.

        `GraphRecursionError` where none are left.
        """
        done = self.step
        left = recursion_limit if done is None else recursion_limit - done - 2
        if left < 1:
            raise GraphRecursionError
        return {**self.thread_config, "recursion_limit": left}

    @property
    def thread_config(self) -> RunnableConfig:
        """Where this phase's checkpoints are in its saver."""
        return {"configurable": {"thread_id": THREAD_ID}}

    @property
    def step(self) -> int | None:
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""
        return self._coalescer.step

    def record_failure(self, failure: str) -> None:
        """Keep the failure for the next attempt, with whether this one has come further than the last."""
        came_further = self._coalescer.advances > self._advances_at_start
        same = failure == self.record.failure and not came_further
        self.record = replace(
            self.record,
            fruitless=0 if came_further else self.record.fruitless + 1,
            failure=failure,
            repeats=self.record.repeats + 1 if same else 1,
        )
        with self._coalescer.change():
            pass

    async def settle(self) -> None:
        """Everything is published, uploads included."""
        self._coalescer.flush()
        if self._claim_check:
            await self._claim_check.settle()

    def close(self) -> None:
        self._coalescer.close()

    def _publish(self) -> None:
        content = {"saver": self.saver.content(), "journal": self.journal.content(), "record": asdict(self.record)}
        sealed = seal(content, self._blueprint.fingerprint)
        self._update_progress()
        if len(sealed) <= self._limit_bytes:
            if self._claim_check:
                self._claim_check.forget()
            self._beats.checkpoint(sealed)
        elif self._claim_check:
            self._claim_check.put(sealed)
        elif self.too_large is None:
            self.too_large = TooLargeError(
                too_large_message(len(sealed), self._limit_bytes, self.saver.channel_sizes())
            )

    def _update_progress(self) -> None:
        progress = self._beats.progress
        progress.metrics = self._metrics.read(dict(self.saver.values))
        progress.step, progress.calls, progress.tokens = (self.step or 0) + 1, self.journal.calls, self.journal.tokens


def checkpoint_bytes(resume: Resume) -> bytes:
    try:
        return as_bytes(resume.checkpoint)
    except ValueError:
        return b"damaged"  # unsealing it says so


def too_large_message(size_bytes: int, limit_bytes: int, channels: Mapping[str, int]) -> str:
    largest = ", ".join(f"{channel} {size // 1024} KiB" for channel, size in list(channels.items())[:3])
    return (
        f"The state takes {size_bytes // 1024} KiB compressed, and a heartbeat may carry {limit_bytes // 1024} KiB. "
        f"Its largest channels: {largest}. Keep texts in snapshots and their names in the state, or give the phase a "
        "store: phase_activity(..., store=...)."
    )
