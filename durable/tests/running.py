"""Runs of RunGraph on a real server, for tests: a worker with some graphs, and a run that is asked where it stands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import GraphLike, RunGraph, durable
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker


@asynccontextmanager
async def serving(client: Client, queue: str, **graphs: GraphLike) -> AsyncIterator[Worker]:
    """Run a worker with RunGraph and these graphs, by their names."""
    activities = [durable(graph, name) for name, graph in graphs.items()]
    async with Worker(client, task_queue=queue, workflows=[RunGraph], activities=activities) as worker:
        yield worker


async def begin(client: Client, queue: str, request: Any) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow("RunGraph", request, id=str(uuid4()), task_queue=queue)


async def reached(run: WorkflowHandle[Any, Any], wanted: Callable[[Any], bool], seconds: float = 60) -> Any:
    """Return the status of a run as soon as it fulfils a condition."""
    async with asyncio.timeout(seconds):
        while not wanted(status := await run.query(RunGraph.status)):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    return status


async def state_of(run: WorkflowHandle[Any, Any]) -> str:
    return (await run.query(RunGraph.status)).state


async def failure_of(run: WorkflowHandle[Any, Any]) -> ApplicationError:
    with pytest.raises(WorkflowFailureError) as failed:
        await run.result()
    assert isinstance(failed.value.cause, ApplicationError), failed.value.cause
    return failed.value.cause


async def details_of(run: WorkflowHandle[Any, Any]) -> str:
    """Return the current details, as Temporal's UI reads them."""
    metadata = await run.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def events_of(run: WorkflowHandle[Any, Any]) -> list[str]:
    return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") async for event in run.fetch_history_events()]
