"""Several runs, followed side by side until the last has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from temporalio.client import Client

from outlast.orchestration.client.describe import Description, describe
from outlast.orchestration.client.ending import RunEnd, end_of
from outlast.orchestration.client.find import Handle
from outlast.orchestration.client.watch_one import INTERVAL_SECONDS


async def watch_many(
    client: Client, handles: Sequence[Handle], on_end: Callable[[Handle, RunEnd], None]
) -> AsyncIterator[Sequence[Description]]:
    """All of them at one moment after the other, in the order of `handles`; the last moment is after the last end.

    `on_end` is called for each when it ends.
    """

    async def ending(handle: Handle) -> None:
        on_end(handle, await end_of(handle))

    everything = asyncio.gather(*(ending(handle) for handle in handles))
    try:
        is_last = False
        while not is_last:
            is_last = everything.done()
            yield await asyncio.gather(*(describe(client, handle) for handle in handles))
            await asyncio.wait([everything], timeout=INTERVAL_SECONDS)
        await everything
    finally:
        everything.cancel()
