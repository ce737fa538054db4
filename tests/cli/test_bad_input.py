"""Bad input on the command line: one clear line that says what to do, a code that is not zero, nothing started."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.here import Here
from tests.conftest import write_documents
from tests.terminal import Terminal


def refused(terminal: Here | Terminal, *arguments: str, code: int = 2) -> str:
    done = terminal.run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("outlast: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_an_empty_question(here: Here, documents: Path) -> None:
    assert "The question is empty" in refused(here, "research", " \n ", "--docs", str(documents))
    assert not here.home.exists()


def test_no_documents(here: Here) -> None:
    assert "--docs DIR" in refused(here, "research", "What is baked?")


def test_a_folder_that_is_missing(here: Here) -> None:
    assert "does not exist" in refused(here, "research", "What is baked?", "--docs", "nowhere")
    assert not (here.home / "run").exists(), "no server was started"


def test_a_file_that_is_no_document(here: Here) -> None:
    (here.folder / "cat.png").write_bytes(b"\x89PNG\x00")
    assert "cat.png could not be read" in refused(here, "research", "What?", "--docs", "cat.png")


def test_an_empty_folder(here: Here) -> None:
    (here.folder / "empty").mkdir()
    assert "holds no files" in refused(here, "research", "What is baked?", "--docs", "empty")


def test_a_folder_with_nothing_that_can_be_read(here: Here) -> None:
    folder = here.folder / "pictures"
    folder.mkdir()
    (folder / "cat.png").write_bytes(b"\x89PNG\x00")
    said = refused(here, "research", "What is baked?", "--docs", "pictures")
    assert "cat.png" in said
    assert ".txt" in said


def test_a_question_of_stop_words_alone(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("research", "What is it?", "--docs", str(documents), "--yes")
    assert done.returncode == 1
    assert "ask a question with at least one word that means something" in done.stdout


def test_a_question_that_is_too_long(here: Here, documents: Path) -> None:
    assert "question" in refused(here, "research", "bread " * 5_000, "--docs", str(documents))


ASKED = "On which days is rye bread baked?"


@pytest.fixture(scope="module")
def once(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of a run in `out`, and its home. For all tests here: they take copies."""
    terminal = Terminal(tmp_path_factory.mktemp("once"))
    write_documents(terminal.folder / "documents")
    made = terminal.run("research", ASKED, "--docs", "documents", "--out", "out", "--yes")
    terminal.kill_everything()
    assert made.returncode == 0, made.stderr
    return terminal.folder


@pytest.fixture
def out(once: Path, here: Here) -> Path:
    shutil.copytree(once, here.folder, dirs_exist_ok=True)
    return here.folder / "out"


def test_out_that_holds_another_report_or_something_else(here: Here, out: Path) -> None:
    kept = (out / "report.json").read_bytes()
    said = refused(here, "research", "When does the bakery open?", "--docs", "documents", "--out", "out")
    assert f'holds the report of "{ASKED}"' in said
    assert (out / "report.json").read_bytes() == kept
    (out / "report.json").write_text("[]")
    assert "did not write" in refused(here, "research", "What?", "--docs", "documents", "--out", "out")
    (here.folder / "file").write_text("")
    said = refused(here, "research", "What?", "--docs", "documents", "--out", "file")
    assert "cannot be written" in said


def test_a_server_that_cannot_be_reached(here: Here, documents: Path, nobody: str) -> None:
    here.set(TEMPORAL_ADDRESS=nobody)
    said = refused(here, "research", "What is baked?", "--docs", str(documents), code=4)
    assert nobody in said
    assert "TEMPORAL_ADDRESS" in said
    refused(here, "watch", code=4)
    refused(here, "show", code=4)
    refused(here, "decide", "approve", code=4)
    assert "none is started here" in refused(here, "up")
    doctor = here.run("doctor")
    assert doctor.returncode == 1
    assert nobody in doctor.stdout
    assert Terminal(here.folder).pids() == []


def test_a_decision_that_is_none(here: Here) -> None:
    assert "decision" in refused(here, "decide", "dance")
    assert "gate" in refused(here, "decide", "approve", "--gate", "garden")
    assert not here.home.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[]", "not a report"),
        ('{"schema": 99}', "newer"),
        ('{"schema": 1, "answered": 3}', "schema 1"),
    ],
)
def test_a_report_that_is_none(here: Here, content: str, said: str) -> None:
    (here.folder / "report.json").write_text(content)
    assert said in refused(here, "verify", "report.json")


def test_a_report_that_is_not_there(here: Here) -> None:
    assert "cannot be read" in refused(here, "verify", "nowhere.json")


def test_a_damaged_report_does_not_stand(here: Here, out: Path) -> None:
    report, [snapshot] = out / "report.json", list((out / "snapshots").iterdir())
    whole, text = report.read_text(), snapshot.read_bytes()

    snapshot.write_bytes(text.replace(b"rye" if b"rye" in text else b"Rye", b"Oat", 1))
    flipped = here.run("verify", str(report))
    assert flipped.returncode == 1
    assert "was changed" in flipped.stdout

    snapshot.unlink()
    assert here.run("verify", str(report)).returncode == 0, "the home folder has the snapshot as well"
    here.set(OUTLAST_HOME=str(here.folder / "elsewhere"))
    missing = here.run("verify", str(report))
    assert missing.returncode == 1
    assert "is missing" in missing.stdout
    found = here.run("verify", str(report), "--objects", str(here.home / "objects"))
    assert found.returncode == 0, found.stdout
    snapshot.write_bytes(text)

    moved = json.loads(whole)
    moved["sections"][0]["claims"][0]["quotes"][0]["start"] += 1
    report.write_text(json.dumps(moved))
    assert here.run("verify", str(report)).returncode == 1


def test_a_home_that_cannot_be_written(here: Here, documents: Path) -> None:
    (here.folder / "file").write_text("")
    here.set(OUTLAST_HOME=str(here.folder / "file"))
    said = refused(here, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "OUTLAST_" in said


@pytest.mark.usefixtures("processes")
def test_a_worker_file_that_is_not_there(tmp_path: Path, documents: Path) -> None:
    terminal = Terminal(tmp_path, OUTLAST_WORKER=str(tmp_path / "missing.py"))
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "OUTLAST_WORKER" in said


@pytest.mark.usefixtures("processes")
def test_a_worker_that_cannot_start(tmp_path: Path, documents: Path) -> None:
    (tmp_path / "broken.py").write_text("raise SystemExit('no such graph')")
    terminal = Terminal(tmp_path, OUTLAST_WORKER=str(tmp_path / "broken.py"))
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "no such graph" in said
    assert "no such graph" in terminal.logs()
