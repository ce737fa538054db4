"""Start one run, harm it as planned, wait for its end, and count its calls."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError

from bench.crash.calls import Attempt, read, seconds_of
from bench.crash.counting import CallCounts, Observed, Undisturbed, calls_over_limit, count_calls, undisturbed
from bench.crash.file_store import contents
from bench.crash.harm import HARMS, HarmDone, Running, Workers
from bench.crash.plan import Plan
from bench.crash.processes import QUEUE, Cell
from bench.crash.shapes import SHAPES
from bench.crash.workflow import Shaped

RESULT_TIMEOUT_SECONDS = 120
WAKING_SECONDS = 2.0
"""How long a worker that continues is watched; if it does anything, it does it at once."""
POLL_SECONDS = 0.2
CALL_POLL_SECONDS = 0.01


class WrongEndError(Exception):
    """A run that has not ended as its graph must end."""


@dataclass(frozen=True)
class Trial:
    """The result of a plan. If the run finished before a harm, `harms` are fewer than planned."""

    plan: Plan
    harms: Sequence[HarmDone]
    attempts: Sequence[Attempt]
    counted: CallCounts
    seconds: float
    calls: int
    failure: str = ""

    def row(self) -> dict[str, Any]:
        """Return a row for JSON, with milliseconds after the first attempt's start in place of times, and without pids.

        An attempt is its number (in its activity; after a pause it begins again at 1), its worker, and its time.
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


async def measure(cell: Cell, shape: str) -> tuple[Trial, Undisturbed]:
    """Make a run without harm, which must end as its graph must end and keep within its limits."""
    workers = Workers(cell, cell.folder / f"{uuid4()}.jsonl")
    began, ended, result, failure = time.time(), time.time(), None, ""
    try:
        running = await begin(workers, shape)
        try:
            result = await running
        except (WrongEndError, TimeoutError) as error:
            failure = f"{type(error).__name__}: {error}"
        ended = time.time()
    finally:
        workers.end()
    calls, attempts = read(workers.calls)
    expected = undisturbed(calls, result, ended - attempts[0].time if attempts else 0.0)
    counted = count_calls(Observed(calls, attempts, [], result), expected, SHAPES[shape].limits)
    return Trial(Plan("none", shape, []), [], attempts, counted, ended - began, len(calls), failure), expected


async def run_trial(plan: Plan, cell: Cell, expected: Undisturbed, mutation: str = "") -> Trial:
    workers = Workers(cell, cell.folder / f"{uuid4()}.jsonl", mutation)
    began, harms, result, failure = time.time(), list[HarmDone](), None, ""
    try:
        running = await begin(workers, plan.shape)
        try:
            for number in range(plan.harms):
                if await finished_before(number, plan, running, workers, expected):
                    break
                if (done := await HARMS[plan.harm](workers, running)) is None:
                    break
                harms.append(done)
            result = await running
        except (WrongEndError, TimeoutError) as error:
            failure = f"{type(error).__name__}: {error}"
        if plan.harm == "takeover" and harms:
            await asyncio.sleep(max(0.0, harms[-1].ended + WAKING_SECONDS - time.time()))
    finally:
        workers.end()
    calls, attempts = read(workers.calls)
    counted = count_calls(Observed(calls, attempts, harms, result), expected, SHAPES[plan.shape].limits)
    return Trial(plan, harms, attempts, counted, time.time() - began, len(calls), failure)


async def begin(workers: Workers, shape: str) -> Running:
    """Start the run, and return the task of its end."""
    workers.start()
    handle = await workers.cell.client.start_workflow(
        Shaped.run,
        args=[shape, workers.queue, SHAPES[shape].request.model_dump()],
        id=workers.queue,
        task_queue=QUEUE,
    )
    return asyncio.create_task(end_of(handle, workers, shape))


async def end_of(handle: WorkflowHandle[Any, dict[str, Any]], workers: Workers, shape: str) -> dict[str, Any]:
    """Return the result of the run, or the failure with which it must end; raise `WrongEndError` for any other end.

    A run that makes a call more often than it may is not awaited: it may make it for ever.
    """
    limits = SHAPES[shape].limits
    ending = asyncio.create_task(result_of(handle))
    try:
        while not (await asyncio.wait([ending], timeout=POLL_SECONDS if limits else None))[0]:
            if over := calls_over_limit(read(workers.calls)[0], limits):
                raise WrongEndError(f"too many calls: {', '.join(over)}")
        kind, end = ending.result()
    finally:
        ending.cancel()
    if SHAPES[shape].store:
        end = {**end, "stored": contents(workers.calls)}
    if kind != SHAPES[shape].ends:
        raise WrongEndError(f"it ended with {kind or 'a result'}, not with {SHAPES[shape].ends or 'a result'}: {end}")
    return end


async def result_of(handle: WorkflowHandle[Any, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Wait for the result, or the type of the phase's failure; ask again while the server is away."""
    async with asyncio.timeout(RESULT_TIMEOUT_SECONDS):
        while True:
            try:
                return "", await handle.result()
            except WorkflowFailureError as error:
                failure = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
                kind = failure.type if isinstance(failure, ApplicationError) else None
                return kind or type(failure).__name__, {"failed": kind} if kind else {"failed": str(failure)}
            except RPCError:
                await asyncio.sleep(0.1)


async def finished_before(number: int, plan: Plan, running: Running, workers: Workers, expected: Undisturbed) -> bool:
    """Return whether the run was over before the harm of this number."""
    if plan.calls:
        return await finished_before_call(running, workers, plan.calls[number])
    return await finished_within(running, workers, plan.points[number] * expected.seconds)


async def finished_before_call(running: Running, workers: Workers, number: int) -> bool:
    """Return whether the run was over before the middle of its call of this number."""
    while len(calls := read(workers.calls)[0]) < number:
        if running.done():
            return True
        await asyncio.wait([running], timeout=CALL_POLL_SECONDS)
    middle = calls[number - 1].start + seconds_of(calls[number - 1].label) / 2
    await asyncio.wait([running], timeout=max(0.0, middle - time.time()))
    return running.done()


async def finished_within(running: Running, workers: Workers, seconds: float) -> bool:
    """Return whether the run was over `seconds` after the beginning of the last worker's attempt."""
    beginning = asyncio.create_task(workers.begun())
    await asyncio.wait([running, beginning], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        beginning.cancel()
        return True
    attempt = await beginning
    await asyncio.wait([running], timeout=max(0.0, attempt.time + seconds - time.time()))
    return running.done()
