"""Describes a run at one moment. The server is enough; a worker that answers adds the run's own status."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError

from outlast.orchestration.client.find import Handle
from outlast.orchestration.research.messages import OpenGate, Status

STATUS_QUERY_TIMEOUT = timedelta(seconds=2)
TOO_LARGE_FAILURE_MESSAGE = "Failure exceeds size limit."
"""The server's message in place of a failure that is too large for it."""


@dataclass(frozen=True)
class Attempt:
    """An activity that runs now or waits for its next attempt."""

    phase: str
    number: int
    progress: Mapping[str, Any]
    last_failure: str


@dataclass(frozen=True)
class Description:
    """A run at one moment."""

    execution: WorkflowExecutionDescription
    status: Status | None
    """The result of the query `status`; None if no worker answers."""
    attempts: tuple[Attempt, ...]

    @property
    def gates(self) -> tuple[OpenGate, ...]:
        """The gates that wait for a decision, oldest first."""
        return self.status.gates if self.status and not self.is_over else ()

    @property
    def is_over(self) -> bool:
        return self.execution.status is not WorkflowExecutionStatus.RUNNING

    @property
    def waits(self) -> bool:
        """Whether the run waits at a gate, and nothing else is under way."""
        return not self.is_over and self.status is not None and bool(self.status.gates) and not self.attempts


async def describe(client: Client, handle: Handle) -> Description:
    """Describe a run by what the server knows of it and, if a worker answers, by its own status."""
    execution, status = await asyncio.gather(handle.describe(), query_status(handle))
    attempts: list[Attempt] = []
    for pending in execution.raw_description.pending_activities:
        progress = await progress_of(client, pending)
        failure = failure_message(pending.last_failure) if pending.HasField("last_failure") else ""
        attempts.append(Attempt(pending.activity_type.name, pending.attempt, progress, failure))
    return Description(execution, status, tuple(attempts))


def failure_message(failure: Failure) -> str:
    """Return the message of a failure. The server wraps a failure with a long stack trace in a failure of its own."""
    return (
        failure.cause.message
        if failure.message == TOO_LARGE_FAILURE_MESSAGE and failure.HasField("cause")
        else failure.message
    )


async def progress_of(client: Client, pending: PendingActivityInfo) -> Mapping[str, Any]:
    """Return the first heartbeat detail; an empty mapping if there is none, or if it is not a mapping."""
    details = await client.data_converter.decode(pending.heartbeat_details.payloads)
    return cast("dict[str, Any]", details[0]) if details and isinstance(details[0], dict) else {}


async def query_status(handle: Handle) -> Status | None:
    try:
        return await handle.query("status", result_type=Status, rpc_timeout=STATUS_QUERY_TIMEOUT)
    except RPCError:
        return None  # no worker answers
