"""What a saver refuses, and what the tasks of an attempt have reported to it."""

import dataclasses
from collections import Counter
from collections.abc import Callable

from langgraph_heartbeat._serialising.serialising import UnfitError

from .untracked import Unstored


class UnfitChannelError(UnfitError):
    """A channel holds a value that would not come back from a checkpoint unchanged."""


def missing_value(channel: str, value: Unstored) -> UnfitChannelError:
    """Return the error of an attempt that would go on without the value of an `UntrackedValue` channel."""
    return UnfitChannelError(
        f"The phase cannot go on from its checkpoint, because the channel {channel!r}, an UntrackedValue, held a "
        f"{value.reason}. Such a value is left out of checkpoints, and it is gone with the attempt that made it. Keep "
        "it in the run context, which `phase_activity(..., context=...)` makes for each attempt."
    )


class TooLargeError(Exception):
    """The state does not fit into a heartbeat, and the phase has no store for checkpoints."""


RequireFit = Callable[[], None]
"""Raises `TooLargeError` if the content of a saver is larger than what can be published."""


def unlimited() -> None:
    """Accept a content of any size."""


@dataclasses.dataclass
class TaskReports:
    """What the tasks of this attempt have reported to the saver; its copies share it."""

    finished: Counter[str] = dataclasses.field(default_factory=Counter[str])
    """How many steps and tasks have finished inside each task of the graph itself; "" counts its own steps."""
    refused: Exception | None = None
    """Why a result of a task could not be stored; no further step may begin."""
    failed_task: str = ""
    """The id of the task of the graph itself that raised; it is the same in every attempt."""
    invalid_answers: dict[str, BaseException] = dataclasses.field(default_factory=dict[str, BaseException])
    """Why questions refused their answers, by the ids of the questions."""
