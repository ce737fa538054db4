"""The embedded mode: starts the server and worker of the home folder, and keeps them running while they are used."""

import asyncio
import fcntl
import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from temporalio.client import Client

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.text import one_line
from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.child_process import ProcessFailure
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held, try_lock
from outlast.orchestration.embedded.worker_start import SLOW_START_SECONDS
from outlast.orchestration.settings import DEFAULT_WORKER_FILE, HASH_PREFIX, Settings
from outlast.tools.redacting import redact

log = logging.getLogger("outlast.embedded")

POLL_INTERVAL_SECONDS = 0.5
"""Interval at which a command checks that its supervisor is running and has not given up."""
MAX_ERROR_CHARACTERS = 500
SERVER_START_TIMEOUT = timedelta(seconds=60)
SUPERVISOR_STOP_TIMEOUT = timedelta(seconds=60)


@asynccontextmanager
async def run_embedded(settings: Settings, *, starts_work: bool = False) -> AsyncGenerator[dev_server.Ports]:
    """Yield the ports of the embedded server of `settings.home`, which runs while any process is in this context.

    Its worker has the settings of the first process. Raises NeedsOperator if they differ from `settings`: the object
    store and the worker's file and, with `starts_work`, the models and the web.
    """
    if not settings.worker.is_file():
        raise NeedsOperator(
            f"The worker file {settings.worker} does not exist.",
            "Correct OUTLAST_WORKER, or unset it for Outlast's own.",
        )
    home = await asyncio.to_thread(prepare_home, settings.home)
    files = ProcessFiles(home)
    await ensure_dev_server(home)
    users = await join_users(files)
    files.failure.unlink(missing_ok=True)
    supervising = asyncio.create_task(keep_supervisor(files, home, settings))
    try:
        async with until_given_up(supervising, files, settings.worker):
            ports = await wait_for_server(home, settings.worker)
            refuse_other_settings(files, settings, starts_work=starts_work)
            yield ports
    finally:
        supervising.cancel()
        with suppress(asyncio.CancelledError):
            await supervising
        users.close()


@asynccontextmanager
async def until_given_up(supervising: "asyncio.Task[None]", files: ProcessFiles, worker: Path) -> AsyncGenerator[None]:
    """Cancel the body of this context, and raise NeedsOperator, as soon as the supervisor has given up."""
    inside, given_up = asyncio.current_task(), False

    def interrupt(ended: "asyncio.Task[None]") -> None:
        nonlocal given_up
        if not ended.cancelled() and inside:
            given_up = True
            inside.cancel()

    supervising.add_done_callback(interrupt)
    try:
        yield
    except (Exception, asyncio.CancelledError):
        # The supervisor writes why before it stops the server, whose end the body may notice first.
        if not given_up and not files.failure.exists():
            raise
        # Others may have cancelled the task too: Temporal's worker does, once it cannot reach the server any more.
        if given_up and inside:
            inside.uncancel()
        if supervising.done():
            supervising.result()  # raises the error of this task, if it has one
        raise diagnose_start(files, worker) from None
    finally:
        supervising.remove_done_callback(interrupt)


async def join_users(files: ProcessFiles) -> IO[bytes]:
    """Take the lock of the users of this folder. A supervisor that is stopping holds it until it has ended."""
    began = time.monotonic()
    while is_giving_up(files) or (users := try_lock(files.lock("users"), fcntl.LOCK_SH)) is None:
        if time.monotonic() - began > SUPERVISOR_STOP_TIMEOUT.total_seconds():
            pid = files.pid("supervisor")
            raise NeedsOperator(
                "The server and worker of this folder are stopping, but they do not end.",
                f"End the process whose id is in {pid}, then try again.",
            )
        await asyncio.sleep(0.05)  # the release of a file lock sends no event
    return users


def is_giving_up(files: ProcessFiles) -> bool:
    """Whether a supervisor that has given up is still running: it stops its other processes before it ends."""
    return files.failure.exists() and is_held(files.lock("supervisor"))


async def keep_supervisor(files: ProcessFiles, home: Path, settings: Settings) -> None:
    """Start a supervisor, and start another whenever none is running. Return when one has given up."""
    supervisor, last_warning = start_supervisor(home, settings), ""
    while not files.failure.exists():
        await asyncio.sleep(POLL_INTERVAL_SECONDS)  # a new file sends no event
        is_running = supervisor.poll() is None or is_held(files.lock("supervisor"))
        if not is_running and not files.failure.exists():
            supervisor = start_supervisor(home, settings)
        warning = slow_start_warning(files)
        if warning and warning != last_warning:
            log.warning("%s", warning)
            last_warning = warning


def slow_start_warning(files: ProcessFiles) -> str:
    """Return a warning about a worker that takes long to start; "" otherwise."""
    with suppress(FileNotFoundError, IndexError):
        place = files.worker_start.late_location(int(files.pid("worker").read_text().split()[0]))
        if place:
            return (
                f"The worker has not started within {SLOW_START_SECONDS:.0f} s. It is at {place}. "
                f"{files.log('worker')} shows all of its threads."
            )
    return ""


