"""Stop an attempt at its next step, when its worker shuts down or its workflow pauses the phase."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from langgraph.runtime import RunControl
from temporalio import activity
from temporalio.exceptions import ApplicationError

Outcome = TypeVar("Outcome")

PAUSE_TIMEOUT = timedelta(seconds=10)
"""How long a step may continue when its phase is paused, so that calls in flight, which are paid for, can finish."""


async def finish_or_drain(working: asyncio.Task[Outcome], control: RunControl) -> Outcome | None:
    """Return the outcome of an attempt; None if its workflow has paused it and it has stopped.

    Other cancellations end it at once: nobody needs an attempt that timed out, was reset or is unknown to the server.
    """
    try:
        await asyncio.wait([working])
    except asyncio.CancelledError:
        pausing = is_pause_requested()
        if pausing:
            control.request_drain("pause")
            with suppress(asyncio.CancelledError):  # the worker's graceful shutdown timeout may be shorter
                await asyncio.wait([working], timeout=PAUSE_TIMEOUT.total_seconds())
        await cancel_and_wait(working)
        if not pausing:
            return working.result()  # raises CancelledError, or the error of an attempt that failed instead
        if (current := asyncio.current_task()) is not None:
            current.uncancel()
        try:
            return working.result()
        except asyncio.CancelledError:
            return None
        except ApplicationError as error:
            if error.non_retryable:
                raise
            return None  # Temporal would not retry it after the cancellation
    return working.result()


async def cancel_and_wait(working: asyncio.Task[Any]) -> None:
    if not working.done():
        working.cancel()
        await asyncio.wait([working])


def is_pause_requested() -> bool:
    """Return whether a workflow paused this phase, which it can start again; without a workflow, it was cancelled."""
    details = activity.cancellation_details()
    if details is None or not activity.info().in_workflow:
        return False
    unwanted = details.not_found or details.timed_out or details.reset
    return details.cancel_requested and not unwanted


async def drain_at_shutdown(control: RunControl) -> None:
    """Stop the graph at its next step when the worker shuts down, so that no call is made twice."""
    await activity.wait_for_worker_shutdown()
    control.request_drain("worker shutdown")
