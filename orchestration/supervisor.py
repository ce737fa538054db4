"""Keeps the embedded server and a worker alive while any command of this folder uses them.

    python -m orchestration.supervisor HOME WORKER

The kernel keeps the accounts, so that kill -9 of anything leaves nothing wrong behind:
- every command holds `run/users.lock` shared while it lives; when the supervisor gets it for itself, nobody is left,
  and it stops server and worker;
- server and worker each hold a lock of their own, inherited at start: it is free exactly when that process is gone;
- the supervisor holds `run/supervisor.lock`: a second one leaves at once.

Standard library only: it stands between a person and the first answer.
"""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestration import dev_server

QUICK_DEATH_SECONDS = 5.0
MOST_QUICK_DEATHS = 5
LOG_LIMIT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Files:
    """Where the processes of a folder meet."""

    home: Path

    @property
    def run(self) -> Path:
        return self.home / "run"

    def lock(self, name: str) -> Path:
        return self.run / f"{name}.lock"

    def pid(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"


def try_lock(path: Path, kind: int = fcntl.LOCK_EX) -> IO[bytes] | None:
    """The open file that holds the lock, or None where another process has it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def is_held(path: Path) -> bool:
    if not path.exists() or (file := try_lock(path, fcntl.LOCK_SH)) is None:
        return path.exists()
    file.close()
    return False


def wait_for_lock(path: Path, kind: int = fcntl.LOCK_EX) -> IO[bytes]:
    file = path.open("ab")
    fcntl.flock(file, kind)
    return file


class CannotKeepError(Exception):
    """A child ends again and again right after its start."""


@dataclass
class Child:
    """A process to keep alive. `command` is asked anew at each start."""

    name: str
    command: Callable[[], list[str]]
    environment: Callable[[], dict[str, str]]
    files: Files

    async def keep(self) -> None:
        """Start it whenever it is not there, until this is cancelled; then stop it. Quick deaths: longer waits."""
        quick_deaths = 0
        self._end_survivor()
        while True:
            # First the pid goes, then the lock comes, then the pid: who sees both sees this process and its ports.
            self.files.pid(self.name).unlink(missing_ok=True)
            lock = await asyncio.to_thread(wait_for_lock, self.files.lock(self.name))
            began = time.monotonic()
            process = await self._start(lock)
            lock.close()  # the process has inherited it
            try:
                await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise
            quick_deaths = quick_deaths + 1 if time.monotonic() - began < QUICK_DEATH_SECONDS else 0
            if quick_deaths == MOST_QUICK_DEATHS:
                raise CannotKeepError(f"The {self.name} ended {quick_deaths} times in a row.")
            await asyncio.sleep(0.2 * 2**quick_deaths if quick_deaths else 0)

    async def _start(self, lock: IO[bytes]) -> asyncio.subprocess.Process:
        log = self.files.log(self.name)
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.old"))
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *self.command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[lock.fileno()],
            )
        self.files.pid(self.name).write_text(str(process.pid))
        return process

    def _end_survivor(self) -> None:
        """One that outlived a killed supervisor. Its lock is held, so the pid in the file is its own and no other's."""
        if is_held(self.files.lock(self.name)) and self.files.pid(self.name).exists():
            os.kill(int(self.files.pid(self.name).read_text()), signal.SIGTERM)


async def supervise(home: Path, worker: Path) -> None:
    files = Files(home)
    temporal = dev_server.find_temporal(home)

    def worker_environment() -> dict[str, str]:
        ports = dev_server.read_ports(home) or dev_server.choose_ports(home)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        embedded = {"TEMPORAL_ADDRESS": ports.address, "TEMPORAL_NAMESPACE": dev_server.NAMESPACE}
        return inherited | embedded | {"TEMPORAL_CONFIG_FILE": os.devnull, "OUTLAST_HOME": str(home)}

    server = Child(
        "server",
        lambda: dev_server.command(temporal, home, dev_server.choose_ports(home)),
        lambda: os.environ | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"},
        files,
    )
    worker_child = Child("worker", lambda: [sys.executable, str(worker)], worker_environment, files)
    kept = [asyncio.create_task(child.keep()) for child in (server, worker_child)]
    deserted = asyncio.create_task(asyncio.to_thread(wait_for_lock, files.lock("users")))
    await asyncio.wait([*kept, deserted], return_when=asyncio.FIRST_COMPLETED)
    for task in reversed(kept):  # the worker first: it has something to say to the server
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            print(f"{error} Its own words are in its log.", file=sys.stderr)  # noqa: T201 - this is a log
    if not deserted.done():
        os._exit(1)  # the thread that waits for the lock would keep this process


def main() -> None:
    home, worker = Path(sys.argv[1]), Path(sys.argv[2])
    files = Files(home)
    lock = try_lock(files.lock("supervisor"))
    if lock is None:
        return
    with lock:
        files.pid("supervisor").write_text(str(os.getpid()))
        asyncio.run(supervise(home, worker))


if __name__ == "__main__":
    main()
