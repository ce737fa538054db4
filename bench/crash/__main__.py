"""Kill, freeze and drain workers and servers in the middle of runs, and count what is done twice.

    N=200 SEED=1 python -m bench.crash

The last line is one JSON object. The exit code is 1 where a result differs, a call is lost, a call that had finished
more than 100 ms before the harm is made again, or a drained run repeats anything.
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

from bench.crash.campaign import campaign
from bench.crash.plan import Harm
from bench.crash.summary import passed, summary, table
from bench.crash.trial import Trial

ROWS = Path(__file__).parent.parent / "results" / "crash.jsonl"
OTHERS: tuple[Harm, ...] = ("server_kill", "takeover", "drain")


def wanted(kills: int, others: int) -> dict[Harm, int]:
    return {"kill": kills, **dict.fromkeys(OTHERS, others)}


class Progress:
    """A line for each run that is over, here and in the file of the rows."""

    def __init__(self, rows: Path) -> None:
        self._began, self._runs, self._rows = time.monotonic(), 0, rows
        rows.unlink(missing_ok=True)

    def tell(self, trial: Trial) -> None:
        row = trial.row()
        with self._rows.open("a") as rows:
            rows.write(json.dumps(row) + "\n")
        self._runs += 1
        told = {key: value for key, value in row.items() if value and key not in {"planned", "attempts", "calls"}}
        print(f"{time.monotonic() - self._began:6.0f} s  run {self._runs}: {json.dumps(told)}", flush=True)


async def run_until_signal(kills: int, others: int, seed: int, home: Path) -> list[Trial]:
    """SIGTERM and a closed terminal end it as Ctrl-C does: with everything that it has started."""
    if task := asyncio.current_task():
        for each in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await campaign(wanted(kills, others), seed, home, Progress(ROWS).tell)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.crash", description="Harm runs, and count.")
    options.add_argument("-n", type=int, default=int(os.environ.get("N") or 200), help="kills of workers")
    options.add_argument("--others", type=int, help="harms of each other kind; an eighth of the kills")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    given = options.parse_args()
    others = given.n // 8 if given.others is None else given.others
    with TemporaryDirectory(prefix="crash-") as folder:
        trials = asyncio.run(run_until_signal(given.n, others, given.seed, Path(folder)))
    print("", table(trials), "", sep="\n")
    figures = summary(trials)
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
