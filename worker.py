"""The worker, put together: settings -> resources, graphs, phases -> a Temporal worker. Run it: `python worker.py`.

For graphs of your own, write a file like this one and name it in OUTLAST_WORKER.
"""

import asyncio
import hashlib
import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import stamina
from langgraph.graph import StateGraph
from obstore.store import ObjectStore
from temporalio.client import Client
from temporalio.worker import Worker

from evidence.errors import NeedsOperator
from graphs import investigate, plan, verify, write
from graphs.reasoners.extractive import MODE, ExtractiveReasoner
from orchestration.checkpoint_objects import CheckpointObjects
from orchestration.collect import collect
from orchestration.connection import connect, connection
from orchestration.durable.messages import Paused
from orchestration.durable.phase_activity import Context, phase_activity
from orchestration.durable.plugin import DurablePlugin
from orchestration.failures import as_failure
from orchestration.messages import TASK_QUEUE, Investigation, Planning, Verification, Writing
from orchestration.phases import COLLECT, INVESTIGATE, PLAN, PUBLISH, VERIFY, WRITE, Phase, Request, Result
from orchestration.plain_activity import plain_activity
from orchestration.publish import publish
from orchestration.research import TASKS_IN_PARALLEL, Research
from orchestration.settings import Settings
from tools.libraries import Libraries
from tools.objects import open_objects
from tools.snapshots import Snapshots

log = logging.getLogger("outlast.worker")

GRACE = timedelta(seconds=10)
"""So long a step may take after SIGTERM; a graph that reaches its next step hands over, and nothing is done twice."""


class Phases:
    """Each row of the phase table with its graph, and with what that graph needs from outside."""

    def __init__(self, store: ObjectStore, cache: Path, reasoner: ExtractiveReasoner) -> None:
        self._reasoner = reasoner
        self._store = store
        self._snapshots = Snapshots(store)
        self._libraries = Libraries(store, cache)

    async def planning(self, request: Planning) -> plan.Resources:
        return plan.Resources(self._reasoner, await self._libraries.open(request.collection))

    async def investigation(self, request: Investigation) -> investigate.Resources:
        return investigate.Resources(self._reasoner, await self._libraries.open(request.collection))

    async def writing(self, _: Writing) -> write.Resources:
        return write.Resources(self._reasoner)

    async def verification(self, _: Verification) -> verify.Resources:
        return verify.Resources(self._reasoner, self._snapshots)

    def activities(self) -> Sequence[Callable[..., Any]]:
        return [
            plain_activity(COLLECT, partial(collect, self._store)),
            self._bound(PLAN, plan.builder, self.planning),
            self._bound(INVESTIGATE, investigate.builder, self.investigation),
            self._bound(WRITE, write.builder, self.writing),
            self._bound(VERIFY, verify.builder, self.verification),
            plain_activity(PUBLISH, partial(publish, self._store, MODE)),
        ]

    def _bound(
        self, row: Phase[Request, Result], builder: StateGraph[Any, Any, Any, Any], context: Context[Request]
    ) -> Callable[..., Awaitable[Result | Paused]]:
        """A row of the phase table with its graph."""
        return phase_activity(
            row.name,
            row.request,
            row.result,
            builder,
            context,
            as_failure=as_failure,
            parallel=TASKS_IN_PARALLEL,
            store=CheckpointObjects(self._store),
        )


def research_worker(client: Client, settings: Settings, reasoner: ExtractiveReasoner | None = None) -> Worker:
    """A worker of the queue `outlast`, with the workflow and every phase."""
    phases = Phases(open_objects(settings.object_store), settings.cache, reasoner or ExtractiveReasoner())
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Research],
        activities=phases.activities(),
        plugins=[DurablePlugin(build_id())],
        # Eager tasks stay with the worker that holds the workflow: milliseconds won, its neighbours idle for minutes.
        disable_eager_activity_execution=True,
        graceful_shutdown_timeout=GRACE,
    )


def build_id() -> str:
    """Names the code of this worker: the hash of the workflow's own floor."""
    modules = sorted(Path(__file__).parent.glob("orchestration/**/*.py"))
    return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()[:16]


async def serve(settings: Settings, reasoner: ExtractiveReasoner | None = None) -> None:
    """Work until SIGTERM or SIGINT. In embedded mode this brings the server of the folder too."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait())
    async with AsyncExitStack() as stack:
        connecting = asyncio.create_task(stack.enter_async_context(patient_connection(settings)))
        await asyncio.wait([connecting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():  # told to stop while it waits for its server
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
            return
        client = await connecting
        async with research_worker(client, settings, reasoner):
            log.info("Working on the queue %s of %s.", TASK_QUEUE, client.service_client.config.target_host)
            await stopping


@asynccontextmanager
async def patient_connection(settings: Settings) -> AsyncGenerator[Client]:
    """A worker may be there before its server, and waits for it."""
    if profile := settings.temporal():
        yield await stamina.retry(on=unreachable, attempts=None, timeout=None, wait_max=5.0)(connect)(profile)
        return
    async with connection(settings) as client:
        yield client


def unreachable(error: Exception) -> bool:
    if isinstance(error, NeedsOperator):
        log.warning("%s Waiting.", error)
        return True
    return False


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("stamina").setLevel(logging.ERROR)  # we say ourselves what we wait for
    asyncio.run(serve(Settings()))


if __name__ == "__main__":
    main()
