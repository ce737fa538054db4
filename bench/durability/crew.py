"""The bench processes for the driver: the yard starts them, they talk over a socket, and are killed by process id."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.commands import REPOSITORY, environment
from bench.durability.orders import PEERS, Order, PeerName

WAIT_TIMEOUT_SECONDS = 90
YARD_PEERS: tuple[PeerName, ...] = ("bare", "in memory", "outlast, 1 s", *PEERS)
LIBRARY = REPOSITORY / "durable"
"""An environment beside the project's has none of it installed."""


class GoneError(Exception):
    """The process ended, with or without an error message."""


class RefusedError(Exception):
    """The peer does not accept graphs of this shape; the message is the peer's."""


class BenchProcess:
    """One bench process. It ends when its socket is closed."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid, self._reader, self._writer = pid, reader, writer

    def send(self, **message: Any) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    async def ask(self, **message: Any) -> dict[str, Any]:
        self.send(**message)
        return await self.receive()

    async def receive(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self._reader.readline(), WAIT_TIMEOUT_SECONDS)
        if not line:
            raise GoneError("it ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise (RefusedError if answer["refused"] else GoneError)(answer["error"])
        return answer

    async def kill(self) -> None:
        """Kill the process with `kill -9`, and wait until it is dead."""
        os.kill(self.pid, signal.SIGKILL)
        while await self._reader.read(1024):
            pass

    async def leave(self) -> None:
        self._writer.close()
        await asyncio.sleep(0)


class Yard:
    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self._folder, self._turn = process, folder, asyncio.Lock()

    @asynccontextmanager
    async def running_process(self, order: Order) -> AsyncGenerator[BenchProcess]:
        process = await self.start_process(order)
        try:
            yield process
        finally:
            await process.leave()

    async def start_process(self, order: Order) -> BenchProcess:
        """Return a bench process that is ready to work."""
        arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()

        def arrive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.set_result((reader, writer))

        async with self._turn:
            socket = self._folder / "socket"
            server = await asyncio.start_unix_server(arrive, socket)
            pid = int(await self._answer(replace(order, socket=str(socket)).as_json()))
            reader, writer = await asyncio.wait_for(arrived, WAIT_TIMEOUT_SECONDS)
            server.close()
            socket.unlink(missing_ok=True)
        process = BenchProcess(pid, reader, writer)
        await process.receive()
        return process

    async def _answer(self, line: str) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise GoneError("the yard has no pipes")
        self._process.stdin.write(line.encode() + b"\n")
        if answer := await self._process.stdout.readline():
            return answer.decode()
        raise GoneError("the yard is closed")


@asynccontextmanager
async def yard(
    folder: Path, peers: Sequence[PeerName] = YARD_PEERS, python: str = sys.executable
) -> AsyncGenerator[Yard]:
    """Run a yard for these peers with the interpreter `python`."""
    pipe = asyncio.subprocess.PIPE
    command = (python, "-m", "bench.durability.yard", *peers)
    log = folder / f"{Path(python).parent.parent.name}-yard.log"
    with TemporaryDirectory(prefix="yard") as short, log.open("wb") as output:  # a socket's path must be short
        process = await asyncio.create_subprocess_exec(
            *command, cwd=REPOSITORY, env=environment(PYTHONPATH=str(LIBRARY)), stdin=pipe, stdout=pipe, stderr=output
        )
        try:
            if process.stdout is None or not await process.stdout.readline():
                raise GoneError(log.read_text())
            yield Yard(process, Path(short))
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
