"""Any LangGraph graph as one durable Temporal activity: its state rides in the activity's heartbeats.

Names are imported when they are first used, so that `langgraph_heartbeat.workflow`, which workflow code imports, brings
neither LangGraph nor LangChain into Temporal's sandbox.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._claim_check import CheckpointStore as CheckpointStore
    from ._graphs import AnyGraph as AnyGraph
    from ._graphs import AnyPregel as AnyPregel
    from ._graphs import compiled as compiled
    from ._graphs import input_of as input_of
    from ._graphs import overwritable as overwritable
    from ._graphs import result_of as result_of
    from ._heartbeats import heartbeats as heartbeats
    from ._journal import CallJournal as CallJournal
    from ._messages import Paused as Paused
    from ._messages import Question as Question
    from ._messages import Resume as Resume
    from ._phase_activity import phase_activity as phase_activity
    from ._plugin import DurablePlugin as DurablePlugin
    from ._steering import finish_or_pause as finish_or_pause

_HOMES = {
    "AnyGraph": "_graphs",
    "AnyPregel": "_graphs",
    "CallJournal": "_journal",
    "CheckpointStore": "_claim_check",
    "DurablePlugin": "_plugin",
    "Paused": "_messages",
    "Question": "_messages",
    "Resume": "_messages",
    "compiled": "_graphs",
    "finish_or_pause": "_steering",
    "heartbeats": "_heartbeats",
    "input_of": "_graphs",
    "overwritable": "_graphs",
    "phase_activity": "_phase_activity",
    "result_of": "_graphs",
}
__all__ = [
    "AnyGraph",
    "AnyPregel",
    "CallJournal",
    "CheckpointStore",
    "DurablePlugin",
    "Paused",
    "Question",
    "Resume",
    "compiled",
    "finish_or_pause",
    "heartbeats",
    "input_of",
    "overwritable",
    "phase_activity",
    "result_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
