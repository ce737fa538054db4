"""Who may work with a worker that runs already, and which server is taken for the folder's own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.orchestration.embedded import dev_server, lifecycle
from outlast.orchestration.embedded.child_process import ProcessFailure
from outlast.orchestration.embedded.lifecycle import refuse_other_settings, worker_settings
from outlast.orchestration.embedded.process_files import ProcessFiles, wait_for_lock
from outlast.orchestration.settings import Settings
from tests.ports import reserved_ports

MODEL, OTHER = "openai:gpt-5-mini", "openai:gpt-5"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessFiles:
    """Those of a folder, and nothing set but that."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"OUTLAST_{field.upper()}", raising=False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "TAVILY_API_KEY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OUTLAST_HOME", str(tmp_path))
    files = ProcessFiles(tmp_path)
    files.run.mkdir()
    return files


def runs_with(files: ProcessFiles, settings: Settings) -> None:
    files.settings.write_text(json.dumps(worker_settings(settings) | settings.reasoning_settings()))


def test_the_same_settings_are_welcome(files: ProcessFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTLAST_MODEL", MODEL)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    runs_with(files, Settings())
    refuse_other_settings(files, Settings(), starts_work=True)


def test_who_sets_nothing_takes_the_worker_as_it_is(files: ProcessFiles) -> None:
    runs_with(files, Settings(model=MODEL))
    refuse_other_settings(files, Settings(), starts_work=True)


@pytest.mark.parametrize("running", ["", OTHER])
def test_work_is_not_begun_with_another_model_than_the_one_that_is_set(files: ProcessFiles, running: str) -> None:
    runs_with(files, Settings(model=running))
    refuse_other_settings(files, Settings(model=MODEL), starts_work=False)  # who only looks may have any
    with pytest.raises(NeedsOperator) as raised:
        refuse_other_settings(files, Settings(model=MODEL), starts_work=True)
    assert f"with other settings (OUTLAST_MODEL={running}) than yours (OUTLAST_MODEL={MODEL})" in str(raised.value)
    assert "outlast down" in raised.value.what_to_do


def test_a_key_that_was_corrected_is_no_secret_in_the_message(
    files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTLAST_MODEL", MODEL)
    runs_with(files, Settings())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    with pytest.raises(NeedsOperator) as raised:
        refuse_other_settings(files, Settings(), starts_work=True)
    assert "(OPENAI_API_KEY=) than yours (OPENAI_API_KEY=[hidden])" in str(raised.value)
    assert "sk-0123456789abcdef" not in str(raised.value) + files.settings.read_text()


def test_the_object_store_must_be_the_same_for_everybody(files: ProcessFiles) -> None:
    runs_with(files, Settings())
    with pytest.raises(NeedsOperator, match="OUTLAST_OBJECTS"):
        refuse_other_settings(files, Settings(objects="elsewhere"), starts_work=False)


@pytest.fixture
def server(files: ProcessFiles, monkeypatch: pytest.MonkeyPatch) -> Iterator[dev_server.Ports]:
    """One that runs and answers, and was started by the supervisor that is written down."""

    async def answers(_: dev_server.Ports) -> bool:
        return True

    monkeypatch.setattr(lifecycle, "is_healthy", answers)
    files.pid("supervisor").write_text("11")
    files.pid("server").write_text("12\n11")
    with reserved_ports(files.home) as ports, wait_for_lock(files.lock("server")):
        yield ports


async def test_a_server_counts_while_its_supervisor_is_there(files: ProcessFiles, server: dev_server.Ports) -> None:
    with wait_for_lock(files.lock("supervisor")):
        assert await lifecycle.wait_for_server(files.home, Path("worker.py")) == server


async def test_a_server_whose_supervisor_was_killed_is_about_to_be_ended(
    files: ProcessFiles, server: dev_server.Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "SERVER_START_TIMEOUT", timedelta(seconds=0.3))
    with pytest.raises(NeedsOperator, match="did not start"):
        await lifecycle.wait_for_server(files.home, Path("worker.py"))


async def test_a_supervisor_that_has_given_up_is_waited_for(files: ProcessFiles) -> None:
    """What it wrote stays until it is gone: its own commands are still to read it."""
    files.failure.write_text("worker")
    supervisor = wait_for_lock(files.lock("supervisor"))
    joining = asyncio.create_task(lifecycle.join_users(files))
    assert not (await asyncio.wait([joining], timeout=0.3))[0]
    supervisor.close()
    async with asyncio.timeout(60):
        (await joining).close()


async def test_a_supervisor_that_left_before_it_began_is_followed_by_another(
    files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Queue[str]()
    started: list[subprocess.Popen[bytes]] = []

    def start(*_: object) -> "subprocess.Popen[bytes]":
        begun.put_nowait("supervisor")
        started.append(subprocess.Popen([sys.executable, "-c", ""]))
        return started[-1]

    monkeypatch.setattr(lifecycle, "start_supervisor", start)
    supervising = asyncio.create_task(lifecycle.keep_supervisor(files, files.home, Settings()))
    async with asyncio.timeout(60):
        assert [await begun.get(), await begun.get()] == ["supervisor"] * 2
    files.failure.write_text("worker")
    while not begun.empty():
        begun.get_nowait()
    await asyncio.wait([supervising], timeout=2.5)
    assert begun.empty(), "one that has given up is not brought back"
    supervising.cancel()
    for process in started:
        await asyncio.to_thread(process.wait)


async def test_a_supervisor_that_has_given_up_is_reported_though_others_cancel_too(files: ProcessFiles) -> None:
    """Temporal's worker cancels the task that entered it, at the moment at which its server goes away."""
    ProcessFailure("worker", "ended with code 1", "SyntaxError").write(files.failure)
    supervising = asyncio.create_task(asyncio.sleep(0))

    async def follow() -> None:
        async with lifecycle.until_given_up(supervising, files, files.home / "mine.py"):
            supervising.add_done_callback(lambda _: following.cancel())
            await asyncio.Event().wait()

    following = asyncio.create_task(follow())
    with pytest.raises(NeedsOperator, match="SyntaxError"):
        await following


async def test_a_server_that_goes_away_first_is_reported_as_the_supervisor_has_it(files: ProcessFiles) -> None:
    supervising = asyncio.create_task(asyncio.sleep(3600))

    async def follow() -> None:
        async with lifecycle.until_given_up(supervising, files, files.home / "mine.py"):
            ProcessFailure("worker", "ended with code 1", "SyntaxError").write(files.failure)
            raise ConnectionError

    with pytest.raises(NeedsOperator, match="SyntaxError"):
        await follow()
    supervising.cancel()
