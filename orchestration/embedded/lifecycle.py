"""Embedded mode: the server and worker of this folder, started where they are not running, kept while they are used."""

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
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.embedded.supervisor import ProcessFailure, ProcessFiles, is_held, try_lock
from outlast.orchestration.embedded.worker_start import SLOW_START_SECONDS
from outlast.orchestration.settings import DEFAULT_WORKER_FILE, HASH_PREFIX, Settings
from outlast.tools.redacting import redact

log = logging.getLogger("outlast.embedded")

POLL_INTERVAL_SECONDS = 0.5
"""So often a command looks whether its supervisor is there, and has not given up."""
MAX_ERROR_CHARACTERS = 500
SERVER_START_TIMEOUT = timedelta(seconds=60)
SUPERVISOR_STOP_TIMEOUT = timedelta(seconds=60)


@asynccontextmanager
async def run_embedded(settings: Settings, *, starts_work: bool = False) -> AsyncGenerator[dev_server.Ports]:
    """The ports of the embedded server of `settings.home`, which runs while anybody is in here.

    Its worker has the settings of whoever came first. Raises NeedsOperator where those are others than `settings`: the
    object store and the worker's file, and, for who `starts_work`, the models and the web.
    """
    if not settings.worker.is_file():
        raise NeedsOperator(
            f"The worker file {settings.worker} is not there.", "Correct OUTLAST_WORKER, or unset it for Outlast's own."
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
    """Ends what is done in here with NeedsOperator, as soon as the supervisor has given up."""
    inside, given_up = asyncio.current_task(), False

    def interrupt(ended: "asyncio.Task[None]") -> None:
        nonlocal given_up
        if not ended.cancelled() and inside:
            given_up = True
            inside.cancel()

    supervising.add_done_callback(interrupt)
    try:
        yield
    except BaseException as error:
        if not given_up or not isinstance(error, asyncio.CancelledError | Exception):
            raise
        if isinstance(error, asyncio.CancelledError) and inside and inside.uncancel() > 0:
            raise  # somebody else cancels it too
        supervising.result()  # raises what it ended with, if that is another error
        raise diagnose_start(files, worker) from None
    finally:
        supervising.remove_done_callback(interrupt)


async def join_users(files: ProcessFiles) -> IO[bytes]:
    """Become a user of this folder. A supervisor that is about to stop keeps everybody out until it is gone."""
    began = time.monotonic()
    while is_giving_up(files) or (users := try_lock(files.lock("users"), fcntl.LOCK_SH)) is None:
        if time.monotonic() - began > SUPERVISOR_STOP_TIMEOUT.total_seconds():
            pid = files.pid("supervisor")
            raise NeedsOperator(
                "The server and worker of this folder are stopping, and do not come to an end.",
                f"End the process whose number is in {pid}, then try again.",
            )
        await asyncio.sleep(0.05)  # a lock sends no event
    return users


def is_giving_up(files: ProcessFiles) -> bool:
    """Whether a supervisor that could not keep a process is still there: it stops the others first."""
    return files.failure.exists() and is_held(files.lock("supervisor"))


async def keep_supervisor(files: ProcessFiles, home: Path, settings: Settings) -> None:
    """Start a supervisor, and another where there is none any more. Returns where one has given up."""
    started, last_warning = start_supervisor(home, settings), ""
    while not files.failure.exists():
        await asyncio.sleep(POLL_INTERVAL_SECONDS)  # a file sends no event
        is_there = started.poll() is None or is_held(files.lock("supervisor"))
        if not is_there and not files.failure.exists():
            started = start_supervisor(home, settings)
        warning = slow_start_warning(files)
        if warning and warning != last_warning:
            log.warning("%s", warning)
            last_warning = warning


def slow_start_warning(files: ProcessFiles) -> str:
    """What to tell of a worker that does not come up; nothing otherwise."""
    with suppress(FileNotFoundError, IndexError):
        place = files.worker_start.late_location(int(files.pid("worker").read_text().split()[0]))
        if place:
            return (
                f"The worker has not come up within {SLOW_START_SECONDS:.0f} s. It stands at {place}. "
                f"{files.log('worker')} shows all that it does."
            )
    return ""


def refuse_other_settings(files: ProcessFiles, settings: Settings, *, starts_work: bool) -> None:
    """The worker that runs in this folder has the settings of the command that started it."""
    running: dict[str, str] = json.loads(files.settings.read_text(encoding="utf-8"))
    mine = worker_settings(settings) | (settings.reasoning_settings() if starts_work else {})
    others = [
        name for name, value in mine.items() if running.get(name) != value
    ]  # what is not set here may be anything
    if others:
        raise NeedsOperator(
            f"A worker runs in this folder with other settings ({settings_text(running, others)}) than yours "
            f"({settings_text(mine, others)}).",
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
            f"The folder {home} cannot be used ({error.strerror}).", "Set OUTLAST_HOME to one that can be written."
        ) from None
    return home


async def ensure_dev_server(home: Path) -> None:
    """Where no Temporal server is installed, let the SDK download one, as it does for tests. Once."""
    try:
        dev_server.find_temporal(home)
    except dev_server.NoTemporalError:
        from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415 - needed by few, and slow to import

        with suppress(RuntimeError):  # also where it was downloaded, but does not answer within the SDK's five seconds
            async with await WorkflowEnvironment.start_local(download_dest_dir=str(dev_server.download_folder(home))):
                pass
        dev_server.find_temporal(home)


def start_supervisor(home: Path, settings: Settings) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that Ctrl-C on the terminal reaches the command alone. A second leaves at once."""
    with ProcessFiles(home).log("supervisor").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own module, our own Python
            # -P: a folder `tools` where the person stands is not our `tools`.
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
    """The ports of the running server, as soon as it answers."""
    files = ProcessFiles(home)
    began = time.monotonic()
    while time.monotonic() - began < SERVER_START_TIMEOUT.total_seconds() and not files.failure.exists():
        # Ports count only while the server's lock is held, and by a server of the present supervisor: a port of last
        # week may be another program's by now, and a survivor of a killed supervisor is about to be ended.
        ports = dev_server.read_ports(home)
        is_kept = (
            files.is_of_current_supervisor("server")
            and is_held(files.lock("server"))
            and is_held(files.lock("supervisor"))
        )
        if ports and is_kept and await is_healthy(ports):
            return ports
        await asyncio.sleep(0.05)  # a process that comes up sends no event
    raise await asyncio.to_thread(diagnose_start, files, worker)


def diagnose_start(files: ProcessFiles, worker: Path) -> NeedsOperator:
    """Why server and worker are not there."""
    if damaged := database.diagnose_database(files.home):
        return damaged
    if not files.failure.exists():
        return NeedsOperator(
            "The embedded server or its worker did not start.", f"The logs are in {files.log('server').parent}."
        )
    failure = ProcessFailure.read(files.failure)
    log_file = files.log(failure.name)
    message = failure.error or last_line(log_file)
    at = f" ({failure.place})" if failure.place.file else ""
    if failure.name != "worker":
        return NeedsOperator(
            f"The {failure.name} {failure.what}. It said: {shorten_error(message)}", f"Its log is {log_file}."
        )
    return NeedsOperator(
        f"The worker {worker} {failure.what}: {shorten_error(message)}{at}.",
        f"{remedy(failure, worker)} Then give the same command again: runs stand where they stood. "
        f"Its log is {log_file}.",
    )


def remedy(failure: ProcessFailure, worker: Path) -> str:
    if worker != DEFAULT_WORKER_FILE:
        return "Mend that file, or unset OUTLAST_WORKER for Outlast's own."
    if failure.error.startswith(("ModuleNotFoundError", "ImportError")):
        return "Install what is missing, in the Python that `outlast doctor` names."
    return "Mend what it names; `outlast doctor` shows the settings."


def last_line(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["(nothing)"]
    return lines[-1]


def shorten_error(message: str) -> str:
    return one_line(redact(message), MAX_ERROR_CHARACTERS).rstrip(".")


async def is_healthy(ports: dev_server.Ports) -> bool:
    """Whether it takes calls: its port is open a moment before it is healthy."""
    try:
        await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
    except RuntimeError:
        return False
    return True
