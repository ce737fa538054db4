"""What people and machines do to a folder, and what the next command makes of it."""

import os
import signal
import time
from pathlib import Path
from random import Random

import pytest

from outlast.evidence.text import UNSAFE
from tests.story.test_first_run import QUESTION, read_until
from tests.terminal import Terminal


def test_the_newest_run_is_the_one_that_began_last(terminal: Terminal, documents: Path) -> None:
    older = terminal.start("research", "When does the ferry sail?", "--docs", str(documents))
    read_until(older.stdout, "Waiting for a decision")
    newer = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert newer.returncode == 0
    assert "when-was-the-lighthouse" in terminal.run("show").stdout.splitlines()[0]
    late = terminal.run("decide", "approve")
    assert "when-was-the-lighthouse" in late.stderr


def test_damaged_ports_are_chosen_anew(terminal: Terminal) -> None:
    terminal.home.mkdir()
    (terminal.home / "server.json").write_text('{"grpc": 99999999, "ui": 1}')
    shown = terminal.run("show", timeout=120)
    assert "There is no run yet" in shown.stderr


def test_a_damaged_database_is_named_and_the_folder_is_not_stuck(terminal: Terminal) -> None:
    terminal.home.mkdir()
    (terminal.home / "temporal.db").write_bytes(b"garbage" * 10_000)
    for _ in range(2):
        shown = terminal.run("show", timeout=120)
        assert shown.returncode == 4
        assert "temporal.db, is damaged (it is not an SQLite database). `outlast doctor --repair`" in shown.stderr
    assert "-- runs" in terminal.run("doctor").stdout
    repaired = terminal.run("doctor", "--repair")
    assert repaired.returncode == 0, repaired.stdout
    [aside] = terminal.home.glob("temporal.db.damaged-*")
    assert aside.read_bytes() == b"garbage" * 10_000
    assert "There is no run yet" in terminal.run("show", timeout=120).stderr
    assert "is not damaged: nothing to do" in terminal.run("doctor", "--repair").stdout


@pytest.mark.parametrize("seed", range(2))
def test_a_first_start_that_is_killed_at_any_moment_is_made_again(
    terminal: Terminal, documents: Path, seed: int
) -> None:
    """The server makes its tables within some 400 ms after its file appears: kill -9 of everything in between."""
    moment = Random(seed)
    for _ in range(4):
        research = terminal.start("research", QUESTION, "--docs", str(documents), "--yes")
        while not (terminal.home / "temporal.db").exists():
            assert research.poll() is None, terminal.logs()
            time.sleep(0.002)  # a file that appears sends no event
        time.sleep(moment.uniform(0, 0.5))
        terminal.kill_everything()
        assert research.poll() is not None
        stands = (terminal.home / "run" / "database.stands").exists()
        if not stands:
            said = terminal.run("doctor").stdout
            assert "its tables were never completed: the next command makes a new one" in said
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr + terminal.logs()


def test_an_empty_database_is_made_anew(terminal: Terminal, documents: Path) -> None:
    terminal.home.mkdir()
    (terminal.home / "temporal.db").touch()
    assert "There is no run yet" in terminal.run("runs").stdout
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr + terminal.logs()


@pytest.mark.parametrize("name", ["C# notes", "what?", "a;b&c=%41", "é 雪"])
def test_a_folder_may_have_any_name(terminal: Terminal, documents: Path, name: str) -> None:
    terminal.environment["OUTLAST_HOME"] = str(terminal.folder / name)
    terminal.home = terminal.folder / name
    for _ in range(2):
        done = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
        assert done.returncode == 0, done.stderr + terminal.logs()
    assert (terminal.home / "temporal.db").stat().st_size
    assert sorted(file.name for file in terminal.folder.iterdir()) == sorted({name, documents.name})


def test_a_worker_that_waits_for_its_server_can_be_stopped(terminal: Terminal, nobody: str) -> None:
    terminal.environment["TEMPORAL_ADDRESS"] = nobody
    worker = terminal.start("worker")
    read_until(worker.stderr, "Waiting for it.")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=120) == 0


