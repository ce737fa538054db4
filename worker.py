"""The worker, which `outlast worker` runs: it makes a Temporal worker of the settings and the graphs of composition.py.

To use your own graphs, write a file like this one and name it in OUTLAST_WORKER.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import stamina
from langgraph_heartbeat import DurablePlugin, Paused, phase_activity
from obstore.store import ObjectStore
from temporalio.client import Client
from temporalio.worker import Worker

from outlast.composition import BoundGraph, Composition, build_composition, open_web_search
from outlast.evidence.errors import NeedsOperator, OutlastError
from outlast.evidence.text import one_line, safe_lines
from outlast.evidence.usage import Usage
from outlast.graphs.resources import Web
from outlast.orchestration.activities.checkpoint_objects import CheckpointObjects
from outlast.orchestration.activities.collect import collect
from outlast.orchestration.activities.earlier_usage import with_earlier_usage
from outlast.orchestration.activities.plain_activity import as_failure, plain_activity
from outlast.orchestration.activities.publish import publish
from outlast.orchestration.embedded.connection import connect, connection
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.embedded.process_files import ProcessFiles
from outlast.orchestration.embedded.search_attributes import register_search_attributes
from outlast.orchestration.research.messages import MAX_PARALLEL_TASKS, TASK_QUEUE
from outlast.orchestration.research.phases import (
    COLLECT,
    INVESTIGATE,
    PLAN,
    PUBLISH,
    VERIFY,
    WRITE,
    Phase,
    Request,
    Result,
)
from outlast.orchestration.research.workflow import Research
from outlast.orchestration.settings import Settings
from outlast.tools.store.objects import open_objects

log = logging.getLogger("outlast.worker")

GRACEFUL_SHUTDOWN_TIMEOUT = timedelta(seconds=10)
"""Time for a step to end after SIGTERM. A graph that reaches its next step saves a checkpoint and repeats nothing."""


def phase_activities(composition: Composition, *, search_attributes: bool = False) -> Sequence[Callable[..., Any]]:
    """Make an activity of each row of the phase table, with its graph if it has one."""
    store = composition.store
    return [
        plain_activity(COLLECT, partial(collect, store, composition.model, search_attributes=search_attributes)),
        graph_activity(PLAN, composition.plan, store),
        graph_activity(INVESTIGATE, composition.investigate, store),
        graph_activity(WRITE, composition.write, store),
        graph_activity(VERIFY, composition.verify, store),
        plain_activity(PUBLISH, partial(publish, store)),
    ]


def graph_activity(
    row: Phase[Request, Result], bound: BoundGraph[Request], store: ObjectStore
) -> Callable[..., Awaitable[Result | Paused]]:
    phase = phase_activity(
        row.name,
        row.request,
        row.result,
        bound.graph,
        bound.context,
        as_failure=as_failure,
        parallel=MAX_PARALLEL_TASKS,
        checkpoints=CheckpointObjects(store),
        progress=spending_progress,
    )
    return with_earlier_usage(row, phase)


def spending_progress(channels: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the usage of a phase for its heartbeats: the amounts that the journal cannot count."""
    usage = channels.get("usage")
    if not isinstance(usage, Usage):
        return {}
    amounts = {"usd": round(usage.usd, 6), "searches": usage.searches, "pages": usage.pages}
    return {name: amount for name, amount in amounts.items() if amount}


def research_worker(client: Client, composition: Composition, *, search_attributes: bool = False) -> Worker:
    """Make a worker for the task queue `outlast`, with the workflow and every phase.

    `search_attributes`: whether the server has Outlast's search attributes, so that runs may set them.
    """
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Research],
        activities=phase_activities(composition, search_attributes=search_attributes),
        plugins=[DurablePlugin()],
        # Eager activities all go to the worker that holds the workflow: that saves milliseconds, but other workers
        # would be idle for minutes.
        disable_eager_activity_execution=True,
        graceful_shutdown_timeout=GRACEFUL_SHUTDOWN_TIMEOUT,
    )


async def serve(
    settings: Settings,
    *,
    compose: Callable[[ObjectStore, Settings, Web], Composition] = build_composition,
    search: Callable[[Settings, ObjectStore], AbstractAsyncContextManager[Web]] = open_web_search,
) -> None:
    """Run the worker until SIGTERM or SIGINT. In embedded mode this starts the server of the folder too."""
    store = open_objects(settings.object_store)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.to_thread(open_home, settings.home)
    connected = asyncio.Event()

    async def work() -> None:
        async with connection_when_ready(settings) as client, search(settings, store) as web:
            connected.set()
            registered = await register_search_attributes(client)
            if not registered:
                log.info(
                    "The server has no search attributes of Outlast: runs cannot be filtered by phase or cost there."
                )
            async with research_worker(client, compose(store, settings, web), search_attributes=registered):
                ProcessFiles(settings.home).worker_start.record_ready()
                log.info("Working on the queue %s of %s.", TASK_QUEUE, client.service_client.config.target_host)
                await stop.wait()

    # One task enters the connection and works: an embedded server that is given up cancels the task that entered it.
    working = asyncio.create_task(work())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not working.done() and not connected.is_set():  # a signal came while the worker waited for its server
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        ProcessFiles(settings.home).worker_start.record_ready()  # it stops on request, so its start has not failed
        return
    await working


@asynccontextmanager
async def connection_when_ready(settings: Settings) -> AsyncGenerator[Client]:
    """Connect as soon as the server answers: a worker may start before its server."""
    if profile := settings.temporal():
        yield await stamina.retry(on=is_unreachable, attempts=None, timeout=None, wait_max=5.0)(connect)(profile)
        return
    async with connection(settings, starts_runs=True) as client:
        yield client


def is_unreachable(error: Exception) -> bool:
    if isinstance(error, NeedsOperator):
        log.warning("%s Waiting for it.", error)
        return True
    return False


class SafeLogFormatter(logging.Formatter):
    """Removes terminal escape sequences from log records, which may quote web pages, models and libraries."""

    def format(self, record: logging.LogRecord) -> str:
        return safe_lines(super().format(record))


def main() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(SafeLogFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("stamina").setLevel(logging.ERROR)  # is_unreachable logs what the worker waits for
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every URL, which may contain secrets
    asyncio.run(serve(Settings()))


if __name__ == "__main__":
    try:
        main()
    except OutlastError as error:
        sys.exit(f"outlast: {one_line(str(error))}")
