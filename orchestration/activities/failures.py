"""How an error of ours becomes a failure of an activity: whether Temporal tries again, and when."""

from temporalio.exceptions import ApplicationError

from outlast.evidence.errors import LimitReached, NeedsOperator, Permanent, Transient
from outlast.evidence.text import safe_paragraphs


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
