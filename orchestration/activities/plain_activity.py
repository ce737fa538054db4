"""The activities of the phases without a graph (collect, publish), and the conversion of our errors into failures."""

from collections.abc import Awaitable, Callable
from typing import Any

from langgraph_heartbeat import heartbeats
from langgraph_heartbeat.workflow import Resume
from temporalio import activity
from temporalio.exceptions import ApplicationError

from outlast.evidence.errors import LimitReached, NeedsOperator, OutlastError, Permanent, Transient
from outlast.evidence.text import safe_paragraphs
from outlast.orchestration.research.phases import Phase, Request, Result


def plain_activity(
    row: Phase[Request, Result], work: Callable[[Request], Awaitable[Result]]
) -> Callable[..., Awaitable[Result]]:
    """Make an activity of a function. It has the heartbeats and failures that every phase has."""

    @activity.defn(name=row.name)
    async def run(request: Any, resume: Resume | None = None) -> Result:
        del resume  # a function starts from its beginning: it writes objects named by their content, so nothing doubles
        async with heartbeats(row.name):
            try:
                return await work(row.request.model_validate(request))
            except OutlastError as error:
                raise as_failure(error) from error

    return run


def as_failure(error: Exception) -> Exception:
    """Return a failure that Temporal retries if the error is Transient, after its delay, but not for our other errors.

    An error that is not ours is a defect or an accident: it is returned unchanged, and Temporal retries it.
    """
    match error:
        case Transient():
            return ApplicationError(safe_paragraphs(str(error)), type="Transient", next_retry_delay=error.retry_after)
        case NeedsOperator():  # the workflow recognises this name, which subclasses share
            return ApplicationError(safe_paragraphs(str(error)), type="NeedsOperator", non_retryable=True)
        case Permanent() | LimitReached():
            return ApplicationError(safe_paragraphs(str(error)), type=type(error).__name__, non_retryable=True)
        case _:
            return error
