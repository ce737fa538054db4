"""One attempt at a phase: its graph with a saver, its journal, and the checkpoint of both that heartbeats carry."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._blueprint import Blueprint
from ._call_log.call_log import CallLog
from ._call_log.phase_summary import PhaseSummary
from ._call_log.status_writer import with_status_writer
from ._failures import Progress, RetryRecord, with_failure
from ._graphs import AnyPregel, overwritable_channels, with_saver
from ._guard import Guard
from ._heartbeats import Heartbeats, own_origin, own_thread
from ._journal.journal import Journal
from ._messages import Question, Resume, checkpoint_bytes
from ._node_code.on_change import CODE_QUESTION, OnChange, code_question, decide, report
from ._operations import figures_before_reset
from ._progress_metrics import MetricsOf, ProgressMetrics
from ._publishing.claim_check import CheckpointStore
from ._publishing.coalescer import Coalescer
from ._publishing.envelope import UnusableError
from ._publishing.pace import Pace
from ._publishing.publication import Publication
from ._run_config import attempt_config, stored_thread, thread_of
from ._saver.locations import config_at
from ._saver.saver import HeartbeatSaver
from ._serialising.serialising import StrictSerializer
from ._spending import CALLS, TOKENS, Spent
from ._store.flush import StoreFlush
from ._store.store import HeartbeatStore
from ._stream.streaming import GraphStream

log = logging.getLogger(__name__)


class Attempt:
    """One attempt: call `restore` first, then run `graph` with `config`; its saver publishes checkpoints by `beats`."""

    def __init__(
        self,
        blueprint: "Blueprint",
        beats: Heartbeats,
        *,
        pace: Pace,
        limit_bytes: int,
        checkpoints: CheckpointStore | None,
        metrics_of: MetricsOf | None = None,
        config: RunnableConfig | None = None,
        on_change: OnChange = "resume",
        log_entries: int = 0,
        stream: Sequence[str] = (),
    ) -> None:
        self._blueprint, self._beats = blueprint, beats
        self._publication = Publication(blueprint, beats, checkpoints, limit_bytes, self._note_sent)
        self._coalescer = Coalescer(
            self._publish,
            pace,
            activity.info().heartbeat_timeout,
            lambda: beats.seconds_since_beat,
            self._publish_beside,
        )
        self._stream = (
            GraphStream(frozenset(stream), beats.stream, self._coalescer.change_beside) if beats.stream else None
        )
        self._metrics = ProgressMetrics(blueprint.phase, metrics_of)
        self._config: RunnableConfig = config or {}
        self._named_thread = thread_of(self._config, blueprint.graph)
        self._thread = self._named_thread or own_thread()
        self.record = RetryRecord()
        self._may_publish = False
        """Not before `restore` has ended: if the store fails, the checkpoint in the heartbeat is still good."""
        self._on_change: OnChange = on_change
        self.call_log = CallLog(activity.info().attempt, log_entries, self._note_call)
        beats.progress.spent = lambda: self.spent
        beats.progress.doing.calls = lambda: self.call_log.running
        beats.progress.retries = lambda: self.call_log.retries
        self._lost_progress: Mapping[str, Any] = {}
        """What was spent on a state that is there, but is not used."""
        self._start_anew()

    def _start_anew(self) -> None:
        self._coalescer.step = None
        self._spent_before = Spent()
        self._continues_from_heartbeat = False
        self.resumes_request = False
        """Whether it continues from the checkpoint of `Resume`, and not from an earlier attempt at the same request."""
        self._is_set_back = False
        """Whether it started from the beginning although there was a checkpoint: what it gains is no progress."""
        self._remembered_at_start = Counter[str]()
        self._has_ended = False
        self.code_question: Question | None = None
        """The question what to do about code that changed: it comes before the graph goes on."""
        self._node_code: object = self._blueprint.node_code.content()
        guard = Guard(self._guard, lambda: self.saver.reports.refused is not None or self._beats.is_in_doubt())
        self.journal = Journal(self._coalescer, guard, self._blueprint.types, self.call_log)
        self.journal.origin = own_origin()
        self._beats.progress.unremembered = self.journal.unremembered.counts
        store = HeartbeatStore(self._blueprint.graph.store, StrictSerializer(self._blueprint.types))
        self.saver = HeartbeatSaver(
            self._coalescer,
            self.journal,
            self._blueprint.types,
            guard=Guard(self._guard_step),
            require_fit=self._require_fit,
            store=store,
        )
        self._store_flush = StoreFlush(store, self._beats, self._rows_carried, self._publication.limit_bytes // 4)
        self.graph: AnyPregel = with_saver(self._blueprint.graph, self.saver, store)

    def _start_afresh(self) -> None:
        self._start_anew()
        self.call_log.forget_tasks()
        self._is_set_back = True
        self.record = replace(self.record, afresh=self.record.afresh + 1)

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
        # A checkpoint that could not be stored or used does not tell how many attempts have failed; the progress does.
        fruitless = max(self.record.fruitless, self._beats.progress.fruitless)
        self.record = replace(self.record, fruitless=fruitless)
        if self._continues_from_heartbeat:
            if activity.info().attempt == 1:  # an operator has reset it while no attempt was running
                self.forget_failures()
            self._spent_before = self._spent_before.at_least(self._beats.restored_progress)
        else:
            lost = self._beats.restored_progress or self._lost_progress
            if not lost:
                lost = await figures_before_reset()
                self._beats.progress.continue_counts(lost)
            metrics = self._metrics.read(dict(self.saver.values))
            self._spent_before = self._spent_before.after_loss_of(lost, metrics)
        if self._beats.stream:
            inner = {namespace: step + 1 for namespace, step in self.saver.steps(self._thread).items() if namespace}
            self._beats.stream.begin(self._next_step, goes_on=self._continues_from_heartbeat, inner_steps=inner)
        return restored

    async def _restore_state(self, resume: Resume) -> bool:
        for checkpoint, of_request in ((self._beats.restored, False), (checkpoint_bytes(resume), True)):
            if not checkpoint:
                continue
            try:
                opened = await self._publication.fetch(checkpoint)
                content = self._publication.content_of(opened)
                self.call_log.restore(content.get("calls"), of_request=of_request)
                # Nodes see the same thread in all attempts and after a `Resume`, in whichever activity they run.
                self._thread = self._named_thread or stored_thread(content["saver"]) or self._thread
                self.saver.restore(content["saver"], self._thread)
                self.journal.restore(content["journal"])
                if isinstance(origin := content.get("origin"), str):
                    self.journal.origin = origin
                record = RetryRecord(**content["record"])
                self._spent_before = Spent.of(content.get("spent", {}))
                # Somebody who resumes a phase has looked at its failures: it gets all of its attempts again.
                self.record = RetryRecord(afresh=record.afresh) if of_request else record
                if newest := self.saver.get_tuple(self.thread_config):
                    self.saver.set_newest(newest.checkpoint, newest.metadata)
            except (UnusableError, ValueError, KeyError, TypeError, NotImplementedError) as error:
                self._start_afresh()
                self._beats.progress.record_event(f"started from the beginning: the checkpoint cannot be used, {error}")
                log.warning(
                    "The phase %s starts from the beginning: its checkpoint cannot be used, %s.",
                    self._blueprint.phase,
                    error,
                )
            else:
                if not of_request:
                    self._publication.inherit(checkpoint, opened)
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
        return (await self._publication.fetch(checkpoint)).content()["saver"].get("store", ())

    def _goes_on(self, node_code: object, answer: object) -> bool:
        """Return whether the graph goes on from the checkpoint, which was made by the code `node_code`."""
        changes = self._blueprint.node_code.changes_since(node_code)
        decision = decide(self._on_change, answer) if changes else "resume"
        if decision == "afresh":
            metrics = self._metrics.read(dict(self.saver.values))
            self._lost_progress = {**metrics, **self._spent_before.as_progress()}
            self._start_afresh()
            self._update_progress()
        elif decision == "ask":
            # The checkpoint stays one of the earlier code: if nobody answers, the phase asks again.
            self.code_question, self._node_code = code_question(changes, answer), node_code
        if changes:
            report(self._blueprint.phase, self._beats.progress, changes, decision)
        return decision != "afresh"

    def steer(self, values: Mapping[str, Any]) -> None:
        """Overwrite these channels, so that the graph goes on with the new values in this and later attempts."""
        self.saver.overwrite(values, lambda namespace: overwritable_channels(self._blueprint.graph, namespace))

    def config(self, recursion_limit: int) -> RunnableConfig:
        """Return LangGraph's config with the steps that are left. Raises `GraphRecursionError` if none is left."""
        config = attempt_config(self._config, self._thread, recursion_limit, self.step)
        if self._stream is not None:
            storage = self.saver.storage
            config = self._stream.config(config, self.graph.store, lambda each: bool(storage[self._thread].get(each)))
        return with_status_writer(config, self.graph.store, self._note_status)

    @property
    def thread_config(self) -> RunnableConfig:
        """The config under which the saver keeps the checkpoints of this phase."""
        return config_at(self._thread)

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
        if self._is_set_back or self._publication.failed:
            return Progress(Counter(), Counter())
        remembered = self.journal.remembered_by_task()
        remembered.subtract(self._remembered_at_start)
        return Progress(self.saver.reports.finished, remembered)

    def _note_status(self, task: str, status: str) -> None:
        if self._beats.progress.doing.note_status(task, status):
            with self._coalescer.change_beside():
                pass

    def _note_call(self) -> None:
        """Publish the log of calls in a moment: a heartbeat at once would let a node that finishes now wait longer."""
        with self._coalescer.change(soon=False):
            pass

    def summary(self) -> PhaseSummary:
        """Return what the phase has done by now, over all its attempts."""
        total = self.spent.as_progress()
        return self.call_log.summary(total[CALLS], total[TOKENS], max(self.step or 0, 0))

    def record_failure(self, failure: str) -> None:
        """Record the failure for the next attempt, and whether this attempt made progress."""
        self.record = with_failure(self.record, failure, self.saver.reports.failed_task, self.progress)
        self._beats.progress.fruitless = self.record.fruitless
        self.end()

    def forget_failures(self) -> None:
        """Let the next attempt begin without the failures of this one, because an operator has reset the phase."""
        self.record = RetryRecord(afresh=self.record.afresh)
        self._beats.progress.fruitless = 0
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

    async def end_stream(self) -> None:
        """Let the server have all events of this attempt, with the word that there are no more."""
        if self._beats.stream:
            await self.settle()
            self._beats.stream.show()
            self._beats.stream.ended = True
            await self._beats.send_last()

    async def settle(self) -> None:
        """Publish everything, and wait for uploads of checkpoints."""
        self._coalescer.flush()
        await self._publication.settle()

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
        """Raise the error of the store for checkpoints if the newest one did not arrive there."""
        self._publication.require_newest()

    def close(self) -> None:
        self._coalescer.close()
        self._store_flush.close()

    async def _guard(self) -> None:
        """Raise if nothing more may begin: another attempt has replaced this one, or its state was refused."""
        if self.saver.reports.refused:
            raise self.saver.reports.refused
        await self._beats.guard()

    async def _guard_step(self) -> None:
        """Do the same before a step; and let the user's store take what was put, if that is much."""
        await self._guard()
        if self._store_flush.is_crowded:
            self._coalescer.flush()
            await self._store_flush.settle()

    def _publish(self) -> None:
        if not self._may_publish:
            return
        self._update_progress()
        self._store_flush.start_if_large()
        room = self._publication.publish(self._content, self._streamed)
        self.journal.note_left_out(room)
        self._coalescer.pace(self._beats.size_bytes)

    def _publish_beside(self) -> None:
        if self._may_publish and self._publication.publish_beside(self._streamed):
            self._coalescer.pace(self._beats.size_bytes)

    @property
    def _streamed(self) -> tuple[int, int]:
        return (self._beats.stream.last if self._beats.stream else 0), self._next_step

    @property
    def _next_step(self) -> int:
        """The number that LangGraph gives to the step after the last finished one."""
        return 0 if self.step is None else self.step + 1

    def _note_sent(self) -> None:
        """Tell what the next attempt will know of the progress, now that a checkpoint is sent."""
        self._beats.progress.fruitless = 0 if self.progress.of("") else self.record.fruitless
        if self._beats.stream and self._beats.stream.has_more:  # they came while the checkpoint was being stored
            with self._coalescer.change_beside():
                pass

    def _content(self, journal_bytes: int | None) -> dict[str, Any]:
        record = self.record
        if not self._has_ended:
            record = replace(record, lost=0 if self.progress.of("") else record.lost + 1)
        return {
            "saver": self.saver.content(),
            "journal": self.journal.content(journal_bytes),
            "record": asdict(record),
            "code": self._node_code,
            "spent": self.spent.content(),
            "origin": self.journal.origin,
            "calls": self.call_log.content(with_entries=journal_bytes is None),
        }

    def _require_fit(self) -> None:
        self._publication.require_fit(self._content, self.saver.channel_sizes())

    def _update_progress(self) -> None:
        progress = self._beats.progress
        progress.metrics = self._metrics.read(dict(self.saver.values))
        progress.step = (self.step or 0) + 1
