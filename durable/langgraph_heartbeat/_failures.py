"""The failures of an attempt: what the next attempt must know of them, and what Temporal is told.

Temporal retries an attempt that failed. Three rules bound what that costs. Progress is what remains after the failure:
finished steps and tasks, and model answers that the next attempt will not ask for again. A task that fails three times
in the same way without progress of its own is not retried any more. Neither is a phase whose attempts make no progress
at all, or whose workers die again and again.
"""

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from langgraph.errors import GraphRecursionError
from temporalio.exceptions import ApplicationError

from ._call_log.phase_summary import PhaseSummary
from ._messages import STUCK, Resume
from ._saver.reports import TooLargeError
from ._sendable import MAX_MESSAGE_LENGTH, encodable, sendable
from ._serialising.serialising import UnfitError

log = logging.getLogger(__name__)

MAX_IDENTICAL_FAILURES = 3
"""After so many equal failures of a task, without progress of that task between them, the phase fails as `Stuck`."""
MAX_FRUITLESS_ATTEMPTS = 12
"""After so many attempts without any progress, whatever their failures, the phase fails as `Stuck`."""
MAX_LOST_WORKERS = 10
"""After so many attempts without progress whose workers died, the phase fails as `Stuck`."""
MAX_TASKS_REMEMBERED = 50
"""Number of tasks whose last failures a checkpoint has room for."""
MAX_FAILURE_LENGTH = 200
"""In characters, in a checkpoint."""
MAX_RETRY_DELAY = timedelta(minutes=1)
MAX_CHOSEN_DELAY = timedelta(days=365)
"""Temporal does not take `timedelta.max`."""

AsFailure = Callable[[Exception], Exception]
Failures = Mapping[str, tuple[str, int]]
"""The last failure of each task, and how often it came in a row without progress of that task."""


class LostWorkersError(Exception):
    """The workers of this phase have died again and again before it made any progress."""

    def __init__(self, record: "RetryRecord") -> None:
        super().__init__(
            f"{record.lost} workers in a row have died, or lost their connection, before the phase made any progress. "
            "Look at the workers' logs and memory; the phase can resume from its checkpoint."
        )


class UnsupportedStopError(Exception):
    """The graph stopped in a way from which a phase cannot go on; `kind` is the type of the failure."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def dynamic_breakpoint() -> UnsupportedStopError:
    return UnsupportedStopError(
        "Breakpoint",
        "The graph stopped at a static breakpoint (interrupt_before or interrupt_after), and only a part of it has "
        "run. A phase cannot wait there, because a crash just before the breakpoint would skip it. Ask with "
        "interrupt() in the node instead.",
    )


def unanswerable_question(node: str, question: object) -> UnsupportedStopError:
    return UnsupportedStopError(
        "Unanswerable",
        f"In the node {node!r}, a graph asks {question!r}, but it is not part of the phase's checkpoint: it was "
        "compiled with checkpointer=False or with a checkpointer of its own, or it raises NodeInterrupt. Its question "
        "would get another id each time, and no answer could reach it. Compile it without a checkpointer argument, and "
        "ask by interrupt().",
    )


@dataclass(frozen=True)
class RetryRecord:
    """The history of failures that an attempt passes to the next one, in its checkpoint."""

    fruitless: int = 0
    """Number of attempts in a row that made no progress."""
    failure: str = ""
    """The last failure, in short."""
    repeats: int = 0
    """How often the last failure came in a row without progress of its task."""
    afresh: int = 0
    """How often the phase started from the beginning because a checkpoint could not be used."""
    lost: int = 0
    """Number of attempts in a row that made no progress and ended without a word: their workers have died."""
    failures: Failures = field(default_factory=dict[str, tuple[str, int]])


@dataclass(frozen=True)
class Progress:
    """What an attempt has finished, and how many more answers it remembers now than at its start, by task."""

    finished: Counter[str]
    remembered: Counter[str]

    def of(self, task: str) -> bool:
        """Return whether a task has come further; for the task "", whether anything has."""
        if not task:
            return any(self.finished.values()) or any(count > 0 for count in self.remembered.values())
        return bool(self.finished[task]) or self.remembered[task] > 0


def with_failure(record: RetryRecord, failure: str, task: str, progress: Progress) -> RetryRecord:
    """Return the record after a failure of `task`, which is "" if the failure came from outside the tasks."""
    failure = failure[-MAX_FAILURE_LENGTH:]
    # After a step, the tasks of the steps before do not come again.
    failures = {} if progress.finished[""] else dict(record.failures)
    last, times = failures.pop(task, ("", 0))
    repeats = times + 1 if last == failure and not progress.of(task) else 1
    failures[task] = (failure, repeats)
    failures = dict(list(failures.items())[-MAX_TASKS_REMEMBERED:])
    fruitless = 0 if progress.of("") else record.fruitless + 1
    return replace(record, fruitless=fruitless, failure=failure, repeats=repeats, lost=0, failures=failures)


@dataclass(frozen=True)
class Failure:
    """A failure of an attempt, as Temporal and the next attempt know it."""

    kind: str
    message: str
    identity: str
    """Equal for failures that have the same cause. A message may quote what a model said, and differ each time."""
    application_error: ApplicationError | None
    """The error by which the user decides about retries."""
    is_final: bool
    """Whether no attempt can succeed until somebody has changed something."""


def failure_of(error: BaseException, as_failure: AsFailure, recursion_limit: int) -> Failure:
    if isinstance(error, GraphRecursionError):
        message = f"The graph has not finished in {recursion_limit} steps (recursion_limit, over all attempts)."
        return Failure("RecursionLimit", message, message, None, is_final=True)
    if kind := final_kind_of(error):
        return Failure(kind, text_of(error), kind, None, is_final=True)
    found = translate(error, as_failure)
    if isinstance(found, ApplicationError):
        kind, message = encodable(str(found.type or "ApplicationError")), sendable(str(found.message))
        return Failure(kind, message, f"{kind}: {message}", found, is_final=found.non_retryable)
    kind = type(error).__name__
    return Failure(kind, text_of(error), f"{kind} at {raised_at(error)}", None, is_final=False)


def final_kind_of(error: BaseException) -> str:
    """Return the type of the failure for an error of this library after which no attempt can succeed; else ""."""
    if isinstance(error, UnsupportedStopError):
        return error.kind
    kinds = ((UnfitError, "Unfit"), (TooLargeError, "TooLarge"), (LostWorkersError, STUCK))
    return next((kind for known, kind in kinds if isinstance(error, known)), "")


def translate(error: BaseException, as_failure: AsFailure) -> BaseException:
    """Return what the user's `as_failure` makes of an error, or the error itself if that raises."""
    if not isinstance(error, Exception):
        return error
    try:
        return as_failure(error)
    except Exception:  # the code of the user's: its defect must not hide the error of the graph
        log.exception("as_failure raised for %s; the error is handled as an unknown one.", type(error).__name__)
        return error


