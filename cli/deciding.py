"""A decision, from a person to the run's gate."""

import asyncio
import sys
from typing import Any

from rich.console import Console
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from evidence.errors import Permanent
from orchestration.messages import Decision, Outcome

CHOICES = {"a": "approve", "r": "revise", "x": "reject"}


async def send(handle: WorkflowHandle[Any, Outcome], decision: Decision) -> str:
    """What became of the decision, for people; `Permanent` where the run refuses it."""
    try:
        return await handle.execute_update("decide", decision.model_dump(exclude_none=True), result_type=str)
    except WorkflowUpdateFailedError as error:
        said = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise Permanent(said) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Permanent(f"The run {handle.id} has ended: there is nothing to decide.") from None
        raise


async def ask(console: Console) -> Decision:
    """Ask until the answer is one. Cancelled when somebody decides elsewhere."""
    while True:
        console.print("\\[a]pprove, \\[r]evise or \\[x] reject? ", end="")
        line = (await read_line()).strip()
        chosen = CHOICES.get(line[:1].lower())
        if chosen != "revise" and chosen is not None:
            return Decision.model_validate({"decision": chosen})
        if chosen == "revise":
            console.print("What should change? One line, then Enter: ", end="")
            if note := (await read_line()).strip():
                return Decision(decision="revise", note=note)


async def read_line() -> str:
    """A line of the terminal, without a thread that would go on waiting for it after this is cancelled."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    line = sys.stdin.readline()
    if not line:
        raise Permanent("The input ended. Decide with: outlast decide approve|revise|reject")
    return line
