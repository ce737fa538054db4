"""A process that the supervisor keeps alive, and why it could not be kept."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from outlast.orchestration.embedded import dev_server
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held, wait_for_lock
from outlast.orchestration.embedded.worker_start import CodeLocation

ASSUMED_STARTED_SECONDS = 60.0
"""A worker that has run for this long counts as started, even if it has not recorded that."""
QUICK_DEATH_SECONDS = 5.0
STOP_TIMEOUT_SECONDS = 15.0
"""Longer than the worker's own time for a graceful shutdown."""
MAX_QUICK_DEATHS = 5
RECORD_PID_AND_BECOME = 'printf "%s\\n%s" $$ "$0" > "$1" && shift && exec "$@"'
"""A shell's program: `sh -c PROGRAM SUPERVISOR_PID FILE COMMAND...`. A process that was started by a supervisor that is
killed at that moment is found by its pid, and stopped, because it writes the pid itself before it does anything."""
MAX_LOG_BYTES = 8 * 1024 * 1024


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
    folder: Path | None = None
    """Its current folder; None is the supervisor's own."""
    process: asyncio.subprocess.Process | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Start the process whenever it is not running, until this is cancelled; then stop it.

        The delay between starts grows while the process ends quickly. Raises CannotKeepError if it gives up.
        """
        quick_deaths = 0
        await self._end_survivor()
        while True:
            # Delete the pid, take the lock; the process itself writes its pid. Whoever sees lock and pid sees it.
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
            return await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", RECORD_PID_AND_BECOME, str(os.getpid()), str(self.files.pid(self.name))),
                *self.command(),
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[lock.fileno()],
            )

    async def _end_survivor(self) -> None:
        """Stop a process that outlived a killed supervisor. Its lock is held, so the pid in the file is its own.

        It is not our child process, so nothing that is awaited here sends us an event.
        """
        lock = self.files.lock(self.name)
        for number in (signal.SIGTERM, signal.SIGKILL):
            began = time.monotonic()
            while is_held(lock) and time.monotonic() - began < STOP_TIMEOUT_SECONDS:
                if (pid := self._written_pid()) is not None:  # else it was started a moment ago, and will write it
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                await asyncio.sleep(0.05)

    def _written_pid(self) -> int | None:
        try:
            return int(self.files.pid(self.name).read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None


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
