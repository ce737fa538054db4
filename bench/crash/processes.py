"""The processes of a campaign: a server that can be killed and started again, and workers from the fork server.

Each process is known by its pid, and has ended at the end of the `with` block that started it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

from bench.commands import REPOSITORY, environment
from bench.crash.workflow import Shaped
from bench.processes import connect
from outlast.orchestration.embedded import dev_server

QUEUE = "workflows"


class Server:
    """A dev server with its data and its log in the folder `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        ports = dev_server.choose_ports(home)
        self.address = ports.address
        self._command = dev_server.start_command(dev_server.find_temporal(home), ports)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, or start it again with the same data and ports."""
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._home,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Zygote:
    """The fork server that starts workers."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.crash.zygote"],
                cwd=REPOSITORY,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._read()

    def start_worker(self, job: str) -> int:
        """Start a worker and return its pid, which no other process gets as long as this fork server lives."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, see above
        self._process.stdin.write(job + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def close(self) -> None:
        """Close its input, so that it ends its workers and itself."""
        with suppress(BrokenPipeError, ValueError):
            self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - a pipe, see above
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The fork server has ended; its log says why.")
        return line


@dataclass(frozen=True)
class Cell:
    """A server with its client and folder. Killing the server harms all runs on it."""

    client: Client
    server: Server
    zygote: Zygote
    folder: Path


@asynccontextmanager
async def cell(home: Path, zygote: Zygote) -> AsyncGenerator[Cell]:
    """Start a server, and a worker for the workflows in this process, which is not harmed."""
    home.mkdir(parents=True)  # noqa: ASYNC240 - before anything runs here
    server = Server(home)
    server.start()
    try:
        client = await connect(server.address)
        async with Worker(client, task_queue=QUEUE, workflows=[Shaped], build_id="crash"):
            yield Cell(client, server, zygote, home)
    finally:
        server.kill()


@contextmanager
def fork_server(log: Path) -> Generator[Zygote]:
    zygote = Zygote(log)
    try:
        yield zygote
    finally:
        zygote.close()


def send(signal_: signal.Signals, pid: int) -> None:
    """Send a signal to a worker that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal_)
