"""`make demo-kill`: the worker is killed in the middle of a run, and no answered call is paid for twice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 300


@pytest.mark.parametrize("seed", [7])
def test_only_calls_in_flight_are_made_twice_and_nothing_is_left_running(
    processes: None, tmp_path: Path, seed: int
) -> None:
    shell = Terminal(tmp_path, OUTLAST_HOME=str(tmp_path / "home"))
    try:
        done = subprocess.run(
            [sys.executable, str(ROOT / "demo" / "kill.py"), str(tmp_path), "--seed", str(seed)],
            cwd=tmp_path,
            env=shell.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        shell.home = tmp_path / "home"
        assert done.returncode == 0, done.stdout + done.stderr + shell.logs()
        assert shell.pids() == []
        said = done.stdout
        lost, answered = map(int, found(r"the worker is gone, with (\d+) calls in flight, after (\d+) answered", said))
        assert lost > 0
        assert answered > 0
        assert said.index("KILLED") < said.index("RESUMED") < said.index("Calls made twice")
        assert "read a passage of" in said[: said.index("KILLED")]
        assert int(*found(r"Calls made twice: (\d+)", said)) == lost
        assert found(r"in flight at the kill: calls ([\d, ]+)", said)[0].count(",") == lost - 1
        assert f"Answered before the kill, and paid again: 0 of {answered}" in said
        assert (tmp_path / "report" / "report.json").is_file()
        assert shell.run("verify", "report").returncode == 0
    finally:
        shell.kill_everything()


def test_it_is_there_to_be_made() -> None:
    assert "demo/kill.py" in found(r"(?s)\ndemo-kill:.*?\n\n", (ROOT / "Makefile").read_text(encoding="utf-8"))[0]


def found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    assert match, text
    return match.groups() or (match[0],)
