"""A run as its event history tells it: no worker is needed for that, and nothing of it can be forgotten.

Gates and who decided at them are values in it. A gate opens where the memo of the run names it; the timer after that is
its deadline. The result of the update `decide` names the gates that it decided; a signal has no result, and was for the
first gate that it fits.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError

from outlast.orchestration.research.gates import ACCEPTED_DECISIONS, DECISIONS_FOR_ALL_GATES
from outlast.orchestration.research.messages import Decision, DecisionResult, DecisionWord, Gate, accept_decision
from outlast.orchestration.research.visibility import MEMO_KEY, VisibilityRecord, WaitingGate

Value = TypeVar("Value")

LEGACY_TIMER_SUMMARY = re.compile(r"((plan|report|operator|questions)-\d+) waits for a decision")
"""The summary of a gate's timer: the one place that names the gate in histories from before memos named it."""


@dataclass
class GateDecision:
    """A decision that was sent to the run: what, by whom, and at which gates it was taken."""

    decision: DecisionWord
    note: str
    by: str
    at: datetime
    subjects: tuple[str, ...] = ()
    """The gates, as the run has answered; empty where it gave no such answer."""


@dataclass
class SentDecision:
    """A decision as it was sent, while the history is read."""

    decision: Decision
    gate_decision: GateDecision
    is_used: bool = False


@dataclass
class CancelRequest:
    """Somebody asked for the run to be cancelled."""

    reason: str
    by: str
    at: datetime


@dataclass
class HistoryStep:
    """An activity, or a wait at a gate, whose subject is such as "plan-1"."""

    name: str
    summary: str
    began: datetime
    gate: Gate | None = None
    subject: str = ""
    attempts: int = 0
    ended: datetime | None = None
    result: str = "running"
    result_bytes: int = 0
    last_failure: str = ""
    """Why the attempt before the last one failed."""
    decision: GateDecision | None = None


@dataclass
class History:
    """The steps of a run in the order in which they began."""

    question: str = ""
    steps: list[HistoryStep] = field(default_factory=list[HistoryStep])
    cancel_asked: CancelRequest | None = None
    failure: str = ""
    events: int = 0

    @property
    def phase(self) -> str:
        """The phase, or the gate, where the run stands or stood last."""
        under_way = [step for step in self.steps if step.ended is None]
        candidates = [step for step in under_way if step.gate] or under_way or self.steps[-1:]
        return candidates[-1].name if candidates else "starting"

    @property
    def waits(self) -> bool:
        """At a gate, with nothing else under way."""
        under_way = [step for step in self.steps if step.ended is None]
        return bool(under_way) and all(step.gate for step in under_way)


async def read_history(events: Sequence[HistoryEvent], converter: DataConverter) -> History:
    return await HistoryReader(converter).read(events)


async def question_of(event: HistoryEvent, converter: DataConverter) -> str:
    """What the first event of a history says was asked; empty where it was nothing of that kind."""
    given = await decode_value(event.workflow_execution_started_event_attributes.input.payloads, converter)
    question = cast("dict[str, Any]", given).get("question") if isinstance(given, dict) else given
    return question if isinstance(question, str) else ""


async def decode_value(payloads: Sequence[Payload], converter: DataConverter) -> Any:
    """The first value; None where there is none, or where it cannot be read as JSON."""
    try:
        values = await converter.decode(payloads)
    except (ValueError, RuntimeError, KeyError):  # what somebody sent in another encoding
        return None
    return values[0] if values else None


async def decode_as(payloads: Sequence[Payload], converter: DataConverter, kind: type[Value]) -> Value | None:
    """The first value as `kind`; None where it is none, such as in a history of another version."""
    try:
        return (await converter.decode(payloads, [kind]))[0] if payloads else None
    except (ValueError, RuntimeError, KeyError):
        return None


