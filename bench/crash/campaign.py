"""Make many runs, a few at a time, until the requested number of harms is done."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from bench.crash.counting import Undisturbed
from bench.crash.plan import Harm, Plan, plan, plans
from bench.crash.processes import Cell, cell, fork_server
from bench.crash.shapes import SHAPES
from bench.crash.trial import Trial, measure, run_trial

LANES = 2
"""Number of parallel runs. Runs whose server is killed have one more lane, with a server of their own."""


async def campaign(
    counts: Mapping[Harm, int],
    seed: int,
    home: Path,
    tell: Callable[[Trial], None],
    shapes: Sequence[str] = tuple(SHAPES),
) -> list[Trial]:
    """Run the plans for so many harms of each kind; `tell` is called with each run when it is over.

    First, each graph runs without harm. One that does not end as it must is not harmed.
    """
    planned = plans(counts, shapes, seed)
    async with AsyncExitStack() as stack:
        zygote = stack.enter_context(fork_server(home / "workers.log"))
        steady = await stack.enter_async_context(cell(home / "steady", zygote))
        measured = {shape: await measure(steady, shape) for shape in shapes}
        for trial, _ in measured.values():
            tell(trial)
        expected = {shape: undisturbed for shape, (trial, undisturbed) in measured.items() if not trial.failure}
        planned = [each for each in planned if each.shape in expected]
        outages = [each for each in planned if each.harm == "server_kill"]
        others = [each for each in planned if each.harm != "server_kill"]
        lanes = [steady] * LANES
        async with asyncio.TaskGroup() as group:
            if outages:
                shaky = await stack.enter_async_context(cell(home / "shaky", zygote))
                one = group.create_task(lane(outages, shaky, expected, Random(seed + 1), tell))  # noqa: S311 - as in plan
            else:
                one = None
            many = [
                group.create_task(lane(others, each, expected, Random(seed + 2 + number), tell))  # noqa: S311
                for number, each in enumerate(lanes)
            ]
    harmed = [trial for task in [*many, *([one] if one else [])] for trial in task.result()]
    return [*(trial for trial, _ in measured.values()), *harmed]


async def lane(
    left: list[Plan], where: Cell, expected: Mapping[str, Undisturbed], chance: Random, tell: Callable[[Trial], None]
) -> Sequence[Trial]:
    """Run one plan after another. A harm that came too late is planned again."""
    trials: list[Trial] = []
    while left:
        planned = left.pop()
        trial = await run_trial(planned, where, expected[planned.shape])
        trials.append(trial)
        tell(trial)
        missing = len(planned.points) - len(trial.harms)
        if missing and not trial.failure:
            left.insert(0, plan(planned.harm, planned.shape, missing, chance))
    return trials
