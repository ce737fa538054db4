"""Run any LangGraph graph as one durable Temporal activity: its state travels in the activity's heartbeats.

| to | use |
|---|---|
| make a graph durable, by its own schemas | `durable`, `DurablePlugin`, `CallJournal` |
| make a graph durable, with a request and a result of your own | `phase_activity` |
| run any durable graph as a workflow | `RunGraph` |
| remember what a node calls by itself, and name what it asks a service for | `remembered`, `idempotency_key` |
| see what a phase has done | `PhaseSummary`, `CallGroup`, `LoggedCall`, `Finished` |
| answer questions, steer, go on after a failure | `Paused`, `Question`, `Resume`, `Stuck`, `finish_or_pause` |
| keep checkpoints that are too large for a heartbeat | `CheckpointStore` |
| run the same graph without Temporal | `phase_function` |
| read what a graph streams while it runs | `follow`, `StreamEvent` |
| count what was spent on a state that is lost | `spent_earlier` |
| send the heartbeats of a phase from an activity without a graph | `heartbeats` |
| annotate a graph that a phase accepts | `GraphLike` |

A phase is one activity that `phase_activity` makes from one graph. Workflow code imports its names from
`langgraph_heartbeat.workflow`. Each name is imported when it is first used, so that workflow code brings neither
LangGraph nor LangChain into Temporal's sandbox, and a Temporal client needs neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._call_log.phase_summary import CallGroup as CallGroup
    from ._call_log.phase_summary import Finished as Finished
    from ._call_log.phase_summary import LoggedCall as LoggedCall
    from ._call_log.phase_summary import PhaseSummary as PhaseSummary
    from ._durable import durable as durable
    from ._graphs import GraphLike as GraphLike
    from ._heartbeats import heartbeats as heartbeats
    from ._journal.call_journal import CallJournal as CallJournal
    from ._journal.idempotency import idempotency_key as idempotency_key
    from ._messages import Paused as Paused
    from ._messages import Question as Question
    from ._messages import Resume as Resume
    from ._messages import Stuck as Stuck
    from ._phase_activity import phase_activity as phase_activity
    from ._phase_function import phase_function as phase_function
    from ._plugin import DurablePlugin as DurablePlugin
    from ._publishing.claim_check import CheckpointStore as CheckpointStore
    from ._remembered.remembered import remembered as remembered
    from ._run_graph.run_graph import RunGraph as RunGraph
    from ._spending import spent_earlier as spent_earlier
    from ._steering import finish_or_pause as finish_or_pause
    from ._stream.events import StreamEvent as StreamEvent
    from ._stream.follow import follow as follow

_DEFINING_MODULES = {
    "CallGroup": "_call_log.phase_summary",
    "CallJournal": "_journal.call_journal",
    "CheckpointStore": "_publishing.claim_check",
    "DurablePlugin": "_plugin",
    "Finished": "_call_log.phase_summary",
    "GraphLike": "_graphs",
    "LoggedCall": "_call_log.phase_summary",
    "Paused": "_messages",
    "PhaseSummary": "_call_log.phase_summary",
    "Question": "_messages",
    "Resume": "_messages",
    "RunGraph": "_run_graph.run_graph",
    "StreamEvent": "_stream.events",
    "Stuck": "_messages",
    "durable": "_durable",
    "finish_or_pause": "_steering",
    "follow": "_stream.follow",
    "heartbeats": "_heartbeats",
    "idempotency_key": "_journal.idempotency",
    "phase_activity": "_phase_activity",
    "phase_function": "_phase_function",
    "remembered": "_remembered.remembered",
    "spent_earlier": "_spending",
}
__all__ = [
    "CallGroup",
    "CallJournal",
    "CheckpointStore",
    "DurablePlugin",
    "Finished",
    "GraphLike",
    "LoggedCall",
    "Paused",
    "PhaseSummary",
    "Question",
    "Resume",
    "RunGraph",
    "StreamEvent",
    "Stuck",
    "durable",
    "finish_or_pause",
    "follow",
    "heartbeats",
    "idempotency_key",
    "phase_activity",
    "phase_function",
    "remembered",
    "spent_earlier",
]


def __getattr__(name: str) -> Any:
    if name not in _DEFINING_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_DEFINING_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
