"""Measure durability, and print and store it: `make bench-durability`, or `python -m bench.durability --quick`.

With `--table`, print the tables of the documents from the stored results instead, without measuring anything.
KILLS is the number of kills for each peer and shape. Everything happens on loopback and in a temporary folder. The exit
code is 1 if a target is missed.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from bench.durability import histories, kills, memory, messages, steps
from bench.durability.crew import yard
from bench.durability.messages import PYTHON_OF_DEEP_AGENTS
from bench.durability.readme import tables_of
from bench.durability.report import report, results_document
from bench.durability.runs import Place
from bench.machine import facts
from bench.processes import server

PARTS = ("steps", "messages", "kills", "histories", "memory")
PEER_PACKAGES = ("dbos", "langgraph-checkpoint-sqlite", "temporalio-langgraph", "temporalio-deepagents", "deepagents")
RESULTS = Path(__file__).parent.parent / "results"


@dataclass(frozen=True)
class Scale:
    rounds: int
    slow_rounds: int
    slow_nodes: int
    kills: int
    sizes: tuple[int, ...]
    graphs: int
    conversations: messages.Scale


FULL = Scale(11, 4, 10, 8, (5, 50, 500), 50, messages.FULL)
QUICK = Scale(3, 1, 4, 1, (5, 50), 20, messages.QUICK)


def rows(place: Place, scale: Scale, part: str) -> AsyncGenerator[dict[str, Any]]:
    match part:
        case "steps":
            loads = steps.loads(scale.rounds, scale.slow_rounds, scale.slow_nodes)
            return steps.measure(place, loads)
        case "messages":
            return messages.measure(place, scale.conversations)
        case "kills":
            return kills.measure(place, int(os.environ.get("KILLS", scale.kills)))
        case "histories":
            return histories.measure(place, scale.sizes)
        case _:
            return memory.measure(place, scale.graphs)


async def measure(folder: Path, scale: Scale, parts: list[str], kept_rows: TextIO) -> list[dict[str, Any]]:
    measured: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        up = await stack.enter_async_context(server(folder))
        crew = await stack.enter_async_context(yard(folder))
        place = Place(up.client, up.settings["TEMPORAL_ADDRESS"], crew, folder)
        for part in parts:
            began = time.monotonic()
            async for row in rows(place, scale, part):
                measured.append(row)
                print(json.dumps(row), file=kept_rows, flush=True)
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return measured


def peer_versions() -> dict[str, str]:
    """Return the versions of the peers that are installed here, or in the environment of the deep agents."""
    there = PYTHON_OF_DEEP_AGENTS.parent.parent.glob("lib/python*/site-packages")
    installed = {each.name: each.version for each in distributions(path=[str(folder) for folder in there])}
    installed |= {each.name: each.version for each in distributions()}
    return {name: installed[name] for name in PEER_PACKAGES if name in installed}


def print_tables() -> None:
    document: dict[str, Any] = json.loads((RESULTS / "durability.json").read_text())
    if document["quick"]:
        print("These results are of a quick run, whose figures belong in no document.", file=sys.stderr)
    for path, table in tables_of(document):
        print(f"{path}:\n\n{table}\n")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.durability", description=__doc__)
    options.add_argument("--quick", action="store_true", help="measure less, in about three minutes")
    options.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="measure only these parts")
    options.add_argument("--table", action="store_true", help="print the tables of the documents from the results")
    arguments = options.parse_args()
    if arguments.table:
        print_tables()
        return
    if "messages" in arguments.only:
        messages.require_environment()
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, (RESULTS / "durability.jsonl").open("w") as kept_rows:
        measured = asyncio.run(measure(Path(folder), QUICK if arguments.quick else FULL, arguments.only, kept_rows))
    machine, reported = facts() | peer_versions(), report(measured)
    print(reported.text)
    (RESULTS / "durability.json").write_text(
        json.dumps(results_document(machine, reported, quick=arguments.quick), indent=1) + "\n"
    )
    sys.exit(0 if all(target.met for target in reported.targets) else 1)


if __name__ == "__main__":
    main()
