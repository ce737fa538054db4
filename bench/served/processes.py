"""The worker of a run, as somebody starts it: `python -m langgraph_heartbeat worker --config langgraph.json`."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client

PROJECT = Path(__file__).parent / "project"
CONFIG = PROJECT / "langgraph.json"


@dataclass(frozen=True)
class Place:
    """Where runs happen: a server with its client, and a folder for logs."""

    client: Client
    address: str
    folder: Path
    settings: dict[str, str]
    """The environment of the workers."""
    config: Path = CONFIG


@dataclass
class ServedWorker:
    """The worker of one run, on a task queue of its own. After a kill, another process takes its place."""

    place: Place
    queue: str
    settings: dict[str, str]
    """Variables of this run's workers alone."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.place.folder / f"{self.queue}.log"

    def start(self) -> None:
        command: list[Any] = [sys.executable, "-m", "langgraph_heartbeat", "worker", "--config", self.place.config]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--task-queue", self.queue, "--address", self.place.address],
                cwd=self.place.config.parent,
                env=self.place.settings | self.settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> float:
        """Kill the worker with signal 9, and return when that was."""
        now = time.time()
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        return now

    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None