def refuse_other_settings(files: ProcessFiles, settings: Settings, *, starts_work: bool) -> None:
    """Raise NeedsOperator if the worker of this folder, which another command may have started, has other settings."""
    running: dict[str, str] = json.loads(files.settings.read_text(encoding="utf-8"))
    mine = worker_settings(settings) | (settings.reasoning_settings() if starts_work else {})
    # A setting that is not set here may have any value there.
    different = [name for name, value in mine.items() if running.get(name) != value]
    if different:
        raise NeedsOperator(
            f"A worker runs in this folder with other settings ({settings_text(running, different)}) than yours "
            f"({settings_text(mine, different)}).",
            "Use the same, or end its commands (`outlast down` ends what runs in the background), or set OUTLAST_HOME "
            "to another folder.",
        )


def worker_settings(settings: Settings) -> dict[str, str]:
    return {"OUTLAST_OBJECTS": settings.object_store, "OUTLAST_WORKER": str(settings.worker.resolve())}


def settings_text(settings: Mapping[str, str], names: Sequence[str]) -> str:
    values = {name: settings.get(name, "") for name in names}
    return ", ".join(
        f"{name}={redact(value) if not value.startswith(HASH_PREFIX) else '[hidden]'}" for name, value in values.items()
    )


def prepare_home(home: Path) -> Path:
    home = open_home(home)
    database.refuse_damaged(home)
    try:
        for folder in (ProcessFiles(home).run, home / "logs", dev_server.download_folder(home)):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NeedsOperator(
            f"The folder {home} cannot be used ({error.strerror}).",
            "Set OUTLAST_HOME to a folder that can be written.",
        ) from None
    return home


async def ensure_dev_server(home: Path) -> None:
    """Let the SDK download a Temporal server, as it does for tests, if none is installed or downloaded yet."""
    try:
        dev_server.find_temporal(home)
    except dev_server.NoTemporalError:
        from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415 - rarely needed, and slow to import

        with suppress(RuntimeError):  # also raised after the download, if the server takes longer than five seconds
            async with await WorkflowEnvironment.start_local(download_dest_dir=str(dev_server.download_folder(home))):
                pass
        dev_server.find_temporal(home)


def start_supervisor(home: Path, settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a supervisor in a session of its own, so that Ctrl-C on the terminal reaches only the command.

    A second supervisor of a folder ends at once.
    """
    with ProcessFiles(home).log("supervisor").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own module, our own Python
            # -P: a folder `tools` in the current folder must not be imported as `tools`.
            [
                *(
                    sys.executable,
                    "-P",
                    "-m",
                    "outlast.orchestration.embedded.supervisor",
                    str(home),
                    str(settings.worker),
                ),
                *(json.dumps(worker_settings(settings)), json.dumps(settings.reasoning_settings())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def wait_for_server(home: Path, worker: Path) -> dev_server.Ports:
    """Wait until the server answers, and return its ports."""
    files = ProcessFiles(home)
    began = time.monotonic()
    while time.monotonic() - began < SERVER_START_TIMEOUT.total_seconds() and not files.failure.exists():
        # The ports are valid only while a server of the current supervisor holds its lock: a port of last week may
        # belong to another program now, and a server that outlived a killed supervisor is about to be stopped.
        ports = dev_server.read_ports(home)
        is_current = (
            files.is_of_current_supervisor("server")
            and is_held(files.lock("server"))
            and is_held(files.lock("supervisor"))
        )
        if ports and is_current and await is_healthy(ports):
            await asyncio.to_thread(database.record_standing, home)
            return ports
        await asyncio.sleep(0.05)  # a process that starts sends no event
    raise await asyncio.to_thread(diagnose_start, files, worker)


def diagnose_start(files: ProcessFiles, worker: Path) -> NeedsOperator:
    """Return an error that says why server and worker are not running, and what to do."""
    if database_error := database.diagnose_database(files.home):
        return database_error
    if not files.failure.exists():
        return NeedsOperator(
            "The embedded server or its worker did not start.", f"The logs are in {files.log('server').parent}."
        )
    failure = ProcessFailure.read(files.failure)
    log_file = files.log(failure.name)
    message = failure.error or last_line(log_file)
    location = f" ({failure.place})" if failure.place.file else ""
    if failure.name != "worker":
        return NeedsOperator(
            f"The {failure.name} {failure.what}. Its last line: {shorten_error(message)}", f"Its log is {log_file}."
        )
    return NeedsOperator(
        f"The worker {worker} {failure.what}: {shorten_error(message)}{location}.",
        f"{remedy(failure, worker)} Then give the same command again: runs go on where they stood. "
        f"Its log is {log_file}.",
    )


def remedy(failure: ProcessFailure, worker: Path) -> str:
    """Return what a person can do about a worker that cannot start."""
    if worker != DEFAULT_WORKER_FILE:
        return "Fix that file, or unset OUTLAST_WORKER for Outlast's own."
    if failure.error.startswith(("ModuleNotFoundError", "ImportError")):
        return "Install the missing package in the Python that `outlast doctor` names."
    return "Fix the cause that it names; `outlast doctor` shows the settings."


def last_line(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["(nothing)"]
    return lines[-1]


def shorten_error(message: str) -> str:
    return one_line(redact(message), MAX_ERROR_CHARACTERS).rstrip(".")


async def is_healthy(ports: dev_server.Ports) -> bool:
    """Whether the server accepts calls: its port is open a moment before that."""
    try:
        await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
    except RuntimeError:
        return False
    return True
