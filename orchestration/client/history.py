"""Reads the steps of a run from its event history. This needs no worker, and the history is complete.

Gates and the people who decided at them are typed values in it. A gate opens where the run's memo names it, and the
next timer is its deadline. The result of the update `decide` names the gates that were decided; a signal has no result,
and belongs to the first gate that accepts it.
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
"""The summary of a gate's timer. In histories of versions without memos, nothing else names the gate."""


@dataclass
class GateDecision:
    """A decision, the person who sent it, and the gates at which it was accepted."""

    decision: DecisionWord
    note: str
    by: str
    at: datetime
    subjects: tuple[str, ...] = ()
    """The subjects of the gates, from the result of the update; empty for a signal, which has no result."""


@dataclass
class SentDecision:
    """A decision as it was sent; used only while a history is read."""

    decision: Decision
    gate_decision: GateDecision
    is_used: bool = False
    """Whether a gate has been matched with it already."""


@dataclass
class CancelRequest:
    """Somebody asked for the run to be cancelled."""

    reason: str
    by: str
    at: datetime


@dataclass
class HistoryStep:
    """An activity, or a wait at a gate."""

    name: str
    summary: str
    began: datetime
    gate: Gate | None = None
    subject: str = ""
    """The subject of the gate, such as "plan-1"."""
    attempts: int = 0
    ended: datetime | None = None
    result: str = "running"
    result_bytes: int = 0
    last_failure: str = ""
    """The error of the attempt before the last one."""
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
        """The phase or gate where the run is, or was when it ended."""
        under_way = [step for step in self.steps if step.ended is None]
        candidates = [step for step in under_way if step.gate] or under_way or self.steps[-1:]
        return candidates[-1].name if candidates else "starting"

    @property
    def waits(self) -> bool:
        """Whether the run waits at a gate, and nothing else is under way."""
        under_way = [step for step in self.steps if step.ended is None]
        return bool(under_way) and all(step.gate for step in under_way)


async def read_history(events: Sequence[HistoryEvent], converter: DataConverter) -> History:
    return await HistoryReader(converter).read(events)


async def question_of(event: HistoryEvent, converter: DataConverter) -> str:
    """Return the question in the first event of a history; "" if the input of the workflow contains none."""
    value = await decode_value(event.workflow_execution_started_event_attributes.input.payloads, converter)
    question = cast("dict[str, Any]", value).get("question") if isinstance(value, dict) else value
    return question if isinstance(question, str) else ""


async def decode_value(payloads: Sequence[Payload], converter: DataConverter) -> Any:
    """Decode the first payload. Return None if there is none, or if it cannot be decoded."""
    try:
        values = await converter.decode(payloads)
    except (ValueError, RuntimeError, KeyError):  # a client used another encoding
        return None
    return values[0] if values else None


async def decode_as(payloads: Sequence[Payload], converter: DataConverter, kind: type[Value]) -> Value | None:
    """Decode the first payload as `kind`. Return None if it is not of that type, as in histories of other versions."""
    try:
        return (await converter.decode(payloads, [kind]))[0] if payloads else None
    except (ValueError, RuntimeError, KeyError):
        return None


class HistoryReader:
    """Reads the events of one history into a `History`."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._history = History()
        self._steps: dict[int, HistoryStep] = {}
        self._gates_without_timer: list[WaitingGate] = []
        """Gates that the memo has named, and whose timers have not started yet."""
        self._seen_subjects: set[str] = set()
        self._decisions_by_update: dict[int, SentDecision] = {}
        self._sent_decisions: list[SentDecision] = []
        """All decisions in the order in which they were sent."""

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
                    value = await decode_value(request.input.args.payloads, self._converter)
                    if sent := read_sent_decision(value, request.meta.identity, at):
                        self._decisions_by_update[event.event_id] = sent
                        self._sent_decisions.append(sent)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
                completed = event.workflow_execution_update_completed_event_attributes
                if sent := self._decisions_by_update.get(completed.accepted_event_id):
                    result = await decode_as(completed.outcome.success.payloads, self._converter, DecisionResult)
                    sent.gate_decision.subjects = tuple(gate.subject for gate in result.gates) if result else ()
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                signal = event.workflow_execution_signaled_event_attributes
                if signal.signal_name == "decide":
                    value = await decode_value(signal.input.payloads, self._converter)
                    if sent := read_sent_decision(value, signal.identity, at):
                        self._sent_decisions.append(sent)
            case _:
                return False
        return True

    def _decision_for(self, step: HistoryStep) -> GateDecision | None:
        """Return the decision whose result names this gate, or else the first decision since then that it accepts."""
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
                    waiting_gate = self._gates_without_timer.pop(0)
                    gate, subject = waiting_gate.gate, waiting_gate.subject
                else:
                    gate, subject = gate_of_legacy_timer(summary)
                name = f"gate({gate})" if gate else "timer"
                self._steps[event.event_id] = HistoryStep(name, summary, at, gate, subject, result="waiting")
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                result = "cancelled" if self._history.cancel_asked else "decided"
                step = self._end(event.timer_canceled_event_attributes.started_event_id, at, result)
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
                completed = event.activity_task_completed_event_attributes
                if step := self._end(completed.scheduled_event_id, at, "done"):
                    step.result_bytes = sum(len(payload.data) for payload in completed.result.payloads)
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
    """Whether the gate of this step would have accepted the decision."""
    gate, subject = decision.gate or step.gate, decision.subject or step.subject
    return (gate, subject) == (step.gate, step.subject) and bool(gate) and decision.decision in ACCEPTED_DECISIONS[gate]


def read_sent_decision(value: Any, identity: str, at: datetime) -> SentDecision | None:
    """Read a decision as it was sent. Return None if it is not valid: the run then refused it."""
    try:
        decision = accept_decision(value)
    except ApplicationError:
        return None
    return SentDecision(decision, GateDecision(decision.decision, decision.note or "", decision.by or identity, at))


def gate_of_legacy_timer(summary: str) -> tuple[Gate | None, str]:
    """Return the gate and subject of a timer in a history of a version without memos; (None, "") for other timers."""
    if matched := LEGACY_TIMER_SUMMARY.fullmatch(summary):
        return cast("Gate", matched[2]), matched[1]
    return None, ""


def summary_text(summary: Payload) -> str:
    """Decode a summary, whose payload is a JSON string."""
    return str(json.loads(summary.data)) if summary.data else ""
