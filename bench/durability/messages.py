"""Measure the steps of agents with long conversations, and what their runs send to the server.

A step is measured inside the process that makes it, from the beginning of one call of the model to that of the next, so
that starting a workflow is no part of it, and peers with and without a server can be compared. What a run sends is
counted in other runs, whose calls take as long as real ones: how many heartbeats there are depends on the time.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowHandle

from bench.commands import REPOSITORY
from bench.durability.actions import billed_actions
from bench.durability.calls import Calls
from bench.durability.conversations import MESSAGE_BYTES
from bench.durability.crew import GoneError, RefusedError, yard
from bench.durability.histories import terminate_if_running
from bench.durability.orders import PeerName
from bench.durability.runs import Place, Station, start, station
from bench.durability.work import Result, Shape, Work

PYTHON_OF_DEEP_AGENTS = REPOSITORY / ".venv" / "deepagents" / "bin" / "python"
PEERS: dict[Shape, tuple[PeerName, ...]] = {
    "messages": ("bare", "in memory", "outlast", "outlast, 1 s", "sqlite", "activity a node", "dbos"),
    "deep agent": ("bare", "in memory", "outlast", "outlast, 1 s", "activity a call"),
}
COUNTED_PEERS: dict[Shape, tuple[PeerName, ...]] = {
    "messages": ("outlast", "outlast, 1 s", "sqlite", "activity a node"),
    "deep agent": ("outlast", "outlast, 1 s", "activity a call"),
}
CALL_SECONDS = 0.5
RUN_TIMEOUT_SECONDS = 60
"""A peer whose state is too large for it repeats its attempt without end."""


@dataclass(frozen=True)
class Scale:
    sizes: dict[Shape, tuple[int, ...]]
    """Numbers of messages at the start. Beyond 100, a deep agent's own middleware would shorten the conversation."""
    rounds: int
    steps: int
    counted_steps: int


FULL = Scale({"messages": (10, 100, 1000), "deep agent": (10, 100)}, 11, 20, 20)
QUICK = Scale({"messages": (10, 100), "deep agent": (10,)}, 2, 10, 4)


class CannotError(Exception):
    """The peer does not reach the result of this work."""


def require_environment(python: Path = PYTHON_OF_DEEP_AGENTS) -> None:
    if not python.exists():
        raise SystemExit(
            f"The deep agents need an environment of their own, and {python.relative_to(REPOSITORY)} does not exist. "
            "Run `make bench-durability` once, which makes it, or measure other parts with --only."
        )


async def measure(place: Place, scale: Scale) -> AsyncGenerator[dict[str, Any]]:
    deep_peers = sorted({*PEERS["deep agent"], *COUNTED_PEERS["deep agent"]})
    async with yard(place.folder, deep_peers, str(PYTHON_OF_DEEP_AGENTS)) as deep_yard:
        for shape, sizes in scale.sizes.items():
            there = replace(place, yard=deep_yard) if shape == "deep agent" else place
            for size in sizes:
                unable: set[PeerName] = set()
                about = {"graph": shape, "messages": size}
                async for row in measure_steps(there, Work(shape, scale.steps, messages=size), scale.rounds):
                    if "cannot" in row:
                        unable.add(row["peer"])
                    yield {"part": "messages", **about, **row}
                counted = [peer for peer in COUNTED_PEERS[shape] if peer not in unable]
                for row in await count_sent(there, Work(shape, scale.counted_steps, messages=size), counted):
                    yield {"part": "sent", **about, **row}


async def measure_steps(place: Place, work: Work, rounds: int) -> AsyncGenerator[dict[str, Any]]:
    async with AsyncExitStack() as stack:
        stations: list[Station] = []
        right: Result | None = None
        for peer in PEERS[work.shape]:
            try:
                each = await stack.enter_async_context(station(place, place.order(peer, work, Calls(MESSAGE_BYTES))))
                result = await run_to_result(each)
            except (CannotError, RefusedError, GoneError) as error:
                yield {"peer": peer, "cannot": str(error)}
                continue
            right = right or result
            if result != right:
                yield {"peer": peer, "cannot": "its result is wrong"}
                continue
            await each.read_meter()
            stations.append(each)
        for number in range(rounds + 1):  # round 0 is a warm-up, like the run before: a deep agent needs two
            # In any other order, a peer would always run after the same other one, whose server still has work to do.
            random.Random(number).shuffle(stations)  # noqa: S311 - an order, no secret
            for each in stations:
                await each.run()
                row = {"peer": each.order.peer, "round": number, **duration(await each.read_meter())}
                if number:
                    yield row


def duration(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the wall and processor seconds from the first step's beginning to the last one's."""
    (began, worked), *_, (ended, worked_at_end) = measured["steps"]
    return {
        "nodes": len(measured["steps"]) - 1,
        "seconds": ended - began,
        "cpu_seconds": worked_at_end - worked,
    }


async def run_to_result(each: Station) -> Result:
    if each.order.by_hand:
        return await each.run()
    handle = await start(each.place.client, each.order)
    try:
        return await asyncio.wait_for(handle.result(), RUN_TIMEOUT_SECONDS)
    except (WorkflowFailureError, TimeoutError) as error:
        reason = await reason_of(handle) or str(error.__cause__ or error) or type(error).__name__
        await terminate_if_running(handle)
        raise CannotError(reason[:300]) from error


async def reason_of(handle: WorkflowHandle[Any, Result]) -> str:
    """Return why the run goes on without end: the last failure of an activity, or else of a workflow task."""
    pending = (await handle.describe()).raw_description.pending_activities
    failures = [each.last_failure for each in pending if each.HasField("last_failure")]
    if not failures:
        events = (await handle.fetch_history()).events
        kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        failures = [e.workflow_task_failed_event_attributes.failure for e in events if e.event_type == kind]
    return f"{failures[-1].application_failure_info.type}: {failures[-1].message}" if failures else ""


async def count_sent(place: Place, work: Work, peers: Sequence[PeerName]) -> list[dict[str, Any]]:
    """Run the peers side by side, because their calls leave the processors idle, and count what each has sent."""
    async with AsyncExitStack() as stack:
        calls = Calls(MESSAGE_BYTES, CALL_SECONDS)
        stations = [
            await stack.enter_async_context(station(place, place.order(peer, work, calls, counted=True)))
            for peer in peers
        ]
        return await asyncio.gather(*(count_run(each) for each in stations))


async def count_run(each: Station) -> dict[str, Any]:
    before, began = await each.read_meter(), time.perf_counter()
    handle = await start(each.place.client, each.order)
    await handle.result()
    took, after = time.perf_counter() - began, await each.read_meter()
    history = await handle.fetch_history()
    known = before["sent_bytes"] is not None
    return {
        "peer": each.order.peer,
        "steps": each.order.work.nodes,
        "call_seconds": CALL_SECONDS,
        "seconds": took,
        "heartbeats": after["heartbeats"],
        "actions": billed_actions(history.events, after["heartbeats"]),
        "stored_bytes": after["stored_bytes"],
        "sent_bytes": after["sent_bytes"] - before["sent_bytes"] if known else None,
    }
