"""Every command looks first at the version of its home: a newer one is refused, an older one brought up to date."""

from pathlib import Path

import pytest

from tests.cli.here import Here

ASKED = "When was the lighthouse built?"
COMMANDS = [
    ["research", ASKED, "--docs", "documents", "--yes"],
    ["research", ASKED, "--collection", "default", "--yes"],
    ["ask", ASKED, "--docs", "documents"],
    ["ask", ASKED, "--collection", "default"],
    ["runs"],
    ["watch"],
    ["show"],
    ["report"],
    ["decide", "approve"],
    ["cancel"],
    ["docs", "add", "laws", "documents"],
    ["docs", "list"],
    ["docs", "show", "default"],
    ["docs", "remove", "default"],
    ["up"],
    ["up", "--docs", "documents"],
    ["worker"],
]


def tree(home: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() if file.is_file() else b"" for file in home.rglob("*")}


@pytest.fixture
def newer(here: Here) -> Path:
    (here.home / "objects" / "collections" / "names").mkdir(parents=True)
    (here.home / "objects" / "collections" / "names" / "default").write_text("of another kind")
    (here.home / "version").write_text("7\n")
    return here.home


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_newer_home_is_refused_before_anything_is_touched(
    here: Here, newer: Path, documents: Path, command: list[str]
) -> None:
    before = tree(newer)
    done = here.run(*command)
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stderr.startswith("outlast: The folder ")
    assert "was written by a newer Outlast: it has version 7, and this Outlast knows versions up to 1." in done.stderr
    assert done.stderr.count("\n") == 1
    assert tree(newer) == before


def test_the_doctor_says_so_too(here: Here, newer: Path) -> None:
    before = tree(newer)
    done = here.run("doctor")
    assert done.returncode == 1
    assert "-- home" in done.stdout
    assert "was written by a newer Outlast" in done.stdout
    assert tree(newer) == before


def test_an_older_home_is_brought_up_to_date(here: Here, documents: Path) -> None:
    first = here.run("ask", ASKED, "--docs", "documents", "--json")
    assert first.returncode == 0, first.stderr
    (here.home / "version").unlink()
    [index] = (here.home / "cache" / "libraries").glob("*.db")
    index.write_bytes(b"of tables that nobody knows any more")
    again = here.run("ask", ASKED, "--docs", "documents", "--json")
    assert again.returncode == 0
    assert "damaged" not in again.stderr, "the old index was still there"
    assert (here.home / "version").read_text() == "1\n"
