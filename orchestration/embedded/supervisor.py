"""The supervisor: keeps the embedded server and a worker running while any command of the folder uses them.

    python -m outlast.orchestration.embedded.supervisor HOME WORKER SETTINGS REASONING

SETTINGS and REASONING are JSON objects: variables that the worker gets besides this environment, and those settings of
the environment that other commands compare with theirs.

File locks record who is running, because the kernel releases them even after kill -9:
- every command holds `run/users.lock` shared while it runs; when the supervisor gets it exclusively, no command is
  left, and it stops server and worker;
- server and worker each inherit a lock at their start: it is free exactly when that process has ended;
- the supervisor holds `run/supervisor.lock`: a second supervisor ends at once.

This module imports only the standard library and our modules that do the same: people wait for its start.
"""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.worker_start import DEFAULT_WORKER_FILE, CodeLocation, WorkerStartFiles

ASSUMED_STARTED_SECONDS = 60.0
"""A worker that has run for this long counts as started, even if it has not recorded that."""
QUICK_DEATH_SECONDS = 5.0
STOP_TIMEOUT_SECONDS = 15.0
"""Longer than the worker's own time for a graceful shutdown."""
MAX_QUICK_DEATHS = 5
MAX_LOG_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class ProcessFiles:
    """The files by which the processes of a home folder coordinate."""

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

    @property
    def failure(self) -> Path:
        """The `ProcessFailure` of a supervisor that has given up: which process could not be kept running, and why."""
        return self.run / "failure"

    @property
    def worker_start(self) -> WorkerStartFiles:
        return WorkerStartFiles(self.run)

    @property
    def settings(self) -> Path:
        """The settings with which the current worker was started."""
        return self.run / "settings.json"

    def is_of_current_supervisor(self, name: str) -> bool:
        """Whether the current supervisor has started that process."""
        try:
            return self.pid(name).read_text().split()[1:] == [self.pid("supervisor").read_text()]
        except FileNotFoundError:
            return False


def try_lock(path: Path, kind: int = fcntl.LOCK_EX) -> IO[bytes] | None:
    """Return the open file that holds the lock, or None if another process holds it."""
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


@dataclass(frozen=True)
class ProcessFailure:
    """Why a process could not be kept running. `error` and `place` are what it recorded itself, if it could."""

    name: str
    what: str
    error: str = ""
    place: CodeLocation = field(default_factory=CodeLocation)

    def write(self, file: Path) -> None:
        new_file = file.with_suffix(".new")
        new_file.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new_file.replace(file)

    @classmethod
    def read(cls, file: Path) -> "ProcessFailure":
        record = json.loads(file.read_text(encoding="utf-8"))
        return cls(record["name"], record["what"], record["error"], CodeLocation(**record["place"]))


class CannotKeepError(Exception):
    """A child process ends right after each start, or cannot start at all."""


