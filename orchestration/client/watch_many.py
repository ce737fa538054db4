"""Watches several runs in parallel until the last has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from temporalio.client import Client

from outlast.orchestration.client.describe import Description, describe
from outlast.orchestration.client.ending import RunEnd, wait_for_end
from outlast.orchestration.client.find import Handle
from outlast.orchestration.client.watch_one import POLL_INTERVAL_SECONDS


async def watch_many(
    client: Client, handles: Sequence[Handle], on_end: Callable[[Handle, RunEnd], None]
) -> AsyncIterator[Sequence[Description]]:
    """Yield the descriptions of all runs, in the order of `handles`, until all have ended, and once more after that.

    `on_end` is called for each run when it ends.
    """

    async def report_end(handle: Handle) -> None:
        on_end(handle, await wait_for_end(handle))

    all_ends = asyncio.gather(*(report_end(handle) for handle in handles))
    try:
        is_last = False
        while not is_last:
            is_last = all_ends.done()
            yield await asyncio.gather(*(describe(client, handle) for handle in handles))
            await asyncio.wait([all_ends], timeout=POLL_INTERVAL_SECONDS)
        await all_ends
    finally:
        all_ends.cancel()
