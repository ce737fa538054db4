"""`--detach`: a run goes on without a terminal, until it ends or waits for a person. And two commands in one folder."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal import Terminal

QUESTION = "When was the lighthouse built, and how often does the ferry cross the sound?"


@pytest.fixture
def terminal(pausing: Terminal) -> Terminal:
    return pausing


def wait_until(condition: Callable[[], object], terminal: Terminal, seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, terminal.logs()
        time.sleep(0.1)


def detached(terminal: Terminal, documents: Path, *options: str) -> str:
    done = terminal.run("research", QUESTION, "--docs", str(documents), "--detach", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["run"]


def status(terminal: Terminal, run: str) -> str:
    return json.loads(terminal.run("show", run, "--json").stdout)["status"]


def test_a_detached_run_goes_on_until_it_waits_and_after_each_decision(terminal: Terminal, documents: Path) -> None:
    run = detached(terminal, documents)
    wait_until(lambda: not terminal.pids(), terminal)
    assert status(terminal, run) == "waiting", "nothing is left running for a run that waits"
    decided = terminal.run("decide", "approve")
    assert "The run goes on in the background." in decided.stdout
    wait_until(lambda: not terminal.pids(), terminal)
    assert "report-1 waits" in terminal.run("show", run).stdout
    terminal.run("decide", "approve")
    wait_until(lambda: not terminal.pids(), terminal)
    assert status(terminal, run) == "published"
    assert list((terminal.home / "run/detached").iterdir()) == [], "it has ended: it is detached no longer"
    written = terminal.run("report", run, "--out", "out")
    assert written.returncode == 0, written.stderr
    assert "1871" in (terminal.folder / "out/report.md").read_text()


def test_what_is_detached_is_joined_and_stopped_and_goes_on_with_watch(terminal: Terminal, documents: Path) -> None:
    pause = terminal.folder / "pauses/investigate"
    pause.touch()
    run = detached(terminal, documents, "--yes")
    assert run in terminal.run("down").stdout, "also in the moment in which it begins"
    detached(terminal, documents, "--yes")
    wait_until(pause.with_suffix(".reached").exists, terminal)
    again = terminal.run("research", QUESTION, "--docs", str(documents), "--detach", "--yes")
    assert f"Run       {run} (under way since" in again.stdout
    stopped = terminal.run("down")
    assert stopped.returncode == 0, stopped.stderr
    assert f"{run} keeps its progress" in stopped.stdout
    wait_until(lambda: not terminal.pids(), terminal)
    assert json.loads(terminal.run("down", "--json").stdout) == {"stopped": False, "runs": []}
    pause.unlink()
    watched = terminal.run("watch", run, "--json")
    assert watched.returncode == 0, watched.stderr
    documents_written = [json.loads(line) for line in watched.stdout.splitlines()]
    assert documents_written[-1]["status"] == "published"
    assert documents_written[-1]["report"]["answered"] is True
    assert {"running"} == {each["status"] for each in documents_written[:-1]}


def test_a_keeper_that_is_killed_costs_nothing_but_itself(terminal: Terminal, documents: Path) -> None:
    pause = terminal.folder / "pauses/investigate"
    pause.touch()
    run = detached(terminal, documents, "--yes")
    wait_until(lambda: pause.with_suffix(".reached").exists() and terminal.pid("keeper"), terminal)
    terminal.kill("keeper")
    wait_until(lambda: not terminal.pids(), terminal)
    pause.unlink()
    assert terminal.run("watch", run).returncode == 0


def test_down_does_not_take_the_folder_from_a_command_that_uses_it(terminal: Terminal) -> None:
    up = terminal.start("up")
    assert up.stdout
    assert up.stdout.readline()
    refused = terminal.run("down")
    assert refused.returncode == 4
    assert "A command still uses" in refused.stderr
    assert up.poll() is None


def test_two_questions_at_once_from_nothing(terminal: Terminal, documents: Path) -> None:
    asked = ["When was the lighthouse built?", "On which days is rye bread baked?", "When was the lighthouse built?"]
    started = [
        terminal.start("research", question, "--docs", str(documents), "--yes", "--out", f"out{number}")
        for number, question in enumerate(asked)
    ]
    for process in started:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err + terminal.logs()
    reports = [json.loads((terminal.folder / f"out{number}/report.json").read_text()) for number in range(3)]
    assert [report["question"] for report in reports] == asked
    assert reports[0]["run"]["id"] != reports[1]["run"]["id"]
    listed = json.loads(terminal.run("runs", "--json").stdout)["runs"]
    assert {row["status"] for row in listed} == {"published"}
    names = {report["run"]["workflow"] for report in reports}
    assert {row["id"] for row in listed} == names


def test_research_watch_and_decide_together(terminal: Terminal, documents: Path) -> None:
    research = terminal.start("research", QUESTION, "--docs", str(documents))
    wait_until(lambda: "waiting" in terminal.run("runs").stdout, terminal)
    [run] = [row["id"] for row in json.loads(terminal.run("runs", "--json").stdout)["runs"]]
    watches = [terminal.start("watch"), terminal.start("watch", run, "--json"), terminal.start("watch", "--all")]
    for watch in watches:
        assert watch.stdout
        assert watch.stdout.readline()
    for gate in ("plan", "report"):
        wait_until(lambda gate=gate: f"gate({gate})" in terminal.run("runs").stdout, terminal)
        assert terminal.run("decide", "approve", "--gate", gate).returncode == 0
    for process in (research, *watches):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        assert "published" in out or "Report" in out
