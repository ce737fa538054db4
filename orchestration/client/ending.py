"""Waits for the end of a run, and says how it has ended."""

from dataclasses import dataclass

from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.exceptions import TimeoutError as TimedOutError

from outlast.orchestration.client.find import Handle
from outlast.orchestration.research.messages import Outcome


@dataclass(frozen=True)
class RunEnd:
    """How a run has ended."""

    status: str
    """One of `outlast.orchestration.client.listing.STATUSES`."""
    reason: str = ""
    """Why it has no outcome."""
    outcome: Outcome | None = None
    """The result of the run; None if it was cancelled or terminated, or has failed."""


async def wait_for_end(handle: Handle) -> RunEnd:
    """Wait for the end of the run, and return how it ended."""
    try:
        outcome = await handle.result()
    except WorkflowFailureError as error:
        return end_without_outcome(error)
    return RunEnd(outcome.status, outcome=outcome)


def end_without_outcome(error: WorkflowFailureError) -> RunEnd:
    match error.cause:
        case CancelledError():
            return RunEnd("cancelled", "What it has made stays in its history.")
        case TerminatedError() as cause:
            return RunEnd("terminated", cause.message)
        case ApplicationError() as cause:
            return RunEnd("failed", cause.message)
        case TimedOutError() as cause:
            return RunEnd("timed out", cause.message)
        case cause:
            return RunEnd("failed", str(cause))
