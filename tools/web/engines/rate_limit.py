"""An engine's own queue: how often it may be asked, and whether a search still waits there for its turn."""

import asyncio
import math
from contextvars import ContextVar
from datetime import timedelta


class RateLimiter:
    """At most one request an `interval`, in the order in which they come. Who gives up waiting leaves no gap."""

    def __init__(self, interval: timedelta) -> None:
        self._seconds = interval.total_seconds()
        self._next = -math.inf  # at once: 0.0 is some moment or other of a loop's clock
        self._head = asyncio.Lock()  # the first in the queue has it, and alone takes a moment of the engine's

    async def acquire(self) -> None:
        time = asyncio.get_running_loop().time
        async with self._head:
            await asyncio.sleep(max(0.0, self._next - time()))
            self._next = time() + self._seconds


class Turn:
    """Whether one search of one engine waits in the queue. An engine without a queue is asked at once."""

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
        await self._come.wait()


CURRENT_TURN: ContextVar[Turn | None] = ContextVar("TURN", default=None)
"""Of the search that this task makes: set by who wants to know how long it queues, told by who keeps the queue."""
