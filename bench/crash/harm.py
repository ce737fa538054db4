"""The ways to harm a run. After each of them, a worker can continue the run."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.crash.calls import Attempt, read
from bench.crash.plan import Harm
from bench.crash.processes import Cell, send
from bench.crash.worker import Job
from bench.processes import connect, wait_until

Running = asyncio.Task[Any]
"""The task of the run that is harmed; it ends with the result."""


@dataclass(frozen=True)
class HarmDone:
    """A harm that was done."""

    harm: Harm
    time: float
    pid: int
    """The process id of the worker that had the phase then."""
    ended: float
    """When the harmed process was back or another one had replaced it; the time of the harm if nothing is awaited."""


@dataclass
class Workers:
    """The workers of one run, on a queue of its own. The last worker has the phase."""

    cell: Cell
    calls: Path
    mutation: str = ""
    queue: str = field(default_factory=lambda: str(uuid4()))
    pids: list[int] = field(default_factory=list[int])

    def start(self) -> None:
        job = Job(self.cell.server.address, self.queue, str(self.calls), self.mutation)
        self.pids.append(self.cell.zygote.start_worker(json.dumps(asdict(job))))

    async def begun(self) -> Attempt:
        """Wait for the last worker's first attempt, and return it."""
        found: list[Attempt] = []

        async def has_begun() -> bool:
            found.extend(each for each in read(self.calls)[1] if each.pid == self.pids[-1])
            return bool(found)

        await wait_until(has_begun)
        return found[0]

    def end(self) -> None:
        for pid in self.pids:
            send(signal.SIGKILL, pid)


async def kill(workers: Workers, running: Running) -> HarmDone:
    del running
    pid, now = workers.pids[-1], time.time()
    send(signal.SIGKILL, pid)
    workers.start()
    return HarmDone("kill", now, pid, now)


async def kill_server(workers: Workers, running: Running) -> HarmDone:
    del running
    pid, now, server = workers.pids[-1], time.time(), workers.cell.server
    server.kill()
    server.start()
    await connect(server.address)
    return HarmDone("server_kill", now, pid, time.time())


async def take_over(workers: Workers, running: Running) -> HarmDone | None:
    """Freeze a worker until another one has its phase, and let it continue; return None if the run had finished."""
    pid, now = workers.pids[-1], time.time()
    send(signal.SIGSTOP, pid)
    workers.start()
    beginning = asyncio.create_task(workers.begun())
    try:
        await asyncio.wait([running, beginning], return_when=asyncio.FIRST_COMPLETED)
        if not beginning.done():
            return None
        await beginning
        return HarmDone("takeover", now, pid, time.time())
    finally:
        beginning.cancel()
        send(signal.SIGCONT, pid)


async def drain(workers: Workers, running: Running) -> HarmDone:
    del running
    pid, now = workers.pids[-1], time.time()
    send(signal.SIGTERM, pid)
    workers.start()
    return HarmDone("drain", now, pid, now)


HARMS: Mapping[Harm, Callable[[Workers, Running], Awaitable[HarmDone | None]]] = {
    "kill": kill,
    "server_kill": kill_server,
    "takeover": take_over,
    "drain": drain,
}
