"""The worker that all peers on a server share, and the measurement of their heartbeats."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.client import Plugin as ClientPlugin
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    Interceptor,
    Plugin,
    UnsandboxedWorkflowRunner,
    Worker,
)

from bench.durability.meter import METER
from bench.durability.orders import Answer, Order, Serve
from bench.durability.workflows import Whole


@asynccontextmanager
async def serve_peer(
    order: Order,
    activities: Sequence[Callable[..., Any]],
    plugins: Sequence[Plugin] = (),
    *,
    workflows: Sequence[type] = (Whole,),
    client_plugins: Sequence[ClientPlugin] = (),
    data_converter: DataConverter = pydantic_data_converter,
) -> AsyncGenerator[Serve]:
    client = await Client.connect(
        order.address,
        data_converter=data_converter,
        plugins=client_plugins,
        runtime=METER.counting_runtime() if order.counted else None,
    )
    counter = HeartbeatCounter()
    async with Worker(
        client,
        task_queue=order.queue,
        workflows=workflows,
        activities=activities,
        plugins=plugins,
        interceptors=[counter],
        workflow_runner=UnsandboxedWorkflowRunner(),
        build_id="bench",  # without one, the SDK hashes every loaded module at each start
    ):
        yield counter.answer


class HeartbeatCounter(Interceptor):
    """Counts the heartbeats that were passed to the SDK, and their bytes."""

    def __init__(self) -> None:
        self.count, self.largest, self.last = 0, 0, 0

    async def answer(self, _: dict[str, Any]) -> Answer:
        return {"beats": self.count, "largest_bytes": self.largest, "last_bytes": self.last}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        counter = self

        class Outbound(ActivityOutboundInterceptor):
            def heartbeat(self, *details: Any) -> None:
                size = sum(len(each if isinstance(each, bytes) else repr(each).encode()) for each in details)
                counter.count += 1
                counter.last, counter.largest = size, max(size, counter.largest)
                super().heartbeat(*details)

        class Inbound(ActivityInboundInterceptor):
            def init(self, outbound: ActivityOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound(next)


@asynccontextmanager
async def beat_heartbeats() -> AsyncGenerator[None]:
    """Send heartbeats without details."""
    timeout = activity.info().heartbeat_timeout
    if timeout is None:
        raise ValueError("The activity has no heartbeat timeout.")

    async def beat(seconds: float) -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(seconds)

    beating = asyncio.create_task(beat(timeout.total_seconds() / 3))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
