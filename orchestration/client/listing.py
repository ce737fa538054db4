"""Lists runs as the server knows them: this takes one call and needs no worker.

The memo of a run has its phase, gates and usage. Runs of older versions have no memo, and are queried one by one.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus, WorkflowFailureError

from outlast.orchestration.client.describe import query_status
from outlast.orchestration.client.find import Handle, handle_of
from outlast.orchestration.client.history import question_of
from outlast.orchestration.research.messages import WORKFLOW_TYPE, Gate
from outlast.orchestration.research.visibility import VisibilityRecord, WaitingGate, read_record

ENDED_STATUSES = {
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.TERMINATED: "terminated",
    WorkflowExecutionStatus.TIMED_OUT: "timed out",
    WorkflowExecutionStatus.CONTINUED_AS_NEW: "continued",
}
OPEN_STATUSES = ("running", "waiting")
STATUSES = (*OPEN_STATUSES, "published", "rejected", "expired", "stopped", *ENDED_STATUSES.values())
"""Every status of a run. `waiting`: at a gate, for a person. `published` to `stopped` are those of an `Outcome`."""
ALL_RUNS_QUERY = f'WorkflowType = "{WORKFLOW_TYPE}"'
MAX_CONCURRENT_READS = 16
"""Maximum number of runs without a memo that are read at the same time."""


@dataclass(frozen=True)
class Row:
    """A run in a list."""

    id: str
    execution: str
    status: str
    phase: str
    """The current phase or gate; of a run that has ended, where it ended."""
    question: str
    started: datetime
    ended: datetime | None
    seconds: float
    gate: Gate | None = None
    """The oldest gate that waits for a decision."""
    subject: str = ""
    """The subject of that gate, such as "plan-2"."""
    usd: float = 0.0

    def document(self) -> Mapping[str, Any]:
        """Return the fields by their names, for JSON output."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


async def list_executions(client: Client, *, only_open: bool = False) -> list[WorkflowExecution]:
    """List executions, newest first. They are sorted here because the server lists the running ones first."""
    query = ALL_RUNS_QUERY + (' AND ExecutionStatus = "Running"' if only_open else "")
    return sorted([row async for row in client.list_workflows(query)], key=lambda row: row.start_time, reverse=True)


async def read_rows(client: Client, executions: list[WorkflowExecution]) -> AsyncIterator[Row]:
    """Yield the row of each execution, in the same order."""
    for start in range(0, len(executions), MAX_CONCURRENT_READS):
        batch = executions[start : start + MAX_CONCURRENT_READS]
        for row in await asyncio.gather(*(row_of(client, execution) for execution in batch)):
            yield row


async def row_of(client: Client, execution: WorkflowExecution) -> Row:
    record = await read_record(execution) or await record_without_memo(client, execution)
    is_open = execution.status is WorkflowExecutionStatus.RUNNING
    gate = record.gates[0] if record.gates and is_open else None
    ended = execution.close_time or datetime.now(UTC)
    return Row(
        id=execution.id,
        execution=execution.run_id,
        status=status_of(execution.status, record),
        phase=record.phase,
        question=record.question,
        started=execution.start_time,
        ended=execution.close_time,
        seconds=round((ended - execution.start_time).total_seconds(), 3),
        gate=gate.gate if gate else None,
        subject=gate.subject if gate else "",
        usd=record.usd,
    )


def status_of(execution: WorkflowExecutionStatus | None, record: VisibilityRecord) -> str:
    """Return one of `STATUSES`."""
    if execution is WorkflowExecutionStatus.RUNNING:
        return "waiting" if record.waits else "running"
    if execution is WorkflowExecutionStatus.COMPLETED:
        return record.outcome or "completed"
    return execution_status_name(execution)


def execution_status_name(status: WorkflowExecutionStatus | None) -> str:
    """Return the server's status of an execution as a word for people."""
    return ENDED_STATUSES.get(status, status.name.lower()) if status else "unknown"


async def record_without_memo(client: Client, execution: WorkflowExecution) -> VisibilityRecord:
    """Make the record of a run without a memo: an older version started it, or no worker has begun it yet."""
    handle = handle_of(client, execution)
    question = await question_of(await fetch_first_event(handle), client.data_converter)
    record = VisibilityRecord.at_start(question)
    if execution.status is WorkflowExecutionStatus.COMPLETED:
        return await record_at_end(handle, record)
    if execution.status is not WorkflowExecutionStatus.RUNNING:
        return record.model_copy(update={"phase": ""})
    if (status := await query_status(handle)) is None:
        return record
    gates = tuple(WaitingGate(gate=gate.gate, subject=gate.subject, deadline=gate.deadline) for gate in status.gates)
    waits = bool(gates) and not (await handle.describe()).raw_description.pending_activities
    return record.model_copy(update={"phase": status.phase, "gates": gates, "waits": waits, "usd": status.usage.usd})


async def record_at_end(handle: Handle, record: VisibilityRecord) -> VisibilityRecord:
    try:
        outcome = await handle.result(follow_runs=False)
    except (WorkflowFailureError, ValueError):  # the run has changed meanwhile, or its result has another type
        return record.model_copy(update={"phase": ""})
    phase = f"gate({outcome.gate})" if outcome.gate else "publish"
    return record.model_copy(update={"phase": phase, "outcome": outcome.status})


async def fetch_first_event(handle: Handle) -> HistoryEvent:
    async for event in handle.fetch_history_events(page_size=1):
        return event
    return HistoryEvent()
