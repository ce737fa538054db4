"""Measure ingestion: MB/s by format, the time of a second ingestion, memory, and ten times the documents.

`python -m bench.ingest` uses made-up documents; `--corpus DIR` (which may be repeated) uses folders of your own. The
rows are stored in bench/results; the last printed line is a summary in JSON. The exit code is 1 if a target is missed.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from bench.commands import REPOSITORY
from bench.corpus import FORMATS, write_corpus
from bench.figures import Figure, at_most, table
from bench.machine import facts
from outlast.evidence.sources import Skipped
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.store.objects import open_objects

ROWS = Path(__file__).parent / "results" / "ingest.jsonl"
MB = 1_000_000
SIZE_FACTOR = 10
POLL_SECONDS = 0.05
SEED = 1


@dataclass(frozen=True)
class Row:
    """One ingestion of one folder by a new process, from the call to its return."""

    what: str
    files: int
    mb: float
    seconds: float
    processor_seconds: float
    """The processor time of all processes for the first ingestion, which other load on the machine does not change."""
    second_time: float
    documents: int
    skipped: int
    text_mb: float
    peak_mb: float = 0
    """The memory of the process and its parsers together; memory that they share is counted for each of them."""

    @property
    def mb_per_second(self) -> float:
        return self.mb / self.seconds


def measure_folder(folder: Path, what: str, *, memory: bool = False) -> Row:
    """Measure in a process of its own, so that this one does not count. Watching `memory` makes it slower."""
    with TemporaryDirectory() as home:
        command = [sys.executable, "-m", "bench.ingest", "--once", str(folder.resolve()), home]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
            watch = PeakMemory(process.pid) if memory else None
            out, _ = process.communicate()
            peak = watch.stop() if watch else 0
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return Row(what=what, **json.loads(out.splitlines()[-1]), peak_mb=peak / MB)


async def measure_here(folder: Path, home: Path) -> Mapping[str, float]:
    store, file_sizes = open_objects(str(home / "objects")), sizes(folder)

    async def timed() -> tuple[float, int, Sequence[Skipped]]:
        began = time.perf_counter()
        collection = await ingest_folder(folder, store, home / "cache")
        return time.perf_counter() - began, len(collection.sources), collection.skipped

    idle = processor_seconds()
    first, documents, skipped = await timed()
    busy = processor_seconds() - idle
    second, _, _ = await timed()
    return {
        "files": len(file_sizes),
        "mb": round(sum(file_sizes) / MB, 3),
        "seconds": round(first, 3),
        "processor_seconds": round(busy, 3),
        "second_time": round(second, 3),
        "documents": documents,
        "skipped": len(skipped),
        "text_mb": round(sum(sizes(home / "objects" / "snapshots")) / MB, 3),
    }


def processor_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*") if path.is_file()]


class PeakMemory:
    """Watches the memory of a process and its children until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._over = pid, 0, Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop watching, and return the peak in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            self._peak = max(self._peak, resident_bytes(self._pid))


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its children."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [[int(field) for field in line.split()] for line in listed.splitlines()]
    return 1024 * sum(rss for own, parent, rss in rows if pid in (own, parent))


def measure_made_up(folder: Path, size_mb: float) -> tuple[list[Row], list[Figure]]:
    write_corpus(folder / "one", int(size_mb * MB), SEED)
    write_corpus(folder / "ten", int(SIZE_FACTOR * size_mb * MB), SEED + 1)
    rows = [measure_folder(below, f".{below.name.replace('-', '.')}") for below in sorted((folder / "one").iterdir())]
    mixed, watched = (
        measure_folder(folder / "one", "mixed"),
        measure_folder(folder / "one", "mixed, watched", memory=True),
    )
    ten = measure_folder(folder / "ten", f"mixed, {SIZE_FACTOR} times", memory=True)
    refused = [row for row in rows if row.skipped]
    figures = [
        Figure(
            "mixed documents",
            round(mixed.mb_per_second, 2),
            "MB/s",
            note=f"{mixed.files} files of {len(FORMATS)} formats",
        ),
        at_most(1, Figure("second time", mixed.second_time, "s", note=f"{mixed.files} files")),
        at_most(500, Figure("memory", round(watched.peak_mb), "MB", note="parsers included")),
        at_most(12, Figure(f"{SIZE_FACTOR} times the documents", round(ten.seconds / mixed.seconds, 2), "x the time")),
        Figure(
            f"{SIZE_FACTOR} times the documents, processors",
            round(ten.processor_seconds / mixed.processor_seconds, 2),
            "x the time",
        ),
        Figure(f"memory, {SIZE_FACTOR} times the documents", round(ten.peak_mb), "MB", note="parsers included"),
        at_most(0, Figure("formats with files skipped", len(refused), "", note=", ".join(row.what for row in refused))),
    ]
    return [*rows, mixed, watched, ten], figures


def measure_folders(folders: Sequence[Path]) -> tuple[list[Row], list[Figure]]:
    rows = [measure_folder(folder, folder.name, memory=True) for folder in folders]
    figures = [
        figure
        for row in rows
        for figure in (
            Figure(row.what, round(row.mb_per_second, 2), "MB/s", note=f"{row.files} files, {row.skipped} skipped"),
            at_most(1, Figure(f"{row.what}, second time", row.second_time, "s")),
            at_most(500, Figure(f"{row.what}, memory", round(row.peak_mb), "MB", note="parsers included")),
        )
    ]
    return rows, figures


def rows_table(rows: Sequence[Row]) -> str:
    widths = {
        "files": 7,
        "MB": 8,
        "text MB": 9,
        "s": 8,
        "MB/s": 8,
        "cpu, s": 8,
        "again, s": 10,
        "memory": 8,
        "skipped": 9,
    }
    lines = [" " * 18 + "".join(f"{name:>{width}}" for name, width in widths.items())]
    lines += [
        f"{row.what:<18}{row.files:>7}{row.mb:>8.1f}{row.text_mb:>9.1f}{row.seconds:>8.2f}"
        f"{row.mb_per_second:>8.2f}{row.processor_seconds:>8.2f}"
        f"{row.second_time:>10.3f}{row.peak_mb or float('nan'):>8.0f}{row.skipped:>9}".replace("nan", "  -")
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.ingest", description="Measure ingestion.")
    options.add_argument("--mb", type=float, default=20, help="size of the made-up documents in MB; the default is 20")
    options.add_argument(
        "--corpus", type=Path, action="append", default=[], metavar="DIR", help="use this folder instead"
    )
    options.add_argument("--once", type=Path, nargs=2, metavar=("DIR", "HOME"), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.once:
        print(json.dumps(asyncio.run(measure_here(*arguments.once))), flush=True)
        os._exit(0)  # threads of the object store may still be closing
    with TemporaryDirectory(prefix="ingest-") as folder:
        if arguments.corpus:
            rows, figures = measure_folders(arguments.corpus)
        else:
            rows, figures = measure_made_up(Path(folder), arguments.mb)
    machine = facts()
    print(
        "  ".join(f"{name} {value}" for name, value in machine.items()),
        "",
        rows_table(rows),
        "",
        table(figures),
        sep="\n",
    )
    ROWS.write_text("".join(json.dumps(asdict(row) | {"cores": machine["cores"]}) + "\n" for row in rows))
    print(json.dumps({figure.name: figure.value for figure in figures} | {"met": all(each.met for each in figures)}))
    sys.exit(0 if all(figure.met for figure in figures) else 1)


if __name__ == "__main__":
    main()
