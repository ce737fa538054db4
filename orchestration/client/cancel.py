"""A run ended by a person. Its phases stop; what it has made stays in its history."""

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
"""A worker that is alive stops a phase within seconds; one that is dead is noticed by its silence."""
MAX_REASON_CHARACTERS = 1_000


async def cancel(handle: Handle, settings: Settings, reason: str = "") -> RunEnd:
    """Cancel the run and wait for its end, which may be another one, where the run was quicker.

    Raises `Permanent` where it has ended already or the reason is too long, `NeedsOperator` where no worker answers.
    """
    refuse_long_reason(reason)
    if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
        raise Permanent(f"The run {handle.id} has ended already: {shell_command('show', handle.id)}")
    await handle.cancel(reason=f"{reason} ({current_user()})" if reason else current_user())
    try:
        async with asyncio.timeout(CANCEL_TIMEOUT.total_seconds()):
            return await wait_for_end(handle)
    except TimeoutError:
        raise NeedsOperator(f"The run {handle.id} is told to stop.", str(no_worker_answers(settings))) from None


def refuse_long_reason(reason: str) -> None:
    """`Permanent` where the server would not keep all of it."""
    if len(reason) > MAX_REASON_CHARACTERS:
        raise Permanent(
            f"The reason has {len(reason)} characters; at most {MAX_REASON_CHARACTERS} are kept. Shorten it."
        )
