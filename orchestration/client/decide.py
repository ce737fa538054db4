"""A decision sent to the gate of a run, and a change of its budget: updates, which the run answers."""

import asyncio
import os
import pwd
import socket
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from outlast.evidence.budget import Budget
from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.find import Handle
from outlast.orchestration.embedded.supervisor import ProcessFiles
from outlast.orchestration.research.messages import (
    Decision,
    DecisionResult,
    SteeringResult,
    accept_steering,
    validate_message,
)
from outlast.orchestration.settings import Settings

UPDATE_TIMEOUT = timedelta(seconds=30)
LIMITS_FORMAT = "Name one limit or more, each above 0: usd, tokens, calls, searches, seconds."
"""For those who call this from Python or type it at a terminal; what is sent from the UI is JSON."""

Answer = TypeVar("Answer")


async def decide(handle: Handle, decision: Decision, settings: Settings) -> DecisionResult:
    """Decide at the gate where the run waits; signed by whoever runs this, unless somebody has signed.

    Raises `Permanent` where the run refuses it or has ended, `NeedsOperator` where no worker answers.
    """
    signed = decision.model_copy(update={"by": decision.by or current_user()})
    return await send_update(handle, "decide", signed.model_dump(exclude_none=True), DecisionResult, settings)


async def steer(handle: Handle, budget: Budget, settings: Settings, *, at_once: bool = False) -> SteeringResult:
    """Change what the run may spend: each limit that `budget` names takes the place of the one before.

    `at_once`: phases under way take it up too. Raises as `decide` does.
    """
    given = {"budget": dict(budget.limits()), "at_once": at_once}
    validate_message(partial(accept_steering, accepted=LIMITS_FORMAT), given)
    return await send_update(handle, "steer", given, SteeringResult, settings)


async def send_update(
    handle: Handle, name: str, given: dict[str, Any], answer: type[Answer], settings: Settings
) -> Answer:
    """What the run answers to the update."""
    try:
        return await handle.execute_update(name, given, result_type=answer, rpc_timeout=UPDATE_TIMEOUT)
    except WorkflowUpdateFailedError as error:
        refusal = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise Permanent(refusal) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from None  # the client makes one error of Ctrl-C and of silence
        raise no_worker_answers(settings) from None
    except ValueError:
        raise NeedsOperator(
            f"The run {handle.id} has taken it, and answers as another version of Outlast does.",
            f"Look with `{shell_command('show', handle.id)}`, and start the worker anew.",
        ) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Permanent(f"The run {handle.id} has ended: there is nothing to {name}.") from None
        if "Workflow Task in failed state" in str(error):
            raise Permanent(
                f"The run {handle.id} cannot go on; `{shell_command('show', handle.id)}` may say why."
            ) from None
        if error.status in {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
            raise no_worker_answers(settings) from None
        raise


def no_worker_answers(settings: Settings) -> NeedsOperator:
    """A folder's own worker comes by itself: nobody need start another."""
    if settings.temporal() is None:
        log = ProcessFiles(settings.home).log("worker")
        return NeedsOperator(
            "The worker of this folder does not answer: it is still starting, or busy.",
            f"Try again in a moment; its log is {log}.",
        )
    return NeedsOperator("No worker answers.", f"Start one: {shell_command('worker')}")


def current_user() -> str:
    """Who sits at this terminal, such as "anna@laptop": a history then says who has decided."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run with a number that has no name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
