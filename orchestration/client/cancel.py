"""Cancels a run. Its phases stop; what it has made stays in its history."""

import asyncio
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import shell_command
from outlast.orchestration.client.decide import current_user, no_worker_answers
from outlast.orchestration.client.ending import RunEnd, wait_for_end
from outlast.orchestration.client.find import Handle
from outlast.orchestration.settings import Settings

CANCEL_TIMEOUT = timedelta(seconds=60)
"""A living worker stops a phase within seconds; a dead one is noticed when its heartbeats stay away."""
MAX_REASON_CHARACTERS = 1_000


async def cancel(handle: Handle, settings: Settings, reason: str = "") -> RunEnd:
    """Cancel the run and return its end, which is another one if the run ended by itself meanwhile.

    Raises `Permanent` if it had ended already or the reason is too long, `NeedsOperator` if no worker answers.
    """
    refuse_long_reason(reason)
    if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
        raise Permanent(f"The run {handle.id} has ended already: {shell_command('show', handle.id)}")
    await handle.cancel(reason=f"{reason} ({current_user()})" if reason else current_user())
    try:
        async with asyncio.timeout(CANCEL_TIMEOUT.total_seconds()):
            return await wait_for_end(handle)
    except TimeoutError:
        raise NeedsOperator(
            f"The run {handle.id} was asked to stop, and has not stopped yet.", str(no_worker_answers(settings))
        ) from None


def refuse_long_reason(reason: str) -> None:
    """Raise `Permanent` if the reason is longer than the server keeps."""
    if len(reason) > MAX_REASON_CHARACTERS:
        raise Permanent(f"The reason has {len(reason)} characters; the maximum is {MAX_REASON_CHARACTERS}. Shorten it.")
