"""How the start of the embedded worker went: what its process writes down, and its supervisor and the commands read.

Three files in `run/`, made anew at each start. They name the process that wrote them, so that one of an earlier worker
is not taken for the present one's:
- `worker.ready`: it takes tasks. A worker that ends before this cannot start;
- `worker.error`: the error that ended it, and the file and line where it was raised;
- `worker.late`: the line at which it stands, where it has not come up after `LATE_SECONDS`.

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

OWN = Path(__file__).resolve().parents[2] / "worker.py"
"""Outlast's own worker."""
LATE_SECONDS = 30.0
"""A worker that has not said that it takes tasks after this is spoken of."""


@dataclass(frozen=True)
class Place:
    """A line of a file; an empty file where none is known."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else ""


@dataclass(frozen=True)
class WorkerStart:
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

    def tell_ready(self) -> None:
        """Of this process, where it is the worker that the supervisor of this folder started."""
        with suppress(OSError, IndexError):
            if int((self.run / "worker.pid").read_text().split()[0]) == os.getpid():
                write(self.ready, {})
                self.late.unlink(missing_ok=True)

    def tell_error(self, error: str, place: Place) -> None:
        write(self.error, {"error": error, "place": asdict(place)})

    def tell_late(self, place: Place) -> None:
        write(self.late, {"place": asdict(place)})

    def is_ready(self, pid: int) -> bool:
        return read(self.ready, pid) is not None

    def error_of(self, pid: int) -> tuple[str, Place] | None:
        found = read(self.error, pid)
        return (found["error"], Place(**found["place"])) if found else None

    def late_at(self, pid: int) -> Place | None:
        found = read(self.late, pid)
        return Place(**found["place"]) if found else None


def write(file: Path, content: dict[str, object]) -> None:
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    aside.write_text(json.dumps({"pid": os.getpid()} | content), encoding="utf-8")
    aside.replace(file)


def read(file: Path, pid: int) -> dict[str, Any] | None:
    """What process `pid` wrote; None where it wrote nothing."""
    with suppress(FileNotFoundError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["pid"] == pid:
            return found
    return None


def place_in(frames: Iterable[FrameSummary], folder: Path) -> Place:
    """The innermost of these frames that is in the worker file's own folder; else the innermost of all."""
    places = [
        Place(str(Path(frame.filename).absolute()), frame.lineno or 0) for frame in frames if "<" not in frame.filename
    ]
    own = [place for place in places if is_own(Path(place.file), folder)]
    return (own or places or [Place()])[-1]


def is_own(file: Path, folder: Path) -> bool:
    return file.is_relative_to(folder) and not any(part.endswith("-packages") for part in file.parts)
