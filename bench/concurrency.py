"""Measure how much a run does in parallel: 20 tasks and 200 pages, where every answer of the world takes time.

    make bench-concurrency

It prints and stores the run's time compared with the sum of the latencies of its calls, the worker's memory, and the
events of its history. The exit code is 1 if a target is missed.
"""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from temporalio.client import Client, WorkflowHandle

from bench.faults.crew import crew
from bench.figures import Figure, at_most, seconds, table, write_results
from bench.histories import history_of
from bench.machine import facts
from bench.processes import server
from bench.runs import duration
from outlast.evidence.words import content_words
from outlast.orchestration.research.messages import TASK_QUEUE, WORKFLOW_TYPE, Ask, Outcome
from tests.servers.world import model
from tests.servers.world.ledger import Call
from tests.servers.world.pages import WorldPage, filled
from tests.servers.world.reading import Read
from tests.servers.world.topics import Topic, topics
from tests.servers.world.world import DOMAIN, Latency, World

RESULTS = Path(__file__).parent / "results" / "concurrency.json"
SEED = 1
TASKS, PAGES_A_TASK = 20, 10
LATENCY = Latency(model=0.5, search=0.3, page=0.2)
MAX_SHARE_OF_SUM = 0.25
"""The run's time as a share of the sum. Four tasks run at a time, and each reads its passages in parallel."""
POLL_SECONDS = 0.2
MB = 1 << 20

Handle = WorkflowHandle[Any, Outcome]


async def measure(home: Path) -> list[Figure]:
    *measured, first = topics(SEED, TASKS + 1)
    pages = [page for topic in (*measured, first) for page in pages_of(topic)]
    with World(SEED, TASKS + 1, latency=LATENCY, pages=pages) as world:
        world.answering = partial(model.answer, forms={"Queries": queries})
        async with server(home) as up:
            with crew({**up.settings, **world.environment()}, home / "workers.log", 1) as workers:
                warm_up = await start_run(up.client, [first], "warm")  # so that imports are not part of the run
                await warm_up.result()
                before = len(world.ledger.calls)
                handle = await start_run(up.client, measured, "wide")
                peak = await watch_peak_memory(handle, workers.pids[0])
                took = (await duration(handle)).total_seconds()
                history = await history_of(handle, gates=0)
                return [*figures(world.ledger.calls[before:], took, peak), history.figure("history")]


def pages_of(topic: Topic) -> list[WorldPage]:
    """Return pages on hosts of their own, so that no page waits for another one; the first has the answer."""
    answer = topic.on_the_web[0].sentence
    hosts = [f"{topic.name.lower()}.p{number}.{DOMAIN}" for number in range(1, PAGES_A_TASK + 1)]
    return [
        WorldPage(host, "/", f"{topic.title}, part {number}", filled([answer] if number == 1 else [], host))
        for number, host in enumerate(hosts, 1)
    ]


def queries(seen: Read) -> dict[str, Any]:
    """Return two queries one after the other, so that all pages are read: a search makes the run read six of them."""
    tried = seen.whole.partition("Queries tried already:\n")[2].partition("\n\n")[0].splitlines()
    words = " ".join(content_words(seen.question))
    return {"queries": [words] if len(tried) < 2 else [f"{words} part"] if len(tried) < 3 else []}


async def start_run(client: Client, parts: Sequence[Topic], name: str) -> Handle:
    question = " ".join(topic.on_the_web[0].question for topic in parts)
    ask = Ask(question=question, web=True, approve=True)
    return await client.start_workflow(WORKFLOW_TYPE, ask, id=name, task_queue=TASK_QUEUE, result_type=Outcome)


async def watch_peak_memory(handle: Handle, pid: int) -> tuple[int, int]:
    """Return the peak memory until the run's end in bytes: of the worker, and of it and its parser processes."""
    process = psutil.Process(pid)
    running = asyncio.create_task(handle.result())
    worker = together = 0
    while not running.done():
        own = process.memory_info().rss
        worker = max(worker, own)
        together = max(together, own + sum(memory_of(child) for child in process.children(recursive=True)))
        await asyncio.wait([running], timeout=POLL_SECONDS)
    await running
    return worker, together


def memory_of(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def figures(calls: Sequence[Call], took: float, peak: tuple[int, int]) -> list[Figure]:
    waited = sum(call.ended - call.begun for call in calls)
    pages = sum(call.kind == "page" and not call.what.endswith("/robots.txt") for call in calls)
    model_and_search_calls = sum(call.kind != "page" for call in calls)
    worker, together = peak
    return [
        seconds(
            "run", took, f"{TASKS} tasks, {pages} pages, {model_and_search_calls} calls to the model and the engines"
        ),
        seconds(
            "sum of latencies", waited, f"model {LATENCY.model} s, search {LATENCY.search} s, page {LATENCY.page} s"
        ),
        at_most(MAX_SHARE_OF_SUM, Figure("run / sum of latencies", round(took / waited, 3), "x")),
        Figure("memory, worker", worker // MB, "MB", note="peak"),
        Figure("memory, worker and parsers", together // MB, "MB", note="peak"),
    ]


def main() -> None:
    machine = facts()
    with TemporaryDirectory(prefix="concurrency-") as folder:
        measured = asyncio.run(measure(Path(folder)))
    print(table(measured))
    write_results(measured, machine, RESULTS)
    sys.exit(0 if all(figure.met for figure in measured) else 1)


if __name__ == "__main__":
    main()
