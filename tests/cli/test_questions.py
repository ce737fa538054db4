"""Questions that nobody would ask: refused in one line before anything is spent, or answered."""

import json
import subprocess
from pathlib import Path

import pytest

from outlast.evidence.text import UNSAFE
from outlast.orchestration.research.messages import Ask, accept_ask
from tests.cli.here import Here
from tests.terminal import BIN, Terminal


def asked(terminal: Terminal, question: bytes, documents: Path, *options: str) -> "subprocess.CompletedProcess[bytes]":
    command = [str(BIN / "outlast"), "research", "-", "--docs", str(documents), *options]
    return subprocess.run(
        command, cwd=terminal.folder, env=terminal.environment, input=question, capture_output=True, check=False
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (b"bread " * 200_000, "at most 20000 characters"),  # 1.2 MB
        (b"x" * 5_000_000, "at most 20000 characters"),
        (b"What is \xff baked?", "not in UTF-8 (at byte 8). Convert it first."),
        (b" \n\t ", "The question is empty."),
        (b"\x00\x01\x1b", "The question is empty."),
        ("What is \u00ed\u00a0\u0080 baked".encode("latin-1"), "not in UTF-8"),  # half a surrogate pair, encoded
    ],
    ids=["1 MB", "5 MB", "bytes", "blanks", "control characters", "a surrogate"],
)
def test_refused_in_one_line_before_anything_is_spent(here: Here, documents: Path, question: bytes, said: str) -> None:
    done = here.run("research", "-", "--docs", "documents", stdin=question)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("outlast: ")
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 500
    assert not here.home.exists()


def test_bytes_on_the_command_line_that_are_no_text(terminal: Terminal, documents: Path) -> None:
    command = [str(BIN / "outlast"), "research", b"What \xff?", "--docs", str(documents)]
    done = subprocess.run(command, cwd=terminal.folder, env=terminal.environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"The value contains text that is not Unicode" in done.stderr
    assert not terminal.home.exists()


def test_control_characters_are_read_as_blanks(terminal: Terminal, documents: Path) -> None:
    done = asked(
        terminal,
        "When was\x1b[31m the\x00lighthouse\x07\u202e\u2066 \u0085\u2028built\U000e0041\u200b?\x0c\n".encode(),
        documents,
        "--yes",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["report"]
    assert report["answered"] is True
    assert report["question"].split() == ["When", "was", "[31m", "the", "lighthouse", "built", "?"]
    assert UNSAFE.search(done.stderr.decode()) is None


def test_japanese_is_found_without_spaces(here: Here) -> None:
    folder = here.folder / "海"
    folder.mkdir()
    (folder / "灯台.txt").write_text("岬の灯台は1887年に建てられた。灯は毎晩ともされる。", encoding="utf-8")
    done = here.run("ask", "-", "--docs", str(folder), stdin="灯台はいつ建てられましたか".encode())
    assert done.returncode == 0
    assert "1887年に建てられた" in done.stdout


def test_cyrillic_is_found(here: Here) -> None:
    folder = here.folder / "море"
    folder.mkdir()
    (folder / "маяк.txt").write_text("Маяк построен в 1871 году. Его высота 31 метр.\n", encoding="utf-8")
    done = here.run("ask", "Маяк построен?", "--docs", "море", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["coverage"]["unknown"] == []
    assert "1871" in here.run("ask", "Маяк построен?", "--docs", "море", "--format", "md").stdout


def test_the_same_is_accepted_from_everywhere() -> None:
    assert accept_ask("a\x00b").question == "a b"
    assert accept_ask({"question": "a\u009bb\nc\td"}).question == "a b\nc\td"
    assert Ask(question="д中🙂").question == "д中🙂"
    assert len(accept_ask("x" * 20_000).question) == 20_000
