"""What is known about a run at one moment, without asking a worker where none is there."""

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
"""What the server says in the place of a failure that is too large for it."""


@dataclass(frozen=True)
class Attempt:
    """An activity that runs now, or waits to be tried again."""

    phase: str
    number: int
    progress: Mapping[str, Any]
    last_failure: str


@dataclass(frozen=True)
class Description:
    """A run at one moment. `status` is None where no worker answers."""

    execution: WorkflowExecutionDescription
    status: Status | None
    attempts: tuple[Attempt, ...]

    @property
    def gates(self) -> tuple[OpenGate, ...]:
        """Those that wait for a decision, oldest first."""
        return self.status.gates if self.status and not self.is_over else ()

    @property
    def is_over(self) -> bool:
        return self.execution.status is not WorkflowExecutionStatus.RUNNING

    @property
    def waits(self) -> bool:
        """At a gate, with nothing else under way."""
        return not self.is_over and self.status is not None and bool(self.status.gates) and not self.attempts


async def describe(client: Client, handle: Handle) -> Description:
    """What the server knows and, where a worker answers, what the run says of itself."""
    execution, status = await asyncio.gather(handle.describe(), query_status(handle))
    attempts: list[Attempt] = []
    for pending in execution.raw_description.pending_activities:
        progress = await progress_of(client, pending)
        failure = failure_message(pending.last_failure) if pending.HasField("last_failure") else ""
        attempts.append(Attempt(pending.activity_type.name, pending.attempt, progress, failure))
    return Description(execution, status, tuple(attempts))


def failure_message(failure: Failure) -> str:
    """Its message. One with many frames behind it is cut by the server, and put under a failure of its own."""
    return (
        failure.cause.message
        if failure.message == TOO_LARGE_FAILURE_MESSAGE and failure.HasField("cause")
        else failure.message
    )


async def progress_of(client: Client, pending: PendingActivityInfo) -> Mapping[str, Any]:
    """The first heartbeat detail; empty where there is none, or one of another shape."""
    details = await client.data_converter.decode(pending.heartbeat_details.payloads)
    return cast("dict[str, Any]", details[0]) if details and isinstance(details[0], dict) else {}


async def query_status(handle: Handle) -> Status | None:
    try:
        return await handle.query("status", result_type=Status, rpc_timeout=STATUS_QUERY_TIMEOUT)
    except RPCError:
        return None  # no worker: the run waits, and so does its answer
