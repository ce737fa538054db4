"""A worker with only the phases, which is the process that is harmed."""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import timedelta

from langgraph_heartbeat import DurablePlugin
from temporalio.client import Client
from temporalio.worker import Worker

from bench.crash.calls import CALLS_FILE_VARIABLE
from bench.crash.limits import HEARTBEAT_INTERVAL
from bench.crash.mutations import mutate
from bench.crash.shapes import phases
from outlast.orchestration.research.payloads import DATA_CONVERTER

SHUTDOWN_TIMEOUT = timedelta(seconds=20)


@dataclass(frozen=True)
class Job:
    address: str
    queue: str
    calls: str
    """The path of the log of calls."""
    mutation: str = ""
    """The mistake that the worker's library makes; see `mutations.py`."""


async def work(job: Job) -> None:
    """Run the worker until SIGTERM; then its phases move to another worker."""
    os.environ[CALLS_FILE_VARIABLE] = job.calls
    mutate(job.mutation)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(job.address, data_converter=DATA_CONVERTER)
    async with Worker(
        client,
        task_queue=job.queue,
        activities=phases(),
        plugins=[DurablePlugin("crash", interval=HEARTBEAT_INTERVAL)],
        max_concurrent_activity_task_polls=2,
        graceful_shutdown_timeout=SHUTDOWN_TIMEOUT,
    ):
        await stop.wait()
