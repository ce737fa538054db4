"""Run a graph once, kill its worker as planned, answer its questions, wait for its result, and count its calls."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import FailureError
from temporalio.service import RPCError

from bench.served.calls import Call, newest_start, read_tools
from bench.served.counting import CallCounts, Undisturbed, count_calls, undisturbed
from bench.served.model_server import ModelServer, Script
from bench.served.processes import Place, ServedWorker
from bench.served.script import script

REQUESTS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "requests.json").read_text())
"""For each graph, what a person pastes into the UI to start it, and the answers to its questions."""
HEARTBEAT_TIMEOUT_SECONDS = 3
"""So that a campaign does not wait for 15 s after each kill, as a run in production does."""
RESULT_TIMEOUT_SECONDS = 120
POLL_SECONDS = 0.01
ASK_AGAIN_SECONDS = 0.1

Handle = WorkflowHandle[Any, Any]


class WrongEndError(Exception):
    """A run that has not ended with a result."""


@dataclass(frozen=True)
class Trial:
    """One run. If it finished before a kill, `kills` are fewer than `points`."""

    graph: str
    points: Sequence[float]
    """When each kill was to come: this share of an undisturbed run's time after the worker's first call."""
    kills: Sequence[float]
    calls: Sequence[Call]
    result: Any
    counted: CallCounts
    seconds: float
    load: float
    """The processes that wanted a processor during the last minute, for each processor of the machine."""
    failure: str = ""

    def row(self) -> dict[str, Any]:
        """Return a row for JSON, with milliseconds after the first call in place of times."""
        start = self.calls[0].start if self.calls else 0.0
        return {
            "graph": self.graph,
            "planned": list(self.points),
            "killed_ms": [round((kill - start) * 1000) for kill in self.kills],
            "seconds": round(self.seconds, 2),
            "calls": len(self.calls),
            "load": self.load,
            "failure": self.failure,
            **asdict(self.counted),
        }


async def measure(graph: str, place: Place, speak: Script = script) -> tuple[Trial, Undisturbed | None]:
    """Run a graph without a kill, and return what its harmed runs are compared with; None if it cannot be."""
    trial = await run_trial(graph, place, None, [], speak)
    if trial.failure:
        return trial, None
    try:
        return trial, undisturbed(trial.calls, trial.result)
    except ValueError as error:
        return replace(trial, failure=str(error)), None


async def run_trial(
    graph: str, place: Place, expected: Undisturbed | None, points: Sequence[float], speak: Script = script
) -> Trial:
    queue, began, result, failure = f"{graph}-{uuid4()}", time.time(), None, ""
    kills: list[float] = []
    tool_log = place.folder / f"{queue}.jsonl"
    with ModelServer(speak) as models:

        def calls() -> list[Call]:
            return sorted([*models.calls, *read_tools(tool_log)], key=lambda call: call.start)

        settings = {"OPENAI_BASE_URL": models.base_url, "TOOL_LOG": str(tool_log)}
        worker = ServedWorker(place, queue, settings)
        worker.start()
        running = asyncio.create_task(end_of(graph, place, worker))
        try:
            for point in points:
                after = kills[-1] if kills else began
                if await finished_within(running, calls, after, point * (expected.seconds if expected else 0)):
                    break
                kills.append(worker.kill())
                worker.start()
            result = await running
        except (WrongEndError, TimeoutError) as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            running.cancel()
            worker.kill()
        made = calls()
    counted = CallCounts() if expected is None else count_calls(made, kills, result, expected)
    load = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)
    return Trial(graph, points, kills, made, result, counted, time.time() - began, load, failure)


async def finished_within(
    running: asyncio.Task[Any], calls: Callable[[], list[Call]], after: float, seconds: float
) -> bool:
    """Return whether the run was over so many seconds after the first call that began after the moment `after`."""
    while (start := newest_start(calls(), after)) is None:
        if (await asyncio.wait([running], timeout=POLL_SECONDS))[0]:
            return True
    await asyncio.wait([running], timeout=max(0.0, start + seconds - time.time()))
    return running.done()


async def end_of(graph: str, place: Place, worker: ServedWorker) -> Any:
    """Start the run as people do, answer its questions, and return its result; raise `WrongEndError` if it fails."""
    start = {**REQUESTS[graph]["start"], "limits": {"heartbeat_seconds": HEARTBEAT_TIMEOUT_SECONDS}}
    handle = await place.client.start_workflow("RunGraph", start, id=worker.queue, task_queue=worker.queue)
    answers = REQUESTS[graph].get("answers", [])
    async with asyncio.timeout(RESULT_TIMEOUT_SECONDS):
        ending = asyncio.create_task(result_of(handle))
        waiting = {ending, asyncio.create_task(answer_questions(handle, answers)), asyncio.create_task(watch(worker))}
        try:
            while not ending.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises what went wrong in it
            return ending.result()
        finally:
            for task in (ending, *waiting):
                task.cancel()


async def result_of(handle: Handle) -> Any:
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        raise WrongEndError(reason_of(error.cause)) from error


def reason_of(error: BaseException | None) -> str:
    """Return the messages of a failure and of its causes."""
    messages: list[str] = []
    while error is not None:
        messages.append(str(error))
        error = error.cause if isinstance(error, FailureError) else error.__cause__
    return "; ".join(messages)


async def answer_questions(handle: Handle, answers: Sequence[Any]) -> None:
    """Answer each question once it is asked, by the update that a person sends from the UI."""
    for number, answer in enumerate(answers, 1):
        question = f"q{number}"
        await until(partial(is_open, handle, question))
        await until(partial(is_taken, handle, {"question": question, "answer": answer}))


async def is_open(handle: Handle, question: str) -> bool:
    try:
        status = await handle.query("status")
    except RPCError:  # its worker has just been killed
        return False
    return any(each["name"] == question and not each["answered"] for each in status["questions"])


async def is_taken(handle: Handle, answer: dict[str, Any]) -> bool:
    """Send an answer. It has an id of its own, so that it counts once if it has to be sent again."""
    try:
        await handle.execute_update("answer", answer, id=answer["question"])
    except RPCError:  # as above
        return False
    except WorkflowUpdateFailedError as error:
        raise WrongEndError(f"the answer was refused: {reason_of(error.cause)}") from error
    return True


async def watch(worker: ServedWorker) -> None:
    """Raise `WrongEndError` when the worker ends by itself."""

    async def has_ended() -> bool:
        return worker.has_ended()

    await until(has_ended)
    raise WrongEndError(f"the worker has ended: {worker.log.read_text()[-2000:]}")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, because nothing tells of it."""
    while True:
        if await condition():
            return
        await asyncio.sleep(ASK_AGAIN_SECONDS)
