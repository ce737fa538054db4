"""Histories recorded by earlier code replay with today's: a deploy does not break the runs that are under way."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.research.workflow import Research
from tests.replay.record import HISTORIES

NAMES = ("approved", "revised")


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(name, (HISTORIES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_run_replays(name: str) -> None:
    replayer = Replayer(workflows=[Research], workflow_runner=SandboxedWorkflowRunner(), data_converter=DATA_CONVERTER)
    result = await replayer.replay_workflow(recorded(name))
    assert result.replay_failure is None


async def test_a_run_whose_phases_come_in_another_order_does_not_replay() -> None:
    """That the test above can fail."""
    history = json.loads((HISTORIES / "approved.json").read_text(encoding="utf-8"))
    text = json.dumps(history).replace('"name": "verify"', '"name": "publish"', 1)
    replayer = Replayer(workflows=[Research], data_converter=DATA_CONVERTER)
    result = await replayer.replay_workflow(WorkflowHistory.from_json("broken", text), raise_on_replay_failure=False)
    assert result.replay_failure is not None


def test_recordings_name_no_machine() -> None:
    for name in NAMES:
        text = (HISTORIES / f"{name}.json").read_text(encoding="utf-8")
        assert str(Path.home()) not in text
        assert '"identity": "recorded"' in text
        assert "@" not in text
