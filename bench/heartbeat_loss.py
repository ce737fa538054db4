"""Measure what a kill -9 repeats by the interval of heartbeats: `python -m bench.heartbeat_loss [KILLS]`.

A phase of short steps runs in a process of its own, which is killed at a random moment. The step at which the next
process goes on says which steps that had finished are done again; the table shows how long before the kill the oldest
of them had finished. For an interval it should be at most the interval and the 50 ms of a heartbeat's way.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from langgraph.graph import START, StateGraph
from langgraph_heartbeat import DurablePlugin, phase_activity
from langgraph_heartbeat._publishing.pace import LOCAL_INTERVAL, REMOTE_INTERVAL
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker

from bench.processes import server, wait_until

KILLS = 8
STEPS, STEP_SECONDS = 1_000, 0.01
HEARTBEAT_TIMEOUT = timedelta(seconds=4)
MIN_SECONDS_BEFORE_KILL, MAX_SECONDS_BEFORE_KILL = 2.5, 4.0


class Count(BaseModel):
    number: int = 0


def counting(log: Path) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph that appends each finished step and its time to the log."""

    async def step(state: Count) -> dict[str, int]:
        await asyncio.sleep(STEP_SECONDS)
        with log.open("a") as file:
            file.write(f"{state.number} {time.time()}\n")
        return {"number": state.number + 1}

    def go_on(state: Count) -> str:
        return "step" if state.number < STEPS else "__end__"

    return StateGraph(Count).add_node(step).add_edge(START, "step").add_conditional_edges("step", go_on)


async def work(address: str, queue: str, log: str, interval_seconds: str) -> None:
    plugin = DurablePlugin("bench", interval=timedelta(seconds=float(interval_seconds)))
    client = await Client.connect(address, plugins=[plugin])
    run = phase_activity("count", Count, Count, counting(Path(log)), recursion_limit=2 * STEPS)
    async with Worker(client, task_queue=queue, activities=[run]):
        await asyncio.Event().wait()


@asynccontextmanager
async def worker(address: str, queue: str, log: Path, interval: timedelta) -> AsyncGenerator[None]:
    """Run a worker in a process of its own, and kill it at the end of the block."""
    options = [address, queue, str(log), str(interval.total_seconds())]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.heartbeat_loss", "work", *options)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def seconds_lost(client: Client, address: str, folder: Path, interval: timedelta) -> float:
    """Kill a worker once; return how long before that the oldest step had finished that is done again, 0 if none is."""
    queue, first, second = str(uuid4()), folder / f"{uuid4()}", folder / f"{uuid4()}"

    async def has_begun(log: Path) -> bool:
        return await asyncio.to_thread(lambda: log.exists() and log.read_text().endswith("\n"))

    async with worker(address, queue, first, interval):
        handle = await client.start_activity(
            "count",
            args=[Count(), None],
            id=queue,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
        )
        await wait_until(lambda: has_begun(first))
        await asyncio.sleep(random.uniform(MIN_SECONDS_BEFORE_KILL, MAX_SECONDS_BEFORE_KILL))  # noqa: S311
        killed = time.time()
    async with worker(address, queue, second, interval):
        await wait_until(lambda: has_begun(second))
        await handle.terminate()
    resumed = int(second.read_text().split()[0])
    finished = dict(line.split() for line in first.read_text().splitlines())
    return max(killed - float(finished[str(resumed)]), 0) if str(resumed) in finished else 0


async def measure(kills: int) -> None:
    print("interval   lost in each kill (s)")
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with server(folder) as up:
            address = up.settings["TEMPORAL_ADDRESS"]
            for interval in (REMOTE_INTERVAL, LOCAL_INTERVAL):
                lost = [await seconds_lost(up.client, address, folder, interval) for _ in range(kills)]
                each = " ".join(f"{seconds:.2f}" for seconds in sorted(lost))
                print(f"{interval.total_seconds():6.2f} s   {each}; at most {max(lost):.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        asyncio.run(work(*sys.argv[2:6]))
    else:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
