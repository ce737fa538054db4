"""Which run a person means."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowExecution, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from outlast.evidence.errors import Permanent
from outlast.orchestration.embedded.connection import START_A_RUN_ADVICE
from outlast.orchestration.research.messages import WORKFLOW_TYPE, Outcome

Handle = WorkflowHandle[Any, Outcome]


async def find_run(client: Client, given: str) -> Handle:
    """The run of that id (of a workflow, or of one execution of it); the newest where none is given."""
    if not given:
        rows = [row async for row in client.list_workflows(f'WorkflowType = "{WORKFLOW_TYPE}"')]
        if not rows:
            raise Permanent(f"There is no run yet. {START_A_RUN_ADVICE}")
        return handle_of(client, newest(rows))
    if not is_sendable(given):
        raise no_such_run(given)
    workflow_id, run_id = given, None
    if is_uuid(given):
        async for row in client.list_workflows(f'RunId = "{given}"', limit=1):
            workflow_id, run_id = row.id, row.run_id
    try:
        described = await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    except RPCError as error:
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}:
            raise no_such_run(given) from None
        raise
    if described.workflow_type != WORKFLOW_TYPE:
        raise Permanent(f'"{given}" is a workflow of type {described.workflow_type}, not a run of Outlast.')
    return handle_of(client, described)


async def open_runs(client: Client) -> list[Handle]:
    """All that are under way, oldest first."""
    wanted = f'WorkflowType = "{WORKFLOW_TYPE}" AND ExecutionStatus = "Running"'
    rows = [row async for row in client.list_workflows(wanted)]
    return [handle_of(client, row) for row in sorted(rows, key=lambda row: row.start_time)]


def newest(rows: Iterable[WorkflowExecution]) -> WorkflowExecution:
    return max(rows, key=lambda row: row.start_time)  # the server lists those first that run


def handle_of(client: Client, row: WorkflowExecution) -> Handle:
    return client.get_workflow_handle(row.id, run_id=row.run_id, result_type=Outcome)


def no_such_run(given: str) -> Permanent:
    return Permanent(f'There is no run "{given[:200]}". What there is: outlast runs')


def is_uuid(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True


def is_sendable(given: str) -> bool:
    """Bytes of the command line that are no text cannot be asked for."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


async def find_only_open_run(client: Client, command: str) -> Handle:
    """The run that is under way, where it is one: nobody loses a run for having named none. `command` names one."""
    match await open_runs(client):
        case []:
            raise Permanent(f"No run is under way. {START_A_RUN_ADVICE}")
        case [only]:
            return only
        case several:
            names = ", ".join(handle.id for handle in several[:10])
            raise Permanent(f"Several runs are under way: {names}. Say which: {command}")
