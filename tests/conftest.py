"""Fixtures that several tests share: a real dev server, a time-skipping one, a small folder of documents."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import certifi
import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from outlast.orchestration.embedded import dev_server
from outlast.orchestration.research.payloads import DATA_CONVERTER
from tests.ports import nobody_listening, reserved_ports
from tests.terminal import Terminal

pytest_plugins = ["tests.processes"]

BIN = Path(sys.executable).parent
START_SECONDS = 90
"""So long a server may take to start on a slow machine."""
PAUSING_WORKER = Path(__file__).parent / "crash" / "pausing_worker.py"


NO_DATA_FOLDER = Path(__file__).parent / "no-data"


def pytest_sessionstart() -> None:
    """A shell that starts the tests in the background has SIGINT ignored, and every command here would inherit that.

    The sentence encoder that somebody may have on this machine is not for tests: they look for it in an empty place.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["XDG_DATA_HOME"] = str(NO_DATA_FOLDER)


def pytest_collection_finish() -> None:
    """What there is before the first test stays to the end: the collector of garbage need not look at it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of all the authorities that certifi lists, by itself."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(end)
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(first + end, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def few_authorities(request: pytest.FixtureRequest, one_authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that tests make by the hundred each read every authority there is, for 20 ms: one is enough on loopback.

    Commands that tests start may install packages from elsewhere: they keep what the machine trusts.
    """
    if "processes" not in request.fixturenames:
        monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@pytest.fixture(scope="session")
def ports(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dev_server.Ports]:
    """A real dev server on loopback, for all tests of the session."""
    home = tmp_path_factory.mktemp("server")
    with reserved_ports(home) as reserved, (home / "log").open("wb") as log:
        command = dev_server.start_command(dev_server.find_temporal(home), reserved)
        with subprocess.Popen(command, cwd=home, stdout=log, stderr=log) as server:
            try:
                await_start(server, Path(log.name))
                yield reserved
            finally:
                server.terminate()


def await_start(server: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while "Temporal Server:" not in log.read_text():  # it says so once it listens
        started = server.poll() is None and time.monotonic() < ends
        assert started, f"the dev server did not start: {log.read_text()}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
async def client(ports: dev_server.Ports) -> Client:
    return await connected(ports)


async def connected(ports: dev_server.Ports) -> Client:
    """A client of a server that may still be starting."""
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            return await Client.connect(ports.address, data_converter=DATA_CONVERTER)
        except RuntimeError:
            assert time.monotonic() < ends, "the dev server does not answer"
            await asyncio.sleep(0.05)  # nothing tells when it listens


@pytest.fixture(scope="session")
async def skipping(processes: None) -> AsyncIterator[WorkflowEnvironment]:
    """The time-skipping server: a gate of three days waits for a tenth of a second."""
    server = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER,
        test_server_existing_path=str(BIN / "temporal-test-server"),
        test_server_startup_timeout=timedelta(seconds=START_SECONDS),
    )
    async with server:
        yield server


@pytest.fixture
def terminal(processes: None, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.kill_everything()


@pytest.fixture
def pauses(tmp_path: Path) -> Path:
    """The folder of `tests/crash/pausing_worker.py`: phases named there wait."""
    folder = tmp_path / "pauses"
    folder.mkdir()
    return folder


@pytest.fixture
def pausing(processes: None, tmp_path: Path, pauses: Path) -> Iterator[Terminal]:
    """A terminal whose worker pauses where a test says."""
    terminal = Terminal(tmp_path, PAUSES=str(pauses), OUTLAST_WORKER=str(PAUSING_WORKER))
    yield terminal
    terminal.kill_everything()


DOCUMENTS = {
    "lighthouse.md": """# The lighthouse at Grey Point

The lighthouse at Grey Point was built in 1871 by the harbour board. It stands 31 metres above the sea.

## The lamp

The lamp burned rape oil until 1903. Since then the lamp has been electric, and it turns once in twenty seconds.
A keeper winds the clockwork every evening at dusk.

## Storms

In the storm of 1911 the gallery lost its railing. The keeper was saved because he had gone down for oil.
""",
    "ferry.txt": """The ferry
*********

The ferry crosses the sound four times a day. It does not sail when the wind is above force eight.
A ticket costs three crowns for grown people. Children travel without a ticket until they are six.

Winter
======

From November to March the ferry sails twice a day. The harbour board decides each morning whether ice is too thick.
""",
    "bakery.html": """<html><head><title>The bakery</title></head><body><nav><a href="/">Home</a></nav>
<h1>The bakery in Quay Street</h1><p>The bakery opens at six. Its oven is heated with beech wood.</p>
<h2>Bread</h2><p>Rye bread is baked on Tuesdays and Fridays. The dough rests for eleven hours before it is shaped.</p>
</body></html>""",
    "chart.pdf": "%PDF-1.7 not read yet",
}


BOOT = -10.0


@pytest.fixture
async def young_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's clock, as on a machine that was started a moment ago. Nobody promises where its zero is: here, later.

    Where a moment of that clock stands for "never", what should be done at once waits for ten seconds or for hours.
    """
    loop = asyncio.get_running_loop()
    clock, zero = loop.time, loop.time()
    monkeypatch.setattr(loop, "time", lambda: clock() - zero + BOOT)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of four small documents, one of a kind that is not read."""
    return write_documents(tmp_path / "documents")


def write_documents(folder: Path) -> Path:
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB that a test can fill; skipped where mounting one is not possible."""
    with mounted(tmp_path / "small-disk", "1m") as disk:
        yield disk


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size at `folder`, in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "outlast-tests", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("a small disk cannot be mounted: there is no `mount`")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # lazy: a process that was killed may linger


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens while the test lasts."""
    with nobody_listening() as address:
        yield address
