"""A worker killed during any call of a node that asks two questions: both questions are asked, always."""

import asyncio
from pathlib import Path

import pytest

from bench.crash.plan import Plan
from bench.crash.processes import cell, fork_server
from bench.crash.trial import Trial, measure, run_trial

SHAPE = "two_questions"


@pytest.mark.crash
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("processes")
async def test_each_answer_answers_its_own_question_wherever_the_worker_is_killed(tmp_path: Path) -> None:
    with fork_server(tmp_path / "workers.log") as zygote:
        async with cell(tmp_path / "steady", zygote) as steady:
            undisturbed, expected = await measure(steady, SHAPE)
            left = [Plan("kill", SHAPE, [], [number + 1]) for number in range(undisturbed.calls)]
            trials: list[Trial] = []

            async def lane() -> None:
                while left:
                    trials.append(await run_trial(left.pop(), steady, expected))

            await asyncio.gather(*(lane() for _ in range(3)))
    assert [len(trial.harms) for trial in trials] == [1] * undisturbed.calls
    assert [(trial.failure, trial.counted.differs) for trial in trials] == [("", "")] * undisturbed.calls
    assert '"delete: May I DELETE the drafts? Yes."' in expected.result
