"""The files by which the processes of a folder find each other: locks, process ids, logs.

A lock is held by a process while it lives, and the kernel frees it when the process is gone, however it ended.
"""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from outlast.orchestration.embedded.worker_start import WorkerStartFiles


@dataclass(frozen=True)
class ProcessFiles:
    """The files by which the processes of a home folder coordinate."""

    home: Path

    @property
    def run(self) -> Path:
        return self.home / "run"

    def lock(self, name: str) -> Path:
        return self.run / f"{name}.lock"

    def pid(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    @property
    def failure(self) -> Path:
        """The `ProcessFailure` of a supervisor that has given up: which process could not be kept running, and why."""
        return self.run / "failure"

    @property
    def database_stands(self) -> Path:
        """Exists once a server has answered from the folder's database."""
        return self.run / "database.stands"

    @property
    def worker_start(self) -> WorkerStartFiles:
        return WorkerStartFiles(self.run)

    @property
    def settings(self) -> Path:
        """The settings with which the current worker was started."""
        return self.run / "settings.json"

    def is_of_current_supervisor(self, name: str) -> bool:
        """Whether the current supervisor has started that process."""
        try:
            return self.pid(name).read_text().split()[1:] == [self.pid("supervisor").read_text()]
        except FileNotFoundError:
            return False


def try_lock(path: Path, kind: int = fcntl.LOCK_EX) -> IO[bytes] | None:
    """Return the open file that holds the lock, or None if another process holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def is_held(path: Path) -> bool:
    if not path.exists() or (file := try_lock(path, fcntl.LOCK_SH)) is None:
        return path.exists()
    file.close()
    return False


def wait_for_lock(path: Path, kind: int = fcntl.LOCK_EX) -> IO[bytes]:
    file = path.open("ab")
    fcntl.flock(file, kind)
    return file
