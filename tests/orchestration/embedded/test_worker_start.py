"""What the worker's process writes down of its start. What people see of it: tests/story/test_worker_start.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from outlast.orchestration.embedded.lifecycle import slow_start_warning
from outlast.orchestration.embedded.process_files import ProcessFiles
from outlast.orchestration.embedded.worker_start import CodeLocation

IMPATIENT = "from outlast.orchestration.embedded import worker_process as it; it.SLOW_START_SECONDS = 0.2; it.main()"


@pytest.fixture
def files(processes: None, tmp_path: Path) -> ProcessFiles:
    files = ProcessFiles(tmp_path)
    files.run.mkdir()
    return files


def test_a_file_that_hangs_is_said_with_its_line(files: ProcessFiles, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import own\n")
    (tmp_path / "own.py").write_text("import threading\n\nthreading.Event().wait()\n")
    worker = subprocess.Popen(
        [sys.executable, "-P", "-c", IMPATIENT, str(tmp_path), str(tmp_path / "mine.py")],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stderr
        assert "has not started" in worker.stderr.readline()
        files.pid("worker").write_text(f"{worker.pid}\n{os.getpid()}")
        assert f"It is at {tmp_path / 'own.py'}, line 3." in slow_start_warning(files)
        assert any("own.py" in line and "line 3" in line for line in worker.stderr)
    finally:
        worker.kill()
        worker.communicate()


def test_a_worker_that_was_up_in_time_is_not_spoken_of(files: ProcessFiles) -> None:
    files.pid("worker").write_text(f"{os.getpid()}\n1")
    assert slow_start_warning(files) == ""
    files.worker_start.record_late(CodeLocation("mine.py", 7))
    assert "mine.py, line 7" in slow_start_warning(files)
    files.worker_start.record_ready()
    assert slow_start_warning(files) == ""
    assert files.worker_start.is_ready(os.getpid())


def test_what_an_earlier_worker_wrote_does_not_count(files: ProcessFiles) -> None:
    files.worker_start.error.write_text(json.dumps({"pid": 1, "error": "old", "place": {"file": "", "line": 0}}))
    assert files.worker_start.error_of(2) is None
    assert files.worker_start.error_of(1) == ("old", CodeLocation())


def test_another_worker_of_the_folder_does_not_speak_for_it(files: ProcessFiles) -> None:
    files.pid("worker").write_text("1\n1")
    files.worker_start.record_ready()
    assert not files.worker_start.ready.exists()


def test_a_person_s_file_sees_its_own_folder_first(files: ProcessFiles, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import sys\nprint(sys.path[0], sys.argv, __name__, __file__)\n")
    mine = str(tmp_path / "mine.py")
    command = [sys.executable, "-P", "-m", "outlast.orchestration.embedded.worker_process", str(tmp_path), mine]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{tmp_path} ['{mine}'] __main__ {mine}"
