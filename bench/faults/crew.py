"""The workers of the campaign, which are killed and replaced. Each is known by its pid, and has ended at the end."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.processes import end

WORKER_FILE = Path(__file__).resolve().parents[2] / "tests" / "servers" / "world" / "world_worker.py"
SECONDS_BETWEEN_KILLS = (3.0, 12.0)
"""The minimum and maximum time between two kills. The next kill may hit a worker that has just started."""


@dataclass(frozen=True)
class Kill:
    """A kill, in seconds of `time.time()`: until `sent` the worker ran normally, and after `gone` it did nothing."""

    sent: float
    gone: float


class Crew:
    """The workers, and the kills of those that have ended."""

    def __init__(self, settings: Mapping[str, str], log: Path, size: int) -> None:
        self.kills: list[Kill] = []
        self._settings = dict(settings)
        self._log = log
        self._workers = [self._spawned() for _ in range(size)]

    @property
    def pids(self) -> Sequence[int]:
        return [worker.pid for worker in self._workers]

    async def kill_now_and_then(self, times: int, chance: Random) -> None:
        """Kill a worker so many times at random moments, and start another one at once."""
        for _ in range(times):
            await asyncio.sleep(chance.uniform(*SECONDS_BETWEEN_KILLS))
            place = chance.randrange(len(self._workers))
            sent = time.time()
            self._workers[place].kill()
            await asyncio.to_thread(self._workers[place].wait)
            self.kills.append(Kill(sent, gone=time.time()))
            self._workers[place] = self._spawned()

    def end(self) -> None:
        for worker in self._workers:
            end(worker)

    def _spawned(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(WORKER_FILE)], env=self._settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextmanager
def crew(settings: Mapping[str, str], log: Path, size: int) -> Generator[Crew]:
    workers = Crew(settings, log, size)
    try:
        yield workers
    finally:
        workers.end()