def to_temporal(
    failure: Failure, record: RetryRecord, step: int, resume: Resume, summary: PhaseSummary | None = None
) -> ApplicationError:
    """Return what this attempt raises to Temporal, which says whether and when the next attempt comes."""
    details = [resume, summary] if summary else [resume]
    if failure.is_final:
        return ApplicationError(failure.message, *details, type=failure.kind, non_retryable=True)
    if failure.application_error is None:
        last = f"{failure.kind}: {failure.message}"
        if record.repeats >= MAX_IDENTICAL_FAILURES:
            stuck = f"The phase failed {record.repeats} times at step {step} without progress. {last}"
            return ApplicationError(stuck, *details, type=STUCK, non_retryable=True)
        if record.fruitless >= MAX_FRUITLESS_ATTEMPTS:
            stuck = f"The phase made no progress in {record.fruitless} attempts at step {step}. {last}"
            return ApplicationError(stuck, *details, type=STUCK, non_retryable=True)
    delay: object = failure.application_error.next_retry_delay if failure.application_error else None
    if not isinstance(delay, timedelta) or not delay:
        delay = retry_delay(record.fruitless)
    return ApplicationError(failure.message, type=failure.kind, next_retry_delay=min(delay, MAX_CHOSEN_DELAY))


def raised_at(error: BaseException) -> str:
    """Return the file and line that raised, which stay the same when the message differs."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown line"


def text_of(error: BaseException) -> str:
    """Return the message of an error, which can be sent; its class may raise where the message is made."""
    try:
        return sendable(str(error))
    except Exception as raised:  # noqa: BLE001 - the code of a class of the user's
        return f"(its message cannot be read: {type(raised).__name__})"


def can_be_sent(error: BaseException | None) -> bool:
    """Return whether an error and its causes can be sent as the cause of a failure."""
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        try:
            if len(str(error).encode()) > MAX_MESSAGE_LENGTH:
                return False
        except Exception:  # noqa: BLE001 - the code of a class of the user's, or a text that UTF-8 cannot hold
            return False
        error = error.__cause__ or error.__context__
    return True


def retry_delay(fruitless_attempts: int) -> timedelta:
    """Return how long the next attempt waits: 1, 2, 4 ... 60 s while attempts make no progress."""
    # The exponent is bounded too: after an outage of an hour the power alone would not fit into a timedelta.
    return min(timedelta(seconds=2 ** min(fruitless_attempts, 10)), MAX_RETRY_DELAY)
