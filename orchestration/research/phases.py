"""The phases of a run, as a table. The workflow knows these rows; worker.py gives each its graph.

`collect` and `publish` have no graph; they are rows of the same table.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel
from temporalio.common import RetryPolicy

from outlast.evidence.report import Draft, Findings, Plan
from outlast.orchestration.research.phase_io import (
    Collected,
    Collecting,
    Investigation,
    Planning,
    Publication,
    Published,
    Verification,
    Writing,
)

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


def patient() -> RetryPolicy:
    """Retries without an end: what can never succeed says so itself, by a failure that is not retryable."""
    # An attempt that fails says itself when the next one comes; one that dies has most likely made progress.
    return RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=1.0)


@dataclass(frozen=True)
class Phase(Generic[Request, Result]):
    """One stage of a run: one activity type, named as the UI shows it."""

    name: str
    request: type[Request]
    result: type[Result]
    attempt_limit: timedelta = timedelta(hours=2)
    heartbeat: timedelta = timedelta(seconds=15)
    retry: RetryPolicy = field(default_factory=patient)


COLLECT = Phase("collect", Collecting, Collected, attempt_limit=timedelta(minutes=10))
PLAN = Phase("plan", Planning, Plan)
INVESTIGATE = Phase("investigate", Investigation, Findings)
WRITE = Phase("write", Writing, Draft)
VERIFY = Phase("verify", Verification, Draft)
PUBLISH = Phase("publish", Publication, Published, attempt_limit=timedelta(minutes=10))
