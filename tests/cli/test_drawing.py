"""What is drawn of a run: from its status and heartbeats, at one moment."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from outlast.cli.drawing import Drawing, attempt_text, log_lines, phases_done
from outlast.orchestration.client.describe import Attempt, Description
from outlast.orchestration.research.messages import OpenGate, Status

PROGRESS: dict[str, Any] = {"step": 3, "finished": {"search": 1, "read": 12}, "running": {"read": 2}}


def seen(
    status: Status | None, *attempts: Attempt, now: WorkflowExecutionStatus = WorkflowExecutionStatus.RUNNING
) -> Description:
    return Description(cast("WorkflowExecutionDescription", SimpleNamespace(status=now)), status, attempts)


def investigating(**changed: Any) -> Status:
    known = {
        "question": "q",
        "phase": "investigate",
        "tasks": 8,
        "investigated": 2,
        "seconds": {"collect": 0.1, "plan": 65.0},
    }
    return Status(**(known | changed))


def drawn(thing: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=100, force_terminal=True, color_system=None).print(thing)
    return out.getvalue()


def test_a_bar_for_each_phase_and_a_line_for_each_activity() -> None:
    text = drawn(Drawing().draw_run(seen(investigating(), Attempt("investigate", 1, PROGRESS, ""))))
    rows = text.splitlines()
    assert [row.split()[1] for row in rows[:3]] == ["collect", "plan", "investigate"]
    assert "1 m 05 s" in rows[1]
    assert "2 of 8 tasks" in rows[2]
    assert "step 3: search 1, read 12 done; read 2 running" in rows[3]
    assert [row.split()[0] for row in rows[4:]] == ["write", "verify", "publish"]


def test_a_gate_says_how_to_let_the_run_go_on() -> None:
    gate = OpenGate(gate="plan", subject="plan-1", deadline=datetime(2026, 1, 1, tzinfo=UTC))
    waiting = seen(investigating(phase="gate(plan)", gates=(gate,)))
    assert waiting.waits
    assert "plan-1 waits for a decision: outlast watch" in drawn(Drawing().draw_run(waiting))
    several = drawn(Drawing().draw_runs([("one", waiting), ("two", seen(investigating()))]))
    assert "outlast watch one" in several
    assert "investigate: 2 of 8 tasks" in several


def test_how_far_a_run_is() -> None:
    assert phases_done(seen(None)) == 0
    assert phases_done(seen(investigating())) == 2.25
    over = seen(investigating(phase="published", outcome="published"), now=WorkflowExecutionStatus.COMPLETED)
    assert phases_done(over) == 6
    assert "published" in drawn(Drawing().draw_runs([("one", over)]))
    cancelled = seen(None, now=WorkflowExecutionStatus.CANCELED)
    assert "cancelled" in drawn(Drawing().draw_runs([("one", cancelled)]))


def test_an_attempt_that_failed_says_why_and_obeys_nothing() -> None:
    failed = Attempt("investigate", 3, {}, "no quota\x1b[2J")
    assert attempt_text(failed) == "starting (attempt 3: no quota\x1b[2J)"
    assert "\x1b[2J" not in drawn(Drawing().draw_run(seen(investigating(), failed)))
    assert "investigate: starting (attempt 3: no quota" in "\n".join(log_lines(seen(investigating(), failed), ""))


def test_without_a_worker() -> None:
    assert "waiting for a worker" in drawn(Drawing().draw_run(seen(None)))
    assert log_lines(seen(None), "waiting for it") == ["waiting for it"]
    assert log_lines(seen(None, now=WorkflowExecutionStatus.CANCELED), "waiting for it") == []
