"""Time `make demo` and `outlast --help`, the two commands that users type first."""

import os
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import OUTLAST, REPOSITORY, environment, median_seconds, time_command
from bench.figures import Figure, at_most, seconds
from demo.write_documents import write_documents
from outlast.orchestration.embedded.process_files import ProcessFiles, is_held

MAKEFILE = REPOSITORY / "Makefile"
# -o: this measures the demo in an installed environment, so `make` must not check whether pyproject.toml is newer.
MAKE_DEMO = ["make", "--file", str(MAKEFILE), "-o", ".venv/.set-up", "demo"]


def question() -> str:
    [line] = [line for line in MAKEFILE.read_text().splitlines() if line.startswith("DEMO_QUESTION")]
    return line.partition("=")[2].strip()


def documents(folder: Path) -> Path:
    write_documents(folder)
    return folder


def help_page() -> Figure:
    took = median_seconds(5, [OUTLAST, "--help"], REPOSITORY, environment())
    return at_most(0.5, seconds("outlast --help", took, "median of 5"))


def make_demo() -> list[Figure]:
    """Time two demos in a folder that looks like the repository to the Makefile; the second one is warm."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for linked in (".venv", "demo"):
            (folder / linked).symlink_to(REPOSITORY / linked)
        try:
            first, second = (time_command(MAKE_DEMO, folder, environment()) for _ in range(2))
        finally:
            end(ProcessFiles(folder / ".outlast"))
    return [
        seconds("make demo, first", first, "documents new to it; environment set up"),
        at_most(15, seconds("make demo, warm", second)),
    ]


def end(files: ProcessFiles) -> None:
    """Wait until the supervisor exits after its last command; if it does not, stop it with its children, and raise."""
    deadline = time.monotonic() + 10
    while files.lock("supervisor").exists() and is_held(files.lock("supervisor")):
        if time.monotonic() > deadline:
            os.kill(int(files.pid("supervisor").read_text()), signal.SIGTERM)
            raise subprocess.TimeoutExpired(MAKE_DEMO, 10)
        time.sleep(0.05)
