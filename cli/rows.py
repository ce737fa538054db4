"""A run as a row of a list: what the server alone knows of it. No worker is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus, WorkflowHistoryEventFilterType

from outlast.cli.finding import Handle, handle_of
from outlast.cli.history import question_of, story_of, value_of

ENDED = {
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.TERMINATED: "terminated",
    WorkflowExecutionStatus.TIMED_OUT: "timed out",
    WorkflowExecutionStatus.CONTINUED_AS_NEW: "continued",
}


def name_of(status: WorkflowExecutionStatus | None) -> str:
    """Of an execution, as the server sees it."""
    return ENDED.get(status, status.name.lower()) if status else "unknown"


OPEN = ("running", "waiting")
STATUSES = (*OPEN, "published", "rejected", "expired", "stopped", *ENDED.values())
"""`waiting` is at a gate, and for a person; what a run that has ended says of itself comes next."""


@dataclass(frozen=True)
class Row:
    id: str
    execution: str
    status: str
    phase: str
    """Where it stands; of one that has ended without a report, where it ended."""
    question: str
    started: datetime
    ended: datetime | None
    seconds: float

    def shown(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


async def row_of(client: Client, execution: WorkflowExecution) -> Row:
    handle = handle_of(client, execution)
    question = await question_of(await first_event(handle), client.data_converter)
    if execution.status is WorkflowExecutionStatus.RUNNING:
        status, phase = await standing(client, handle)
    else:
        status, phase = await ending(client, handle, execution)
    ended = execution.close_time or datetime.now(UTC)
    return Row(
        id=execution.id,
        execution=execution.run_id,
        status=status,
        phase=phase,
        question=question,
        started=execution.start_time,
        ended=execution.close_time,
        seconds=round((ended - execution.start_time).total_seconds(), 3),
    )


async def first_event(handle: Handle) -> HistoryEvent:
    async for event in handle.fetch_history_events(page_size=1):
        return event
    return HistoryEvent()


async def standing(client: Client, handle: Handle) -> tuple[str, str]:
    """Of a run that is under way: whether it waits for a person, and where it stands."""
    story = await story_of((await handle.fetch_history()).events, client.data_converter)
    return "waiting" if story.waits else "running", story.phase


async def ending(client: Client, handle: Handle, execution: WorkflowExecution) -> tuple[str, str]:
    """How a run has ended, and where: at a gate, as far as it says so itself."""
    if execution.status and execution.status in ENDED:
        story = await story_of((await handle.fetch_history()).events, client.data_converter)
        return ENDED[execution.status], story.phase
    close = await handle.fetch_history(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT)
    for event in close.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            result = event.workflow_execution_completed_event_attributes.result.payloads
            outcome = await value_of(result, client.data_converter)
            if isinstance(outcome, dict):
                said = cast("dict[str, Any]", outcome)
                phase = f"gate({said['gate']})" if said.get("gate") else "publish"
                return str(said.get("status") or "completed"), phase
    return "completed", ""
