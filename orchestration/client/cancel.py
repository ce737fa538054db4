"""A run ended by a person. Its phases stop; what it has made stays in its history."""

import asyncio
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.evidence.text import command
from outlast.orchestration.client.decide import no_worker_answers, person
from outlast.orchestration.client.ending import RunEnd, end_of
from outlast.orchestration.client.find import Handle
from outlast.orchestration.settings import Settings

PATIENCE = timedelta(seconds=60)
"""A worker that is alive stops a phase within seconds; one that is dead is noticed by its silence."""
LONGEST_REASON = 1_000


async def cancel(handle: Handle, settings: Settings, reason: str = "") -> RunEnd:
    """Cancel the run and wait for its end, which may be another one, where the run was quicker.

    Raises `Permanent` where it has ended already or the reason is too long, `NeedsOperator` where no worker answers.
    """
    refuse_long(reason)
    if (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING:
        raise Permanent(f"The run {handle.id} has ended already: {command('show', handle.id)}")
    await handle.cancel(reason=f"{reason} ({person()})" if reason else person())
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await end_of(handle)
    except TimeoutError:
        raise NeedsOperator(f"The run {handle.id} is told to stop.", str(no_worker_answers(settings))) from None


def refuse_long(reason: str) -> None:
    """`Permanent` where the server would not keep all of it."""
    if len(reason) > LONGEST_REASON:
        raise Permanent(f"The reason has {len(reason)} characters; at most {LONGEST_REASON} are kept. Shorten it.")
