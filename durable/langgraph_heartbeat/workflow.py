"""The names that workflow code uses. Importing this brings neither LangGraph nor LangChain into Temporal's sandbox.

Only `finish_or_pause` needs Temporal. It is imported when it is first used, so that a program that uses the messages
without Temporal does not spend a quarter of a second on the import.
"""

from typing import TYPE_CHECKING, Any

from ._messages import Paused, Question, Resume, Stuck

if TYPE_CHECKING:
    from ._steering import finish_or_pause

__all__ = ["Paused", "Question", "Resume", "Stuck", "finish_or_pause"]


def __getattr__(name: str) -> Any:
    if name != "finish_or_pause":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ._steering import finish_or_pause  # noqa: PLC0415 - see above

    return finish_or_pause
