"""One attempt at a phase: its graph with a saver, its journal, and the checkpoint of both that heartbeats carry."""

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
    """The state does not fit into a heartbeat, and the phase has no store."""


@dataclass(frozen=True)
class RetryRecord:
    """The history of failures that an attempt passes to the next one, in its checkpoint."""

    fruitless: int = 0
    """Number of attempts in a row that made no progress."""
    failure: str = ""
    repeats: int = 0
    """Number of attempts in a row that failed with this same failure and made no progress."""
    afresh: int = 0
    """How often the phase started from the beginning because a checkpoint could not be used."""


@dataclass(frozen=True)
class Blueprint:
    """What all attempts at a phase share. It is made once per worker, because compiling takes milliseconds per node."""

    phase: str
    graph: AnyPregel
    fingerprint: bytes
    types: frozenset[TypeName]

    @classmethod
    def of(cls, phase: str, graph: GraphLike, types: Iterable[type]) -> "Blueprint":
        compiled = compile_graph(graph)
        return cls(phase, compiled, fingerprint_of(compiled, phase), frozenset(types_of(compiled, types)))


class Attempt:
    """One attempt: call `restore` first, then run `graph` with `config`; its saver publishes checkpoints by `beats`."""

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
        """Whether it continues from the checkpoint of `Resume`, and not from an earlier attempt at the same request."""
        self.journal = Journal(self._coalescer, self._beats.guard)
        self.saver = HeartbeatSaver(self._coalescer, self.journal, self._blueprint.types, guard=self._beats.guard)
        self.graph: AnyPregel = with_saver(self._blueprint.graph, self.saver)

    async def restore(self, resume: Resume) -> bool:
        """Load the newest usable checkpoint, and return whether the graph continues from one.

        Heartbeat details are newer than the checkpoint of `resume`. A checkpoint that cannot be used is logged and
        counted.
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
                self._beats.progress.record_event(f"started from the beginning: the checkpoint cannot be used, {error}")
                log.warning(
                    "The phase %s starts from the beginning: its checkpoint cannot be used, %s.",
                    self._blueprint.phase,
                    error,
                )
            else:
                self._update_progress()
                self._advances_at_start, self.resumes_request = self._coalescer.advances, of_request
                return newest is not None  # it is None if the attempt failed before its graph began
        self._advances_at_start = self._coalescer.advances
        return False

    def steer(self, values: Mapping[str, Any]) -> None:
        """Overwrite these channels, so that the graph goes on with the new values in this and later attempts."""
        self.saver.overwrite(values, lambda namespace: overwritable_channels(self._blueprint.graph, namespace))

    def config(self, recursion_limit: int) -> RunnableConfig:
        """Return LangGraph's config with the steps that are left of `recursion_limit`.

        The limit counts the steps of all attempts; LangGraph alone would count from zero in each. Raises
        `GraphRecursionError` if no step is left.
        """
        finished = self.step
        remaining = recursion_limit if finished is None else recursion_limit - finished - 2
        if remaining < 1:
            raise GraphRecursionError
        return {**self.thread_config, "recursion_limit": remaining}

    @property
    def thread_config(self) -> RunnableConfig:
        """The config under which the saver keeps the checkpoints of this phase."""
        return {"configurable": {"thread_id": THREAD_ID}}

    @property
    def step(self) -> int | None:
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""
        return self._coalescer.step

    def record_failure(self, failure: str) -> None:
        """Record the failure for the next attempt, and whether this attempt made progress."""
        made_progress = self._coalescer.advances > self._advances_at_start
        same = failure == self.record.failure and not made_progress
        self.record = replace(
            self.record,
            fruitless=0 if made_progress else self.record.fruitless + 1,
            failure=failure,
            repeats=self.record.repeats + 1 if same else 1,
        )
        with self._coalescer.change():
            pass

    async def settle(self) -> None:
        """Publish everything, and wait for uploads to the store."""
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
        return b"damaged"  # `unseal` refuses it with a reason


def too_large_message(size_bytes: int, limit_bytes: int, channels: Mapping[str, int]) -> str:
    largest = ", ".join(f"{channel} {size // 1024} KiB" for channel, size in list(channels.items())[:3])
    return (
        f"The state takes {size_bytes // 1024} KiB compressed, and a heartbeat may carry {limit_bytes // 1024} KiB. "
        f"Its largest channels: {largest}. Keep texts in snapshots and their names in the state, or give the phase a "
        "store: phase_activity(..., store=...)."
    )
