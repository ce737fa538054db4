"""A client of the Temporal server: the one that settings name, or the embedded one of this folder."""

import asyncio
import fcntl
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError, RPCStatusCode

from evidence.errors import NeedsOperator
from orchestration import dev_server
from orchestration.payloads import DATA_CONVERTER
from orchestration.settings import Settings
from orchestration.supervisor import Files, is_held, wait_for_lock

SERVER_START = timedelta(seconds=60)
CONNECT = timedelta(seconds=10)


@asynccontextmanager
async def connection(settings: Settings) -> AsyncGenerator[Client]:
    """A connected client. In embedded mode, server and worker run at least as long as this context."""
    if profile := settings.temporal():
        with lost(profile.address, "the run goes on with its workers"):
            yield await connect(profile)
        return
    async with embedded(settings) as ports:
        logs = f"the run stands where it stood, and {Files(settings.home).log('worker')} may say why"
        with lost(ports.address, logs):
            yield await connect(ClientConfigProfile(address=ports.address, namespace=dev_server.NAMESPACE))


@contextmanager
def lost(address: str | None, meanwhile: str) -> Generator[None]:
    """A server that goes away in the middle, as an error that says what to do."""
    try:
        yield
    except RPCError as error:
        if error.status not in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED}:
            raise
        raise NeedsOperator(
            f"The Temporal server at {address} went away; {meanwhile}.", "When it is back: outlast watch"
        ) from None


async def connect(profile: ClientConfigProfile) -> Client:
    """`NeedsOperator` where the server does not answer."""
    try:
        async with asyncio.timeout(CONNECT.total_seconds()):
            return await Client.connect(**profile.to_client_connect_config(), data_converter=DATA_CONVERTER)
    except (RuntimeError, TimeoutError) as error:
        reason = "no answer" if isinstance(error, TimeoutError) else str(error).splitlines()[0]
        raise NeedsOperator(
            f"The Temporal server at {profile.address} cannot be reached ({reason}).",
            "Start it or correct TEMPORAL_ADDRESS; without TEMPORAL_ADDRESS, Outlast brings a server of its own.",
        ) from None


@asynccontextmanager
async def embedded(settings: Settings) -> AsyncGenerator[dev_server.Ports]:
    """The embedded server of `settings.home`, started where it is not running, kept while anybody is in here."""
    if not settings.worker.is_file():
        raise NeedsOperator(
            f"The worker file {settings.worker} is not there.", "Correct OUTLAST_WORKER, or unset it for Outlast's own."
        )
    home = prepare(settings.home)
    files = Files(home)
    await ensure_dev_server(home)
    # A supervisor that is about to stop holds this lock until it is gone: wait for it, then start another.
    users = await asyncio.to_thread(wait_for_lock, files.lock("users"), fcntl.LOCK_SH)
    try:
        start_supervisor(home, settings.worker)
        yield await server_of(home)
    finally:
        users.close()


def prepare(home: Path) -> Path:
    home = home.resolve()
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
    except dev_server.NoTemporalError as missing:
        from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415 - needed by few, and slow to import

        try:
            async with await WorkflowEnvironment.start_local(download_dest_dir=str(dev_server.downloads(home))):
                dev_server.find_temporal(home)
        except (RuntimeError, dev_server.NoTemporalError):
            raise NeedsOperator(str(missing), dev_server.WHAT_TO_DO) from None


def start_supervisor(home: Path, worker: Path) -> None:
    """In a session of its own, so that Ctrl-C on the terminal reaches the command alone. A second leaves at once."""
    with Files(home).log("supervisor").open("ab") as log:
        subprocess.Popen(  # noqa: S603 - our own module, our own Python
            # -P: a folder `tools` where the person stands is not our `tools`.
            [sys.executable, "-P", "-m", "orchestration.supervisor", str(home), str(worker.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def server_of(home: Path) -> dev_server.Ports:
    """The ports of the running server, as soon as it answers."""
    files = Files(home)
    began = time.monotonic()
    while time.monotonic() - began < SERVER_START.total_seconds():
        # Ports count only while the server's lock is held: a port of last week may be another program's by now.
        ports = dev_server.read_ports(home)
        if ports and files.pid("server").exists() and is_held(files.lock("server")) and await answers(ports):
            return ports
        await asyncio.sleep(0.05)  # a process that comes up sends no event
    raise NeedsOperator(
        "The embedded Temporal server did not start.", f"See {files.log('server')} and {files.log('supervisor')}."
    )


async def answers(ports: dev_server.Ports) -> bool:
    """Whether it takes calls: its port is open a moment before it is healthy."""
    try:
        await Client.connect(ports.address, namespace=dev_server.NAMESPACE)
    except RuntimeError:
        return False
    return True
