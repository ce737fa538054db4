"""A run, as tests speak to it."""

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from outlast.orchestration.research.messages import DecisionResult, Outcome, Status

Handle = WorkflowHandle[Any, Outcome]


async def status(handle: Handle) -> Status:
    return await handle.query("status", result_type=Status)


async def at_gate(handle: Handle, subject: str) -> Status:
    """Wait until the gate of that subject is open."""
    async with asyncio.timeout(60):
        while True:
            seen = await status(handle)
            if any(gate.subject == subject for gate in seen.gates):
                return seen
            await asyncio.sleep(0.02)


async def decide(handle: Handle, decision: Any) -> DecisionResult:
    return await handle.execute_update("decide", decision, result_type=DecisionResult)


async def refusal(handle: Handle, given: Any, update: str = "decide") -> str:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(update, given)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause.message
