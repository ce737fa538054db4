"""What the first command of a newcomer waits for: everything that the lock names, into a new environment."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import BIN, REPOSITORY, environment, time_command
from bench.figures import Figure, seconds


def install(*, cold: bool) -> list[Figure]:
    """With the cache as it is and no network; with `cold` also from an empty cache, which downloads everything."""
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
        return Figure("install, warm cache", None, "s", note="uv's cache lacks packages of the lock; try --cold")


def time_install(uv: str, *options: str) -> float:
    with TemporaryDirectory() as folder:
        place = Path(folder) / "venv"
        settings = environment(VIRTUAL_ENV=str(place))
        made = time_command([uv, "venv", "--quiet", "--python", sys.executable, str(place)], Path(folder), settings)
        lock = str(REPOSITORY / "requirements.lock")
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "-r", lock, *options]
        return made + time_command(command, Path(folder), settings)
