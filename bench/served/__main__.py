"""Ten graphs as LangGraph's documentation writes them, served by `langgraph.json`, whose workers are killed with -9.

    N=20 SEED=1 GRAPHS="swarm supervisor" python -m bench.served

Each run is started with the JSON that a person pastes into Temporal's UI (`requests.json`), in a worker that is started
with `python -m langgraph_heartbeat worker --config langgraph.json`. The last line is one JSON object. The exit code is
1 if a run does not end with the result of an undisturbed run, if a call is lost, or if a tool or a model's answer is
paid again that had finished more than 100 ms before the kill (`limits.py`).
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

from bench.machine import facts
from bench.served.campaign import LANES, Wanted, campaign
from bench.served.summary import passed, summary, table
from bench.served.trial import REQUESTS, Trial

ROWS = Path(__file__).parent.parent / "results" / "served.jsonl"


class Progress:
    """Prints a line for each finished run, and writes it to the file of rows."""

    def __init__(self, rows: Path) -> None:
        self._began, self._runs, self._rows = time.monotonic(), 0, rows
        rows.write_text(json.dumps(facts()) + "\n")

    def tell(self, trial: Trial) -> None:
        row = trial.row()
        with self._rows.open("a") as rows:
            rows.write(json.dumps(row) + "\n")
        self._runs += 1
        printed = {key: value for key, value in row.items() if value and key != "planned"}
        print(f"{time.monotonic() - self._began:6.0f} s  run {self._runs}: {json.dumps(printed)}", flush=True)


async def run_until_signal(wanted: Wanted, home: Path) -> list[Trial]:
    """Run the campaign; SIGTERM and a closed terminal end it, like Ctrl-C, with everything that it has started."""
    if task := asyncio.current_task():
        for each in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await campaign(wanted, home, Progress(ROWS).tell)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.served", description="Kill workers that serve ten graphs.")
    options.add_argument("-n", type=int, default=int(os.environ.get("N") or 20), help="number of kills for each graph")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    options.add_argument("--graphs", default=os.environ.get("GRAPHS") or " ".join(REQUESTS), help="names of graphs")
    options.add_argument("--lanes", type=int, default=LANES, help="number of runs at the same time")
    arguments = options.parse_args()
    wanted = Wanted(arguments.n, arguments.seed, arguments.graphs.split(), arguments.lanes)
    with TemporaryDirectory(prefix="served-") as folder:
        trials = asyncio.run(run_until_signal(wanted, Path(folder)))
    print("", table(trials), "", sep="\n")
    figures = summary(trials)
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
