"""Disks that fill up and files that are damaged or gone, while a run is under way: it says so, waits, and goes on."""

from pathlib import Path

import pytest

from tests.conftest import mounted
from tests.crash.test_kill_everything import wait_for
from tests.story.test_first_run import QUESTION, read_until
from tests.terminal import Terminal

ENOUGH = b"x" * 4_000_000
"""Fills any of the small disks: writing stops where no room is left."""


@pytest.fixture
def terminal(pausing: Terminal) -> Terminal:
    return pausing


def fill(disk: Path) -> Path:
    filling = disk / "filling"
    try:
        filling.write_bytes(ENOUGH)
    except OSError:
        return filling
    raise AssertionError("the disk is not as small as it should be")


def unwrapped(said: str) -> str:
    """A line is wrapped where the terminal ends: that depends on how long the folder's name is."""
    return " ".join(said.split())


@pytest.mark.crash
def test_a_full_disk_while_indexing_and_while_publishing(terminal: Terminal, documents: Path, tmp_path: Path) -> None:
    terminal.environment["OUTLAST_OBJECTS"] = str(tmp_path / "disk" / "objects")
    with mounted(terminal.home / "cache", "1m") as cache, mounted(tmp_path / "disk", "1m") as disk:
        filling = fill(cache)
        (tmp_path / "pauses" / "publish").touch()
        running = terminal.start("research", QUESTION, "--docs", str(documents), "--yes")
        said = unwrapped(read_until(running.stdout, "Waiting for a decision"))
        assert "plan: The index" in said
        assert "Free some space" in said
        filling.unlink()
        assert terminal.run("decide", "retry").returncode == 0

        wait_for(tmp_path / "pauses" / "publish.reached", terminal)
        filling = fill(disk)
        (tmp_path / "pauses" / "publish").unlink()
        said = unwrapped(read_until(running.stdout, "Waiting for a decision"))
        assert "publish: The object store does not take runs/" in said
        assert "No space left on device" in said
        filling.unlink()
        assert terminal.run("decide", "retry").returncode == 0
        out, err = running.communicate(timeout=120)
        assert running.returncode == 0, out + err + terminal.logs()
        terminal.kill_everything()


@pytest.mark.crash
def test_a_text_that_goes_missing_is_named_and_the_run_waits_for_it(terminal: Terminal, documents: Path) -> None:
    running = terminal.start("research", QUESTION, "--docs", str(documents))
    read_until(running.stdout, "Waiting for a decision")
    for text in (terminal.home / "objects" / "snapshots").iterdir():
        text.unlink()
    assert terminal.run("decide", "approve").returncode == 0
    said = unwrapped(read_until(running.stdout, "Waiting for a decision"))
    assert "verify: The text of " in said
    assert "is not in the object store" in said
    assert "any command with --docs DIR does" in said
    assert terminal.run("ask", QUESTION, "--docs", str(documents)).returncode == 0
    assert terminal.run("decide", "retry").returncode == 0
    read_until(running.stdout, "Waiting for a decision")
    assert terminal.run("decide", "approve").returncode == 0
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, out + err + terminal.logs()


@pytest.mark.crash
def test_a_full_disk_under_the_database_of_the_runs(terminal: Terminal, documents: Path) -> None:
    with mounted(terminal.home, "3m") as disk:
        running = terminal.start("research", QUESTION, "--docs", str(documents))
        read_until(running.stdout, "Waiting for a decision")
        filling = fill(disk)
        told = terminal.run("decide", "approve")
        assert told.returncode == 4
        assert "is full: the server cannot write its database. Free some space" in told.stderr
        terminal.kill_everything()
        told = terminal.run("watch")
        assert told.returncode == 4, "a server that cannot even start"
        assert "is full: the server cannot write its database. Free some space" in told.stderr
        filling.unlink()
        assert terminal.run("decide", "approve").returncode == 0
        watching = terminal.start("watch")
        read_until(watching.stdout, "Waiting for a decision")
        assert terminal.run("decide", "approve").returncode == 0
        assert watching.wait(120) == 0
        terminal.kill_everything()


@pytest.mark.crash
@pytest.mark.parametrize("every", [7, 60])
def test_a_database_of_the_runs_that_is_damaged_inside(terminal: Terminal, documents: Path, every: int) -> None:
    running = terminal.start("research", QUESTION, "--docs", str(documents))
    read_until(running.stdout, "Waiting for a decision")
    terminal.kill_everything()
    damage_pages(terminal.home / "temporal.db", every)
    told = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert told.returncode == 4, told.stdout
    assert "temporal.db, is damaged (" in told.stderr
    assert "outlast doctor --repair" in told.stderr
    terminal.kill_everything()
    repaired = terminal.run("doctor", "--repair")
    assert repaired.returncode == 0, repaired.stdout
    assert "the next command starts a new one" in repaired.stdout
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr + terminal.logs()


def damage_pages(database: Path, every: int) -> None:
    """Of every so many pages one is overwritten; not the first, which says that this is a database."""
    content = bytearray(database.read_bytes())
    for page in range(every, len(content) // 4096, every):
        content[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    database.write_bytes(content)
    database.with_name(f"{database.name}-journal").unlink(missing_ok=True)
