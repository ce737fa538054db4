"""The campaign notices a library that has lost one of its mechanisms. Each is taken away in the workers' processes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from bench.crash.counting import Undisturbed
from bench.crash.mutations import MUTATIONS
from bench.crash.plan import Harm, Plan
from bench.crash.processes import Cell, cell, fork_server
from bench.crash.summary import MUST_BE_ZERO, summary, table
from bench.crash.trial import Trial, measure, run_trial

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300), pytest.mark.usefixtures("processes")]


@dataclass(frozen=True)
class Case:
    """A run in which a mistake shows, and the figure that shows it."""

    shape: str
    harm: Harm
    calls: Sequence[int]
    """The harms come during the calls of these numbers."""
    figure: str


CASES = {
    # All six branches of the frozen worker go on to their next calls.
    "fence": Case("fan_out", "takeover", [9], "stale_over_limit"),
    # The node whose conditional edge has raised counts as finished, and nobody is asked for the way.
    "writes": Case("raising_router", "none", [], "results_differ"),
    "input": Case("linear", "kill", [8], "results_differ"),
    # Killed when the second question is asked, and the node beside it is still at work.
    "answers": Case("two_questions", "kill", [6], "results_differ"),
    # The first of four calls of a node had finished long before.
    "journal": Case("linear", "kill", [5], "finished_repeated_late"),
    # The second lesson has counted before its call.
    "store": Case("memory", "kill", [3], "results_differ"),
    "progress": Case("raising_parser", "none", [], "calls_over_limit"),
}


@dataclass
class Field:
    """A server with its fork server, and what has been measured on it."""

    cell: Cell
    measured: dict[str, Undisturbed] = field(default_factory=dict[str, Undisturbed])

    async def undisturbed(self, shape: str) -> Undisturbed:
        if shape not in self.measured:
            trial, self.measured[shape] = await measure(self.cell, shape)
            assert not trial.failure
        return self.measured[shape]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def steady(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Field]:
    home: Path = tmp_path_factory.mktemp("mutations")
    async with AsyncExitStack() as stack:
        zygote = stack.enter_context(fork_server(home / "workers.log"))
        yield Field(await stack.enter_async_context(cell(home / "steady", zygote)))


def wrong(trial: Trial) -> dict[str, int]:
    figures = summary([trial])
    return {name: figures[name] for name in MUST_BE_ZERO if figures[name]}


SLOW = {"fence", "input", "progress"}
"""These take 10 to 20 s each, and are left to `make crash-mutations`."""


@pytest.mark.parametrize(
    "mutation", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in MUTATIONS]
)
async def test_the_campaign_notices(mutation: str, steady: Field) -> None:
    case = CASES[mutation]
    expected, plan = await steady.undisturbed(case.shape), Plan(case.harm, case.shape, [], case.calls)
    sound, mistaken = await asyncio.gather(
        run_trial(plan, steady.cell, expected), run_trial(plan, steady.cell, expected, mutation)
    )
    assert len(sound.harms) == len(mistaken.harms) == len(case.calls)
    assert case.figure in wrong(mistaken), table([mistaken])
    assert case.figure not in wrong(sound), table([sound])
