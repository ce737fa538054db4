"""What a person typed, held against what a run accepts, before anything is sent."""

from collections.abc import Callable
from typing import Any, TypeVar

from temporalio.exceptions import ApplicationError

from outlast.evidence.errors import Permanent

Message = TypeVar("Message")


def accepted(accept: Callable[[Any], Message], given: Any) -> Message:
    """The message; `Permanent` with the run's own words where it would refuse it."""
    try:
        return accept(given)
    except ApplicationError as error:
        raise Permanent(error.message) from None
