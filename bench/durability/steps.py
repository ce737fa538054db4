"""Measure the cost of a step: each peer runs the same graph in turn, in rounds, so that load affects all equally."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psutil

from bench.durability.calls import Calls
from bench.durability.orders import PeerName
from bench.durability.runs import Place, Station, station
from bench.durability.work import Work

RUNNERS: tuple[PeerName, ...] = (
    "bare",
    "heartbeats only",
    "outlast",
    "sqlite",
    "activity a node",
    "dbos",
    "langgraph",
)


@dataclass(frozen=True)
class Load:
    """A load. With `at_once`, all peers run in parallel, for calls that are so slow that the processors are idle.

    Each peer then starts a little later than the one before, so that not all calls end at the same moment.
    """

    name: str
    work: Work
    calls: Calls
    rounds: int
    at_once: bool = False


def loads(rounds: int, slow_rounds: int, slow_nodes: int) -> Sequence[Load]:
    one, two = Work("linear", 50, 1), Work("linear", 50, 2)
    return (
        Load("1 call, 1 KB", one, Calls(1024), rounds),
        Load("1 call, 5 KB", one, Calls(5 * 1024), rounds),
        Load("2 calls, 1 KB", two, Calls(1024), rounds),
        Load("1 call of 1 s, 1 KB", Work("linear", slow_nodes, 1), Calls(1024, 1), slow_rounds, at_once=True),
    )


async def measure(place: Place, loads: Sequence[Load]) -> AsyncGenerator[dict[str, Any]]:
    for load in loads:
        async with AsyncExitStack() as stack:
            stations = [
                await stack.enter_async_context(station(place, place.order(peer, load.work, load.calls)))
                for peer in RUNNERS
            ]
            for number in range(load.rounds + 1):  # round 0 is a warm-up
                rotated = stations[number % len(stations) :] + stations[: number % len(stations)]
                rows = await (side_by_side if load.at_once else in_turn)(rotated)
                for row in rows if number else ():
                    yield {"part": "step", "load": load.name, "nodes": load.work.nodes, "round": number, **row}


async def in_turn(stations: Sequence[Station]) -> list[dict[str, Any]]:
    return [await time_run(each) for each in stations]


async def side_by_side(stations: Sequence[Station]) -> list[dict[str, Any]]:
    async def one(place: int, each: Station) -> dict[str, Any]:
        await asyncio.sleep(place / len(stations))
        return await time_run(each)

    return await asyncio.gather(*(one(place, each) for place, each in enumerate(stations)))


async def time_run(each: Station) -> dict[str, Any]:
    """Return the wall time for the caller, and the processor time of the process that did the work."""
    process = psutil.Process(each.process.pid)
    before, began = process.cpu_times(), time.perf_counter()
    await each.run()
    took, after = time.perf_counter() - began, process.cpu_times()
    worked = after.user + after.system - before.user - before.system
    return {"peer": each.order.peer, "seconds": took, "cpu_seconds": worked}
