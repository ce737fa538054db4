"""How the start of the embedded worker went: what its process writes down, and its supervisor and the commands read.

Three files in `run/`, made anew at each start. They name the process that wrote them, so that one of an earlier worker
is not taken for the present one's:
- `worker.ready`: it takes tasks. A worker that ends before this cannot start;
- `worker.error`: the error that ended it, and the file and line where it was raised;
- `worker.late`: the line at which it stands, where it has not come up after `SLOW_START_SECONDS`.

Standard library only, as the supervisor.
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
"""A worker that has not said that it takes tasks after this is spoken of."""


@dataclass(frozen=True)
class CodeLocation:
    """A line of a file; an empty file where none is known."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else ""


@dataclass(frozen=True)
class WorkerStartFiles:
    """The files of the worker of a folder; `run` is the folder that they lie in."""

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
        """Of this process, where it is the worker that the supervisor of this folder started."""
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
        found = read_record(self.error, pid)
        return (found["error"], CodeLocation(**found["place"])) if found else None

    def late_location(self, pid: int) -> CodeLocation | None:
        found = read_record(self.late, pid)
        return CodeLocation(**found["place"]) if found else None


def write_record(file: Path, content: dict[str, object]) -> None:
    new_file = file.with_name(f"{file.name}.{os.getpid()}")
    new_file.write_text(json.dumps({"pid": os.getpid()} | content), encoding="utf-8")
    new_file.replace(file)


def read_record(file: Path, pid: int) -> dict[str, Any] | None:
    """What process `pid` wrote; None where it wrote nothing."""
    with suppress(FileNotFoundError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["pid"] == pid:
            return found
    return None


def innermost_location(frames: Iterable[FrameSummary], folder: Path) -> CodeLocation:
    """The innermost of these frames that is in the worker file's own folder; else the innermost of all."""
    places = [
        CodeLocation(str(Path(frame.filename).absolute()), frame.lineno or 0)
        for frame in frames
        if "<" not in frame.filename
    ]
    own = [place for place in places if is_own(Path(place.file), folder)]
    return (own or places or [CodeLocation()])[-1]


def is_own(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and not any(part.endswith("-packages") for part in file.parts)
