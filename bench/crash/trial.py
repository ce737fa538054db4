"""One run: begun, harmed as planned, waited for, counted."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError

from bench.crash.calls import Attempt, read
from bench.crash.counting import CallCounts, Undisturbed, count_calls, undisturbed
from bench.crash.harm import HARMS, HarmDone, Running, Workers
from bench.crash.plan import Plan
from bench.crash.processes import QUEUE, Cell
from bench.crash.shapes import SHAPES
from bench.crash.workflow import Shaped

RESULT_TIMEOUT_SECONDS = 120
WAKING_SECONDS = 2.0
"""So long a woken worker is watched: what it does at all, it does at once."""


@dataclass(frozen=True)
class Trial:
    """What came of a plan. Where the run had finished before its harm, `harms` are fewer than planned."""

    plan: Plan
    harms: Sequence[HarmDone]
    attempts: Sequence[Attempt]
    counted: CallCounts
    seconds: float
    calls: int
    failure: str = ""

    def row(self) -> dict[str, Any]:
        """Without times of day and pids: milliseconds after the first attempt's start.

        An attempt is its number (of the activity: a phase that was paused begins again at 1), its worker, its time.
        """
        start = self.attempts[0].time if self.attempts else 0.0
        workers = {pid: number for number, pid in enumerate(dict.fromkeys(each.pid for each in self.attempts), 1)}
        return {
            "shape": self.plan.shape,
            "harm": self.plan.harm,
            "planned": list(self.plan.points),
            "harmed_ms": [round((harm.time - start) * 1000) for harm in self.harms],
            "harm_took_ms": [round((harm.ended - harm.time) * 1000) for harm in self.harms],
            "attempts": [[each.number, workers[each.pid], round((each.time - start) * 1000)] for each in self.attempts],
            "seconds": round(self.seconds, 2),
            "calls": self.calls,
            "failure": self.failure,
            **asdict(self.counted),
        }


async def measure(cell: Cell, shape: str) -> Undisturbed:
    """A run that nobody harms."""
    workers = Workers(cell, cell.folder / f"{uuid4()}.jsonl")
    try:
        running = await begin(workers, shape)
        attempt, result = await workers.begun(), await running
        return undisturbed(read(workers.calls)[0], result, time.time() - attempt.time)
    finally:
        workers.end()


async def run_trial(plan: Plan, cell: Cell, expected: Undisturbed) -> Trial:
    workers = Workers(cell, cell.folder / f"{uuid4()}.jsonl")
    began, harms, result, failure = time.time(), list[HarmDone](), None, ""
    try:
        running = await begin(workers, plan.shape)
        try:
            for point in plan.points:
                if await finished_within(running, workers, point * expected.seconds):
                    break
                if (done := await HARMS[plan.harm](workers, running)) is None:
                    break
                harms.append(done)
            result = await running
        except (WorkflowFailureError, TimeoutError) as error:
            failure = f"{type(error).__name__}: {error.__cause__}"
        if plan.harm == "takeover" and harms:
            await asyncio.sleep(max(0.0, harms[-1].ended + WAKING_SECONDS - time.time()))
    finally:
        workers.end()
    calls, attempts = read(workers.calls)
    return Trial(
        plan,
        harms,
        attempts,
        count_calls(calls, harms, result, expected),
        time.time() - began,
        len(calls),
        failure,
    )


async def begin(workers: Workers, shape: str) -> Running:
    """The run's result, to be waited for."""
    workers.start()
    handle = await workers.cell.client.start_workflow(
        Shaped.run,
        args=[shape, workers.queue, SHAPES[shape].request.model_dump()],
        id=workers.queue,
        task_queue=QUEUE,
    )
    return asyncio.create_task(result_of(handle))


async def result_of(handle: WorkflowHandle[Any, dict[str, Any]]) -> dict[str, Any]:
    """Asked for again while the server is away."""
    async with asyncio.timeout(RESULT_TIMEOUT_SECONDS):
        while True:
            try:
                return await handle.result()
            except RPCError:
                await asyncio.sleep(0.1)


async def finished_within(running: Running, workers: Workers, seconds: float) -> bool:
    """Whether the run was over that many seconds after the last worker had taken the phase up."""
    beginning = asyncio.create_task(workers.begun())
    await asyncio.wait([running, beginning], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        beginning.cancel()
        return True
    attempt = await beginning
    await asyncio.wait([running], timeout=max(0.0, attempt.time + seconds - time.time()))
    return running.done()
