"""Whether the error of a node comes from a call, and when that failed: it rejects no answer that came before.

The call that raised marks its error. A node may raise another one from it, or while handling it, or in a group with it.
"""

from asyncio import CancelledError
from contextlib import suppress
from typing import cast

TIME_OF_CALL_ERROR = "__durable_call_failed_at__"
"""The attribute of an error that a model call raised: the journal's time, by which it orders answers and failures."""


def mark_as_call_error(error: BaseException, time: int) -> None:
    with suppress(AttributeError):  # a frozen error cannot be marked, and counts as one of the node's own code
        setattr(error, TIME_OF_CALL_ERROR, time)


def time_of_call_error(error: BaseException) -> int:
    """Return when the model call failed that raised this error; 0 if no model call did."""
    return getattr(error, TIME_OF_CALL_ERROR, 0)


def is_cut_off(error: object) -> bool:
    """Return whether a node was cancelled, or its own time limit cut its work off: it has rejected no answer then."""
    errors = related_errors(error, handled=False)
    return any(isinstance(each, CancelledError | TimeoutError) and not time_of_call_error(each) for each in errors)


def related_errors(error: object, *, handled: bool = True) -> list[BaseException]:
    """Return an error, those that it was raised from, those of its group, and those that were handled meanwhile."""
    found: dict[int, BaseException] = {}
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in found:
            continue
        found[id(each)] = each
        waiting += [each.__cause__, each.__context__ if handled else None]
        if isinstance(each, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", each).exceptions
    return list(found.values())
