"""Records of the start of the embedded worker: its process writes them, the supervisor and the commands read them.

There are three files in `run/`, deleted before each start. Each contains the pid of its writer, so that nobody takes
the file of an earlier worker for one of the current worker:
- `worker.ready`: the worker accepts tasks. A worker that ends before that cannot start;
- `worker.error`: the error that ended the worker, and the file and line where it was raised;
- `worker.late`: the line that a worker is executing if it has not started after `SLOW_START_SECONDS`.

This module imports only the standard library, because the supervisor imports it.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from traceback import FrameSummary
from typing import Any

DEFAULT_WORKER_FILE = Path(__file__).resolve().parents[2] / "worker.py"
"""Outlast's own worker."""
SLOW_START_SECONDS = 30.0
"""If a worker does not accept tasks after this time, commands show a warning."""


@dataclass(frozen=True)
class CodeLocation:
    """A line of a file; the file is "" if no line is known."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else ""


@dataclass(frozen=True)
class WorkerStartFiles:
    """The files about the start of a folder's worker; `run` is the folder that contains them."""

    run: Path

    @property
    def ready(self) -> Path:
        return self.run / "worker.ready"

    @property
    def error(self) -> Path:
        return self.run / "worker.error"

    @property
    def late(self) -> Path:
        return self.run / "worker.late"

    def forget(self) -> None:
        for file in (self.ready, self.error, self.late):
            file.unlink(missing_ok=True)

    def record_ready(self) -> None:
        """Record that this process accepts tasks, if it is the worker that the folder's supervisor has started."""
        with suppress(OSError, IndexError):
            if int((self.run / "worker.pid").read_text().split()[0]) == os.getpid():
                write_record(self.ready, {})
                self.late.unlink(missing_ok=True)

    def record_error(self, error: str, place: CodeLocation) -> None:
        write_record(self.error, {"error": error, "place": asdict(place)})

    def record_late(self, place: CodeLocation) -> None:
        write_record(self.late, {"place": asdict(place)})

    def is_ready(self, pid: int) -> bool:
        return read_record(self.ready, pid) is not None

    def error_of(self, pid: int) -> tuple[str, CodeLocation] | None:
        record = read_record(self.error, pid)
        return (record["error"], CodeLocation(**record["place"])) if record else None

    def late_location(self, pid: int) -> CodeLocation | None:
        record = read_record(self.late, pid)
        return CodeLocation(**record["place"]) if record else None


def write_record(file: Path, content: dict[str, object]) -> None:
    new_file = file.with_name(f"{file.name}.{os.getpid()}")
    new_file.write_text(json.dumps({"pid": os.getpid()} | content), encoding="utf-8")
    new_file.replace(file)


def read_record(file: Path, pid: int) -> dict[str, Any] | None:
    """Return what the process `pid` has written; None if it has written nothing."""
    with suppress(FileNotFoundError, ValueError):
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["pid"] == pid:
            return record
    return None


def innermost_location(frames: Iterable[FrameSummary], folder: Path) -> CodeLocation:
    """Return the innermost frame in the worker file's own folder, or else the innermost of all frames."""
    places = [
        CodeLocation(str(Path(frame.filename).absolute()), frame.lineno or 0)
        for frame in frames
        if "<" not in frame.filename
    ]
    own = [place for place in places if is_own(Path(place.file), folder)]
    return (own or places or [CodeLocation()])[-1]


def is_own(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and not any(part.endswith("-packages") for part in file.parts)
