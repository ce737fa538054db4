"""At a real terminal: progress is drawn, the gates ask, Ctrl-C leaves the run where it stands."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

from tests.story.test_first_run import QUESTION, read_until
from tests.terminal import BIN, Terminal


class Screen:
    """A process on a pseudo-terminal: what it shows, and what is typed."""

    def __init__(self, terminal: Terminal, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [str(BIN / "outlast"), *arguments],
            cwd=terminal.folder,
            env=terminal.environment | {"TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def wait_for(self, wanted: str, seconds: float = 120) -> str:
        """What is shown up to `wanted`, without colours; what comes behind it is looked at anew."""
        ends = time.monotonic() + seconds
        while wanted not in self.shown:
            assert time.monotonic() < ends, f"{wanted!r} was never shown:\n{self.shown}"
            if select.select([self._ours], [], [], 0.5)[0]:
                try:
                    self.shown += re.sub(
                        r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(self._ours, 65536).decode(errors="replace")
                    )
                except OSError:  # the other end is closed
                    assert wanted in self.shown, f"{wanted!r} was never shown:\n{self.shown}"
        before, _, self.shown = self.shown.partition(wanted)
        return before + wanted

    def type(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)


def test_the_gates_ask_and_take_an_answer(terminal: Terminal, documents: Path) -> None:
    screen = Screen(terminal, "research", QUESTION, "--docs", str(documents))
    try:
        screen.wait_for("[x] reject?")
        screen.type("perhaps")
        screen.wait_for('"perhaps" is not a decision here. Type one of: approve, revise, reject.')
        screen.wait_for("[x] reject?")
        screen.type("r")
        screen.wait_for("One line")
        screen.type("On which days is rye bread baked?")
        assert "On which days is rye bread baked?" in screen.wait_for("[x] reject?")
        screen.type("a")
        screen.wait_for("report-1")
        screen.wait_for("[x] reject?")
        screen.type("approve")
        screen.wait_for("Claims")
        assert screen.process.wait(timeout=120) == 0
    finally:
        screen.close()


def test_a_gate_that_is_decided_elsewhere_stops_asking_here(terminal: Terminal, documents: Path) -> None:
    screen = Screen(terminal, "research", QUESTION, "--docs", str(documents))
    try:
        screen.wait_for("[x] reject?")
        assert terminal.run("decide", "reject").returncode == 0
        screen.wait_for("rejected at the gate plan")
        assert screen.process.wait(timeout=120) == 3
    finally:
        screen.close()


def test_ctrl_c_leaves_the_run_where_it_stands(terminal: Terminal, documents: Path) -> None:
    screen = Screen(terminal, "research", QUESTION, "--docs", str(documents))
    try:
        screen.wait_for("[x] reject?")
        os.killpg(screen.process.pid, signal.SIGINT)
        screen.wait_for("The run keeps its progress")
        screen.wait_for("outlast watch")
        assert screen.process.wait(timeout=120) == 130
    finally:
        screen.close()
    watching = terminal.start("watch")
    read_until(watching.stdout, "Waiting for a decision")
    assert terminal.run("decide", "approve").returncode == 0
    read_until(watching.stdout, "Is this the report you want?")
