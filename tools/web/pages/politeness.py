"""One request at a time to a host, and a pause before the next one."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from cachetools import LRUCache

MAX_HOSTS = 1_000
"""Beyond so many, those that were asked longest ago are forgotten: their pauses are over long since."""


class HostTurns:
    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Of the hosts that somebody has, or waits for: who does holds the lock in a variable."""
        self._last_used: LRUCache[str, float] = LRUCache(MAX_HOSTS)

    @asynccontextmanager
    async def turn(self, name: str, pause: timedelta, *, counts: bool = True) -> AsyncGenerator[None]:
        """The host is one's own inside. Waits until `pause` has passed since the last turn that counts ended."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            last_used = self._last_used.get(name, float("-inf"))
            await asyncio.sleep(last_used + pause.total_seconds() - time.monotonic())
            try:
                yield
            finally:
                if counts:
                    self._last_used[name] = time.monotonic()
