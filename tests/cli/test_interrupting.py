"""Ctrl-C in every command that waits: code 130, one line that says what stands and how to go on."""

import fcntl
import json
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from tests.cli.test_detaching import QUESTION, wait_until
from tests.story.test_first_run import read_until
from tests.terminal import BIN, Terminal


@pytest.fixture
def terminal(pausing: Terminal) -> Terminal:
    return pausing


def interrupted(process: "subprocess.Popen[str]") -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    return out, err


def test_research_and_watch_leave_the_run_where_it_stands(terminal: Terminal, documents: Path) -> None:
    pause = terminal.folder / "pauses/investigate"
    pause.touch()
    research = terminal.start("research", QUESTION, "--docs", str(documents), "--yes")
    wait_until(pause.with_suffix(".reached").exists, terminal)
    watch, all_of_them = terminal.start("watch", "--json"), terminal.start("watch", "--all")
    assert watch.stdout
    assert all_of_them.stdout
    phases = (json.loads(line)["phase"] for line in watch.stdout)
    assert next(filter(None, phases)) == "investigate", "the first lines may come before a worker answers"
    assert all_of_them.stdout.readline()

    out, err = interrupted(watch)
    error = json.loads(out.splitlines()[-1])["error"]
    assert error["kind"] == "interrupted"
    assert error["exit"] == 130
    assert "The run keeps its progress. To go on: outlast watch when-was" in error["message"]
    assert err.endswith(f"outlast: {error['message']}\n")
    assert "The run keeps its progress. To go on: outlast watch when-was" in interrupted(all_of_them)[1]
    assert "outlast: The run keeps its progress. To go on: outlast watch when-was" in interrupted(research)[1]
    pause.unlink()
    assert terminal.run("watch").returncode == 0


def uses(process: "subprocess.Popen[str]", terminal: Terminal) -> bool:
    """Whether it has begun to use the folder; where that cannot be seen, it is taken for granted."""
    opened = Path(f"/proc/{process.pid}/fd")
    lock = str((terminal.home / "run/users.lock").resolve())
    if not opened.exists():
        return True
    for each in opened.iterdir():
        with suppress(FileNotFoundError):  # it was closed in this moment
            if str(each.readlink()) == lock:
                return True
    return False


def rests(process: "subprocess.Popen[str]") -> bool:
    """Whether it waits for an answer: it has a connection, sleeps, and has had no processor for a second."""
    files = Path(f"/proc/{process.pid}")
    if not files.exists():
        time.sleep(4)  # that cannot be seen here: a machine that is not too busy has come to it by now
        return process.poll() is None

    def seen() -> tuple[str, int]:
        state, *numbers = (files / "stat").read_text().rpartition(")")[2].split()
        return state, int(numbers[10]) + int(numbers[11])  # user and system time of all its threads, in ticks

    before = seen()
    time.sleep(1)
    with suppress(FileNotFoundError):  # one was closed in this moment
        is_connected = any(str(each.readlink()).startswith("socket:") for each in (files / "fd").iterdir())
        return is_connected and seen() == before and before[0] == "S"
    return False


def test_decide_and_cancel_that_wait_for_a_worker(terminal: Terminal, documents: Path) -> None:
    started = terminal.run("research", QUESTION, "--docs", str(documents), "--detach")
    assert started.returncode == 0
    up = terminal.start("up")
    read_until(up.stdout, "Press Ctrl-C to stop")  # from here on it keeps the worker, whatever the detached run does
    wait_until(lambda: "waiting" in terminal.run("runs").stdout, terminal)
    worker = terminal.pid("worker")
    subprocess.run(["kill", "-STOP", str(worker)], check=True)
    try:
        for command, said in [
            (("decide", "approve"), "whether the run has your decision"),
            (("cancel",), "whether it was canc"),
        ]:
            process = terminal.start(*command)
            wait_until(lambda process=process: uses(process, terminal), terminal)
            wait_until(lambda process=process: rests(process), terminal)
            assert process.poll() is None
            out, err = interrupted(process)
            assert out == ""
            assert err.startswith("outlast: Interrupted. `outlast show` says")
            assert said in err
            assert err.count("\n") == 1
    finally:
        subprocess.run(["kill", "-CONT", str(worker)], check=True)
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=60) == 0, "`up` is there to be ended by Ctrl-C"


def unread(pipe: IO[str]) -> int:
    """How many bytes wait in it: none are left when somebody reads."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def test_a_question_that_never_comes(terminal: Terminal) -> None:
    process = subprocess.Popen(
        [str(BIN / "outlast"), "research", "-", "--docs", "."],
        cwd=terminal.folder,
        env=terminal.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin
        process.stdin.write(" ")
        process.stdin.flush()
        wait_until(lambda: not unread(process.stdin), terminal)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 130
        assert process.stderr
        assert process.stderr.read() == "outlast: Interrupted. Nothing was started.\n"
    finally:
        process.kill()
        process.communicate()
