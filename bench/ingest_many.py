"""Measure how taking in many small files compares with Recoll's indexer, and how its time grows with their number.

`python -m bench.ingest_many [--files 2000] [--factor 10]`: made-up files of every format are taken in and indexed, in a
new process each time; then the same folder by `recollindex`, which is unpacked from Debian packages with the programs
that it calls. The rows are stored in bench/results. The exit code is 1 if a target is missed.
"""

import argparse
import asyncio
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commands import REPOSITORY
from bench.corpus import FORMATS, sections
from bench.eval.__main__ import HOME
from bench.eval.corpora import unpack
from bench.figures import Figure, at_most, table, write_results
from bench.machine import facts
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

RESULTS = Path(__file__).parent / "results" / "ingest_many.json"
RECOLL_PACKAGES = ("recollcmd", "libaspell15", "libchm1", "libxapian30", "poppler-utils", "libpoppler126")
MAX_CHARACTERS = 6_000
SEED = 1


@dataclass(frozen=True)
class Taken:
    """What taking in a folder cost: wall time, and processor time of all processes."""

    seconds: float
    processor_seconds: float


def write_files(folder: Path, count: int) -> None:
    """Write `count` files with up to MAX_CHARACTERS of text, as many of each format, a hundred to a folder."""
    chance = random.Random(SEED)  # noqa: S311 - the seed makes it repeatable
    suffixes = list(FORMATS)
    for number in range(count):
        suffix = suffixes[number % len(suffixes)]
        file = folder / f"{number // 100:04}" / f"{number:06}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(FORMATS[suffix](sections(chance, chance.randint(500, MAX_CHARACTERS))))


async def take_in(folder: Path, home: Path) -> None:
    """Take a folder in and index it, as the first question to it does."""
    store = open_objects(str(home / "objects"))
    collection = await Collections(store).save(await ingest_folder(folder, store, home / "cache"))
    async with await Library.open(collection, store, home / "cache"):
        return


def measure_ours(folder: Path) -> Taken:
    with TemporaryDirectory() as home:
        return timed([sys.executable, "-m", "bench.ingest_many", "--once", str(folder), home], dict(os.environ))


def measure_recoll(folder: Path, root: Path) -> Taken:
    """Index a folder by Recoll, with all that it needs from `root`, into which its packages were unpacked."""
    libraries = [library for path in (root / "usr/lib").glob("*-linux-gnu") for library in (path, path / "recoll")]
    environment = os.environ | {
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "PATH": f"{root / 'usr/bin'}:{os.environ['PATH']}",
        "RECOLL_DATADIR": str(root / "usr/share/recoll"),
    }
    with TemporaryDirectory() as configuration:
        (Path(configuration) / "recoll.conf").write_text(f"topdirs = {folder}\nloglevel = 1\n")
        return timed([str(root / "usr/bin/recollindex"), "-c", configuration], environment)


def timed(command: list[str], environment: dict[str, str]) -> Taken:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(round(time.perf_counter() - began, 2), round(used, 2))


def measure(count: int, factor: int, tools: Path) -> list[Figure]:
    if not tools.is_dir():
        tools.mkdir(parents=True)
        with TemporaryDirectory() as folder:
            unpack(RECOLL_PACKAGES, Path(folder))
            (Path(folder) / "usr").rename(tools / "usr")
    with TemporaryDirectory() as name:
        few, many = Path(name) / "few", Path(name) / "many"
        write_files(few, count)
        ours, recoll = measure_ours(few), measure_recoll(few, tools)
        write_files(many, count * factor)
        large = measure_ours(many)
    growth = large.processor_seconds / factor / ours.processor_seconds
    return [
        Figure(f"{count} files", ours.seconds, "s", note=f"{asdict(ours)}"),
        Figure(f"{count} files, Recoll", recoll.seconds, "s", note=f"{asdict(recoll)}"),
        at_most(1, Figure("processor time of Recoll's", ours.processor_seconds / recoll.processor_seconds, "x")),
        Figure(f"{count * factor} files", large.seconds, "s", note=f"{asdict(large)}"),
        at_most(1.2, Figure(f"a file of {count * factor} against one of {count}", growth, "x the processor time")),
    ]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.ingest_many", description="Measure taking in many files.")
    options.add_argument("--files", type=int, default=2_000)
    options.add_argument("--factor", type=int, default=10)
    options.add_argument("--tools", type=Path, default=HOME / "recoll", help="folder for Recoll")
    options.add_argument("--once", type=Path, nargs=2, metavar=("DIR", "HOME"), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.once:
        asyncio.run(take_in(*arguments.once))
        sys.stdout.flush()
        os._exit(0)  # threads of the object store may still be closing
    figures = measure(arguments.files, arguments.factor, arguments.tools.resolve())
    print(table(figures))
    write_results(figures, facts(), RESULTS)
    sys.exit(0 if all(figure.met for figure in figures) else 1)


if __name__ == "__main__":
    main()
