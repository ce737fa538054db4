"""Run commands as a user types them, in a folder and with settings of their own, and time them from start to end."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OUTLAST = str(BIN / "outlast")
OWN_VARIABLE_PREFIXES = ("OUTLAST_", "TEMPORAL_", "MAKE", "MFLAGS", "VIRTUAL_ENV")


def environment(**added: str) -> dict[str, str]:
    """Return this process's environment without variables that would change the result, for example flags of `make`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLE_PREFIXES)}
    return inherited | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | added


def time_command(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> float:
    """Return the seconds that a command takes; if it fails, its output is the note of the error."""
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode:
        failed = subprocess.CalledProcessError(done.returncode, command)
        failed.add_note(done.stdout)
        raise failed
    return took


def median_seconds(times: int, command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> float:
    return median(time_command(command, folder, settings) for _ in range(times))
