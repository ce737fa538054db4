"""Bad input on the command line: one clear line that says what to do, a code that is not zero, nothing started."""

import json
from pathlib import Path

import pytest

from tests.conftest import unused_port
from tests.terminal import Terminal


def refused(terminal: Terminal, *arguments: str, code: int = 2) -> str:
    done = terminal.run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("outlast: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_an_empty_question(terminal: Terminal, documents: Path) -> None:
    assert "The question is empty" in refused(terminal, "research", " \n ", "--docs", str(documents))
    assert not terminal.home.exists()


def test_no_documents(terminal: Terminal) -> None:
    assert "--docs DIR" in refused(terminal, "research", "What is baked?")


def test_a_folder_that_is_missing(terminal: Terminal) -> None:
    assert "does not exist" in refused(terminal, "research", "What is baked?", "--docs", "nowhere")
    assert not (terminal.home / "run").exists(), "no server was started"


def test_a_file_where_a_folder_should_be(terminal: Terminal, documents: Path) -> None:
    assert "is not a folder" in refused(terminal, "research", "What?", "--docs", str(documents / "ferry.txt"))


def test_an_empty_folder(terminal: Terminal) -> None:
    (terminal.folder / "empty").mkdir()
    assert "holds no files" in refused(terminal, "research", "What is baked?", "--docs", "empty")


def test_a_folder_with_nothing_that_can_be_read(terminal: Terminal) -> None:
    folder = terminal.folder / "pictures"
    folder.mkdir()
    (folder / "cat.png").write_bytes(b"\x89PNG\x00")
    said = refused(terminal, "research", "What is baked?", "--docs", "pictures")
    assert "cat.png" in said
    assert ".txt" in said


def test_a_question_of_stop_words_alone(terminal: Terminal, documents: Path) -> None:
    done = terminal.run("research", "What is it?", "--docs", str(documents), "--yes")
    assert done.returncode == 1
    assert "ask a question with at least one word that means something" in done.stdout


def test_a_question_that_is_too_long(terminal: Terminal, documents: Path) -> None:
    assert "question" in refused(terminal, "research", "bread " * 5_000, "--docs", str(documents))


def test_out_that_holds_another_report_or_something_else(terminal: Terminal, documents: Path) -> None:
    out = terminal.folder / "out"
    first = terminal.run(
        "research", "On which days is rye bread baked?", "--docs", str(documents), "--out", "out", "--yes"
    )
    assert first.returncode == 0, first.stderr
    kept = (out / "report.json").read_bytes()
    said = refused(terminal, "research", "When does the bakery open?", "--docs", str(documents), "--out", "out")
    assert 'holds the report of "On which days is rye bread baked?"' in said
    assert (out / "report.json").read_bytes() == kept
    (out / "report.json").write_text("[]")
    assert "did not write" in refused(terminal, "research", "What?", "--docs", str(documents), "--out", "out")
    (terminal.folder / "file").write_text("")
    said = refused(terminal, "research", "What?", "--docs", str(documents), "--out", "file")
    assert "cannot be written" in said


def test_a_server_that_cannot_be_reached(tmp_path: Path, documents: Path) -> None:
    address = f"127.0.0.1:{unused_port()}"
    terminal = Terminal(tmp_path, TEMPORAL_ADDRESS=address)
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert address in said
    assert "TEMPORAL_ADDRESS" in said
    refused(terminal, "watch", code=4)
    refused(terminal, "show", code=4)
    refused(terminal, "decide", "approve", code=4)
    assert "nothing is embedded" in refused(terminal, "up")
    doctor = terminal.run("doctor")
    assert doctor.returncode == 1
    assert address in doctor.stdout
    assert terminal.pids() == []


def test_a_run_that_does_not_exist(terminal: Terminal) -> None:
    assert "There is no run yet" in refused(terminal, "watch")
    assert 'There is no run "ghost"' in refused(terminal, "watch", "ghost")
    assert 'There is no run "ghost"' in refused(terminal, "show", "ghost")
    assert 'There is no run "ghost"' in refused(terminal, "decide", "approve", "--run", "ghost")


def test_a_decision_that_is_none(terminal: Terminal) -> None:
    assert "decision" in refused(terminal, "decide", "dance")
    assert "gate" in refused(terminal, "decide", "approve", "--gate", "garden")
    assert not terminal.home.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[]", "not a report"),
        ('{"schema": 99}', "newer"),
        ('{"schema": 1, "answered": 3}', "schema 1"),
    ],
)
def test_a_report_that_is_none(terminal: Terminal, content: str, said: str) -> None:
    (terminal.folder / "report.json").write_text(content)
    assert said in refused(terminal, "verify", "report.json")


def test_a_report_that_is_not_there(terminal: Terminal) -> None:
    assert "cannot be read" in refused(terminal, "verify", "nowhere.json")


def test_a_damaged_report_does_not_stand(terminal: Terminal, documents: Path) -> None:
    made = terminal.run(
        "research", "On which days is rye bread baked?", "--docs", str(documents), "--out", "out", "--yes"
    )
    assert made.returncode == 0, made.stderr
    report, [snapshot] = terminal.folder / "out/report.json", list((terminal.folder / "out/snapshots").iterdir())
    whole, text = report.read_text(), snapshot.read_bytes()

    snapshot.write_bytes(text.replace(b"rye" if b"rye" in text else b"Rye", b"Oat", 1))
    flipped = terminal.run("verify", str(report))
    assert flipped.returncode == 1
    assert "was changed" in flipped.stdout

    snapshot.unlink()
    assert terminal.run("verify", str(report)).returncode == 0, "the home folder has the snapshot as well"
    missing = Terminal(documents).run("verify", str(report))
    assert missing.returncode == 1
    assert "is missing" in missing.stdout
    found = Terminal(documents).run("verify", str(report), "--objects", str(terminal.home / "objects"))
    assert found.returncode == 0, found.stdout
    snapshot.write_bytes(text)

    moved = json.loads(whole)
    moved["sections"][0]["claims"][0]["quotes"][0]["start"] += 1
    report.write_text(json.dumps(moved))
    assert terminal.run("verify", str(report)).returncode == 1


def test_a_home_that_cannot_be_written(tmp_path: Path, documents: Path) -> None:
    (tmp_path / "file").write_text("")
    terminal = Terminal(tmp_path, OUTLAST_HOME=str(tmp_path / "file"))
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "OUTLAST_" in said


def test_a_worker_file_that_is_not_there(tmp_path: Path, documents: Path) -> None:
    terminal = Terminal(tmp_path, OUTLAST_WORKER=str(tmp_path / "missing.py"))
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "OUTLAST_WORKER" in said


def test_a_worker_that_cannot_start(tmp_path: Path, documents: Path) -> None:
    (tmp_path / "broken.py").write_text("raise SystemExit('no such graph')")
    terminal = Terminal(tmp_path, OUTLAST_WORKER=str(tmp_path / "broken.py"))
    said = refused(terminal, "research", "What is baked?", "--docs", str(documents), code=4)
    assert "worker.log may say why" in said
    assert "no such graph" in terminal.logs()
