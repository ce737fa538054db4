"""Watches one run until its end."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from temporalio.client import Client

from outlast.orchestration.client.describe import Description, describe
from outlast.orchestration.client.ending import RunEnd, wait_for_end
from outlast.orchestration.client.find import Handle

POLL_INTERVAL_SECONDS = 0.25


class Watch:
    """Watches a run: `async with Watch(client, handle) as watch:`, then `descriptions()` or `wait_for_end()`."""

    def __init__(self, client: Client, handle: Handle) -> None:
        self.client = client
        self.handle = handle

    async def __aenter__(self) -> "Watch":
        self.end = asyncio.create_task(wait_for_end(self.handle))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end.cancel()

    @property
    def is_over(self) -> bool:
        return self.end.done()

    async def now(self) -> Description:
        return await describe(self.client, self.handle)

    async def descriptions(self) -> AsyncIterator[Description]:
        """Yield a description every `POLL_INTERVAL_SECONDS` until the run has ended."""
        while not self.is_over:
            yield await self.now()
            await asyncio.wait([self.end], timeout=POLL_INTERVAL_SECONDS)

    async def wait_for_end(self) -> RunEnd:
        return await self.end
