"""What operators do to a phase in Temporal's UI or command line: they pause, unpause and reset its activity.

The server tells a running attempt only that it is paused or reset. Who did that, and why, is in the description of the
activity, which also shows whether a workflow has cancelled the activity since: the attempt is not told of that.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar, cast

from langgraph.runtime import RunControl
from temporalio import activity
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import AsyncActivityHandle
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError

from ._call_log.phase_summary import one_line
from ._drain import Stop, finish_or_drain
from ._heartbeats import AttemptProgress, Heartbeats
from ._messages import Paused, as_text
from ._spending import COUNTED, handed_over

Outcome = TypeVar("Outcome")

DESCRIBE_TIMEOUT = timedelta(seconds=5)
MAX_REASON_CHARACTERS = 200
RESET = "Reset"
"""The type of the failure of an attempt that an operator reset."""
AT_ONCE = timedelta(milliseconds=1)
"""The delay before the attempt after a pause or a reset; zero would mean Temporal's own delay."""


async def outcome_of(working: asyncio.Task[Outcome], control: RunControl, beats: Heartbeats) -> Outcome | Paused:
    """Return the outcome of an attempt; raise if it fails, or if an operator pauses or resets it."""
    try:
        outcome = await finish_or_drain(working, control, partial(was_reset, beats))
        result = await paused_by(outcome, beats) if isinstance(outcome, Stop) else outcome
    except ApplicationError as failure:
        if beats.by_id:
            await report_by_id(beats.by_id, beats, failure)
        raise
    if beats.by_id:
        await report_by_id(beats.by_id, beats, result)
    return result


async def paused_by(stop: Stop, beats: Heartbeats) -> Paused:
    """Return the result of an attempt that its workflow has stopped; raise if an operator has stopped it.

    An operator may pause or reset the activity, and its workflow may cancel it before it has stopped.
    """
    if stop is not Stop.BY_WORKFLOW:
        described = await describe_activity()
        beats.by_id = handle_by_id() if described.was_reset else None
        if not described.is_cancelled:
            raise stopped_failure(stop, described, beats.progress)
    return Paused(questions=[], checkpoint=as_text(beats.newest_checkpoint), summary=beats.progress.summary())


async def was_reset(beats: Heartbeats) -> bool:
    """Return whether the server refuses the token of this attempt because an operator has reset it.

    A reset gives the attempt that runs the number 1. If it had another number, the server (1.32.0) does not accept its
    token any more: neither heartbeats nor a result nor a failure. It would wait for the heartbeat timeout, and what the
    attempt does meanwhile would be lost. By the activity's id it accepts them all.
    """
    described = await describe_activity()
    beats.by_id = handle_by_id() if described.was_reset else None
    return described.was_reset


def handle_by_id() -> AsyncActivityHandle:
    info = activity.info()
    return activity.client().get_async_activity_handle(
        workflow_id=info.workflow_id or "", run_id=info.workflow_run_id, activity_id=info.activity_id
    )


async def report_by_id(handle: AsyncActivityHandle, beats: Heartbeats, outcome: object) -> NoReturn:
    """End this attempt by the activity's id, because the server refuses its token.

    The id is the same for all attempts, so the server is asked whether this one still runs. The heartbeat before makes
    sure that it does not time out between the question and the report.
    """
    try:
        await beats.beat_by_id()
        if not (await describe_activity()).was_reset:
            raise asyncio.CancelledError
        if isinstance(outcome, ApplicationError):
            await handle.fail(outcome)
        else:
            await handle.complete(outcome)
    except RPCError as error:
        activity.logger.warning("The server does not accept the outcome of a phase that was reset: %s.", error)
        raise asyncio.CancelledError from error
    activity.raise_complete_async()


@dataclass(frozen=True)
class Described:
    """What the server says about this activity besides its task."""

    paused_by: str = ""
    reason: str = ""
    is_cancelled: bool = False
    """Whether the workflow has cancelled the activity."""
    was_reset: bool = False
    """Whether this attempt runs, and has got another number since it began."""
    last_failure: Failure | None = None


async def describe_activity() -> Described:
    """Ask the server about this activity. Without an answer, nothing is known: an attempt does not fail for that.

    The server names neither who paused an activity without a workflow nor why.
    """
    info, client = activity.info(), activity.client()
    try:
        if info.workflow_id is None:
            handle = client.get_activity_handle(info.activity_id, run_id=info.activity_run_id)
            alone = await handle.describe(include_last_failure=True, rpc_timeout=DESCRIBE_TIMEOUT)
            return Described(last_failure=alone.raw_info.last_failure)
        workflow = client.get_workflow_handle(info.workflow_id, run_id=info.workflow_run_id)
        description = await workflow.describe(rpc_timeout=DESCRIBE_TIMEOUT)
    except RPCError as error:
        activity.logger.warning("The server does not describe the activity of the phase: %s.", error)
        return Described()
    for pending in description.raw_description.pending_activities:
        if pending.activity_id == info.activity_id:
            return described_by(pending)
    return Described()


def described_by(pending: PendingActivityInfo) -> Described:
    info, started = activity.info(), pending.last_started_time.ToDatetime(UTC)
    pause = pending.pause_info.rule if pending.pause_info.HasField("rule") else pending.pause_info.manual
    return Described(
        paused_by=one_line(pause.identity, MAX_REASON_CHARACTERS),
        reason=one_line(pause.reason, MAX_REASON_CHARACTERS),
        is_cancelled=pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED,
        was_reset=pending.attempt < info.attempt and started == info.started_time,
        last_failure=pending.last_failure,
    )


def stopped_failure(stop: Stop, described: Described, progress: AttemptProgress) -> ApplicationError:
    """Return the failure of an attempt that an operator stopped, after which Temporal starts the next one when it may.

    Temporal's UI shows the message as the last failure. The failure is benign: it is not logged as an error. It carries
    the progress, because a reset may clear the heartbeats, and with them the count of what was spent.
    """
    if stop is Stop.BY_RESET:
        message = (
            f"Reset by an operator. The next attempt goes on from step {progress.step}, "
            "or from the beginning if the reset cleared the heartbeat details."
        )
    else:
        reason = f" ({described.reason})" if described.reason else ""
        message = (
            f"Paused by {described.paused_by or 'an operator'}{reason}; unpause it to go on from step {progress.step}."
        )
    return ApplicationError(
        message,
        handed_over(progress.as_dict()),
        type=RESET if stop is Stop.BY_RESET else "Paused",
        next_retry_delay=AT_ONCE,
        category=ApplicationErrorCategory.BENIGN,
    )


async def figures_before_reset() -> Mapping[str, Any]:
    """Return what earlier attempts spent whose heartbeats a reset has cleared, or since when the count is known.

    Of an attempt that runs when it is reset, the server keeps the failure. Of a phase that was paused, or that waited
    for its next attempt, it keeps nothing: neither its heartbeat details nor its last failure.
    """
    info = activity.info()
    if info.attempt == 1 and info.current_attempt_scheduled_time == info.scheduled_time:
        return {}  # nothing was before
    failure = (await describe_activity()).last_failure
    if failure and failure.application_failure_info.type == RESET:
        details = await activity.client().data_converter.decode(failure.application_failure_info.details.payloads)
        if details and isinstance(details[0], dict):
            return cast("dict[str, Any]", details[0])
    scheduled = info.current_attempt_scheduled_time
    return {COUNTED: f"since {scheduled:%Y-%m-%d %H:%M} UTC: the server has kept nothing of earlier attempts"}
