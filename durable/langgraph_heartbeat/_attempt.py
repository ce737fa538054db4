"""One attempt at a phase: its graph with a saver, its journal, and the checkpoint of both that heartbeats carry."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from types import CodeType
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._blocks import Blocks
from ._checkpoint import HeartbeatSaver, TooLargeError, config_at
from ._claim_check import CheckpointStore, ClaimCheck, fetch_checkpoint, owner_id
from ._coalescer import Coalescer
from ._envelope import Draft, UnusableError, fingerprint_of, seal
from ._failures import Progress, RetryRecord, with_failure
from ._graphs import (
    AnyPregel,
    GraphLike,
    compile_graph,
    node_codes,
    overwritable_channels,
    types_of,
    with_saver,
    with_store,
)
from ._heartbeats import Heartbeats
from ._journal import Journal
from ._messages import Question, Resume, as_bytes
from ._node_code import CodeChanges, NodeCode
from ._on_change import CODE_QUESTION, OnChange, code_question, decide
from ._operations import figures_before_reset
from ._progress_metrics import MetricsOf, ProgressMetrics
from ._run_config import attempt_config, thread_of
from ._serialising import StrictSerializer, TypeName
from ._spending import Spent
from ._store import HeartbeatStore, require_base_store
from ._store_flush import StoreFlush

log = logging.getLogger(__name__)

DONE_ABOUT_CHANGES: Mapping[OnChange, str] = {
    "resume": "resumed",
    "afresh": "started from the beginning",
    "ask": "asked whether to resume",
}


@dataclass(frozen=True)
class Blueprint:
    """What all attempts at a phase share. It is made once per worker, because compiling takes milliseconds per node."""

    phase: str
    graph: AnyPregel
    fingerprint: bytes
    types: frozenset[TypeName]
    codes: Mapping[CodeType, str]
    """The code objects of the nodes, with their names."""
    node_code: NodeCode

    @classmethod
    def of(cls, phase: str, graph: GraphLike, types: Iterable[type], store: BaseStore | None = None) -> "Blueprint":
        compiled = with_store(compile_graph(graph), require_base_store(store))
        fingerprint, names = fingerprint_of(compiled, phase), frozenset(types_of(compiled, types))
        return cls(phase, compiled, fingerprint, names, dict(node_codes(compiled)), NodeCode.of(compiled))


class Attempt:
    """One attempt: call `restore` first, then run `graph` with `config`; its saver publishes checkpoints by `beats`."""

    def __init__(
        self,
        blueprint: "Blueprint",
        beats: Heartbeats,
        *,
        interval: timedelta,
        limit_bytes: int,
        checkpoints: CheckpointStore | None,
        metrics_of: MetricsOf | None = None,
        config: RunnableConfig | None = None,
        on_change: OnChange = "resume",
    ) -> None:
        self._blueprint, self._beats, self._limit_bytes = blueprint, beats, limit_bytes
        self._checkpoints = checkpoints
        self._claim_check: ClaimCheck | None = None
        if checkpoints:
            send, confirm = beats.checkpoint, beats.fence
            self._claim_check = ClaimCheck(checkpoints, send, confirm, limit_bytes=limit_bytes, owner=owner_id())
        self._coalescer = Coalescer(self._publish, interval)
        self._metrics = ProgressMetrics(blueprint.phase, metrics_of)
        self._config: RunnableConfig = config or {}
        self._thread = thread_of(self._config, blueprint.graph)
        self.thread_config = config_at(self._thread)
        """The config under which the saver keeps the checkpoints of this phase."""
        self.record = RetryRecord()
        self._may_publish = False
        """Not before `restore` has ended: if the store fails, the checkpoint in the heartbeat is still good."""
        self._on_change: OnChange = on_change
        beats.progress.spent = lambda: self.spent
        self._start_anew()

    def _start_anew(self) -> None:
        self._coalescer.step = None
        self._spent_before = Spent()
        self._continues_from_heartbeat = False
        self._blocks = Blocks()
        self.resumes_request = False
        """Whether it continues from the checkpoint of `Resume`, and not from an earlier attempt at the same request."""
        self._remembered_at_start = Counter[str]()
        self._has_ended = False
        self.code_question: Question | None = None
        """The question what to do about code that changed: it comes before the graph goes on."""
        self._node_code: object = self._blueprint.node_code.content()
        self.journal = Journal(self._coalescer, self._guard, self._blueprint.types)
        store = HeartbeatStore(self._blueprint.graph.store, StrictSerializer(self._blueprint.types))
        self.saver = HeartbeatSaver(
            self._coalescer,
            self.journal,
            self._blueprint.types,
            guard=self._guard,
            require_fit=self._require_fit,
            store=store,
        )
        self._store_flush = StoreFlush(store, self._beats, self._rows_carried, self._limit_bytes // 4)
        self.graph: AnyPregel = with_saver(self._blueprint.graph, self.saver, store)

    @property
    def spent(self) -> Spent:
        """What the phase has spent by now, over all its attempts."""
        return self._spent_before.plus(self.journal.calls, self.journal.tokens)

    async def restore(self, resume: Resume) -> bool:
        """Load the newest usable checkpoint, and return whether the graph continues from one.

        Heartbeat details are newer than the checkpoint of `resume`. A checkpoint that cannot be used is logged and
        counted. What was spent is counted even if the state is lost that it was spent on.
        """
        restored = await self._restore_state(resume)
        if self._continues_from_heartbeat:
            if activity.info().attempt == 1:  # an operator has reset it while no attempt was running
                self.forget_failures()
            self._spent_before = self._spent_before.at_least(self._beats.restored_progress)
        else:
            lost = self._beats.restored_progress or await figures_before_reset()
            metrics = self._metrics.read(dict(self.saver.values))
            self._spent_before = self._spent_before.after_loss_of(lost, metrics)
        return restored

    async def _restore_state(self, resume: Resume) -> bool:
        for checkpoint, of_request in ((self._beats.restored, False), (checkpoint_bytes(resume), True)):
            if not checkpoint:
                continue
            try:
                opened = await fetch_checkpoint(checkpoint, self._blueprint.fingerprint, self._checkpoints)
                content = opened.content(self._blocks)
                self.saver.restore(content["saver"], self._thread)
                self.journal.restore(content["journal"])
                record = RetryRecord(**content["record"])
                self._spent_before = Spent.of(content.get("spent", {}))
                # Somebody who resumes a phase has looked at its failures: it gets all of its attempts again.
                self.record = RetryRecord(afresh=record.afresh) if of_request else record
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
                if self._claim_check and not of_request:
                    self._claim_check.inherit(checkpoint, opened.stored)
                self._update_progress()
                self._remembered_at_start, self.resumes_request = self.journal.remembered_by_task(), of_request
                self._may_publish, self._continues_from_heartbeat = True, not of_request
                if newest is None:  # the attempt failed before its graph began
                    return False
                answer = (resume.answers or {}).get(CODE_QUESTION) if of_request else None
                return self._goes_on(content.get("code"), answer)
        self._may_publish = True
        return False

    async def _rows_carried(self, checkpoint: bytes) -> Sequence[Any]:
        opened = await fetch_checkpoint(checkpoint, self._blueprint.fingerprint, self._checkpoints)
        return opened.content()["saver"].get("store", ())

    def _goes_on(self, node_code: object, answer: object) -> bool:
        """Return whether the graph goes on from the checkpoint, which was made by the code `node_code`."""
        changes = self._blueprint.node_code.changes_since(node_code)
        decision = decide(self._on_change, answer) if changes else "resume"
        if decision == "afresh":
            self._start_anew()
            self.record = replace(self.record, afresh=self.record.afresh + 1)
            self._update_progress()
        elif decision == "ask":
            # The checkpoint stays one of the earlier code: if nobody answers, the phase asks again.
            self.code_question, self._node_code = code_question(changes, answer), node_code
        if changes:
            self._report(changes, decision)
        return decision != "afresh"

    def _report(self, changes: CodeChanges, decision: OnChange) -> None:
        event = f"{changes} since the last attempt; {DONE_ABOUT_CHANGES[decision]}"
        self._beats.progress.record_event(event)
        log.warning("In the phase %s, %s.", self._blueprint.phase, event)

    def steer(self, values: Mapping[str, Any]) -> None:
        """Overwrite these channels, so that the graph goes on with the new values in this and later attempts."""
        self.saver.overwrite(values, lambda namespace: overwritable_channels(self._blueprint.graph, namespace))

    def config(self, recursion_limit: int) -> RunnableConfig:
        """Return LangGraph's config with the steps that are left. Raises `GraphRecursionError` if none is left."""
        return attempt_config(self._config, self._thread, recursion_limit, self.step)

    @property
    def phase(self) -> str:
        return self._blueprint.phase

    @property
    def step(self) -> int | None:
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""
        return self._coalescer.step

    @property
    def progress(self) -> Progress:
        """What would remain if the attempt ended now."""
        remembered = self.journal.remembered_by_task()
        remembered.subtract(self._remembered_at_start)
        return Progress(self.saver.reports.finished, remembered)

    def record_failure(self, failure: str) -> None:
        """Record the failure for the next attempt, and whether this attempt made progress."""
        self.record = with_failure(self.record, failure, self.saver.reports.failed_task, self.progress)
        self.end()

    def forget_failures(self) -> None:
        """Let the next attempt begin without the failures of this one, because an operator has reset the phase."""
        self.record = RetryRecord(afresh=self.record.afresh)
        with self._coalescer.change():
            pass

    def begin(self) -> None:
        """Let the next attempt know of this one, even if its worker dies at once."""
        with self._coalescer.change():
            self._has_ended = False

    def end(self) -> None:
        """Let the next attempt know that this one has ended with a word, so that its worker did not die."""
        with self._coalescer.change():
            self._has_ended = True

    async def settle(self) -> None:
        """Publish everything, and wait for uploads of checkpoints."""
        self._coalescer.flush()
        if self._claim_check:
            await self._claim_check.settle()

    async def flush_store(self) -> None:
        """Write what the graph has put into its store to the user's store, and publish that it is there."""
        await self.settle()
        await self._store_flush.flush()
        await self.settle()

    async def try_to_flush_store(self) -> None:
        """Do the same, but keep everything in the checkpoint if the user's store does not take it."""
        try:
            await self.flush_store()
        except ApplicationError as error:
            log.warning("%s", error)

    def require_newest_checkpoint(self) -> None:
        """Raise the store's error if the newest checkpoint did not arrive there: no workflow must get an older one."""
        if self._claim_check and self._claim_check.failure:
            raise self._claim_check.failure

    def close(self) -> None:
        self._coalescer.close()
        self._store_flush.close()

    async def _guard(self) -> None:
        """Raise if nothing more may begin: another attempt has replaced this one, or its state was refused."""
        if self.saver.reports.refused:
            raise self.saver.reports.refused
        await self._beats.guard()

    def _publish(self) -> None:
        if not self._may_publish:
            return
        self._update_progress()
        self._store_flush.start_if_large()
        if self._claim_check:
            draft = self._draft(self._content())
            if sealed := draft.seal_within(self._limit_bytes):
                self._claim_check.forget()
                self._beats.checkpoint(sealed)
            else:
                self._claim_check.put(draft)
        else:
            sealed = self._seal()
            if len(sealed) > self._limit_bytes:
                # The state fits, because `_require_fit` accepted it; the answers beside it are asked for again.
                sealed = self._seal(with_journal=False)
                self._update_progress(answers_left_out=self.journal.remembered)
            if len(sealed) <= self._limit_bytes:
                self._beats.checkpoint(sealed)
        self._coalescer.pace(len(self._beats.newest_checkpoint))

    def _seal(self, *, with_journal: bool = True) -> bytes:
        content = self._content(with_journal=with_journal)
        sealed = self._draft(content).seal_within(self._limit_bytes)
        return sealed or seal(content, self._blueprint.fingerprint)  # without blocks it may be small enough

    def _draft(self, content: Mapping[str, Any]) -> Draft:
        return Draft(content, self._blueprint.fingerprint, self._blocks)

    def _content(self, *, with_journal: bool = True) -> dict[str, Any]:
        record = self.record
        if not self._has_ended:
            record = replace(record, lost=0 if self.progress.of("") else record.lost + 1)
        journal = self.journal.content() if with_journal else {}
        return {
            "saver": self.saver.content(),
            "journal": journal,
            "record": asdict(record),
            "code": self._node_code,
            "spent": self.spent.content(),
        }

    def _require_fit(self) -> None:
        """Raise `TooLargeError` if the state does not fit into a heartbeat, although the phase has no store for it."""
        sizes = self.saver.channel_sizes()
        if self._claim_check or sum(sizes.values()) < self._limit_bytes // 2:  # without a need to compress it
            return
        size_bytes = len(self._seal(with_journal=False))
        if size_bytes > self._limit_bytes:
            raise TooLargeError(too_large_message(size_bytes, self._limit_bytes, sizes))

    def _update_progress(self, answers_left_out: int = 0) -> None:
        progress = self._beats.progress
        progress.metrics = self._metrics.read(dict(self.saver.values))
        progress.step = (self.step or 0) + 1
        left_out = {"too large beside the state": answers_left_out} if answers_left_out else {}
        progress.unremembered = {**self.journal.unremembered.counts(), **left_out}


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
        "store for large checkpoints: phase_activity(..., checkpoints=...)."
    )
