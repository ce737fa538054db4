"""Measure the memory and processor time of each graph when many of them run in one worker."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import psutil

from bench.durability.calls import Calls
from bench.durability.orders import PeerName
from bench.durability.runs import Place, Station, station
from bench.durability.work import Work

PEERS: tuple[PeerName, ...] = ("heartbeats only", "outlast")
NODES, ANSWER_BYTES = 10, 10 * 1024
CALL_SECONDS = 1
POLL_SECONDS = 0.05


async def measure(place: Place, graphs: int) -> AsyncGenerator[dict[str, Any]]:
    for peer in PEERS:
        order = place.order(peer, Work("linear", NODES, 1), Calls(ANSWER_BYTES, CALL_SECONDS, 0.5))
        async with station(place, order) as worker:
            await worker.run()  # so that imports and first allocations do not count
            yield {"part": "memory", "peer": peer, "graphs": graphs, **await measure_together(worker, graphs)}


async def measure_together(worker: Station, graphs: int) -> dict[str, Any]:
    process = psutil.Process(worker.process.pid)
    before, idle = process.cpu_times(), process.memory_info().rss
    running = asyncio.gather(*(worker.run() for _ in range(graphs)))
    peak = idle
    while not running.done():
        peak = max(peak, process.memory_info().rss)
        await asyncio.sleep(POLL_SECONDS)
    await running
    after = process.cpu_times()
    worked = after.user + after.system - before.user - before.system
    return {
        "idle_bytes": idle,
        "most_bytes": peak,
        "cpu_seconds": worked,
        "beats": (await worker.process.ask())["beats"],
    }
