"""Measure what a kill takes in a crash test: `python -m bench.crashes`, or with names of graphs.

It kills ten graphs at every call and at every step, and prints what a kill takes with the runs around it, after a first
round that is not counted: the milliseconds that pass, and those that this process works. A busy machine makes the
first ones longer. The target is 50 ms. "Made anew" is with a function that makes the graph for each process.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from statistics import median

from langgraph_heartbeat.testing import CrashReport, crashes

from bench.ten_graphs import TEN, Shape

TARGET_MS = 50
ROUNDS = 3
COLUMNS = "{:20} {:>5} {:>5} {:>5} {:>10} {:>9} {:>9} {:>9}"


def main(names: list[str]) -> None:
    logging.disable(logging.WARNING)  # of what a graph without a journal repeats
    print(COLUMNS.format("graph", "calls", "kills", "equal", "made again", "ms a kill", "ms of CPU", "made anew"))
    for name in names or TEN:
        shape = TEN[name]
        report, passed, worked = measured(killing(shape, shape.make()))
        _, anew, _ = measured(killing(shape, shape.make))
        equal, again = len(report.kills) - len(report.different), max(len(kill.made_again) for kill in report.kills)
        figures = (f"{each:.1f}" for each in (passed, worked, anew))
        over = "" if passed <= TARGET_MS else "  over the target"
        print(COLUMNS.format(name, len(report.calls), len(report.kills), equal, again, *figures) + over)


def killing(shape: Shape, graph: object) -> Callable[[], CrashReport]:
    return lambda: asyncio.run(crashes(graph, shape.given, answers=shape.answers, key=shape.key))


def measured(run: Callable[[], CrashReport]) -> tuple[CrashReport, float, float]:
    """Return the report, and the milliseconds of a kill that pass and that this process works: medians of rounds.

    They are those of the whole call divided by its kills, so that the runs without a kill are in them too.
    """
    report = run()  # everything is imported now
    report.check()
    passed, worked = list[float](), list[float]()
    for _ in range(ROUNDS):
        began, worked_before = time.perf_counter(), time.process_time()
        run()
        passed.append((time.perf_counter() - began) * 1000 / len(report.kills))
        worked.append((time.process_time() - worked_before) * 1000 / len(report.kills))
    return report, median(passed), median(worked)


if __name__ == "__main__":
    main(sys.argv[1:])
