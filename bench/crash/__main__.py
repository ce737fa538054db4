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
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.campaigns import Progress, run_until_signal
from bench.crash.campaign import Wanted, campaign
from bench.crash.mutations import MUTATIONS
from bench.crash.plan import Harm
from bench.crash.shapes import SHAPES
from bench.crash.summary import passed, summary, table

ROWS = Path(__file__).parent.parent / "results" / "crash.jsonl"
OTHERS: tuple[Harm, ...] = ("server_kill", "takeover", "drain")


def harm_counts(kills: int, others: int) -> dict[Harm, int]:
    return {"kill": kills, **dict.fromkeys(OTHERS, others)}


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
        progress = Progress(ROWS, {"planned", "attempts", "calls"})
        trials = asyncio.run(run_until_signal(lambda: campaign(wanted, Path(folder), progress.tell)))
    print("", table(trials), "", sep="\n")
    figures = summary(trials)
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
