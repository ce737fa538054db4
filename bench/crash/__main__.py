"""Kill, freeze and drain workers and servers in the middle of runs, and count the calls that are made twice.

    N=200 SEED=1 python -m bench.crash
    N=20 SHAPES="two_questions linear" MUTATION=answers python -m bench.crash

The last line is one JSON object. The exit code is 1 if a run does not end as its graph must end, a result differs, a
call is lost, a call that had finished some time before the harm is made again (`limits.py` says how long), a node that
had finished makes its direct calls again, a worker that was replaced goes on making calls, a node that always raises
pays too often, or a drained run repeats any call.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.crash.campaign import Wanted, campaign
from bench.crash.mutations import MUTATIONS
from bench.crash.plan import Harm
from bench.crash.shapes import SHAPES
from bench.crash.summary import passed, summary, table
from bench.crash.trial import Trial

ROWS = Path(__file__).parent.parent / "results" / "crash.jsonl"
OTHERS: tuple[Harm, ...] = ("server_kill", "takeover", "drain")


def harm_counts(kills: int, others: int) -> dict[Harm, int]:
    return {"kill": kills, **dict.fromkeys(OTHERS, others)}


class Progress:
    """Prints a line for each finished run, and writes it to the file of rows."""

    def __init__(self, rows: Path) -> None:
        self._began, self._runs, self._rows = time.monotonic(), 0, rows
        rows.unlink(missing_ok=True)

    def tell(self, trial: Trial) -> None:
        row = trial.row()
        with self._rows.open("a") as rows:
            rows.write(json.dumps(row) + "\n")
        self._runs += 1
        printed = {key: value for key, value in row.items() if value and key not in {"planned", "attempts", "calls"}}
        print(f"{time.monotonic() - self._began:6.0f} s  run {self._runs}: {json.dumps(printed)}", flush=True)


async def run_until_signal(wanted: Wanted, home: Path) -> list[Trial]:
    """Run the campaign; SIGTERM and a closed terminal end it, like Ctrl-C, with everything that it has started."""
    if task := asyncio.current_task():
        for each in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await campaign(wanted, home, Progress(ROWS).tell)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.crash", description="Harm runs, and count repeated calls.")
    options.add_argument("-n", type=int, default=int(os.environ.get("N") or 200), help="number of worker kills")
    options.add_argument("--others", type=int, help="number of harms of each other kind; by default n / 8")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    options.add_argument("--shapes", default=os.environ.get("SHAPES") or " ".join(SHAPES), help="names of graphs")
    options.add_argument(
        "--mutation", choices=["", *MUTATIONS], default=os.environ.get("MUTATION") or "", help="a mistake to notice"
    )
    arguments = options.parse_args()
    others = arguments.n // 8 if arguments.others is None else arguments.others
    harms = harm_counts(arguments.n, others)
    wanted = Wanted(harms, arguments.seed, arguments.shapes.split(), arguments.mutation)
    with TemporaryDirectory(prefix="crash-") as folder:
        trials = asyncio.run(run_until_signal(wanted, Path(folder)))
    print("", table(trials), "", sep="\n")
    figures = summary(trials)
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
