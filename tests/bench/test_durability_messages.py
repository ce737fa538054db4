"""The part of bench/durability about long conversations: its graph, its counts, its targets."""

import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.durability import conversations, messages
from bench.durability.actions import billed_actions
from bench.durability.calls import Calls
from bench.durability.meter import METER, SETTLE_SECONDS, Meter, bytes_sent_to
from bench.durability.report import report
from bench.durability.tables import Row
from bench.durability.work import Result, Work, equip, graph_of, result_of, start_of

STEPS, START = 3, 10


async def test_each_step_adds_a_message_of_the_model_and_one_of_a_tool_and_is_noted() -> None:
    work = Work("messages", STEPS, messages=START)
    equip(work, Calls(conversations.MESSAGE_BYTES).answer)
    METER.read("127.0.0.1:1")
    state = await graph_of(work).ainvoke(start_of(work))
    said = state["messages"][1 + START :]
    assert [message.type for message in said] == ["ai", "tool"] * STEPS
    assert {len(message.content) for message in said} == {conversations.MESSAGE_BYTES}
    assert len({message.id for message in state["messages"]}) == 1 + START + 2 * STEPS
    assert len(METER.read("127.0.0.1:1")["steps"]) == STEPS
    assert result_of(state) != Result()


def test_a_deep_agents_conversation_is_in_its_input() -> None:
    given = start_of(Work("deep agent", STEPS, messages=START))["messages"]
    assert [role for role, _ in given] == ["user", "ai"] * (START // 2)
    assert {len(text) for _, text in given} == {conversations.MESSAGE_BYTES}


def test_the_time_of_a_run_is_from_its_first_step_to_its_last() -> None:
    measured = {"steps": [(10.0, 1.0), (10.5, 1.25), (12.0, 1.5)]}
    assert messages.duration(measured) == {"nodes": 2, "seconds": 2.0, "cpu_seconds": 0.5}


def event(kind: str, **attributes: Any) -> HistoryEvent:
    name = f"{kind.lower()}_event_attributes"
    return HistoryEvent(event_type=EventType.Value(f"EVENT_TYPE_{kind}"), **({name: attributes} if attributes else {}))


def test_actions_are_those_that_temporal_bills() -> None:
    activity = [
        event("ACTIVITY_TASK_SCHEDULED"),
        event("ACTIVITY_TASK_STARTED", attempt=3),
        event("ACTIVITY_TASK_COMPLETED"),
    ]
    tasks = [event("WORKFLOW_TASK_SCHEDULED"), event("WORKFLOW_TASK_STARTED"), event("WORKFLOW_TASK_COMPLETED")]
    begun = event("WORKFLOW_EXECUTION_STARTED")
    assert billed_actions([begun, *tasks, *activity, *tasks, event("WORKFLOW_EXECUTION_COMPLETED")], 0) == 1 + 3
    assert billed_actions([begun], heartbeats=7) == 8


@pytest.mark.parametrize(
    "kind",
    [
        "TIMER_STARTED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "START_CHILD_WORKFLOW_EXECUTION_INITIATED",
    ],
)
def test_a_timer_a_message_and_a_child_are_one_action_each(kind: str) -> None:
    assert billed_actions([event(kind), event(kind)], 0) == 2


def test_markers_of_one_workflow_task_are_one_action() -> None:
    markers = [event("MARKER_RECORDED", workflow_task_completed_event_id=task) for task in (4, 4, 4, 9)]
    assert billed_actions(markers, 0) == 2


def test_search_attributes_are_billed_apart_from_those_of_versioning() -> None:
    def upsert(*names: str) -> HistoryEvent:
        return event(
            "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES", search_attributes={"indexed_fields": {name: {} for name in names}}
        )

    assert billed_actions([upsert("TemporalChangeVersion")], 0) == 0
    assert billed_actions([upsert("Mine", "TemporalChangeVersion"), upsert("Mine", "Yours")], 0) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux alone counts the bytes of a connection")
def test_bytes_are_those_sent_to_the_server_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        to_one, to_other = (socket.create_connection(each.getsockname()) for each in (one, other))
        with to_one, to_other:
            at_one, _ = one.accept()
            at_other, _ = other.accept()
            with at_one, at_other:
                to_one.sendall(b"x" * 1000)
                to_other.sendall(b"x" * 10)
                at_one.sendall(b"answer")
                assert len(at_one.recv(1000, socket.MSG_WAITALL)) == 1000
                assert bytes_sent_to(f"127.0.0.1:{one.getsockname()[1]}") == 1000
                open_before = sorted(Path("/proc/self/fd").iterdir())
                assert bytes_sent_to(f"127.0.0.1:{other.getsockname()[1]}") == 10
                assert sorted(Path("/proc/self/fd").iterdir()) == open_before


async def test_a_reading_of_the_meter_begins_a_new_one() -> None:
    meter = Meter()
    began = time.perf_counter()
    await meter.note_step()
    assert time.perf_counter() - began >= SETTLE_SECONDS * 0.9  # the state at the start is no part of a step
    meter.note_stored(100)
    meter.note_stored(20)
    first, second = meter.read("127.0.0.1:1"), meter.read("127.0.0.1:1")
    assert (len(first["steps"]), first["stored_bytes"]) == (1, 120)
    assert (second["steps"], second["stored_bytes"]) == ([], 0)


def test_a_missing_environment_is_named_with_what_makes_it() -> None:
    here = Path(__file__).resolve().parent.parent.parent
    with pytest.raises(SystemExit, match=r"\.venv.nowhere does not exist\. Run `make bench-durability` once"):
        messages.require_environment(here / ".venv" / "nowhere")
    messages.require_environment(Path(os.devnull))


BARE_SECONDS = 0.001


def rows(outlast: float, sqlite: float = 0.004, in_memory: float = 0.002, size: int = 100) -> list[Row]:
    """The rows of three rounds, one of which was slow for every peer. The figures are seconds a step over bare."""
    over = {"bare": 0.0, "outlast": outlast, "sqlite": sqlite, "in memory": in_memory}
    return [
        {
            "part": "messages",
            "graph": "messages",
            "messages": size,
            "peer": peer,
            "round": number,
            "nodes": 10,
            "seconds": 10 * (BARE_SECONDS * slowness + more),
            "cpu_seconds": 10 * (BARE_SECONDS * slowness + more),
        }
        for number, slowness in enumerate((1, 50, 1))
        for peer, more in over.items()
    ]


def missed(measured: list[Row]) -> set[str]:
    return {target.name for target in report(measured).targets if not target.met}


def test_a_step_costs_at_most_what_sqlites_costs_and_little_more_than_in_memory() -> None:
    assert missed(rows(0.0025)) == set()
    assert missed(rows(0.0027)) == {f"100 messages: a step's {w} time, times that of in memory" for w in WALL_AND_CPU}
    assert missed(rows(0.0041, in_memory=0.1)) == {
        f"100 messages: a step's {what} time, times that of sqlite" for what in WALL_AND_CPU
    }
    assert missed(rows(0.0027, size=1000)) == set()


WALL_AND_CPU = ("wall", "processor")


def test_a_peer_that_seems_to_cost_nothing_is_beaten_by_nobody() -> None:
    assert len(missed(rows(0.0001, in_memory=0.0))) == 2


def test_outlast_without_a_result_misses_its_target() -> None:
    failed = [row for row in rows(0.001) if row["peer"] != "outlast"]
    failed.append({"part": "messages", "graph": "messages", "messages": 100, "peer": "outlast", "cannot": "TooLarge"})
    reported = report(failed)
    assert missed(failed) == {"100 messages: without a right result"}
    assert "cannot (TooLarge)" in reported.text
    assert reported.summary["messages"]["messages"]["100"]["outlast"] == {"cannot": "TooLarge"}


def test_the_summary_has_bares_time_in_all_and_the_others_over_it() -> None:
    figures = report(rows(0.0025)).summary["messages"]["messages"]["100"]
    assert figures["bare"] == {"ms": 1.0, "cpu_ms": 1.0}
    assert figures["outlast"] == {"ms": 2.5, "cpu_ms": 2.5}
