"""Small phases on a real server, for tests: a graph, a worker of its own, a standalone activity."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from langgraph_heartbeat._graphs import GraphLike
from langgraph_heartbeat._messages import Paused, Resume
from langgraph_heartbeat._phase_activity import phase_activity
from langgraph_heartbeat._plugin import DurablePlugin
from pydantic import BaseModel
from temporalio.client import ActivityHandle, Client
from temporalio.worker import Worker

from .errors import as_failure as failures_of_an_application


class Outcome(BaseModel):
    """A result with a value of any type, from the state's channel `out`."""

    out: Any


def phase_worker(
    client: Client,
    queue: str,
    graph: GraphLike,
    request: type[BaseModel],
    result: type[BaseModel] = Outcome,
    *,
    context: object = None,
    name: str = "phase",
    grace_seconds: float = 5,
    as_failure: Callable[[Exception], Exception] = failures_of_an_application,
    of_request: Callable[[Any], Awaitable[object]] | None = None,
    **options: Any,
) -> Worker:
    async def given(_: BaseModel) -> object:
        return context

    run = phase_activity(name, request, result, graph, of_request or given, as_failure=as_failure, **options)
    grace = timedelta(seconds=grace_seconds)
    return Worker(
        client,
        task_queue=queue,
        activities=[run],
        plugins=[DurablePlugin("test")],
        graceful_shutdown_timeout=grace,
    )


async def start(
    client: Client,
    queue: str,
    request: Any,
    resume: Resume | None = None,
    *,
    name: str = "phase",
    result: type[BaseModel] = Outcome,
    heartbeat_seconds: float = 5,
) -> ActivityHandle[Any]:
    return await client.start_activity(
        name,
        args=[request] if resume is None else [request, resume],
        id=str(uuid4()),
        task_queue=queue,
        result_type=result | Paused,  # pyright: ignore[reportArgumentType]
        start_to_close_timeout=timedelta(minutes=2),
        heartbeat_timeout=timedelta(seconds=heartbeat_seconds),
    )


async def progress_of(client: Client, handle: ActivityHandle[Any]) -> tuple[dict[str, Any], bytes]:
    """Return the newest heartbeat details."""
    described = await handle.describe(include_heartbeat_details=True)
    decoded = await client.data_converter.decode(described.raw_info.heartbeat_details.payloads)
    return (decoded[0], decoded[1]) if decoded else ({}, b"")


async def until(found: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await found():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
