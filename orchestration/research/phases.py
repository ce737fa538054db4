"""The phases of a run, as a table. The workflow knows these rows; worker.py gives each its graph.

`collect` and `publish` have no graph; they are rows of the same table.
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
    """One stage of a run: one activity type, named as the UI shows it."""

    name: str
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
