"""An operator changes the options of a running phase. `test_pause.py` and `test_reset.py` test other operations."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.activity.v1 import ActivityOptions
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import UpdateActivityOptionsRequest
from temporalio.client import Client

from .operated import Handle, one_phase
from .phases import until
from .test_life import Calls, line, made


@asynccontextmanager
async def at_the_second_node(client: Client, calls: Calls) -> AsyncGenerator[Handle]:
    """A phase whose first node has finished and whose second node waits for the gate."""
    async with one_phase(client, line(calls, 3)) as handle:
        await until(lambda: made(calls, 1))
        yield handle


def named(client: Client, handle: Handle) -> dict[str, Any]:
    return {
        "namespace": client.namespace,
        "execution": WorkflowExecution(workflow_id=handle.id),
        "id": "phase",
    }


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
