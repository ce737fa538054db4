"""The queue of an engine: how often it may be asked, and whether a search still waits for its turn."""

import asyncio
import math
from contextvars import ContextVar
from datetime import timedelta


class RateLimiter:
    """Allows one request per `interval`, in the order of arrival. A caller that is cancelled leaves no gap."""

    def __init__(self, interval: timedelta) -> None:
        self._seconds = interval.total_seconds()
        self._next = -math.inf  # "never yet": 0.0 may be in the future of a loop's clock
        self._head = asyncio.Lock()  # held by the first in the queue, which alone waits for the next interval

    async def acquire(self) -> None:
        """Wait until the next request is allowed."""
        time = asyncio.get_running_loop().time
        async with self._head:
            await asyncio.sleep(max(0.0, self._next - time()))
            self._next = time() + self._seconds


class Turn:
    """Whether one search of one engine waits in the queue. An engine without a queue is asked immediately."""

    def __init__(self) -> None:
        self._come = asyncio.Event()
        self._come.set()

    @property
    def is_waiting(self) -> bool:
        return not self._come.is_set()

    def start_waiting(self) -> None:
        self._come.clear()

    def stop_waiting(self) -> None:
        self._come.set()

    async def wait(self) -> None:
        """Wait until the search does not wait in the queue any more."""
        await self._come.wait()


CURRENT_TURN: ContextVar[Turn | None] = ContextVar("current_turn", default=None)
"""The turn of the search that this task makes. `Engines` sets it and waits for it; `EngineHttpClient` updates it."""
