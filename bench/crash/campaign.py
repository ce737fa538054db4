"""Make many runs, a few at a time, until the requested number of harms is done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.crash.plan import Harm, Plan, plan, plans
from bench.crash.processes import Cell, cell, fork_server
from bench.crash.shapes import SHAPES
from bench.crash.trial import Trial, measure, run_trial

LANES = 2
"""Number of parallel runs. Runs whose server is killed have one more lane, with a server of their own."""


@dataclass(frozen=True)
class Wanted:
    """What a campaign is to do: so many harms of each kind, spread over the shapes."""

    harms: Mapping[Harm, int]
    seed: int
    shapes: Sequence[str] = tuple(SHAPES)
    mutation: str = ""
    """The mistake that the library of the harmed workers makes; see `mutations.py`."""


async def campaign(wanted: Wanted, home: Path, tell: Callable[[Trial], None]) -> list[Trial]:
    """Run the plans; `tell` is called with each run when it is over.

    First, each graph runs without harm. One that does not end as it must is not harmed.
    """
    async with AsyncExitStack() as stack:
        zygote = stack.enter_context(fork_server(home / "workers.log"))
        steady = await stack.enter_async_context(cell(home / "steady", zygote))
        measured = {shape: await measure(steady, shape) for shape in wanted.shapes}
        for trial, _ in measured.values():
            tell(trial)
        sound = {shape: undisturbed for shape, (trial, undisturbed) in measured.items() if not trial.failure}
        planned = [each for each in plans(wanted.harms, wanted.shapes, wanted.seed) if each.shape in sound]
        outages = [each for each in planned if each.harm == "server_kill"]
        others = [each for each in planned if each.harm != "server_kill"]

        def run_in(where: Cell) -> Callable[[Plan], Awaitable[Trial]]:
            async def run(plan: Plan) -> Trial:
                trial = await run_trial(plan, where, sound[plan.shape], wanted.mutation)
                tell(trial)
                return trial

            return run

        async with asyncio.TaskGroup() as group:
            lanes: list[asyncio.Task[list[Trial]]] = []
            if outages:
                shaky = await stack.enter_async_context(cell(home / "shaky", zygote))
                lanes.append(group.create_task(lane(outages, Random(wanted.seed + 1), run_in(shaky))))  # noqa: S311 - as in plan
            for number in range(LANES):
                chance = Random(wanted.seed + 2 + number)  # noqa: S311 - as in plan
                lanes.append(group.create_task(lane(others, chance, run_in(steady))))
    return [*(trial for trial, _ in measured.values()), *(trial for task in lanes for trial in task.result())]


async def lane(left: list[Plan], chance: Random, run: Callable[[Plan], Awaitable[Trial]]) -> list[Trial]:
    """Run one plan after another. A harm that came too late is planned again."""
    trials: list[Trial] = []
    while left:
        planned = left.pop()
        trial = await run(planned)
        trials.append(trial)
        missing = planned.harms - len(trial.harms)
        if missing and not trial.failure:
            left.insert(0, plan(planned.harm, planned.shape, missing, chance))
    return trials
