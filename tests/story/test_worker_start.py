"""A worker that cannot start says so at once: its own error, the line of its file, and what to do."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal import Terminal

TOO_LATE_SECONDS = 60.0
"""Far more than a start and five seconds take on a busy machine; five starts with their pauses took 68."""
OUR_OWN = """
from outlast import worker

worker.main()
"""
AFTER_CONNECTING = """
import asyncio
from outlast.orchestration.embedded.connection import connect
from outlast.orchestration.settings import Settings

async def main():
    await connect(Settings().temporal())
    raise RuntimeError("the reactor is cold")

asyncio.run(main())
"""
KILLED = """
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.fixture
def terminal(processes: None, tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, OUTLAST_WORKER=str(tmp_path / "mine.py"))
    yield terminal
    terminal.kill_everything()


@pytest.mark.parametrize(
    ("code", "error", "line"),
    [
        ("import json\nraise ValueError('no such\\n\\x1b[31m graph')", "ValueError: no such", 2),
        ("raise SystemExit('the key is missing')", "the key is missing", 1),
        ("import json\n\ndef broken(:\n    pass\n", "SyntaxError", 3),
        ("import json\nfrom graphs.missing import builder", "No module named 'graphs", 2),
        (AFTER_CONNECTING, "RuntimeError: the reactor is cold", 8),
        ("pass", "ended with code 0", 0),
        ("import sys\nsys.exit(0)", "it exited with code 0", 2),
        ("import os\nos._exit(3)", "ended with code 3", 0),
        (KILLED, "was ended by SIGSEGV", 0),
    ],
    ids=["raise", "exit", "syntax", "import", "after connecting", "end", "exit 0", "hard exit", "crash"],
)
def test_its_error_and_its_line_are_said(terminal: Terminal, documents: Path, code: str, error: str, line: int) -> None:
    file = terminal.folder / "mine.py"
    file.write_text(code)
    began = time.monotonic()
    done = terminal.run("research", "What is baked?", "--docs", str(documents), "--yes")
    assert time.monotonic() - began < TOO_LATE_SECONDS
    assert done.returncode == 4, done.stderr
    said = " ".join(done.stderr.split())
    assert error in said
    assert "before it could take a task" in said
    assert (f"({file}, line {line})" in said) == bool(line), said
    assert str(terminal.home / "logs" / "worker.log") in said
    assert "Fix that file, or unset OUTLAST_WORKER" in said
    assert "\x1b" not in done.stderr
    assert (terminal.home / "logs" / "supervisor.log").read_text().count("before it could take a task") == 1


@pytest.mark.parametrize("command", ["up", "watch", "worker"])
def test_other_commands_say_it_too(terminal: Terminal, command: str) -> None:
    (terminal.folder / "mine.py").write_text("import graphs_of_mine")
    done = terminal.run(command)
    # `watch` may have found meanwhile that there is no run to watch.
    assert done.returncode != 0
    if command != "watch":
        assert "No module named 'graphs_of_mine'" in done.stderr


def test_a_package_that_our_own_worker_lacks_is_named(processes: None, tmp_path: Path, documents: Path) -> None:
    hidden = (
        "import sys\nif any('worker_process' in word for word in sys.orig_argv):\n    sys.modules['stamina'] = None"
    )
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sitecustomize.py").write_text(hidden)
    terminal = Terminal(tmp_path, PYTHONPATH=str(tmp_path / "broken"))
    try:
        done = terminal.run("research", "What is baked?", "--docs", str(documents), "--yes")
    finally:
        terminal.kill_everything()
    assert done.returncode == 4
    said = " ".join(done.stderr.split())
    assert "ModuleNotFoundError: import of stamina halted" in said
    assert "Install the missing package" in said


def test_a_worker_that_had_been_up_is_started_again(terminal: Terminal, documents: Path) -> None:
    (terminal.folder / "mine.py").write_text(
        f"""
from pathlib import Path
before = Path("{terminal.folder}/before")
if before.exists():
    count = int(before.read_text())
    before.write_text(str(count + 1))
    if count < 3:
        raise OSError("the disk is away for a moment")
else:
    before.write_text("0")
{OUR_OWN}"""
    )
    up = terminal.start("up", "--docs", str(documents))
    end = time.monotonic() + 60
    ready = terminal.home / "run" / "worker.ready"
    while not ready.exists():
        assert up.poll() is None, up.communicate()
        assert time.monotonic() < end, terminal.logs()
        time.sleep(0.05)
    terminal.kill("worker")
    done = terminal.run("research", "What does a ticket cost?", "--docs", str(documents), "--yes")
    assert done.returncode == 0, done.stderr
    assert (terminal.folder / "before").read_text() == "4"
