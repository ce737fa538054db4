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
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.campaigns import Progress, run_until_signal
from bench.machine import facts
from bench.served.campaign import LANES, Wanted, campaign
from bench.served.summary import passed, summary, table
from bench.served.trial import REQUESTS

ROWS = Path(__file__).parent.parent / "results" / "served.jsonl"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.served", description="Kill workers that serve ten graphs.")
    options.add_argument("-n", type=int, default=int(os.environ.get("N") or 20), help="number of kills for each graph")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    options.add_argument("--graphs", default=os.environ.get("GRAPHS") or " ".join(REQUESTS), help="names of graphs")
    options.add_argument("--lanes", type=int, default=LANES, help="number of runs at the same time")
    arguments = options.parse_args()
    wanted = Wanted(arguments.n, arguments.seed, arguments.graphs.split(), arguments.lanes)
    with TemporaryDirectory(prefix="served-") as folder:
        progress = Progress(ROWS, {"planned"}, facts())
        trials = asyncio.run(run_until_signal(lambda: campaign(wanted, Path(folder), progress.tell)))
    print("", table(trials), "", sep="\n")
    figures = summary(trials)
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
