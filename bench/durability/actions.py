"""The Actions that Temporal Cloud would bill for a run: those of its event history, and its heartbeats.

The rules are those of https://docs.temporal.io/cloud/actions, as of November 2026:

- Workflow started: one. A child workflow: one more in its parent ("two Actions, one for starting the Workflow, and
  another for the attempted Execution"). Reset, Continue-As-New: the start of the new run.
- Activity started or retried: one for each attempt.
- Activity heartbeat: one, "only if it reaches the Temporal Server". It is in no history: see `meter.py`.
- Local activities, side effects: "all RecordMarkers from each Workflow Task [count] as one action".
- Timer started, signal, update accepted, Nexus operation scheduled or cancelled, workflow options updated: one each.
- Search attributes upserted: one, apart from TemporalChangeVersion.

Queries and rejected updates are billed too, and no peer of this bench makes any. Completions, failures and workflow
tasks are not billed.
"""

from collections.abc import Iterable

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

ONE_ACTION = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
        EventType.EVENT_TYPE_NEXUS_OPERATION_SCHEDULED,
        EventType.EVENT_TYPE_NEXUS_OPERATION_CANCEL_REQUESTED,
    }
)
FREE_ATTRIBUTES = {"TemporalChangeVersion"}


def billed_actions(history: Iterable[HistoryEvent], heartbeats: int) -> int:
    """Return the Actions of a run with this history, whose activities sent so many heartbeats to the server."""
    actions, tasks_with_markers = heartbeats, set[int]()
    for event in history:
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:  # written once, with the number of the last attempt
                actions += event.activity_task_started_event_attributes.attempt
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                tasks_with_markers.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
            case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
                upserted = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
                actions += bool(set(upserted) - FREE_ATTRIBUTES)
            case kind:
                actions += kind in ONE_ACTION
    return actions + len(tasks_with_markers)
