"""Where a folder's runs are kept: who only looks makes nothing, and a home is found from the folders below it."""

import json
from pathlib import Path

import pytest

from tests.story.test_first_run import QUESTION
from tests.terminal import Terminal

LOOKING = [
    (["runs"], 0, "There is no run yet"),
    (["show"], 2, "There is no run yet"),
    (["report", "a-run"], 2, "There is no run yet"),
    (["watch"], 2, "There is no run yet"),
    (["watch", "--all"], 0, "There is no run yet"),
    (["decide", "approve"], 2, "There is no run yet"),
    (["steer", "--budget-tokens", "5000"], 2, "There is no run yet"),
    (["cancel"], 2, "There is no run yet"),
    (["verify", "report.json"], 2, "cannot be read"),
    (["docs", "list"], 0, "outlast docs add NAME DIR"),
    (["docs", "show", "laws"], 2, "There is no collection yet"),
    (["docs", "remove", "laws"], 2, "There is no collection yet"),
    (["ask", QUESTION], 2, "--docs DIR"),
    (["ask", QUESTION, "--collection", "laws"], 2, "There is no collection yet"),
    (["research", QUESTION, "--collection", "laws"], 2, "There is no collection yet"),
    (["doctor"], 0, "none yet"),
    (["doctor", "--repair"], 0, "nothing to do"),
    (["down"], 0, "Nothing runs in"),
]


@pytest.mark.parametrize(("command", "code", "says"), LOOKING, ids=[" ".join(each[0][:2]) for each in LOOKING])
def test_who_only_looks_makes_nothing_and_is_told_what_to_do(
    terminal: Terminal, command: list[str], code: int, says: str
) -> None:
    done = terminal.run(*command)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert list(terminal.folder.iterdir()) == []
    assert terminal.pids() == []


def test_no_server_is_started_where_no_run_ever_was(terminal: Terminal, documents: Path) -> None:
    assert terminal.run("docs", "add", "island", str(documents)).returncode == 0
    assert json.loads(terminal.run("runs", "--json").stdout) == {"runs": []}
    shown = terminal.run("show")
    assert shown.stderr.startswith(f"outlast: There is no run yet in {terminal.home}. Start one: outlast research ")
    assert not (terminal.home / "run").exists()


def test_from_a_folder_below_the_same_runs_are_seen_and_joined(terminal: Terminal, documents: Path) -> None:
    asked = terminal.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert asked.returncode == 0, asked.stderr
    assert "Home " not in asked.stdout
    below = Terminal(terminal.folder / "notes" / "today")
    below.folder.mkdir(parents=True)
    [run] = json.loads(below.run("runs", "--json").stdout)["runs"]
    assert run["status"] == "published"
    written = below.run("report", "--out", "again")
    assert written.returncode == 0, written.stderr
    assert (below.folder / "again" / "report.json").is_file()

    again = below.run("research", QUESTION, "--docs", str(documents), "--yes")
    assert f"Home      {terminal.home}, found in a folder above; OUTLAST_HOME=.outlast makes one here\n" in again.stdout
    assert len(json.loads(terminal.run("runs", "--json").stdout)["runs"]) == 2
    assert not below.home.exists()

    below.environment["OUTLAST_HOME"] = ".outlast"
    assert json.loads(below.run("runs", "--json").stdout)["runs"] == []
