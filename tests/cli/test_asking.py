"""`outlast ask`: what it refuses, in one line."""

import json
from pathlib import Path

import pytest

from tests.cli.here import Here

QUESTION = "When was the lighthouse built, and how often does the ferry cross the sound?"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--docs", "documents", "--format", "pdf"], "Give one of: md, html, json"),
        (["--docs", "documents", "--format", "html", "--json"], "both write to stdout"),
        (["--collection", "x", "--exclude", "*.md"], "leaves files out of --docs"),
        (["--docs", "documents", "--collection", "x"], "both name documents"),
        (["--docs", "nowhere"], "does not exist"),
        (["--collection", "ghost"], "There is no collection"),
    ],
)
def test_what_cannot_be_asked(here: Here, documents: Path, arguments: list[str], said: str) -> None:
    done = here.run("ask", QUESTION, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("outlast: ")
    assert said in done.stderr


def test_a_question_that_is_none(here: Here, documents: Path) -> None:
    for question, said in (("  ", "empty"), ("bread " * 5_000, "20000"), ("What is it?", "that means something")):
        done = here.run("ask", question, "--docs", "documents")
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert len(done.stderr) < 1000


def test_a_document_and_a_folder_are_asked_together(here: Here, documents: Path) -> None:
    (here.folder / "letters").mkdir()
    (here.folder / "letters" / "crane.txt").write_text("The crane of the harbour was painted green in 1962.\n")
    paths = ("--docs", "documents/ferry.txt", "--docs", "letters")
    done = here.run("ask", "When was the crane of the harbour painted?", *paths, "--json")
    assert done.returncode == 0, done.stderr
    assert [source["uri"] for source in json.loads(done.stdout)["sources"]] == ["letters/crane.txt"]
    assert "Documents documents/ferry.txt, letters: 2 indexed, 0 skipped" in done.stderr
    assert "--docs documents/ferry.txt --docs letters" in done.stderr, "the command to go on names both"
