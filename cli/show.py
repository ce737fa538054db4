"""`outlast show`: what is known about a run, from its event history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rich.table import Column, Table
from rich.text import Text
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from cli.exits import Exit
from cli.exporting import Exports
from cli.runs import Look, find_run, look
from cli.terminal import console, harmless, show_markdown
from orchestration.connection import connection
from orchestration.messages import Outcome
from orchestration.settings import Settings


async def show(given: str) -> Exit:
    settings = Settings()
    shown = console()
    async with connection(settings) as client:
        handle = await find_run(client, given)
        seen = await look(client, handle)
        history = await handle.fetch_history()
        name = seen.description.status.name.lower().replace("_", " ") if seen.description.status else "unknown"
        shown.print(f"Run       {seen.description.id}")
        shown.print(f"Execution {seen.description.run_id}")
        shown.print(f"Status    {name}")
        size = seen.description.raw_description.workflow_execution_info.history_size_bytes
        shown.print(f"History   {len(history.events)} events, {size} bytes")
        shown.print(timeline(history))
        outcome = await handle.result() if name == "completed" else None
    for line in ending(seen, outcome, settings):
        shown.print(line)
    if outcome is None and seen.status and seen.status.details:
        show_markdown(shown, seen.status.details)
    return Exit.DONE


def ending(seen: Look, outcome: Outcome | None, settings: Settings) -> list[str]:
    if outcome is None:
        return []
    if outcome.report is None:
        return [f"Outcome   {outcome.status} at the gate {outcome.gate}"]
    report = Exports(settings, None).folder(seen.description.id) / "report.md"
    where = report if report.exists() else f"not written here yet: outlast watch {seen.description.id}"
    return [f"Outcome   {outcome.status}", f"Report    {where}"]


@dataclass
class Step:
    """A row of the timeline: an activity, or a wait at a gate."""

    name: str
    summary: str
    scheduled: datetime
    attempts: int = 0
    ended: datetime | None = None
    result: str = "running"


def timeline(history: WorkflowHistory) -> Table:
    what = Column("what", no_wrap=True, overflow="ellipsis")
    table = Table("phase", what, "attempts", "seconds", "result", box=None, header_style="dim", pad_edge=False)
    for step in steps(history):
        seconds = f"{(step.ended - step.scheduled).total_seconds():.1f}" if step.ended else ""
        row = (step.name, step.summary, str(step.attempts or ""), seconds, step.result)
        table.add_row(*(Text(harmless(cell)) for cell in row))
    return table


def steps(history: WorkflowHistory) -> list[Step]:
    """The activities and gates of a run in the order in which they began."""
    found: dict[int, Step] = {}
    for event in history.events:
        at = event.event_time.ToDatetime()
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                name = event.activity_task_scheduled_event_attributes.activity_type.name
                found[event.event_id] = Step(name, said(event.user_metadata.summary.data), at)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                started = event.activity_task_started_event_attributes
                found[started.scheduled_event_id].attempts = started.attempt
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                end(found, event.activity_task_completed_event_attributes.scheduled_event_id, at, "done")
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                failed = event.activity_task_failed_event_attributes
                end(found, failed.scheduled_event_id, at, failed.failure.message)
            case EventType.EVENT_TYPE_TIMER_STARTED:
                found[event.event_id] = Step("gate", said(event.user_metadata.summary.data), at)
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                end(found, event.timer_canceled_event_attributes.started_event_id, at, "closed")
            case EventType.EVENT_TYPE_TIMER_FIRED:
                end(found, event.timer_fired_event_attributes.started_event_id, at, "nobody decided")
            case _:
                pass
    return list(found.values())


def end(found: Mapping[int, Step], event_id: int, at: datetime, result: str) -> None:
    if event_id in found:
        found[event_id].ended, found[event_id].result = at, result


def said(summary: bytes) -> str:
    """A summary's payload is a JSON string."""
    return str(json.loads(summary)) if summary else ""
