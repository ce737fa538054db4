"""The campaign of `make crash`, in small: real workers and servers killed, frozen and drained, with a fixed seed."""

from pathlib import Path

import pytest

from bench.crash.campaign import Wanted, campaign
from bench.crash.plan import Harm
from bench.crash.summary import MUST_BE_ZERO, summary, table
from bench.crash.trial import Trial

NEVER = set(MUST_BE_ZERO) - {"finished_repeated_late", "hand_repeated"}
"""Milliseconds are for `make crash`: on a busy machine a heartbeat may take longer."""
WANTED: dict[Harm, int] = {"kill": 20, "server_kill": 3, "takeover": 2, "drain": 3}


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("processes")
async def test_harmed_runs_end_with_the_same_results_and_repeat_no_finished_call(tmp_path: Path) -> None:
    told: list[Trial] = []
    trials = await campaign(Wanted(WANTED, seed=20), tmp_path, told.append)
    figures, shown = summary(trials), table(trials)
    assert {f"{harm}s": figures[f"{harm}s"] for harm in WANTED} == {f"{harm}s": count for harm, count in WANTED.items()}
    assert {name: figures[name] for name in NEVER} == dict.fromkeys(NEVER, 0), shown
    assert len(told) == len(trials)
