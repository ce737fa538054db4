"""`python -m langgraph_heartbeat worker`: it serves the graphs until SIGTERM or Ctrl-C, and then hands over."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

from temporalio.client import Client
from temporalio.worker import Worker

from langgraph_heartbeat.workflow import RunGraph

from .connection import Target, connect, load_profile, target_of
from .dev_server import DevServer, dev_server
from .examples import example_request
from .schemas import Schemas
from .served_graphs import ServedGraph

DEFAULT_GRACE = timedelta(seconds=10)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class WorkerOptions:
    """What the command line says about the worker; None where Temporal's configuration for clients decides."""

    address: str | None
    namespace: str | None
    task_queue: str
    ui: str | None
    grace: timedelta
    dev: bool


async def serve(
    graphs: Sequence[ServedGraph], options: WorkerOptions, folder: Path, say: Callable[[str], None]
) -> None:
    """Work until a signal stops it: then no step begins any more, and steps in progress have the time of `grace`.

    A second signal ends the process at once.
    """
    stop, connected = asyncio.Event(), asyncio.Event()
    with_signals(stop, asyncio.get_running_loop())

    async def work() -> None:
        async with connection(options, folder) as (client, target, server):
            connected.set()
            async with worker_of(graphs, options, client):
                for line in [*serving_lines(graphs, target), *dev_lines(server, folder)]:
                    say(line)
                await stop.wait()
                say("Stopping: steps in progress are finished, and other workers of the queue go on from there.")

    # One task connects and works, so that a signal can end it while it waits for a server.
    working, stopping = asyncio.create_task(work()), asyncio.create_task(stop.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done() and not connected.is_set():
        working.cancel()
        await asyncio.wait([working])
        return
    await working
    say("Stopped. Runs that are not finished go on as soon as a worker is started again.")


def worker_of(graphs: Sequence[ServedGraph], options: WorkerOptions, client: Client) -> Worker:
    return Worker(
        client,
        task_queue=options.task_queue,
        workflows=[RunGraph],
        activities=[each.activity for each in graphs],
        graceful_shutdown_timeout=options.grace,
        # An eager activity stays on the worker that has the workflow: other workers of the queue would be idle.
        disable_eager_activity_execution=True,
    )


def with_signals(stop: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
    """Set `stop` at the first signal; give the second one its usual effect."""

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        loop.call_soon_threadsafe(stop.set)

    for number in STOP_SIGNALS:
        signal.signal(number, request_stop)


@asynccontextmanager
async def connection(options: WorkerOptions, folder: Path) -> AsyncGenerator[tuple[Client, Target, DevServer | None]]:
    profile = load_profile(options.address, options.namespace)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(dev_server(profile, folder)) if options.dev else None
        if server is not None:
            profile = server.profile
        ui = options.ui or (server.ui if server else None)
        yield await connect(profile), target_of(profile, options.task_queue, ui), server


def serving_lines(graphs: Sequence[ServedGraph], target: Target) -> Iterator[str]:
    """Yield what people need to start a run."""
    where = f'the task queue "{target.task_queue}" of {target.address}, namespace {target.namespace}'
    yield f"Serving {len(graphs)} graph{'s' if len(graphs) != 1 else ''} on {where}:"
    width = max(len(each.entry.name) for each in graphs)
    for each in graphs:
        yield f"  {each.entry.name:{width}}  {each.entry.where}  {each.entry.description}".rstrip()
    yield "To start a run, paste into a shell:"
    for each in graphs:
        durable_graph = each.activity.durable_graph
        example = example_request(Schemas.of(durable_graph), durable_graph.request)
        yield f"  {target.start_command({'graph': each.entry.name, **example})}"
    if target.start_page:
        yield f"or open {target.start_page}"
        yield "and give it the text after --input, with the encoding json/plain."
    else:
        yield "or start a workflow in the Temporal UI with that type, task queue and input (encoding json/plain)."


def dev_lines(server: DevServer | None, folder: Path) -> Iterator[str]:
    if server is None:
        return
    yield f"Temporal UI: {server.ui}"
    if server.process is None:
        yield f"A Temporal server answered at {server.profile.address} already, so none was started."
    else:
        yield (
            f"The dev server (process {server.process}) keeps its data in {folder / '.langgraph_heartbeat'}, ends with "
            "this worker, and goes on if this worker is killed."
        )
