"""The locks of the process that keeps server and worker. What it does with them: tests/story/test_harm.py."""

import sys
from pathlib import Path
from typing import IO, Any

import pytest

from outlast.orchestration.embedded import supervisor
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held, wait_for_lock
from outlast.orchestration.embedded.worker_start import DEFAULT_WORKER_FILE


@pytest.fixture
def files(tmp_path: Path) -> ProcessFiles:
    files = ProcessFiles(tmp_path)
    files.run.mkdir()
    return files


def test_nobody_joins_a_supervisor_that_is_gone_in_a_moment(
    files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The users' lock is free only when a new supervisor can have its own."""
    free: list[str] = []

    class Users:
        def close(self) -> None:
            assert not is_held(files.lock("supervisor"))
            free.append("users")

    async def supervise(*_: Any) -> Users:
        assert is_held(files.lock("supervisor"))
        return Users()

    monkeypatch.setattr(supervisor, "supervise", supervise)
    monkeypatch.setattr(sys, "argv", ["", str(files.home), "worker.py", "{}", "{}"])
    supervisor.main()
    assert free == ["users"]


async def test_the_lock_of_the_users_stays_with_who_asked_for_it(
    files: ProcessFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(child: supervisor.ChildProcess) -> None:
        child.started.set()
        await supervisor.asyncio.Event().wait()

    monkeypatch.setattr(supervisor.ChildProcess, "keep", nothing)
    users: IO[bytes] = await supervisor.supervise(files.home, DEFAULT_WORKER_FILE, {})
    with users:
        assert is_held(files.lock("users"))
    assert not is_held(files.lock("users"))


def test_a_second_supervisor_leaves_at_once(files: ProcessFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["", str(files.home), "worker.py", "{}", "{}"])
    with wait_for_lock(files.lock("supervisor")):
        supervisor.main()
    assert not files.settings.exists()
