"""What a history tells: steps, gates, decisions and who took them, from the recordings of real runs."""

from datetime import UTC, datetime, timedelta

from temporalio.api.history.v1 import HistoryEvent

from outlast.cli.show import BAR_CHARACTERS, bar, result_text
from outlast.orchestration.client.history import History, read_history
from outlast.orchestration.research.payloads import DATA_CONVERTER
from tests.replay.test_replay import recorded


async def told(name: str, events: int | None = None) -> History:
    return await read_history(recorded(name).events[:events], DATA_CONVERTER)


async def test_a_run_that_asked_nobody() -> None:
    story = await told("approved")
    assert story.question == "When was the lighthouse built?"
    assert [step.name for step in story.steps] == ["collect", "plan", "investigate", "write", "verify", "publish"]
    assert all(step.result == "done" and step.ended and step.attempts == 1 for step in story.steps)
    assert all(step.result_bytes > 0 for step in story.steps)
    assert story.phase == "publish"
    assert not story.waits


async def test_gates_with_their_decisions_in_the_order_in_which_they_were_open() -> None:
    gates = [step for step in (await told("revised")).steps if step.subject]
    assert [step.subject for step in gates] == ["plan-1", "plan-2", "report-1", "report-2"]
    assert [step.name for step in gates] == ["gate(plan)", "gate(plan)", "gate(report)", "gate(report)"]
    decisions = [step.decision for step in gates]
    assert [each and each.decision for each in decisions] == ["revise", "approve", "revise", "approve"]
    assert decisions[0]
    assert decisions[0].note == "How often does the ferry cross the sound?"
    assert decisions[0].by == "recorded", "the client's identity, where nobody has signed"
    assert decisions[3]
    assert decisions[3].note == "well done"
    assert result_text(gates[1], is_over=True) == "approve by recorded"


async def test_a_history_cut_at_a_gate_waits_there() -> None:
    events = recorded("revised").events
    waiting = next(number for number, event in enumerate(events, 1) if event.HasField("timer_started_event_attributes"))
    story = await told("revised", waiting)
    assert story.waits
    assert story.phase == "gate(plan)"
    assert story.steps[-1].ended is None


async def test_a_history_cut_in_a_phase_does_not_wait() -> None:
    events = recorded("approved").events
    kind = "activity_task_scheduled_event_attributes"
    third = [number for number, event in enumerate(events, 1) if event.HasField(kind)][2]
    story = await told("approved", third)
    assert story.phase == "investigate"
    assert not story.waits
    assert result_text(story.steps[-1], is_over=False) == "running"
    assert result_text(story.steps[-1], is_over=True) == "not ended"


async def test_input_of_another_kind_is_no_question() -> None:
    assert (await read_history([HistoryEvent()], DATA_CONVERTER)).question == ""
    assert (await read_history([], DATA_CONVERTER)).phase == "starting"


def test_a_bar_lies_inside_and_is_never_empty() -> None:
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    assert bar(timedelta(0), hour, hour) == "█" * BAR_CHARACTERS
    assert bar(hour / 2, hour / 2, hour) == "·" * (BAR_CHARACTERS // 2) + "█" * (BAR_CHARACTERS // 2)
    for before, span in [(timedelta(0), timedelta(0)), (hour, timedelta(0)), (hour - second, second), (hour, hour)]:
        drawn = bar(before, span, hour)
        assert len(drawn) == BAR_CHARACTERS
        assert "█" in drawn
    assert len(bar(timedelta(0), timedelta(0), timedelta(0))) == BAR_CHARACTERS


def test_times_of_a_history_have_a_zone() -> None:
    event = recorded("approved").events[0]
    assert event.event_time.ToDatetime(tzinfo=UTC) > datetime(2025, 1, 1, tzinfo=UTC)