class HistoryReader:
    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._history = History()
        self._steps: dict[int, HistoryStep] = {}
        self._gates_without_timer: list[WaitingGate] = []
        """Gates that are open by the memo, and whose timers come next."""
        self._seen_subjects: set[str] = set()
        self._decisions_by_update: dict[int, SentDecision] = {}
        self._sent_decisions: list[SentDecision] = []
        """All decisions that were sent, in their order."""

    async def read(self, events: Sequence[HistoryEvent]) -> History:
        for event in events:
            at = event.event_time.ToDatetime(tzinfo=UTC)
            if not (await self._read_run_event(event, at) or await self._read_decision_event(event, at)):
                self._read_gate_event(event, at)
                self._read_activity_event(event, at)
        self._history.steps = list(self._steps.values())
        self._history.events = len(events)
        return self._history

    async def _read_run_event(self, event: HistoryEvent, at: datetime) -> bool:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                self._history.question = await question_of(event, self._converter)
            case EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:
                memo = event.workflow_properties_modified_event_attributes.upserted_memo.fields
                await self._read_memo(memo.get(MEMO_KEY, None))
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
                requested = event.workflow_execution_cancel_requested_event_attributes
                self._history.cancel_asked = CancelRequest(requested.cause, requested.identity, at)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
                self._history.failure = event.workflow_execution_failed_event_attributes.failure.message
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
                self._history.failure = event.workflow_execution_terminated_event_attributes.reason
            case _:
                return False
        return True

    async def _read_memo(self, memo: Payload | None) -> None:
        record = await decode_as([memo], self._converter, VisibilityRecord) if memo else None
        for gate in record.gates if record else ():
            if gate.subject not in self._seen_subjects:
                self._seen_subjects.add(gate.subject)
                self._gates_without_timer.append(gate)

    async def _read_decision_event(self, event: HistoryEvent, at: datetime) -> bool:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                request = event.workflow_execution_update_accepted_event_attributes.accepted_request
                if request.input.name == "decide":
                    given = await decode_value(request.input.args.payloads, self._converter)
                    if sent := read_sent_decision(given, request.meta.identity, at):
                        self._decisions_by_update[event.event_id] = sent
                        self._sent_decisions.append(sent)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
                completed = event.workflow_execution_update_completed_event_attributes
                if sent := self._decisions_by_update.get(completed.accepted_event_id):
                    decided = await decode_as(completed.outcome.success.payloads, self._converter, DecisionResult)
                    sent.gate_decision.subjects = tuple(gate.subject for gate in decided.gates) if decided else ()
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                signal = event.workflow_execution_signaled_event_attributes
                if signal.signal_name == "decide":
                    given = await decode_value(signal.input.payloads, self._converter)
                    if sent := read_sent_decision(given, signal.identity, at):
                        self._sent_decisions.append(sent)
            case _:
                return False
        return True

    def _decision_for(self, step: HistoryStep) -> GateDecision | None:
        """The decision that named this gate in its answer; else the first sent since it opened that fits it."""
        for sent in self._sent_decisions:
            if step.subject in sent.gate_decision.subjects:
                return sent.gate_decision
        for sent in self._sent_decisions:
            is_free = not sent.gate_decision.subjects and not sent.is_used
            if is_free and sent.gate_decision.at >= step.began and gate_accepts(sent.decision, step):
                sent.is_used = sent.decision.decision not in DECISIONS_FOR_ALL_GATES
                return sent.gate_decision
        return None

    def _read_gate_event(self, event: HistoryEvent, at: datetime) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_TIMER_STARTED:
                summary = summary_text(event.user_metadata.summary)
                if self._gates_without_timer:
                    opened = self._gates_without_timer.pop(0)
                    gate, subject = opened.gate, opened.subject
                else:
                    gate, subject = gate_of_legacy_timer(summary)
                name = f"gate({gate})" if gate else "timer"
                self._steps[event.event_id] = HistoryStep(name, summary, at, gate, subject, result="waiting")
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                ended = "cancelled" if self._history.cancel_asked else "decided"
                step = self._end(event.timer_canceled_event_attributes.started_event_id, at, ended)
                if step and not self._history.cancel_asked:
                    step.decision = self._decision_for(step)
            case EventType.EVENT_TYPE_TIMER_FIRED:
                self._end(event.timer_fired_event_attributes.started_event_id, at, "nobody decided")
            case _:
                pass

    def _read_activity_event(self, event: HistoryEvent, at: datetime) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                name = event.activity_task_scheduled_event_attributes.activity_type.name
                self._steps[event.event_id] = HistoryStep(name, summary_text(event.user_metadata.summary), at)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                started = event.activity_task_started_event_attributes
                step = self._steps[started.scheduled_event_id]
                step.attempts, step.last_failure = started.attempt, started.last_failure.message
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                done = event.activity_task_completed_event_attributes
                if step := self._end(done.scheduled_event_id, at, "done"):
                    step.result_bytes = sum(len(payload.data) for payload in done.result.payloads)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                failed = event.activity_task_failed_event_attributes
                self._end(failed.scheduled_event_id, at, failed.failure.message)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
                timed_out = event.activity_task_timed_out_event_attributes
                self._end(timed_out.scheduled_event_id, at, timed_out.failure.message)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
                self._end(event.activity_task_canceled_event_attributes.scheduled_event_id, at, "cancelled")
            case _:
                pass

    def _end(self, event_id: int, at: datetime, result: str) -> HistoryStep | None:
        step = self._steps.get(event_id)
        if step:
            step.ended, step.result = at, result
        return step


def gate_accepts(decision: Decision, step: HistoryStep) -> bool:
    """Whether a gate would have taken this decision."""
    gate, subject = decision.gate or step.gate, decision.subject or step.subject
    return (gate, subject) == (step.gate, step.subject) and bool(gate) and decision.decision in ACCEPTED_DECISIONS[gate]


def read_sent_decision(given: Any, identity: str, at: datetime) -> SentDecision | None:
    """A decision as it was sent; None for what is none, and was refused."""
    try:
        decision = accept_decision(given)
    except ApplicationError:
        return None
    return SentDecision(decision, GateDecision(decision.decision, decision.note or "", decision.by or identity, at))


def gate_of_legacy_timer(summary: str) -> tuple[Gate | None, str]:
    """The gate of a timer in a history from before memos named gates."""
    if matched := LEGACY_TIMER_SUMMARY.fullmatch(summary):
        return cast("Gate", matched[2]), matched[1]
    return None, ""


def summary_text(summary: Payload) -> str:
    """A summary's payload is a JSON string."""
    return str(json.loads(summary.data)) if summary.data else ""
