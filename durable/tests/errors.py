"""The errors of an application, and how it says which of them Temporal retries."""

from datetime import timedelta

from temporalio.exceptions import ApplicationError


class Busy(Exception):
    """Tried again, after the time that it names."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """Never tried again."""


class NeedsPerson(Exception):
    """Not tried again before a person has mended something."""


def as_failure(error: Exception) -> Exception:
    match error:
        case Busy():
            return ApplicationError(str(error), type="Busy", next_retry_delay=error.retry_after)
        case Refused() | NeedsPerson():
            return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
        case _:
            return error
