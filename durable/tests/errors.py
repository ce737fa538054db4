"""The errors of an application, and the function that decides which of them Temporal retries."""

from datetime import timedelta

from temporalio.exceptions import ApplicationError


class Busy(Exception):
    """An error that is retried after `retry_after`."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """An error that is never retried."""


class NeedsPerson(Exception):
    """An error that is not retried before a person has fixed something."""


def as_failure(error: Exception) -> Exception:
    match error:
        case Busy():
            return ApplicationError(str(error), type="Busy", next_retry_delay=error.retry_after)
        case Refused() | NeedsPerson():
            return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
        case _:
            return error