@dataclass
class ChildProcess:
    """A process to keep running. `command` and `environment` are called for each start."""

    name: str
    command: Callable[[], list[str]]
    environment: Callable[[], dict[str, str]]
    files: ProcessFiles
    start_failure: Callable[[asyncio.subprocess.Process, float], ProcessFailure | None] = lambda _process, _seconds: (
        None
    )
    """Called with the ended process and its seconds of life. Returns why another start is useless, or None."""
    process: asyncio.subprocess.Process | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Start the process whenever it is not running, until this is cancelled; then stop it.

        The delay between starts grows while the process ends quickly. Raises CannotKeepError if it gives up.
        """
        quick_deaths = 0
        await self._end_survivor()
        while True:
            # Delete the pid, take the lock, write the pid: whoever sees lock and pid then sees this process.
            self.files.pid(self.name).unlink(missing_ok=True)
            lock = await asyncio.to_thread(wait_for_lock, self.files.lock(self.name))
            began = time.monotonic()
            self.process = await self._start(lock)
            lock.close()  # the process has inherited it
            self.started.set()
            try:
                await self.process.wait()
            except asyncio.CancelledError:
                await stop_process(self.process)
                raise
            lived = time.monotonic() - began
            quick_deaths = quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
            failure = self.start_failure(self.process, lived)
            if failure is None and quick_deaths == MAX_QUICK_DEATHS:
                failure = ProcessFailure(self.name, f"ended {quick_deaths} times in a row")
            if failure:
                failure.write(self.files.failure)
                raise CannotKeepError(f"The {failure.name} {failure.what}. {failure.error}".strip())
            await asyncio.sleep(0.2 * 2**quick_deaths if quick_deaths else 0)

    async def _start(self, lock: IO[bytes]) -> asyncio.subprocess.Process:
        log = self.files.log(self.name)
        if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
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
        self.files.pid(self.name).write_text(f"{process.pid}\n{os.getpid()}")
        return process

    async def _end_survivor(self) -> None:
        """Stop a process that outlived a killed supervisor. Its lock is held, so the pid in the file is its own."""
        pid = self.files.pid(self.name)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not (is_held(self.files.lock(self.name)) and pid.exists()):
                return
            os.kill(int(pid.read_text().split()[0]), number)
            began = time.monotonic()
            # It is not our child process, so its end sends us no event.
            while is_held(self.files.lock(self.name)) and time.monotonic() - began < STOP_TIMEOUT_SECONDS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@dataclass
class WorkerStartCheck:
    """Decides whether a worker that has ended had started at all."""

    files: ProcessFiles
    server: ChildProcess
    server_starts: Sequence[dev_server.Ports]
    """The ports of each start of the server."""
    _server_starts_before: int = 0
    _has_started: bool = False

    def begin(self) -> None:
        self.files.worker_start.forget()
        self._server_starts_before = len(self.server_starts)

    def start_failure(self, process: asyncio.subprocess.Process, lived: float) -> ProcessFailure | None:
        """Return a failure if the worker ended by itself before it accepted tasks: its next start would end like this.

        Return None if it had started before, if it was killed by a signal, or if it lost its server.
        """
        code = process.returncode or 0
        self._has_started |= self.files.worker_start.is_ready(process.pid) or lived > ASSUMED_STARTED_SECONDS
        was_killed = -code in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        if self._has_started or was_killed or self._server_was_lost():
            return None
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        error, place = self.files.worker_start.error_of(process.pid) or ("", CodeLocation())
        return ProcessFailure("worker", f"{how} before it could take a task", error, place)

    def _server_was_lost(self) -> bool:
        process = self.server.process
        return (
            len(self.server_starts) != self._server_starts_before or process is None or process.returncode is not None
        )


async def stop_process(process: asyncio.subprocess.Process) -> None:
    """Stop a process by SIGTERM, and by SIGKILL if it does not end in time: a frozen process ignores the first."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def wait_until_open(ports: Callable[[], dev_server.Ports]) -> None:
    """Wait until the server accepts connections."""
    while True:
        with suppress(OSError):
            host, _, port = ports().address.rpartition(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return
        await asyncio.sleep(0.05)  # a port that opens sends no event


async def supervise(home: Path, worker: Path, settings: dict[str, str]) -> IO[bytes]:
    """Keep server and worker running until no command uses the folder, then stop them.

    Return the exclusive lock of the users: no command can use the folder before it is closed.
    """
    files = ProcessFiles(home)
    temporal = dev_server.find_temporal(home)
    server_starts: list[dev_server.Ports] = []

    def server_command() -> list[str]:
        ports = dev_server.choose_ports(home)
        if server_starts and server_starts[-1] != ports and worker_child.process:
            worker_child.process.terminate()  # its server's port belongs to another program now
        server_starts.append(ports)
        return dev_server.start_command(temporal, home, ports)

    def worker_environment() -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        embedded = {"TEMPORAL_ADDRESS": server_starts[-1].address, "TEMPORAL_NAMESPACE": dev_server.NAMESPACE}
        return inherited | settings | embedded | {"TEMPORAL_CONFIG_FILE": os.devnull, "OUTLAST_HOME": str(home)}

    server = ChildProcess(
        "server", server_command, lambda: os.environ | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}, files
    )

    starts = WorkerStartCheck(files, server, server_starts)

    def worker_command() -> list[str]:
        starts.begin()
        module = "outlast.orchestration.embedded.worker_process"
        return [sys.executable, "-P", "-m", module, str(home), str(worker)]

    worker_child = ChildProcess("worker", worker_command, worker_environment, files, starts.start_failure)

    async def keep_worker() -> None:
        await server.started.wait()
        if worker != DEFAULT_WORKER_FILE:  # a user's worker may not wait for its server, and would fail
            await wait_until_open(lambda: server_starts[-1])
        await worker_child.keep()

    keeping = [asyncio.create_task(server.keep()), asyncio.create_task(keep_worker())]
    without_users = asyncio.create_task(asyncio.to_thread(wait_for_lock, files.lock("users")))
    await asyncio.wait([*keeping, without_users], return_when=asyncio.FIRST_COMPLETED)
    for task in reversed(keeping):  # the worker first, because its shutdown needs the server
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            print(f"{error} Its log says more.", file=sys.stderr)  # noqa: T201 - this is a log
    if not without_users.done():
        os._exit(1)  # the thread that waits for the lock would keep this process from ending
    return without_users.result()


def main() -> None:
    home, worker = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    settings, reasoning = (json.loads(argument) for argument in sys.argv[3:])
    files = ProcessFiles(home)
    lock = try_lock(files.lock("supervisor"))
    if lock is None:
        return
    with lock:
        files.pid("supervisor").unlink(missing_ok=True)  # a killed supervisor's: its processes are not ours
        files.settings.write_text(json.dumps(settings | reasoning), encoding="utf-8")
        files.pid("supervisor").write_text(str(os.getpid()))
        users = asyncio.run(supervise(home, worker, settings))
    users.close()  # after the supervisor's lock, so that the next command finds no supervisor and starts one


if __name__ == "__main__":
    main()
