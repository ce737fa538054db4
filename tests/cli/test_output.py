import json
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outlast.cli.exits import Exit
from outlast.cli.output import Output, print_document
from outlast.evidence.report import Task
from tests.terminal import Terminal


def test_a_document_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True)
    output.people.print("said to people")
    output.document(
        {
            "path": Path("a"),
            "at": datetime(2026, 1, 1, tzinfo=UTC),
            "task": Task(id="t1", question="д"),
            "code": Exit.FAILED,
        }
    )
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert out.isascii()
    assert json.loads(out) == {
        "path": "a",
        "at": "2026-01-01T00:00:00Z",
        "task": {"id": "t1", "question": "д"},
        "code": 1,
    }
    assert err == "said to people\n"


def test_without_json_people_read_stdout_and_no_document_comes(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.people.print("said to people")
    output.document({"a": 1})
    assert capsys.readouterr() == ("said to people\n", "")


def test_what_no_encoding_can_hold_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_document({"name": "\udcff\x1b"})
    assert capsys.readouterr().out == '{"name": "\\udcff\\u001b"}\n'


@pytest.mark.usefixtures("processes")
def test_the_log_of_a_worker_for_programs(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        worker = terminal.start("worker", "--json")
        assert worker.stdout
        said = json.loads(worker.stdout.readline())
        assert said["logger"] == "outlast.worker"
        assert said["message"].startswith("Working on the queue outlast")
        worker.send_signal(signal.SIGINT)
        assert worker.wait(timeout=60) == 0
    finally:
        terminal.kill_everything()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["runs"], ["ask", "ferry", "--docs", "documents"]])
@pytest.mark.parametrize("as_json", [False, True])
def test_output_that_cannot_be_written_is_said_in_one_line(
    terminal: Terminal, documents: Path, arguments: list[str], *, as_json: bool
) -> None:
    typed = [*arguments, *(["--json"] if as_json and "--help" not in arguments else [])]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [terminal.bin / "outlast", *typed],
            check=False,
            cwd=terminal.folder,
            env=terminal.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 4
    [*_, last] = done.stderr.splitlines()
    assert last.startswith("outlast: The output cannot be written: No space left on device. Free some space")
    assert "Traceback" not in done.stderr


def test_characters_that_an_encoding_lacks_are_replaced(terminal: Terminal, documents: Path) -> None:
    (documents / "names.txt").write_text("Mrs O’Brien 雪 keeps the lamp of the harbour.", encoding="utf-8")
    terminal.environment["PYTHONIOENCODING"] = "latin-1"
    done = terminal.run("ask", "Who keeps the lamp of the harbour?", "--docs", "documents")
    assert done.returncode == 0, done.stderr
    assert "Mrs O?Brien ? keeps the lamp of the harbour." in done.stdout
