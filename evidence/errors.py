"""The errors of Outlast. What is raised says who can do something about it.

OutlastError
+-- Transient       the same call may succeed later; `retry_after` says when, where somebody said so
+-- Permanent       the same call will fail again; the message names what to fix
+-- NeedsOperator   a person must act first (a key, a quota, a full disk); `what_to_do` says what
+-- LimitReached    a budget is used up; not a failure of the run: it goes on with what it has
"""

from datetime import timedelta


class OutlastError(Exception):
    """The root: catch this to catch every error that Outlast raises on purpose."""


class Transient(OutlastError):
    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(OutlastError):
    pass


class NeedsOperator(OutlastError):
    def __init__(self, message: str, what_to_do: str) -> None:
        super().__init__(f"{message} {what_to_do}")
        self.what_to_do = what_to_do


class LimitReached(OutlastError):
    """`used` and `limit` are in the unit that `kind` names, such as "usd", "tokens", "calls", "searches"."""

    def __init__(self, kind: str, used: float, limit: float) -> None:
        super().__init__(f"The limit of {limit:g} {kind} is reached ({used:g} used).")
        self.kind = kind
        self.used = used
        self.limit = limit
