"""Make complete runs while 30 % of their requests to models and search engines fail in nine ways.

    N=300 SEED=1 KILLS=0 python -m bench.faults

With KILLS, workers are killed meanwhile, and the usage in reports is compared with the answers of the model's server.
The last line is one JSON object. The exit code is 1 if a run is stuck or ends without a reason, if a report contains
text that is not in this world, if its usage differs from the answers, or if the runs make more than 1.7 times the
calls.
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

from bench.faults.campaign import Campaign, campaign
from bench.faults.run import RunEnding
from bench.faults.summary import complaints, passed, summary

RESULT = Path(__file__).parent.parent / "results" / "faults.json"


class Progress:
    """Prints a line after every `every` runs, and for each run without a report."""

    def __init__(self, every: int) -> None:
        self._began, self._every, self._over = time.monotonic(), every, 0

    def tell(self, ended: RunEnding) -> None:
        self._over += 1
        if self._over % self._every == 0 or ended.report is None:
            outcome = "a report" if ended.report else ended.reason
            print(
                f"{time.monotonic() - self._began:6.0f} s  run {self._over}: {outcome} after {ended.seconds:.0f} s",
                flush=True,
            )


async def run_until_signal(runs: int, kills: int, seed: int, home: Path) -> Campaign:
    """Run the campaign; SIGTERM and a closed terminal end it, like Ctrl-C, with everything that it has started."""
    if task := asyncio.current_task():
        for each in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await campaign(runs, kills, seed, home, Progress(max(1, runs // 20)).tell)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.faults", description="Make runs in a world that fails.")
    options.add_argument("-n", type=int, default=int(os.environ.get("N") or 300), help="number of runs")
    options.add_argument("--kills", type=int, default=int(os.environ.get("KILLS") or 0), help="number of worker kills")
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 1))
    arguments = options.parse_args()
    with TemporaryDirectory(prefix="faults-") as folder:
        finished = asyncio.run(run_until_signal(arguments.n, arguments.kills, arguments.seed, Path(folder)))
    print(*complaints(finished), sep="\n")
    figures = summary(finished)
    RESULT.write_text(json.dumps({"seed": arguments.seed, **figures}) + "\n")
    print(json.dumps(figures))
    sys.exit(0 if passed(figures) else 1)


if __name__ == "__main__":
    main()
