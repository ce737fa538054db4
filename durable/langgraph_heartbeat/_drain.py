"""Stop an attempt at its next step: its worker shuts down, its workflow pauses the phase, or an operator does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from langgraph.runtime import RunControl
from temporalio import activity
from temporalio.exceptions import ApplicationError

Outcome = TypeVar("Outcome")

HANDOVER = "Handover"
"""The type of the failure of an attempt that stopped at a step, so that another attempt goes on from there."""
PAUSE_TIMEOUT = timedelta(seconds=10)
"""How long a step may continue when its phase is paused, so that calls in flight, which are paid for, can finish."""


class Stop(Enum):
    """Who told a running attempt to stop at its next step."""

    BY_WORKFLOW = "workflow"
    """The workflow cancelled the activity, and can start the phase again from its checkpoint."""
    BY_PAUSE = "pause"
    """An operator paused the activity. Temporal starts the next attempt when it is unpaused."""
    BY_RESET = "reset"
    """An operator reset the activity. Temporal starts the next attempt at once, with or without the heartbeats."""


async def finish_or_drain(
    working: asyncio.Task[Outcome], control: RunControl, was_reset: Callable[[], Awaitable[bool]]
) -> Outcome | Stop:
    """Return the outcome of an attempt, or who told it to stop before it had one.

    Other cancellations end it at once: nobody needs an attempt that timed out or is unknown to the server. `was_reset`
    asks whether it is unknown only because it was reset. An error of the graph itself is raised unless the workflow has
    cancelled the activity, whose failure Temporal would not retry.
    """
    try:
        await asyncio.wait([working])
    except asyncio.CancelledError:
        stop = None
        with suppress(asyncio.CancelledError):  # the worker's graceful shutdown timeout may be shorter
            stop = requested_stop()
            if stop is None and is_unknown():
                control.request_drain(Stop.BY_RESET.value)  # no step begins until the answer comes
                stop = Stop.BY_RESET if await was_reset() else None
            if stop is not None:
                control.request_drain(stop.value)
                await asyncio.wait([working], timeout=PAUSE_TIMEOUT.total_seconds())
        was_cut_off = not working.done()
        await cancel_and_wait(working)
        if stop is None:
            return working.result()  # raises CancelledError, or the error of an attempt that failed instead
        if (current := asyncio.current_task()) is not None:
            current.uncancel()
        try:
            return working.result()
        except asyncio.CancelledError:
            return stop
        except ApplicationError as error:
            # A node may turn the cancellation at the end of the timeout into an error of its own.
            of_graph = error.type != HANDOVER and not was_cut_off
            if error.non_retryable or (of_graph and stop is not Stop.BY_WORKFLOW):
                raise
            return stop
    return working.result()


async def cancel_and_wait(working: asyncio.Task[Any]) -> None:
    if not working.done():
        working.cancel()
        await asyncio.wait([working])


def is_being_cancelled() -> bool:
    """Return whether the current task was cancelled: an error that it raises then may be what a node made of that."""
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def requested_stop() -> Stop | None:
    """Return who told this attempt to stop, so that a later attempt can go on; None if nobody did, or it is over.

    Without a workflow, a cancellation is final.
    """
    details = activity.cancellation_details()
    if details is None or details.not_found or details.timed_out:
        return None
    if details.reset:
        return Stop.BY_RESET
    if details.paused:
        return Stop.BY_PAUSE
    return Stop.BY_WORKFLOW if details.cancel_requested and activity.info().in_workflow else None


def is_unknown() -> bool:
    """Return whether the server does not accept the token of this attempt: another attempt runs, or it was reset."""
    details = activity.cancellation_details()
    return details is not None and details.not_found


async def drain_at_shutdown(control: RunControl) -> None:
    """Stop the graph at its next step when the worker shuts down, so that no call is made twice."""
    await activity.wait_for_worker_shutdown()
    control.request_drain("worker shutdown")
