"""Measure runs on a server and a worker of their own: the time of each part, and the length of the histories."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from bench import demo
from bench.commands import OUTLAST, time_command
from bench.figures import Figure, seconds
from bench.histories import COPIES, History, compare_events, copy_often, history_of
from bench.processes import READY_LINE, WAIT_TIMEOUT_SECONDS, Server, server, wait_for_line, wait_until, worker
from outlast.composition import Composition
from outlast.in_process import answer
from outlast.orchestration.client.start import workflow_id
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE, Ask, Outcome, Status
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

REPETITIONS = 5
Handle = WorkflowHandle[Any, Outcome]


async def runs(folder: Path) -> list[Figure]:
    documents, home = demo.documents(folder / "documents"), folder / "home"
    home.mkdir()
    async with server(home) as up:
        began = time.perf_counter()
        collection = await ingest_documents(documents, home)
        took = time.perf_counter() - began
        waiting = await start_run(up.client, collection)
        began = time.perf_counter()
        with worker(home, up.settings) as log:
            working, first_phase = await asyncio.gather(
                seconds_until(began, wait_for_line(READY_LINE, log)),
                seconds_until(began, wait_for_first_phase(waiting)),
            )
            figures = [
                seconds("server start", up.seconds, "from spawn to connection"),
                seconds("worker start", working, "from spawn to polling its queue"),
                seconds("worker start, first phase done", first_phase, "of a run that waited for it"),
                seconds("take in the demo documents", took, "new to it; in process"),
            ]
            asked = await approve_gates(waiting)
            run_figures, usual = await timed_runs(up, documents, collection, home)
            many = await ingest_documents(copy_often(documents, folder / "many"), home)
            copies = await history_of(await start_run(up.client, many, approve=True), gates=0)
    return [
        *figures,
        *run_figures,
        usual.figure("history of a run"),
        asked.figure("history of a run that asks"),
        copies.figure(f"history over {COPIES} x the documents"),
        compare_events(usual, copies),
    ]


async def ingest_documents(documents: Path, home: Path) -> str:
    store = open_objects(str(home / "objects"))
    return await Collections(store).save(await ingest_folder(documents, store, home / "cache"))


async def start_run(client: Client, collection: str, *, approve: bool = False) -> Handle:
    ask = Ask(question=demo.question(), collection=collection, approve=approve)
    return await client.start_workflow(
        WORKFLOW_TYPE, ask, id=f"bench-{time.time_ns()}", task_queue=TASK_QUEUE, result_type=Outcome
    )


async def seconds_until(began: float, event: Awaitable[None]) -> float:
    await event
    return time.perf_counter() - began


async def wait_for_first_phase(handle: Handle) -> None:
    async with asyncio.timeout(WAIT_TIMEOUT_SECONDS):
        async for event in handle.fetch_history_events(wait_new_event=True):
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                return


async def approve_gates(handle: Handle) -> History:
    """Approve at both gates, as a person does with `outlast decide`."""
    for subject in ("plan-1", "report-1"):
        await wait_until(partial(is_open, handle, subject))
        await handle.execute_update("decide", {"decision": "approve", "subject": subject})
    return await history_of(handle, gates=2)


async def is_open(handle: Handle, subject: str) -> bool:
    status = await handle.query("status", result_type=Status)
    return status.gate is not None and status.gate.subject == subject


async def timed_runs(up: Server, documents: Path, collection: str, home: Path) -> tuple[list[Figure], History]:
    """Time the same run as a command, from its start to its result, and without Temporal; medians of `REPETITIONS`."""
    command = [OUTLAST, "research", demo.question(), "--docs", str(documents), "--yes"]
    walls: list[float] = []
    handles: list[Handle] = []
    for _ in range(REPETITIONS):
        walls.append(await asyncio.to_thread(time_command, command, home, up.settings))
        handles.append(await newest(up.client, collection))
    took = median([(await duration(handle)).total_seconds() for handle in handles])
    alone = await in_process(collection, home, await claims_of(handles[-1]))
    return [
        seconds("outlast research --yes", median(walls), f"the whole command; median of {REPETITIONS}"),
        seconds("run", took, "from start to result"),
        seconds("the same graphs in process", alone, "plan, investigate, write, verify; no Temporal"),
        Figure(
            "run / the same graphs in process",
            round(took / alone, 2),
            "x",
            note=f"{took - alone:.2f} s for being durable",
        ),
    ], await history_of(handles[-1], gates=0)


async def newest(client: Client, collection: str) -> Handle:
    """Return the run that the command started; the same question to the same documents has the same workflow id."""
    workflow = workflow_id(Ask(question=demo.question(), collection=collection))
    description = await client.get_workflow_handle(workflow).describe()
    return client.get_workflow_handle(workflow, run_id=description.run_id, result_type=Outcome)


async def duration(handle: Handle) -> timedelta:
    description = await handle.describe()
    if description.close_time is None:
        raise ValueError(f"The run {handle.id} has not ended.")
    return description.close_time - description.start_time


async def claims_of(handle: Handle) -> int:
    report = (await handle.result()).report
    return report.claims if report else 0


async def in_process(collection: str, home: Path, claims: int) -> float:
    """Return the seconds of an answer with the library open and one answer given before, as in a warm worker."""
    store = open_objects(str(home / "objects"))
    composition = Composition(store, home / "cache")
    warm_up = await answer(demo.question(), collection, composition)
    if sum(1 for _ in warm_up.draft.claims()) != claims:
        raise ValueError("The run and the graphs alone gave different reports: their times cannot be compared.")
    times: list[float] = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        await answer(demo.question(), collection, composition)
        times.append(time.perf_counter() - began)
    return median(times)
