"""A run as its event history tells it: no worker is needed for that, and nothing of it can be forgotten."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.converter import DataConverter

GATE = re.compile(r"(?P<subject>(?P<gate>[a-z]+)-\d+) waits for a decision")
SUBJECTS = re.compile(r"[a-z]+-\d+")


@dataclass
class Said:
    """A decision that the run has taken: what, by whom, and at which gates."""

    decision: str
    note: str
    by: str
    at: datetime
    subjects: tuple[str, ...] = ()


@dataclass
class Step:
    """An activity, or a wait at a gate, whose subject is such as "plan-1"."""

    name: str
    summary: str
    began: datetime
    subject: str = ""
    attempts: int = 0
    ended: datetime | None = None
    result: str = "running"
    result_bytes: int = 0
    last_failure: str = ""
    """Why the attempt before the last one failed."""
    decision: Said | None = None


@dataclass
class Story:
    """The steps in the order in which they began."""

    question: str = ""
    steps: list[Step] = field(default_factory=list[Step])
    cancel_asked: Said | None = None
    failure: str = ""

    @property
    def phase(self) -> str:
        """The phase, or the gate, where the run stands or stood last."""
        under_way = [step for step in self.steps if step.ended is None]
        shown = [step for step in under_way if step.subject] or under_way or self.steps[-1:]
        return shown[-1].name if shown else "starting"

    @property
    def waits(self) -> bool:
        """At a gate, with nothing else under way."""
        under_way = [step for step in self.steps if step.ended is None]
        return bool(under_way) and all(step.subject for step in under_way)


async def story_of(events: Sequence[HistoryEvent], converter: DataConverter) -> Story:
    return await Reading(converter).of(events)


async def question_of(event: HistoryEvent, converter: DataConverter) -> str:
    """What the first event of a history says was asked; empty where it was nothing of that kind."""
    given = await value_of(event.workflow_execution_started_event_attributes.input.payloads, converter)
    asked = cast("dict[str, Any]", given).get("question") if isinstance(given, dict) else given
    return asked if isinstance(asked, str) else ""


async def value_of(payloads: Sequence[Payload], converter: DataConverter) -> Any:
    """The first value; None where there is none, or where it cannot be read as JSON."""
    try:
        values = await converter.decode(payloads)
    except (ValueError, RuntimeError, KeyError):  # what somebody sent in another encoding
        return None
    return values[0] if values else None


class Reading:
    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self._story = Story()
        self._steps: dict[int, Step] = {}
        self._updates: dict[int, Said] = {}
        self._signals: list[Said] = []

    async def of(self, events: Sequence[HistoryEvent]) -> Story:
        for event in events:
            at = event.event_time.ToDatetime(tzinfo=UTC)
            if not (await self._of_the_run(event, at) or await self._of_a_decision(event, at)):
                self._of_a_gate(event, at)
                self._of_an_activity(event, at)
        self._story.steps = list(self._steps.values())
        return self._story

    async def _of_the_run(self, event: HistoryEvent, at: datetime) -> bool:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                self._story.question = await question_of(event, self._converter)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
                asked = event.workflow_execution_cancel_requested_event_attributes
                self._story.cancel_asked = Said("cancel", asked.cause, asked.identity, at)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
                self._story.failure = event.workflow_execution_failed_event_attributes.failure.message
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
                self._story.failure = event.workflow_execution_terminated_event_attributes.reason
            case _:
                return False
        return True

    async def _of_a_decision(self, event: HistoryEvent, at: datetime) -> bool:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
                request = event.workflow_execution_update_accepted_event_attributes.accepted_request
                given = await value_of(request.input.args.payloads, self._converter)
                self._updates[event.event_id] = said(given, request.meta.identity, at)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
                completed = event.workflow_execution_update_completed_event_attributes
                if completed.outcome.HasField("success") and completed.accepted_event_id in self._updates:
                    answer = await value_of(completed.outcome.success.payloads, self._converter)
                    self._updates[completed.accepted_event_id].subjects = tuple(SUBJECTS.findall(str(answer)))
                    self._assign(self._updates[completed.accepted_event_id])
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                signal = event.workflow_execution_signaled_event_attributes
                self._signals.append(said(await value_of(signal.input.payloads, self._converter), signal.identity, at))
            case _:
                return False
        return True

    def _assign(self, said: Said) -> None:
        for step in self._steps.values():
            if step.subject in said.subjects:
                step.decision = said

    def _of_a_gate(self, event: HistoryEvent, at: datetime) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_TIMER_STARTED:
                summary = text_of(event.user_metadata.summary)
                gate = GATE.fullmatch(summary)
                name, subject = (f"gate({gate['gate']})", gate["subject"]) if gate else ("timer", "")
                self._steps[event.event_id] = Step(name, summary, at, subject, result="waiting")
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                ended = "cancelled" if self._story.cancel_asked else "decided"
                step = self._end(event.timer_canceled_event_attributes.started_event_id, at, ended)
                if step and step.decision is None and self._signals:  # a signal gets no answer that would name the gate
                    step.decision = self._signals[-1]
            case EventType.EVENT_TYPE_TIMER_FIRED:
                self._end(event.timer_fired_event_attributes.started_event_id, at, "nobody decided")
            case _:
                pass

    def _of_an_activity(self, event: HistoryEvent, at: datetime) -> None:
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                name = event.activity_task_scheduled_event_attributes.activity_type.name
                self._steps[event.event_id] = Step(name, text_of(event.user_metadata.summary), at)
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

    def _end(self, event_id: int, at: datetime, result: str) -> Step | None:
        step = self._steps.get(event_id)
        if step:
            step.ended, step.result = at, result
        return step


def said(given: Any, identity: str, at: datetime) -> Said:
    """A decision as it was sent: an object, or a bare string."""
    sent: Mapping[str, Any] = cast("dict[str, Any]", given) if isinstance(given, dict) else {"decision": str(given)}
    return Said(str(sent.get("decision", "")), str(sent.get("note") or ""), str(sent.get("by") or identity), at)


def text_of(summary: Payload) -> str:
    """A summary's payload is a JSON string."""
    return str(json.loads(summary.data)) if summary.data else ""
