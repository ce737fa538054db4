"""What operators do to a phase in Temporal's UI or command line: they pause, unpause and reset its activity.

The server tells a running attempt only that it is paused or reset. Who did that, and why, is in the description of the
activity, which also shows whether a workflow has cancelled the activity since: the attempt is not told of that.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from temporalio import activity
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError

from ._drain import Stop
from ._heartbeats import Heartbeats
from ._messages import Paused, as_text

DESCRIBE_TIMEOUT = timedelta(seconds=5)
MAX_REASON_CHARACTERS = 200
AT_ONCE = timedelta(milliseconds=1)
"""The delay before the attempt after a pause or a reset; zero would mean Temporal's own delay."""


async def paused_by(stop: Stop, beats: Heartbeats) -> Paused:
    """Return the result of an attempt that its workflow has stopped; raise if an operator has stopped it.

    An operator may pause or reset the activity, and its workflow may cancel it before it has stopped.
    """
    if stop is not Stop.BY_WORKFLOW and not (described := await describe_activity()).is_cancelled:
        raise_stopped(stop, described, beats.progress.step)
    return Paused(questions=[], checkpoint=as_text(beats.newest_checkpoint))


@dataclass(frozen=True)
class Described:
    """What the server says about this activity besides its task."""

    paused_by: str = ""
    reason: str = ""
    is_cancelled: bool = False
    """Whether the workflow has cancelled the activity."""


async def describe_activity() -> Described:
    """Ask the server about this activity. Without an answer, nothing is known: an attempt does not fail for that.

    The server names neither who paused an activity without a workflow nor why.
    """
    info = activity.info()
    if info.workflow_id is None:
        return Described()
    handle = activity.client().get_workflow_handle(info.workflow_id, run_id=info.workflow_run_id)
    try:
        description = await handle.describe(rpc_timeout=DESCRIBE_TIMEOUT)
    except RPCError as error:
        activity.logger.warning("The server does not say who stopped the phase: %s.", error)
        return Described()
    for pending in description.raw_description.pending_activities:
        if pending.activity_id == info.activity_id:
            return described_by(pending)
    return Described()


def described_by(pending: PendingActivityInfo) -> Described:
    pause = pending.pause_info.rule if pending.pause_info.HasField("rule") else pending.pause_info.manual
    return Described(
        paused_by=one_line(pause.identity),
        reason=one_line(pause.reason),
        is_cancelled=pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED,
    )


def raise_stopped(stop: Stop, described: Described, step: int) -> NoReturn:
    """Fail this attempt, which an operator stopped, so that Temporal starts the next one when the operator wants it.

    Temporal's UI shows the message as the last failure. The failure is benign: it is not logged as an error.
    """
    if stop is Stop.BY_RESET:
        message = (
            f"Reset by an operator. The next attempt goes on from step {step}, "
            "or from the beginning if the reset cleared the heartbeat details."
        )
    else:
        reason = f" ({described.reason})" if described.reason else ""
        message = f"Paused by {described.paused_by or 'an operator'}{reason}; unpause it to go on from step {step}."
    raise ApplicationError(
        message,
        type="Reset" if stop is Stop.BY_RESET else "Paused",
        next_retry_delay=AT_ONCE,
        category=ApplicationErrorCategory.BENIGN,
    )


def one_line(text: str) -> str:
    """Return text from outside in one printable line of bounded length."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:MAX_REASON_CHARACTERS]
