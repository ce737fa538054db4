"""Histories recorded by earlier code replay with today's: a deploy does not break the runs that are under way."""

import json
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from outlast.orchestration.research.payloads import DATA_CONVERTER
from outlast.orchestration.research.workflow import Research
from tests.replay.record import HISTORIES

NAMES = sorted(file.stem for file in HISTORIES.glob("*.json"))
SHOWN = {
    "approved": "",
    "revised": "ACTIVITY_TASK_SCHEDULED",
    "rejected": "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
    "waiting": "TIMER_STARTED",
    "went_on": "WORKFLOW_EXECUTION_SIGNALED",
    "expired": "TIMER_FIRED",
    "web": "",
    "helped": "ACTIVITY_TASK_FAILED",
    "stopped": "ACTIVITY_TASK_CANCEL_REQUESTED",
    "cancelled": "WORKFLOW_EXECUTION_CANCEL_REQUESTED",
    "answered": "ACTIVITY_TASK_FAILED",
    "steered": "MARKER_RECORDED",
    "standing-approved": "WORKFLOW_PROPERTIES_MODIFIED",
    "standing-revised": "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
}
"""Each history, and an event without which it would not guard what it is kept for."""


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(name, (HISTORIES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_run_replays(name: str) -> None:
    replayer = Replayer(workflows=[Research], workflow_runner=SandboxedWorkflowRunner(), data_converter=DATA_CONVERTER)
    result = await replayer.replay_workflow(recorded(name))
    assert result.replay_failure is None


def kinds(name: str) -> list[str]:
    return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in recorded(name).events]


def test_every_history_is_there_and_shows_what_it_is_kept_for() -> None:
    assert sorted(SHOWN) == NAMES
    assert [name for name, kind in SHOWN.items() if kind and kind not in kinds(name)] == []


def test_a_run_that_waited_at_its_plan_has_gone_on() -> None:
    """Its history of then is the beginning of its history of later: both replay, so a deploy in between is possible."""
    [before, after] = recorded("waiting").events, recorded("went_on").events
    assert 0 < len(before) < len(after)
    assert list(before) == list(after[: len(before)])
    assert kinds("waiting")[-1] == "TIMER_STARTED"


async def test_a_run_from_before_told_the_server_nothing_and_does_not_begin_to() -> None:
    """Cut where it waited at a gate: what comes next is new, and the run goes on as it began."""
    for name, tells in (("revised", False), ("standing-revised", True)):
        assert ("WORKFLOW_PROPERTIES_MODIFIED" in kinds(name)) is tells
        assert ("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES" in kinds(name)) is tells


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
        assert str(Path(__file__).parents[2]) not in text


@pytest.mark.parametrize(("name", "tasks", "gates"), [("standing-approved", 1, 0), ("standing-revised", 3, 4)])
def test_histories_stay_within_the_bound_that_readme_names(name: str, tasks: int, gates: int) -> None:
    """60 events, 6 a task and 16 a gate: two of them tell the server each place to which a revised run comes again."""
    assert len(recorded(name).events) <= 60 + 6 * tasks + 16 * gates
