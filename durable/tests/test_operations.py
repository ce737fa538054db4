"""Operations on a running phase in the UI or the CLI: pause, unpause, reset, change options."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    ResetActivityRequest,
    UnpauseActivityRequest,
    UpdateActivityOptionsRequest,
)
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from .one_phase import OnePhase
from .phases import phase_worker, until
from .test_life import Asked, Calls, line, made

Handle = WorkflowHandle[Any, Any]


@asynccontextmanager
async def at_the_second_node(client: Client, calls: Calls) -> AsyncIterator[Handle]:
    """A phase whose first node has finished and whose second node waits for the gate."""
    queue = str(uuid4())
    workflows = Worker(client, task_queue=queue, workflows=[OnePhase])
    async with workflows, phase_worker(client, queue, line(calls, 3), Asked):
        handle = await client.start_workflow(OnePhase.run, 5, id=queue, task_queue=queue)
        await until(lambda: made(calls, 1))
        yield handle


async def pending(handle: Handle) -> Any:
    described = await handle.describe()
    [activity] = described.raw_description.pending_activities
    return activity


def named(client: Client, handle: Handle) -> dict[str, Any]:
    return {
        "namespace": client.namespace,
        "execution": WorkflowExecution(workflow_id=handle.id),
        "id": "phase",
    }


async def test_a_paused_phase_stops_and_goes_on_when_it_is_unpaused(client: Client) -> None:
    calls = Calls()
    async with at_the_second_node(client, calls) as handle:
        await client.workflow_service.pause_activity(PauseActivityRequest(**named(client, handle)))

        async def has_stopped() -> bool:
            return (await pending(handle)).state == PendingActivityState.PENDING_ACTIVITY_STATE_PAUSED

        await until(has_stopped)
        calls.gate.set()
        assert calls.made == ["n0"]
        await client.workflow_service.unpause_activity(UnpauseActivityRequest(**named(client, handle)))
        assert await handle.result() == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]


@pytest.mark.parametrize("clear", [False, True])
async def test_a_reset_keeps_the_checkpoint_unless_told_otherwise(client: Client, *, clear: bool) -> None:
    calls = Calls()
    async with at_the_second_node(client, calls) as handle:
        reset = ResetActivityRequest(**named(client, handle), reset_heartbeat=clear)
        await client.workflow_service.reset_activity(reset)

        async def began_again() -> bool:
            return len(calls.waiting) == 2

        await until(began_again, seconds=30)
        calls.gate.set()
        assert (await handle.result())["out"] == [0, 1, 2]
    assert calls.made == (["n0", "n0", "n1", "n2"] if clear else ["n0", "n1", "n2"])


async def test_options_can_be_changed_under_way(client: Client) -> None:
    calls = Calls()
    async with at_the_second_node(client, calls) as handle:
        options = ActivityOptions()
        options.heartbeat_timeout.FromTimedelta(timedelta(seconds=9))
        mask = FieldMask(paths=["heartbeat_timeout"])
        request = UpdateActivityOptionsRequest(**named(client, handle), activity_options=options, update_mask=mask)
        updated = await client.workflow_service.update_activity_options(request)
        assert updated.activity_options.heartbeat_timeout.seconds == 9
        calls.gate.set()
        assert await handle.result() == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]
