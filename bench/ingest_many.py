"""Measure how taking in many small files compares with Recoll's indexer, and how its time grows with their number.

`python -m bench.ingest_many [--files 2000] [--factor 10] [--rounds 3]`: made-up files of every format are taken in and
indexed, in a new process each time, beside `recollindex`. That is unpacked from Debian packages, with the programs
that it calls. What counts is processor time of all processes, which other load on the machine changes little. Each
measurement and the figures are stored in bench/results. The exit code is 1 if a target is missed.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.commands import REPOSITORY
from bench.corpus import FORMATS, sections
from bench.eval.__main__ import HOME
from bench.eval.corpora import unpack
from bench.figures import Figure, at_most, table, write_results
from bench.machine import facts

RESULTS = Path(__file__).parent / "results" / "ingest_many.json"
MEASUREMENTS = RESULTS.with_suffix(".jsonl")
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


def measure_ours(folder: Path) -> Taken:
    with TemporaryDirectory() as home:
        return timed([sys.executable, "-m", "bench.take_in", str(folder), home], dict(os.environ))


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


def unpack_recoll(tools: Path) -> None:
    if not (tools / "usr").is_dir():
        tools.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=tools) as folder:
            unpack(RECOLL_PACKAGES, Path(folder))
            (Path(folder) / "usr").rename(tools / "usr")


def measure(count: int, factor: int, rounds: int, tools: Path) -> tuple[list[Figure], dict[str, list[Taken]]]:
    """Return the figures, and all measurements by what was measured, in their order."""
    unpack_recoll(tools)
    few_files, many_files = f"{count:,} files", f"{count * factor:,} files"
    taken: dict[str, list[Taken]] = {few_files: [], f"{few_files}, Recoll": []}
    with TemporaryDirectory() as name:
        few, many = Path(name) / "few", Path(name) / "many"
        write_files(few, count)
        for _ in range(rounds):
            taken[few_files].append(measure_ours(few))
            taken[f"{few_files}, Recoll"].append(measure_recoll(few, tools))
        write_files(many, count * factor)
        taken[many_files] = [measure_ours(many)]
    used = {what: median(each.processor_seconds for each in times) for what, times in taken.items()}
    against = used[few_files] / used[f"{few_files}, Recoll"]
    growth = used[many_files] / factor / used[few_files]
    return [
        *(
            Figure(what, seconds, "s", note=f"processor time, median of {len(taken[what])}")
            for what, seconds in used.items()
        ),
        at_most(1, Figure(f"{few_files} against Recoll", against, "x the processor time")),
        at_most(1.2, Figure(f"a file of {count * factor:,} against one of {count:,}", growth, "x the processor time")),
    ], taken


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.ingest_many", description="Measure taking in many files.")
    options.add_argument("--files", type=int, default=2_000)
    options.add_argument("--factor", type=int, default=10)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--tools", type=Path, default=HOME / "recoll", help="folder for Recoll")
    arguments = options.parse_args()
    figures, taken = measure(arguments.files, arguments.factor, arguments.rounds, arguments.tools.resolve())
    print(table(figures))
    write_results(figures, facts(), RESULTS)
    with MEASUREMENTS.open("w", encoding="utf-8") as file:
        for what, times in taken.items():
            file.writelines(json.dumps({"what": what} | asdict(each)) + "\n" for each in times)
    sys.exit(0 if all(figure.met for figure in figures) else 1)


if __name__ == "__main__":
    main()
