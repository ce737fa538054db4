"""Sends decisions and budget changes to a run, as updates whose results come back."""

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
from outlast.orchestration.embedded.process_files import ProcessFiles
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
"""The format for callers in Python and at a terminal. In Temporal's UI people send JSON: `STEERING_FORMAT`."""

UpdateResult = TypeVar("UpdateResult")


async def decide(handle: Handle, decision: Decision, settings: Settings) -> DecisionResult:
    """Decide at the gate where the run waits. A decision without a `by` gets the current user's name.

    Raises `Permanent` if the run refuses it or has ended, `NeedsOperator` if no worker answers.
    """
    signed = decision.model_copy(update={"by": decision.by or current_user()})
    return await send_update(handle, "decide", signed.model_dump(exclude_none=True), DecisionResult, settings)


async def steer(handle: Handle, budget: Budget, settings: Settings, *, at_once: bool = False) -> SteeringResult:
    """Change the budget of the run: replace each limit that `budget` names.

    `at_once`: phases under way use the new budget too. Raises the same errors as `decide`.
    """
    message = {"budget": dict(budget.limits()), "at_once": at_once}
    validate_message(partial(accept_steering, accepted=LIMITS_FORMAT), message)
    return await send_update(handle, "steer", message, SteeringResult, settings)


async def send_update(
    handle: Handle, name: str, message: dict[str, Any], result_type: type[UpdateResult], settings: Settings
) -> UpdateResult:
    """Send an update, and return its result."""
    try:
        return await handle.execute_update(name, message, result_type=result_type, rpc_timeout=UPDATE_TIMEOUT)
    except WorkflowUpdateFailedError as error:
        refusal = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise Permanent(refusal) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from None  # the SDK raises the same error for Ctrl-C and for a timeout
        raise no_worker_answers(settings) from None
    except ValueError:
        raise NeedsOperator(
            f"The run {handle.id} has accepted it, but its worker answers in the format of another version of Outlast.",
            f"Check with `{shell_command('show', handle.id)}`, and restart the worker.",
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
    """Return the error for a worker that is silent. An embedded worker starts by itself, so it does not ask for one."""
    if settings.temporal() is None:
        log = ProcessFiles(settings.home).log("worker")
        return NeedsOperator(
            "The worker of this folder does not answer: it is still starting, or busy.",
            f"Try again in a moment; its log is {log}.",
        )
    return NeedsOperator("No worker answers.", f"Start one: {shell_command('worker')}")


def current_user() -> str:
    """Return the user and the machine, such as "anna@laptop", so that a history says who has decided."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run with a user id that has no name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
