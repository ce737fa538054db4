"""Measure the length of a run's history, which grows with tasks and gates, and must not grow with documents."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from bench.figures import Figure, at_most
from outlast.orchestration.research.messages import Outcome

BASE_EVENTS, EVENTS_A_TASK, EVENTS_A_GATE = 60, 6, 16
COPIES = 10


@dataclass(frozen=True)
class History:
    events: int
    own: int
    """Events of the run itself: all but those of workflow tasks, with which the server reports news to the worker.

    The number of workflow tasks depends on how many phases end at the same moment, and so on timing.
    """
    tasks: int
    gates: int

    def figure(self, name: str) -> Figure:
        bound = BASE_EVENTS + EVENTS_A_TASK * self.tasks + EVENTS_A_GATE * self.gates
        note = f"{self.tasks} tasks, {self.gates} gates; {self.own} without workflow tasks"
        return at_most(bound, Figure(name, self.events, "events", note=note))


async def history_of(handle: WorkflowHandle[Any, Outcome], gates: int) -> History:
    outcome = await handle.result()
    if outcome.plan is None:
        raise ValueError(f"The run {handle.id} ended without a plan.")
    counts = Counter(EventType.Name(event.event_type) for event in (await handle.fetch_history()).events)
    others = sum(count for name, count in counts.items() if not name.startswith("EVENT_TYPE_WORKFLOW_TASK_"))
    return History(counts.total(), others, len(outcome.plan.tasks), gates)


def compare_events(usual: History, many: History) -> Figure:
    """Return the difference in events to a run over more documents, which must be zero."""
    name = f"history changed by {COPIES} x the documents"
    note = f"{usual.own} and {many.own} without workflow tasks; {usual.events} and {many.events} in all"
    return at_most(0, Figure(name, abs(many.own - usual.own), "events", note=note))


def copy_often(documents: Path, folder: Path) -> Path:
    """Copy every document `COPIES` times, each with a line of its own, so that no two share a snapshot."""
    for number in range(1, COPIES + 1):
        copies = folder / f"copy-{number}"
        copies.mkdir(parents=True)
        for document in documents.iterdir():
            text = document.read_text(encoding="utf-8")
            (copies / document.name).write_text(f"{text}\n\nThis is copy {number} of the text.\n", encoding="utf-8")
    return folder
