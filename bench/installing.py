"""Time the installation of everything in the lock file into a new environment, as in a newcomer's first command."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import BIN, REPOSITORY, environment, time_command
from bench.figures import Figure, seconds


def install(*, cold: bool) -> list[Figure]:
    """Time an install from uv's cache without network; with `cold` also one from an empty cache, with all downloads."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(BIN))
    if uv is None:
        return [Figure("install, warm cache", None, "s", note="no uv")]
    figures = [warm(uv)]
    if cold:
        with TemporaryDirectory() as cache:
            figures.append(seconds("install, cold cache", time_install(uv, "--cache-dir", cache)))
    return figures


def warm(uv: str) -> Figure:
    try:
        return seconds("install, warm cache", time_install(uv, "--offline"), "bytecode included, as `make setup` does")
    except subprocess.CalledProcessError:
        return Figure("install, warm cache", None, "s", note="uv's cache lacks packages of the lock; use --cold")


def time_install(uv: str, *options: str) -> float:
    with TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        settings = environment(VIRTUAL_ENV=str(venv))
        creation = time_command([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], Path(folder), settings)
        lock = str(REPOSITORY / "requirements.lock")
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "-r", lock, *options]
        return creation + time_command(command, Path(folder), settings)
