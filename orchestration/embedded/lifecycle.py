"""Embedded mode: the server and worker of this folder, started where they are not running, kept while they are used."""

import asyncio
import fcntl
import json
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
from outlast.orchestration.embedded import database, dev_server
from outlast.orchestration.embedded.home_folder import open_home
from outlast.orchestration.embedded.supervisor import Files, is_held, try_lock
from outlast.orchestration.settings import HASHED, Settings
from outlast.tools.redacting import redact

SERVER_START = timedelta(seconds=60)
SUPERVISOR_STOP = timedelta(seconds=60)


@asynccontextmanager
async def embedded(settings: Settings, *, starts_work: bool = False) -> AsyncGenerator[dev_server.Ports]:
    """The ports of the embedded server of `settings.home`, which runs while anybody is in here.

    Its worker has the settings of whoever came first. Raises NeedsOperator where those are others than `settings`: the
    object store and the worker's file, and, for who `starts_work`, the models and the web.
    """
    if not settings.worker.is_file():
        raise NeedsOperator(
            f"The worker file {settings.worker} is not there.", "Correct OUTLAST_WORKER, or unset it for Outlast's own."
        )
    home = await asyncio.to_thread(prepare, settings.home)
    files = Files(home)
    await ensure_dev_server(home)
    users = await join(files)
    files.failure.unlink(missing_ok=True)
    supervising = asyncio.create_task(supervise(files, home, settings))
    try:
        ports = await server_of(home)
        refuse_other_settings(files, settings, starts_work=starts_work)
        yield ports
    finally:
        supervising.cancel()
        with suppress(asyncio.CancelledError):
            await supervising
        users.close()


async def join(files: Files) -> IO[bytes]:
    """Become a user of this folder. A supervisor that is about to stop keeps everybody out until it is gone."""
    began = time.monotonic()
    while gives_up(files) or (users := try_lock(files.lock("users"), fcntl.LOCK_SH)) is None:
        if time.monotonic() - began > SUPERVISOR_STOP.total_seconds():
            pid = files.pid("supervisor")
            raise NeedsOperator(
                "The server and worker of this folder are stopping, and do not come to an end.",
                f"End the process whose number is in {pid}, then try again.",
            )
        await asyncio.sleep(0.05)  # a lock sends no event
    return users


def gives_up(files: Files) -> bool:
    """Whether a supervisor that could not keep a process is still there: it stops the others first."""
    return files.failure.exists() and is_held(files.lock("supervisor"))


async def supervise(files: Files, home: Path, settings: Settings) -> None:
    """Start a supervisor, and another where there is none any more; not where one has given up."""
    started = start_supervisor(home, settings)
    while True:
        await asyncio.sleep(1)
        is_there = started.poll() is None or is_held(files.lock("supervisor"))
        if not is_there and not files.failure.exists():
            started = start_supervisor(home, settings)


def refuse_other_settings(files: Files, settings: Settings, *, starts_work: bool) -> None:
    """The worker that runs in this folder has the settings of the command that started it."""
    running: dict[str, str] = json.loads(files.settings.read_text(encoding="utf-8"))
    mine = settings_of(settings) | (settings.reasoning() if starts_work else {})
    others = [
        name for name, value in mine.items() if running.get(name) != value
    ]  # what is not set here may be anything
    if others:
        raise NeedsOperator(
            f"A worker runs in this folder with other settings ({shown(running, others)}) than yours "
            f"({shown(mine, others)}).",
            "Use the same, or end its commands (`outlast down` ends what runs in the background), or set OUTLAST_HOME "
            "to another folder.",
        )


def settings_of(settings: Settings) -> dict[str, str]:
    return {"OUTLAST_OBJECTS": settings.object_store, "OUTLAST_WORKER": str(settings.worker.resolve())}


def shown(settings: Mapping[str, str], names: Sequence[str]) -> str:
    values = {name: settings.get(name, "") for name in names}
    return ", ".join(
        f"{name}={redact(value) if not value.startswith(HASHED) else '[hidden]'}" for name, value in values.items()
    )


def prepare(home: Path) -> Path:
    home = open_home(home)
    database.refuse_damaged(home)
    try:
        for folder in (Files(home).run, home / "logs", dev_server.downloads(home)):
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
            async with await WorkflowEnvironment.start_local(download_dest_dir=str(dev_server.downloads(home))):
                pass
        dev_server.find_temporal(home)


def start_supervisor(home: Path, settings: Settings) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that Ctrl-C on the terminal reaches the command alone. A second leaves at once."""
    with Files(home).log("supervisor").open("ab") as log:
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
                *(json.dumps(settings_of(settings)), json.dumps(settings.reasoning())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def server_of(home: Path) -> dev_server.Ports:
    """The ports of the running server, as soon as it answers."""
    files = Files(home)
    began = time.monotonic()
    while time.monotonic() - began < SERVER_START.total_seconds() and not files.failure.exists():
        # Ports count only while the server's lock is held, and by a server of the present supervisor: a port of last
        # week may be another program's by now, and a survivor of a killed supervisor is about to be ended.
        ports = dev_server.read_ports(home)
        is_kept = files.belongs("server") and is_held(files.lock("server")) and is_held(files.lock("supervisor"))
        if ports and is_kept and await answers(ports):
            return ports
        await asyncio.sleep(0.05)  # a process that comes up sends no event
    if trouble := await asyncio.to_thread(database.trouble, home):
        raise trouble
    raise NeedsOperator(
        f"The embedded server or its worker did not start. {last_words(files)}",
        f"The logs are in {files.log('server').parent}.",
    )


def last_words(files: Files) -> str:
    """What the supervisor said when it gave up, and the last line of that process's log."""
    if not files.failure.exists():
        return ""
    name = files.failure.read_text(encoding="utf-8")
    lines = files.log(name).read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["(nothing)"]
    return f"The {name} ended again and again; it said: {lines[-1][:300]}."


async def answers(ports: dev_server.Ports) -> bool:
    """Whether it takes calls: its port is open a moment before it is healthy."""
    try:
        await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
    except RuntimeError:
        return False
    return True
