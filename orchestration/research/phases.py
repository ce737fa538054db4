"""The table of the phases of a run. The workflow knows these rows; worker.py gives each row its graph.

`collect` and `publish` are rows of the same table, but have no graph: each is a plain activity.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel

from outlast.evidence.report import Draft, Findings, Plan
from outlast.orchestration.research.phase_io import (
    CollectRequest,
    CollectResult,
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    PublishResult,
    VerifyRequest,
    WriteRequest,
)

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)


@dataclass(frozen=True)
class Phase(Generic[Request, Result]):
    """One stage of a run and its activity type, with the types and timeouts of that activity."""

    name: str
    """The activity type, as Temporal's UI shows it."""
    request: type[Request]
    result: type[Result]
    attempt_limit: timedelta = timedelta(hours=2)
    heartbeat: timedelta = timedelta(seconds=15)


COLLECT = Phase("collect", CollectRequest, CollectResult, attempt_limit=timedelta(minutes=10))
PLAN = Phase("plan", PlanRequest, Plan)
INVESTIGATE = Phase("investigate", InvestigateRequest, Findings)
WRITE = Phase("write", WriteRequest, Draft)
VERIFY = Phase("verify", VerifyRequest, Draft)
PUBLISH = Phase("publish", PublishRequest, PublishResult, attempt_limit=timedelta(minutes=10))
