"""A decision, from a person to the run's gate."""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from langgraph_heartbeat import Question
from rich.console import Console
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from outlast.cli.person import person
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.orchestration.research.gates import ACCEPTED
from outlast.orchestration.research.messages import Decision, Gate, OpenGate, Outcome

KEYS = {"a": "approve", "r": "revise", "x": "reject", "t": "retry", "s": "stop"}
PATIENCE = timedelta(seconds=30)
PROMPTS: dict[Gate, str] = {
    "plan": "[a]pprove, [r]evise or [x] reject? ",
    "report": "[a]pprove, [r]evise or [x] reject? ",
    "operator": "[t] try again or [s]top? ",
}


async def send(handle: WorkflowHandle[Any, Outcome], decision: Decision) -> str:
    """What became of the decision, for people; `Permanent` where the run refuses it."""
    signed = decision.model_copy(update={"by": decision.by or person()})
    return await update(handle, "decide", signed.model_dump(exclude_none=True))


async def update(handle: WorkflowHandle[Any, Outcome], name: str, given: dict[str, Any]) -> str:
    """What the run says to the update; `Permanent` where it refuses it."""
    try:
        return await handle.execute_update(name, given, result_type=str, rpc_timeout=PATIENCE)
    except WorkflowUpdateFailedError as error:
        said = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise Permanent(said) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from None  # the client makes one error of Ctrl-C and of silence
        raise nobody_answers() from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Permanent(f"The run {handle.id} has ended: there is nothing to {name}.") from None
        if "Workflow Task in failed state" in str(error):
            raise Permanent(f"The run {handle.id} cannot go on; `outlast show {handle.id}` may say why.") from None
        if error.status in {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
            raise nobody_answers() from None
        raise


def nobody_answers() -> NeedsOperator:
    return NeedsOperator("No worker answers.", "Start one: outlast worker")


async def ask(console: Console, gate: OpenGate) -> Decision:
    """Ask until the answer is one. Cancelled when somebody decides elsewhere."""
    if gate.questions:
        return await ask_questions(console, gate.questions)
    while True:
        console.print(PROMPTS[gate.gate], end="")
        line = (await read_line()).strip()
        chosen = KEYS.get(line.lower(), line.lower())
        if chosen in ACCEPTED[gate.gate] and chosen != "revise":
            return Decision.model_validate({"decision": chosen})
        if chosen in ACCEPTED[gate.gate]:
            console.print("What should change? One line, then Enter: ", end="")
            if note := (await read_line()).strip():
                return Decision(decision="revise", note=note)


async def ask_questions(console: Console, questions: Sequence[Question]) -> Decision:
    answers: dict[str, Any] = {}
    for question in questions:
        console.print(f"{question.value} (JSON, or plain text): ", end="")
        answers[question.id] = value_of((await read_line()).strip())
    return Decision(decision="answer", answers=answers)


def value_of(typed: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(typed)
    except ValueError:
        return typed


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
