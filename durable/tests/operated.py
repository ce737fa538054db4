"""A phase in a workflow, for tests of what operators do to it by Temporal's command line."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from langgraph_heartbeat._graphs import GraphLike
from temporalio import activity
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from .conftest import temporal
from .one_phase import OnePhase
from .phases import phase_worker, until
from .test_life import Asked

Handle = WorkflowHandle[Any, Any]


class UntilStopped(asyncio.Event):
    """A gate that opens when somebody stops the attempt that waits at it, and not before."""

    async def wait(self) -> Any:
        await asyncio.wait({asyncio.create_task(activity.wait_for_cancelled())})
        return True


@asynccontextmanager
async def one_phase(
    client: Client, graph: GraphLike, *, heartbeat_seconds: float = 5, **options: Any
) -> AsyncGenerator[Handle]:
    """Yield a workflow whose one activity, with the id "phase", runs this graph."""
    queue = str(uuid4())
    workflows = Worker(client, task_queue=queue, workflows=[OnePhase])
    async with workflows, phase_worker(client, queue, graph, Asked, **options):
        yield await client.start_workflow(OnePhase.run, heartbeat_seconds, id=queue, task_queue=queue)


async def operate(client: Client, handle: Handle, *command: str, phase: str = "phase") -> None:
    """Run `temporal activity COMMAND` on the activity with the id `phase` of this workflow."""
    options = ["--address", client.service_client.config.target_host, "--workflow-id", handle.id]
    process = await asyncio.create_subprocess_exec(
        temporal(), "activity", *command, *options, "--activity-id", phase, stdout=-1, stderr=-1
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def pending(handle: Handle) -> PendingActivityInfo:
    """Return what the server says about the activity of this workflow; an empty message before it is scheduled."""
    described = await handle.describe()
    return next(iter(described.raw_description.pending_activities), PendingActivityInfo())


async def last_failure(handle: Handle) -> Failure:
    """Return the failure of the attempt before; an empty message before one has failed.

    The server wraps a failure of more than 4 KB in one of its own. Where this folder lies decides how long the
    paths in a stack trace are, so any failure may be wrapped.
    """
    failure = (await pending(handle)).last_failure
    return failure.cause if failure.message == "Failure exceeds size limit." else failure


async def until_paused(handle: Handle, seconds: float = 60) -> None:
    """Wait until the activity is paused and no attempt runs."""

    async def is_paused() -> bool:
        return (await pending(handle)).state == PendingActivityState.PENDING_ACTIVITY_STATE_PAUSED

    await until(is_paused, seconds)


async def heartbeat_of(client: Client, handle: Handle) -> tuple[dict[str, Any], bytes]:
    """Return the newest heartbeat details of the phase."""
    details = await client.data_converter.decode((await pending(handle)).heartbeat_details.payloads)
    return (details[0], details[1]) if details else ({}, b"")


async def events_of(handle: Handle) -> list[str]:
    """Return the types of the activity's events in the history of its workflow."""
    history = await handle.fetch_history()
    names = [event.WhichOneof("attributes") for event in history.events]
    return [name.removesuffix("_event_attributes") for name in names if name and name.startswith("activity_task")]
