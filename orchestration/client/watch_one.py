"""One run, followed to its end."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from temporalio.client import Client

from outlast.orchestration.client.describe import Description, describe
from outlast.orchestration.client.ending import RunEnd, end_of
from outlast.orchestration.client.find import Handle

INTERVAL_SECONDS = 0.25


class Watch:
    """`async with Watch(client, handle) as watch:`, and then moment after moment, or the end."""

    def __init__(self, client: Client, handle: Handle) -> None:
        self.client = client
        self.handle = handle

    async def __aenter__(self) -> "Watch":
        self.end = asyncio.create_task(end_of(self.handle))
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

    async def moments(self) -> AsyncIterator[Description]:
        """The run at one moment after the other, until it has ended."""
        while not self.is_over:
            yield await self.now()
            await asyncio.wait([self.end], timeout=INTERVAL_SECONDS)

    async def ended(self) -> RunEnd:
        return await self.end
