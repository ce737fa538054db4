"""The campaign of `make served`, in small: graphs that `langgraph.json` names, whose workers are killed with -9."""

from pathlib import Path

import pytest

from bench.served.campaign import Wanted, campaign
from bench.served.summary import MUST_BE_ZERO, summary, table
from bench.served.trial import Trial

NEVER = set(MUST_BE_ZERO) - {"tools_repeated_late", "answers_repeated_late"}
"""Milliseconds are for `make served`: on a busy machine a heartbeat may take longer."""
GRAPHS = ("react_agent", "human_in_the_loop", "functional_api")


@pytest.mark.crash
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("processes")
async def test_served_graphs_end_with_the_same_results_after_a_kill(tmp_path: Path) -> None:
    told: list[Trial] = []
    trials = await campaign(Wanted(kills=1, seed=4, graphs=GRAPHS), tmp_path, told.append)
    figures, shown = summary(trials), table(trials)
    assert [trial.failure for trial in trials] == [""] * len(trials)
    assert (figures["graphs"], figures["kills"]) == (len(GRAPHS), len(GRAPHS)), shown
    assert {name: figures[name] for name in NEVER} == dict.fromkeys(NEVER, 0), shown
    assert len(told) == len(trials)
