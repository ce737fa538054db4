"""Questions that nobody would ask: refused in one line before anything is spent, or answered."""

import json
import subprocess
from pathlib import Path

import pytest

from orchestration.messages import Ask, accept_ask
from tests.terminal import BIN, Terminal


def asked(terminal: Terminal, question: bytes, documents: Path, *options: str) -> "subprocess.CompletedProcess[bytes]":
    command = [str(BIN / "outlast"), "research", "-", "--docs", str(documents), *options]
    return subprocess.run(
        command, cwd=terminal.folder, env=terminal.environment, input=question, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (b"bread " * 200_000, b"at most 20000 characters"),  # 1.2 MB
        (b"x" * 5_000_000, b"at most 20000 characters"),
        (b"What is \xff baked?", b"not in UTF-8 (at byte 8). Convert it first."),
        (b" \n\t ", b"The question is empty."),
        (b"\x00\x01\x1b", b"The question is empty."),
        ("What is \u00ed\u00a0\u0080 baked".encode("latin-1"), b"not in UTF-8"),  # half a surrogate pair, encoded
    ],
    ids=["1 MB", "5 MB", "bytes", "blanks", "control characters", "a surrogate"],
)
def test_refused_in_one_line_before_anything_is_spent(
    terminal: Terminal, documents: Path, question: bytes, said: bytes
) -> None:
    done = asked(terminal, question, documents)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith(b"outlast: ")
    assert done.stderr.count(b"\n") == 1
    assert len(done.stderr) < 500
    assert not terminal.home.exists()


def test_bytes_on_the_command_line_that_are_no_text(terminal: Terminal, documents: Path) -> None:
    command = [str(BIN / "outlast"), "research", b"What \xff?", "--docs", str(documents)]
    done = subprocess.run(command, cwd=terminal.folder, env=terminal.environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"There is text in it that is not Unicode" in done.stderr
    assert not terminal.home.exists()


def test_control_characters_are_read_as_blanks(terminal: Terminal, documents: Path) -> None:
    done = asked(terminal, b"When was\x1b[31m the\x00lighthouse\x07 built?\x0c\n", documents, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["report"]
    assert report["answered"] is True
    assert "\x1b" not in report["question"]
    assert b"\x1b" not in done.stderr


def test_what_cannot_be_searched_by_words_says_so(terminal: Terminal, documents: Path) -> None:
    done = asked(terminal, "灯台はいつ建てられましたか".encode(), documents)
    assert done.returncode == 2
    assert b"without blanks between words" in done.stderr
    assert not terminal.home.exists()


def test_cyrillic_is_found(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "море"
    folder.mkdir()
    (folder / "маяк.txt").write_text("Маяк построен в 1871 году. Его высота 31 метр.\n", encoding="utf-8")
    done = terminal.run("research", "Маяк построен?", "--docs", str(folder), "--yes", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)["report"]
    assert made["unknown"] == []
    assert "1871" in Path(terminal.folder / made["files"]["md"]).read_text(encoding="utf-8")


def test_the_same_is_accepted_from_everywhere() -> None:
    assert accept_ask("a\x00b").question == "a b"
    assert accept_ask({"question": "a\u009bb\nc\td"}).question == "a b\nc\td"
    assert Ask(question="д中🙂").question == "д中🙂"
    assert len(accept_ask("x" * 20_000).question) == 20_000
