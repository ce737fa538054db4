"""Start a server and a worker in a temporary folder, and stop them at the end of their `with` blocks."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from bench.commands import environment
from outlast.orchestration.embedded import dev_server
from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.settings import DEFAULT_WORKER_FILE

POLL_SECONDS = 0.01
WAIT_TIMEOUT_SECONDS = 60
READY_LINE = "Working on the queue"


@dataclass(frozen=True)
class Server:
    client: Client
    settings: Mapping[str, str]
    """The environment of commands and workers that use the server."""
    seconds: float
    """The time from its spawn to the first connection."""


@asynccontextmanager
async def server(home: Path) -> AsyncGenerator[Server]:
    """Run the dev server with its data in the folder `home`."""
    ports = dev_server.choose_ports(home)
    settings = environment(
        TEMPORAL_ADDRESS=ports.address, TEMPORAL_NAMESPACE=dev_server.NAMESPACE, OUTLAST_HOME=str(home)
    )
    began = time.perf_counter()
    command = dev_server.start_command(dev_server.find_temporal(home), ports)
    with spawn(command, settings, home / "server.log", folder=home):
        client = await connect(ports.address)
        yield Server(client, settings, time.perf_counter() - began)


async def connect(address: str) -> Client:
    async with asyncio.timeout(WAIT_TIMEOUT_SECONDS):
        while True:
            try:
                return await Client.connect(address, data_converter=DATA_CONVERTER)
            except RuntimeError:
                await asyncio.sleep(POLL_SECONDS)


@contextmanager
def worker(home: Path, settings: Mapping[str, str]) -> Generator[Path]:
    """Spawn a worker and yield the path of its log; `wait_for_line` waits for a line in it."""
    log = home / "worker.log"
    with spawn([sys.executable, "-P", str(DEFAULT_WORKER_FILE)], settings, log):
        yield log


async def wait_for_line(line: str, log: Path) -> None:
    async def is_logged() -> bool:
        return line in await asyncio.to_thread(log.read_text)

    await wait_until(is_logged)


async def wait_until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Check the condition repeatedly until it is true, because it sends no event."""
    async with asyncio.timeout(WAIT_TIMEOUT_SECONDS):
        while True:
            if await condition():
                return
            await asyncio.sleep(POLL_SECONDS)


@contextmanager
def spawn(
    command: Sequence[str], settings: Mapping[str, str], log: Path, folder: Path | None = None
) -> Generator[None]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, env=dict(settings), cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(WAIT_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
