"""The process in the background that keeps detached runs going: one of them, found from its first moment."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from outlast.orchestration.embedded import detached
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held
from outlast.orchestration.settings import Settings


@pytest.fixture
def files(tmp_path: Path) -> ProcessFiles:
    files = ProcessFiles(tmp_path.resolve())
    files.run.mkdir()
    files.log("keeper").parent.mkdir()
    return files


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list["subprocess.Popen[bytes]"]:
    """Keepers that do nothing but live: what they inherit is what the real one would."""
    begun: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        assert command[:-2] == [sys.executable, "-P", "-m", "outlast.orchestration.embedded.detached"]
        begun.append(popen([sys.executable, "-c", "import time; time.sleep(600)"], **options))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return begun


async def test_a_keeper_is_found_and_stopped_before_it_has_done_anything(
    files: ProcessFiles, started: list["subprocess.Popen[bytes]"]
) -> None:
    files.pid("keeper").write_text(str(os.getpid()))  # of one that was killed: the number is another's by now
    detached.start_detached(Settings(home=files.home))
    detached.start_detached(Settings(home=files.home))
    [process] = started
    assert is_held(files.lock("keeper"))
    assert files.pid("keeper").read_text() == str(process.pid)
    await detached.stop_detached(files.home)
    assert process.wait(timeout=60) < 0, "it was ended by a signal"
    assert not is_held(files.lock("keeper"))
    detached.start_detached(Settings(home=files.home))
    assert len(started) == 2
    started[1].kill()
    started[1].wait()


async def test_a_pid_that_is_being_written_is_read_again(
    files: ProcessFiles, started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    detached.start_detached(Settings(home=files.home))
    files.pid("keeper").write_text("")

    async def meanwhile(seconds: float) -> None:
        files.pid("keeper").write_text(str(started[0].pid))

    monkeypatch.setattr(detached.asyncio, "sleep", meanwhile)
    await detached.stop_detached(files.home)
    assert started[0].wait(timeout=60) < 0
