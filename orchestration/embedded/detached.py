"""Detached runs of the embedded mode: while one of them is at work, a process in the background uses the folder.

    python -m outlast.orchestration.embedded.detached HOME LOCK

It keeps server and worker until every detached run has ended or waits for a person; then it leaves, and they with it.
`run/detached/` names the runs, a file each. `run/keeper.lock` is held by the one keeper of a folder: LOCK is the number
of that open file, which it inherits.
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
from outlast.orchestration.embedded.supervisor import ProcessFiles, is_held, try_lock
from outlast.orchestration.research.messages import Status
from outlast.orchestration.settings import Settings

POLL_INTERVAL_SECONDS = 1.0


@dataclass(frozen=True)
class DetachedRuns:
    """The detached runs of a folder: a file each, named by its execution, that holds the workflow's id."""

    home: Path

    @property
    def _folder(self) -> Path:
        return ProcessFiles(self.home).run / "detached"

    def add(self, workflow: str, execution: str) -> None:
        self._folder.mkdir(exist_ok=True)
        (self._folder / execution).write_text(workflow, encoding="utf-8")

    def all(self) -> list[tuple[str, str]]:
        """Workflow and execution of each."""
        found: list[tuple[str, str]] = []
        for file in sorted(self._folder.glob("*")):
            with suppress(FileNotFoundError):  # forgotten by another, in this moment
                found.append((file.read_text(encoding="utf-8"), file.name))
        return found

    def has(self, execution: str | None) -> bool:
        return execution is not None and (self._folder / execution).exists()

    def forget(self, execution: str) -> None:
        (self._folder / execution).unlink(missing_ok=True)


def detach(settings: Settings, workflow: str, execution: str) -> None:
    """From now on this run goes on without the caller, who uses the folder now."""
    DetachedRuns(settings.home.resolve()).add(workflow, execution)
    start_detached(settings)


def is_detached(settings: Settings, execution: str | None) -> bool:
    return DetachedRuns(settings.home.resolve()).has(execution)


def start_detached(settings: Settings) -> None:
    """Where one is there already, it suffices: before it leaves, it looks again. The caller uses the folder now."""
    home = settings.home.resolve()
    files = ProcessFiles(home)
    lock = try_lock(files.lock("keeper"))
    if lock is None:
        return
    # The keeper inherits both locks: between this command's end and its own beginning nothing stops, and from now on
    # it can be found. First the pid of the last one goes: who sees lock and pid sees this one.
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
    """End the keeper, if there is one; the workflows that it kept going, which stand where they stood."""
    files, detached = ProcessFiles(home), DetachedRuns(home)
    while is_held(files.lock("keeper")):
        # It has just begun, or is just leaving: its pid is not there, or not yet written.
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int(files.pid("keeper").read_text()), signal.SIGTERM)  # the lock is held: the pid is its own
        await asyncio.sleep(0.05)  # not our child: nobody tells us when it ends
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
            # A run that was detached while this one still held the lock found a keeper, and trusts in it.
            if not await any_at_work(client, detached):
                return
            lock = try_lock(files.lock("keeper"))


async def any_at_work(client: Client, detached: DetachedRuns) -> bool:
    """Whether a run goes on by itself. One that has ended is detached no longer."""
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
    """Whether this run has ended, goes on by itself, or waits for a person."""
    try:
        described = await handle.describe()
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return "ended"
        if described.raw_description.pending_activities:
            return "at work"
        return "waits" if (await handle.query("status", result_type=Status)).gates else "at work"
    except RPCError as error:
        # Otherwise the supervisor brings back server and worker.
        return "ended" if error.status is RPCStatusCode.NOT_FOUND else "at work"


def main() -> None:
    try:
        asyncio.run(keep_until_idle(Settings(home=Path(sys.argv[1])), os.fdopen(int(sys.argv[2]), "ab")))
    except OutlastError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a log


if __name__ == "__main__":
    main()