def test_a_frozen_worker_does_not_keep_the_folder(terminal: Terminal, documents: Path) -> None:
    watching = terminal.start("research", QUESTION, "--docs", str(documents))
    read_until(watching.stdout, "Waiting for a decision")
    frozen = int((terminal.home / "run" / "worker.pid").read_text().split()[0])
    os.kill(frozen, signal.SIGSTOP)
    watching.kill()
    watching.wait()
    shown = terminal.run("show", timeout=120)
    assert shown.returncode == 0
    assert "plan-1 waits for a decision" in shown.stdout


def test_a_killed_supervisor_comes_back(terminal: Terminal, documents: Path) -> None:
    watching = terminal.start("research", QUESTION, "--docs", str(documents))
    read_until(watching.stdout, "Waiting for a decision")
    for name in ("supervisor", "server", "worker"):
        terminal.kill(name)
    decided = terminal.run("decide", "reject", timeout=120)
    assert decided.returncode == 0, decided.stderr
    watching.communicate(timeout=120)
    assert watching.returncode in {3, 4}  # it saw the end, or it saw the server go


def test_what_documents_and_questions_say_is_not_obeyed(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "br[/ack]et"
    folder.mkdir(parents=True)
    obeyed = "\x1b[31m\u202e\u2066\u0085\u2028\U000e0041\u200b"
    (folder / "a\u202etxt.md").write_text(
        f"The [/bold] key :key: {obeyed}of the harbour is kept by the baker.", encoding="utf-8"
    )
    question = f"Who keeps the [/bold] key {obeyed} of the harbour?"
    done = terminal.run("research", question, "--docs", str(folder), "--out", "out", "--yes")
    assert done.returncode == 0, done.stderr
    assert "[/bold] key :key:" in done.stdout
    shown = terminal.run("show").stdout
    assert "[/bold]" in shown
    pages = [(terminal.folder / "out" / f"report.{form}").read_text(encoding="utf-8") for form in ("md", "html")]
    for text in (done.stdout, done.stderr, shown, terminal.run("runs").stdout, *pages):
        assert UNSAFE.search(text) is None
    verified = terminal.run("verify", "out")
    assert verified.returncode == 0, verified.stdout


def test_a_report_inside_its_documents_is_refused(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--out", str(documents / "report"))
    assert done.returncode == 2
    assert "is inside --docs" in done.stderr


def test_two_commands_with_other_settings_are_told(terminal: Terminal, documents: Path) -> None:
    up = terminal.start("up", "--docs", str(documents))
    read_until(up.stdout, "Press Ctrl-C to stop")
    terminal.environment["OUTLAST_OBJECTS"] = "elsewhere"
    other = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert other.returncode == 4
    assert "A worker runs in this folder with other settings" in other.stderr
    del terminal.environment["OUTLAST_OBJECTS"]
    terminal.environment["OUTLAST_SEARCH"] = "arxiv"
    assert terminal.run("runs").returncode == 0  # who only looks need not have the same
    other = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert other.returncode == 4
    assert "with other settings (OUTLAST_SEARCH=) than yours (OUTLAST_SEARCH=arxiv)" in other.stderr


def test_watch_after_a_crash_of_everything_writes_the_report_where_it_was_wanted(
    terminal: Terminal, documents: Path
) -> None:
    asked = ["research", QUESTION, "--docs", str(documents), "--out", "wanted", "--format", "md"]
    research = terminal.start(*asked)
    read_until(research.stderr, "Waiting for a decision")
    terminal.kill_everything()
    watching = terminal.start("watch")
    for gate in ("Is this the right plan?", "Is this the report you want?"):
        read_until(watching.stderr, gate)
        assert terminal.run("decide", "approve").returncode == 0
    out, err = watching.communicate(timeout=120)
    assert watching.returncode == 0, err + terminal.logs()
    assert out == (terminal.folder / "wanted" / "report.md").read_text(encoding="utf-8")
    assert not (terminal.home / "reports").exists()
