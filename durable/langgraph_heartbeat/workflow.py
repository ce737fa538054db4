"""The names that workflow code uses. Importing this brings neither LangGraph nor LangChain into Temporal's sandbox.

Only `finish_or_pause` and `RunGraph` need Temporal. They are imported when they are first used, so that a program that
uses the messages without Temporal does not spend a quarter of a second on the import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._call_log.phase_summary import CallGroup, Finished, LoggedCall, PhaseSummary
from ._messages import Paused, Question, Resume, Stuck

if TYPE_CHECKING:
    from ._run_graph.run_graph import RunGraph
    from ._steering import finish_or_pause

__all__ = [
    "CallGroup",
    "Finished",
    "LoggedCall",
    "Paused",
    "PhaseSummary",
    "Question",
    "Resume",
    "RunGraph",
    "Stuck",
    "finish_or_pause",
]

_IMPORTED_LATER = {"RunGraph": "_run_graph.run_graph", "finish_or_pause": "_steering"}


def __getattr__(name: str) -> Any:
    if name not in _IMPORTED_LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_IMPORTED_LATER[name]}", __package__), name)
