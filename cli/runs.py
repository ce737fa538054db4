"""Which run a person means, and what is known about it without asking a worker."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from evidence.errors import Permanent
from orchestration.messages import WORKFLOW, Outcome, Status

ANSWER = timedelta(seconds=2)


async def find_run(client: Client, given: str) -> WorkflowHandle[Any, Outcome]:
    """The run of that id (of a workflow, or of one execution of it); the newest where none is given."""
    if not given:
        rows = [row async for row in client.list_workflows(f'WorkflowType = "{WORKFLOW}"')]
        if not rows:
            raise Permanent('There is no run yet. Start one: outlast research "QUESTION" --docs DIR')
        newest = max(rows, key=lambda row: row.start_time)  # the server lists those that run first
        return client.get_workflow_handle(newest.id, run_id=newest.run_id, result_type=Outcome)
    workflow_id, run_id = given, None
    if is_uuid(given):
        async for row in client.list_workflows(f'RunId = "{given}"', limit=1):
            workflow_id, run_id = row.id, row.run_id
    try:
        described = await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    except RPCError as error:
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}:
            raise Permanent(f'There is no run "{given}". The newest is what `outlast show` shows.') from None
        raise
    if described.workflow_type != WORKFLOW:
        raise Permanent(f'"{given}" is a workflow of type {described.workflow_type}, not a run of Outlast.')
    return client.get_workflow_handle(described.id, run_id=described.run_id, result_type=Outcome)


def is_uuid(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Attempt:
    """An activity that runs now, or waits to be tried again."""

    phase: str
    number: int
    progress: Mapping[str, Any]
    last_failure: str


@dataclass(frozen=True)
class Look:
    """A run at one moment. `status` is None where no worker answers."""

    description: WorkflowExecutionDescription
    status: Status | None
    attempts: tuple[Attempt, ...]

    @property
    def is_over(self) -> bool:
        return self.description.status is not WorkflowExecutionStatus.RUNNING


async def look(client: Client, handle: WorkflowHandle[Any, Outcome]) -> Look:
    """What the server knows and, where a worker answers, what the run says of itself."""
    description, status = await asyncio.gather(handle.describe(), ask_status(handle))
    attempts: list[Attempt] = []
    for pending in description.raw_description.pending_activities:
        progress = await progress_of(client, pending)
        failure = pending.last_failure.message if pending.HasField("last_failure") else ""
        attempts.append(Attempt(pending.activity_type.name, pending.attempt, progress, failure))
    return Look(description, status, tuple(attempts))


async def progress_of(client: Client, pending: PendingActivityInfo) -> Mapping[str, Any]:
    """The first heartbeat detail; empty where there is none, or one of another shape."""
    details = await client.data_converter.decode(pending.heartbeat_details.payloads)
    return cast("dict[str, Any]", details[0]) if details and isinstance(details[0], dict) else {}


async def ask_status(handle: WorkflowHandle[Any, Outcome]) -> Status | None:
    try:
        return await handle.query("status", result_type=Status, rpc_timeout=ANSWER)
    except RPCError:
        return None  # no worker: the run waits, and so does its answer
