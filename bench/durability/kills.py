"""Kill workers with `kill -9` at seeded points, and measure the repeated calls and the time until work goes on."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from bench.durability.calls import Calls, LoggedCall, read_log
from bench.durability.crew import WAIT_TIMEOUT_SECONDS, BenchProcess, RefusedError
from bench.durability.orders import PEERS, Order, PeerName
from bench.durability.runs import Place, start, station
from bench.durability.work import SHAPES, Result, Shape, Work

HEARTBEAT_SECONDS = 3
CALL_SECONDS, SPREAD = 0.1, 0.5
FRESH_SECONDS = 0.1
"""A call that finished in this time before the kill may still be on its way to the server."""
POLL_SECONDS = 0.003
SEED = 1
LANES = 8
"""Number of parallel kills, each with a worker of its own, whose calls only sleep."""


@dataclass(frozen=True)
class Case:
    peer: PeerName
    shape: Shape
    number: int

    def point(self, work: Work) -> tuple[int, float]:
        """Return when to kill: a number of lines in the log, and seconds after that, the same for each peer."""
        chance = random.Random(f"{SEED} {self.shape} {self.number}")  # noqa: S311 - the seed makes it repeatable
        return chance.randint(1, 2 * work.all_calls - 1), chance.uniform(0, CALL_SECONDS / 2)


async def measure(place: Place, kills: int) -> AsyncGenerator[dict[str, Any]]:
    right = {shape: await undisturbed(place, Work(shape)) for shape in SHAPES}
    cases = [Case(peer, shape, number) for number in range(kills) for shape in SHAPES for peer in PEERS]
    lanes = asyncio.Semaphore(LANES)

    async def one(case: Case) -> dict[str, Any]:
        async with lanes:
            row: dict[str, Any] = {"part": "kill", "peer": case.peer, "shape": case.shape, "number": case.number}
            try:
                return row | await kill_and_resume(place, case, right[case.shape])
            except RefusedError as error:
                return row | {"cannot": str(error)}
            except Exception as error:  # noqa: BLE001 - the table shows which cases failed
                return row | {"error": f"{type(error).__name__}: {error}"[:300]}

    for done in asyncio.as_completed([one(case) for case in cases]):
        yield await done


async def undisturbed(place: Place, work: Work) -> Result:
    async with station(place, place.order("bare", work, Calls())) as bare:
        return await bare.run()


async def kill_and_resume(place: Place, case: Case, right: Result) -> dict[str, Any]:
    work = Work(case.shape)
    order = place.order(case.peer, work, Calls(1024, CALL_SECONDS, SPREAD), logged=True)
    lines, delay = case.point(work)
    first = await place.yard.start_process(order)
    handle = await begin(place, order, first)
    try:
        await wait_for_lines(order.log, lines)
        await asyncio.sleep(delay)
        killed_at = time.monotonic()
        await first.kill()
        if case.peer == "sqlite lost":
            delete_databases(order)
        second = await place.yard.start_process(order)
        try:
            ready_at = time.monotonic()
            result = await wait_for_result(handle, second)
            ended_at = time.monotonic()
        finally:
            await second.leave()
    except Exception:  # stop the workflow, and raise the error again
        if handle is not None:
            await handle.terminate()
        raise
    found = count_calls(list(read_log(order.log)), killed_at)
    times = {"worker_s": ready_at - killed_at, "result_s": ended_at - killed_at, "tail_s": ended_at - found.pop("last")}
    return {"lines": lines, "wrong": result != right, **found, **times}


async def begin(place: Place, order: Order, process: BenchProcess) -> WorkflowHandle[Any, Result] | None:
    if order.by_hand:
        return process.send(run="run", again=False)
    return await start(place.client, order, HEARTBEAT_SECONDS)


def delete_databases(order: Order) -> None:
    """Delete the peer's databases, as if the next worker were on another machine."""
    for file in Path(order.folder).glob("*.sqlite*"):
        file.unlink()


async def wait_for_lines(log: Path, lines: int) -> None:
    def written() -> int:
        return log.read_bytes().count(b"\n") if log.exists() else 0

    async with asyncio.timeout(WAIT_TIMEOUT_SECONDS):
        while written() < lines:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(POLL_SECONDS)


async def wait_for_result(handle: WorkflowHandle[Any, Result] | None, process: BenchProcess) -> Result:
    if handle is None:
        return Result(**await process.ask(run="run", again=True))
    return await asyncio.wait_for(handle.result(), WAIT_TIMEOUT_SECONDS)


def count_calls(calls: Sequence[LoggedCall], killed_at: float) -> dict[str, Any]:
    """Count the calls in the log before and after the kill."""
    before, after = [c for c in calls if c.at <= killed_at], [c for c in calls if c.at > killed_at]
    ends = {call.key: call.at for call in before if call.what == "ended"}
    began = {call.key for call in before if call.what == "began"}
    again = Counter(call.key for call in after if call.what == "began")
    redone = {key: times for key, times in again.items() if key in ends}
    old = {key: times for key, times in redone.items() if killed_at - ends[key] > FRESH_SECONDS}
    return {
        "finished": len(ends),
        "in_flight": len(began - ends.keys()),
        "repeated": sum(again[key] for key in began),
        "redone": sum(redone.values()),
        "redone_old": sum(old.values()),
        "next_call_s": min((c.at for c in after if c.what == "began"), default=killed_at) - killed_at,
        "last": max(call.at for call in calls),
    }
