"""The activity of a phase without a graph (collect, publish), and how errors of ours become failures of an activity."""

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
    @activity.defn(name=row.name)
    async def run(given: Any, resume: Resume | None = None) -> Result:
        del resume  # a function begins anew; what it has done is named by its content
        async with heartbeats(row.name):
            try:
                return await work(row.request.model_validate(given))
            except OutlastError as error:
                raise as_failure(error) from error

    return run


def as_failure(error: Exception) -> Exception:
    """Transient errors are retried, after the time that they name; the others of ours are not.

    What is not ours is a defect or an accident: it goes up as it is, and Temporal retries it.
    """
    match error:
        case Transient():
            return ApplicationError(safe_paragraphs(str(error)), type="Transient", next_retry_delay=error.retry_after)
        case NeedsOperator():  # the workflow knows it by this name, whatever its kind
            return ApplicationError(safe_paragraphs(str(error)), type="NeedsOperator", non_retryable=True)
        case Permanent() | LimitReached():
            return ApplicationError(safe_paragraphs(str(error)), type=type(error).__name__, non_retryable=True)
        case _:
            return error
