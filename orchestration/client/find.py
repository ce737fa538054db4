"""Finds the run that a person means."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import START_A_RUN_ADVICE
from outlast.orchestration.research.messages import WORKFLOW_TYPE, Outcome

Handle = WorkflowHandle[Any, Outcome]


async def find_run(client: Client, run: str) -> Handle:
    """Find a run by its workflow id or by Temporal's run id; "" means the newest run. Raises `Permanent`."""
    if not run:
        rows = [row async for row in client.list_workflows(f'WorkflowType = "{WORKFLOW_TYPE}"')]
        if not rows:
            raise Permanent(f"There is no run yet. {START_A_RUN_ADVICE}")
        return handle_of(client, newest(rows))
    if not is_sendable(run):
        raise no_such_run(run)
    workflow_id, run_id = run, None
    if is_uuid(run):
        async for row in client.list_workflows(f'RunId = "{run}"', limit=1):
            workflow_id, run_id = row.id, row.run_id
    try:
        described = await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    except RPCError as error:
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}:
            raise no_such_run(run) from None
        raise
    if described.workflow_type != WORKFLOW_TYPE:
        raise Permanent(f'"{run}" is a workflow of type {described.workflow_type}, not a run of Outlast.')
    return handle_of(client, described)


async def open_runs(client: Client) -> list[Handle]:
    """Return the runs that are under way, oldest first."""
    query = f'WorkflowType = "{WORKFLOW_TYPE}" AND ExecutionStatus = "Running"'
    rows = [row async for row in client.list_workflows(query)]
    return [handle_of(client, row) for row in sorted(rows, key=lambda row: row.start_time)]


def newest(rows: Iterable[WorkflowExecution]) -> WorkflowExecution:
    return max(rows, key=lambda row: row.start_time)  # the server lists open runs first, whatever their age


def handle_of(client: Client, row: WorkflowExecution) -> Handle:
    return client.get_workflow_handle(row.id, run_id=row.run_id, result_type=Outcome)


def no_such_run(run: str) -> Permanent:
    return Permanent(f'There is no run "{run[:200]}". To list the runs: outlast runs')


def is_uuid(run: str) -> bool:
    try:
        UUID(run)
    except ValueError:
        return False
    return True


def is_sendable(run: str) -> bool:
    """Whether the id can be encoded: bytes of the command line that are not text cannot be sent to the server."""
    try:
        run.encode()
    except UnicodeEncodeError:
        return False
    return True


async def find_only_open_run(client: Client, command: str) -> Handle:
    """Return the run that is under way. Raises `Permanent` if there is not exactly one, so that a person who names no
    run never changes the wrong one; `command` is the command that names a run."""
    match await open_runs(client):
        case []:
            raise Permanent(f"No run is under way. {START_A_RUN_ADVICE}")
        case [only]:
            return only
        case handles:
            names = ", ".join(handle.id for handle in handles[:10])
            raise Permanent(f"Several runs are under way: {names}. Say which: {command}")
