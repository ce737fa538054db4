"""Detached runs of the embedded mode: while one of them is working, a background process uses the folder.

    python -m outlast.orchestration.embedded.detached HOME LOCK

This process, the keeper, keeps server and worker running until every detached run has ended or waits for a person; then
it ends, and they stop. `run/detached/` has one file for each run. A folder has one keeper, which holds
`run/keeper.lock`: LOCK is the number of that open file, which it inherits.
"""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from outlast.evidence.errors import OutlastError
from outlast.orchestration.embedded.connection import connection
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held, try_lock
from outlast.orchestration.research.messages import Status
from outlast.orchestration.settings import Settings

POLL_INTERVAL_SECONDS = 1.0


@dataclass(frozen=True)
class DetachedRuns:
    """The detached runs of a folder: a file for each, named by Temporal's run id, which contains the workflow id."""

    home: Path

    @property
    def _folder(self) -> Path:
        return ProcessFiles(self.home).run / "detached"

    def add(self, workflow: str, execution: str) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / execution).write_text(workflow, encoding="utf-8")

    def all(self) -> list[tuple[str, str]]:
        """Return the workflow id and Temporal's run id of each."""
        runs: list[tuple[str, str]] = []
        for file in sorted(self._folder.glob("*")):
            with suppress(FileNotFoundError):  # another process has just deleted it
                runs.append((file.read_text(encoding="utf-8"), file.name))
        return runs

    def has(self, execution: str | None) -> bool:
        return execution is not None and (self._folder / execution).exists()

    def forget(self, execution: str) -> None:
        (self._folder / execution).unlink(missing_ok=True)


def detach(settings: Settings, workflow: str, execution: str) -> None:
    """Let this run go on without the caller. The caller must still be a user of the folder."""
    DetachedRuns(settings.home.resolve()).add(workflow, execution)
    start_detached(settings)


def is_detached(settings: Settings, execution: str | None) -> bool:
    return DetachedRuns(settings.home.resolve()).has(execution)


def start_detached(settings: Settings) -> None:
    """Start a keeper, unless the folder has one: that looks for new runs once more before it ends.

    The caller must still be a user of the folder.
    """
    home = settings.home.resolve()
    files = ProcessFiles(home)
    lock = try_lock(files.lock("keeper"))
    if lock is None:
        return
    # The keeper inherits both locks, so that server and worker do not stop between the end of this command and the
    # keeper's beginning, and so that it can be found from now on. The pid of the last keeper is deleted first: a
    # process that sees the lock held and a pid file then sees this keeper's pid.
    with lock, files.lock("users").open("ab") as users, files.log("keeper").open("ab") as log:
        files.pid("keeper").unlink(missing_ok=True)
        fcntl.flock(users, fcntl.LOCK_SH)
        process = subprocess.Popen(  # noqa: S603 - our own module, our own Python
            [sys.executable, "-P", "-m", "outlast.orchestration.embedded.detached", str(home), str(lock.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[users.fileno(), lock.fileno()],
            start_new_session=True,
        )
        files.pid("keeper").write_text(str(process.pid))


async def stop_detached(home: Path) -> list[str]:
    """End the keeper, if there is one. Return the ids of its workflows, which can go on later from where they are."""
    files, detached = ProcessFiles(home), DetachedRuns(home)
    while is_held(files.lock("keeper")):
        # The errors of a keeper that is just starting or ending: its pid file is missing or still empty.
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int(files.pid("keeper").read_text()), signal.SIGTERM)  # its lock is held, so the pid is current
        await asyncio.sleep(0.05)  # it is not our child process, so its end sends us no event
    runs = detached.all()
    for _, execution in runs:
        detached.forget(execution)
    return [workflow for workflow, _ in runs]


async def keep_until_idle(settings: Settings, inherited_lock: IO[bytes]) -> None:
    files, detached = ProcessFiles(settings.home), DetachedRuns(settings.home)
    lock: IO[bytes] | None = inherited_lock
    async with connection(settings) as client:
        while lock:
            with lock:
                files.pid("keeper").write_text(str(os.getpid()))
                while await any_at_work(client, detached):  # noqa: ASYNC110 - a gate that opens sends no event
                    await asyncio.sleep(POLL_INTERVAL_SECONDS)
                files.pid("keeper").unlink(missing_ok=True)
            # A command that detached a run while this keeper held the lock has started no keeper of its own.
            if not await any_at_work(client, detached):
                return
            lock = try_lock(files.lock("keeper"))


async def any_at_work(client: Client, detached: DetachedRuns) -> bool:
    """Whether any run is working. Forget the runs that have ended."""
    at_work = False
    for workflow, execution in detached.all():
        match await work_state(client.get_workflow_handle(workflow, run_id=execution)):
            case "ended":
                detached.forget(execution)
            case "at work":
                at_work = True
            case "waits":
                pass
    return at_work


async def work_state(handle: WorkflowHandle[Any, Any]) -> Literal["ended", "at work", "waits"]:
    """Return whether this run has ended, is working, or waits for a person."""
    try:
        described = await handle.describe()
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return "ended"
        if described.raw_description.pending_activities:
            return "at work"
        return "waits" if (await handle.query("status", result_type=Status)).gates else "at work"
    except RPCError as error:
        # After any other error, the supervisor restarts server and worker.
        return "ended" if error.status is RPCStatusCode.NOT_FOUND else "at work"


def main() -> None:
    try:
        asyncio.run(keep_until_idle(Settings(home=Path(sys.argv[1])), os.fdopen(int(sys.argv[2]), "ab")))
    except OutlastError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a log


if __name__ == "__main__":
    main()
