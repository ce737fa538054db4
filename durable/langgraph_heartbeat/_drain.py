"""How an attempt comes to rest: at its next step, when its worker goes away or its workflow wants it to pause."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from langgraph.runtime import RunControl
from temporalio import activity
from temporalio.exceptions import ApplicationError

Outcome = TypeVar("Outcome")

PAUSE_TIMEOUT = timedelta(seconds=10)
"""So long a step may go on when its phase is told to pause: the paid calls that are in flight come home."""


async def finish_or_drain(working: asyncio.Task[Outcome], control: RunControl) -> Outcome | None:
    """What an attempt comes to; None where its workflow has told it to pause, and it has come to rest.

    Other cancellations end it at once: an attempt that timed out, was reset or is not known any more is not wanted.
    """
    try:
        await asyncio.wait([working])
    except asyncio.CancelledError:
        pausing = is_pause_requested()
        if pausing:
            control.request_drain("pause")
            with suppress(asyncio.CancelledError):  # the worker's own grace may be shorter
                await asyncio.wait([working], timeout=PAUSE_TIMEOUT.total_seconds())
        await cancel_and_wait(working)
        if not pausing:
            return working.result()  # it raises: that it was cancelled, or why it could not be
        if (current := asyncio.current_task()) is not None:
            current.uncancel()
        try:
            return working.result()
        except asyncio.CancelledError:
            return None
        except ApplicationError as error:
            if error.non_retryable:
                raise
            return None  # no attempt would come after this one
    return working.result()


async def cancel_and_wait(working: asyncio.Task[Any]) -> None:
    if not working.done():
        working.cancel()
        await asyncio.wait([working])


def is_pause_requested() -> bool:
    """A workflow hears of it and can start the phase again. An activity that stands alone is cancelled for good."""
    details = activity.cancellation_details()
    if details is None or not activity.info().in_workflow:
        return False
    unwanted = details.not_found or details.timed_out or details.reset
    return details.cancel_requested and not unwanted


async def drain_at_shutdown(control: RunControl) -> None:
    """When the worker is told to stop, the graph stops at its next step, and nothing is done twice."""
    await activity.wait_for_worker_shutdown()
    control.request_drain("worker shutdown")
