"""Serve the graphs, run each of them undisturbed, and then kill its workers until the requested number is reached."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.commands import environment
from bench.crash.plan import Plan, plan, plans
from bench.processes import server
from bench.served.counting import Undisturbed
from bench.served.processes import CONFIG, Place
from bench.served.trial import REQUESTS, Trial, measure, run_trial

LANES = 2
"""Number of runs at the same time. Each has a worker of its own."""


@dataclass(frozen=True)
class Wanted:
    kills: int
    """Number of kills for each graph."""
    seed: int
    graphs: Sequence[str] = tuple(REQUESTS)
    lanes: int = LANES


@asynccontextmanager
async def place(home: Path, config: Path = CONFIG) -> AsyncGenerator[Place]:
    """Start a server, and yield the place for runs on it."""
    home.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything runs here
    async with server(home) as up:
        address = up.settings["TEMPORAL_ADDRESS"]
        yield Place(up.client, address, home, environment(LANGSMITH_TRACING="false"), config)


async def campaign(wanted: Wanted, home: Path, tell: Callable[[Trial], None]) -> list[Trial]:
    """Run the plans; `tell` is called with each run when it is over. A graph that fails undisturbed is not harmed."""
    chance = Random(wanted.seed)  # noqa: S311 - a seed makes a campaign repeatable
    planned = [
        each for graph in wanted.graphs for each in plans({"kill": wanted.kills}, [graph], chance.getrandbits(32))
    ]
    trials: list[Trial] = []
    async with place(home) as here:
        measured: dict[str, Undisturbed] = {}
        for graph in wanted.graphs:
            trial, undisturbed = await measure(graph, here)
            trials.append(trial)
            tell(trial)
            if undisturbed is not None:
                measured[graph] = undisturbed
        left = [each for each in planned if each.shape in measured]

        async def lane() -> None:
            while left:
                each = left.pop()
                trial = await run_trial(each.shape, here, measured[each.shape], each.points)
                trials.append(trial)
                tell(trial)
                left.extend(missed(each, trial, chance))

        async with asyncio.TaskGroup() as group:
            for _ in range(wanted.lanes):
                group.create_task(lane())
    return trials


def missed(planned: Plan, trial: Trial, chance: Random) -> list[Plan]:
    """Return a plan for the kills that came too late, because the run had finished."""
    missing = planned.harms - len(trial.kills)
    return [plan("kill", planned.shape, missing, chance)] if missing and not trial.failure else []
