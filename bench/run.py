"""Measure times and history sizes, and print and store them: `make bench`, or `python -m bench.run --cold`.

With `--cold`, an install from an empty cache is measured too. Everything else happens on loopback and in temporary
folders. The exit code is 1 if a target is missed.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.demo import help_page, make_demo
from bench.figures import Figure, table, write_results
from bench.installing import install
from bench.machine import facts
from bench.runs import runs

RESULTS = Path(__file__).parent / "results" / "latest.json"


def measure(*, cold: bool) -> list[Figure]:
    with TemporaryDirectory() as folder:
        return [*install(cold=cold), help_page(), *make_demo(), *asyncio.run(runs(Path(folder)))]


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.run", description="Measure times and history sizes.")
    options.add_argument("--cold", action="store_true", help="also install from an empty cache: downloads everything")
    machine, figures = facts(), measure(cold=options.parse_args().cold)
    print("  ".join(f"{name} {value}" for name, value in machine.items()), end="\n\n")
    print(table(figures))
    write_results(figures, machine, RESULTS)
    sys.exit(0 if all(figure.met for figure in figures) else 1)


if __name__ == "__main__":
    main()
