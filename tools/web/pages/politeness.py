"""Politeness towards hosts: one request at a time to a host, and a pause before the next one."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from cachetools import LRUCache

MAX_HOSTS = 1_000
"""The maximum number of remembered hosts. The hosts used longest ago are forgotten: their pauses have long passed."""


class HostTurns:
    """The turns of the tasks that send requests to the same host."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """The locks of hosts in use. Each task that holds or awaits a lock keeps it alive in a variable."""
        self._last_used: LRUCache[str, float] = LRUCache(MAX_HOSTS)

    @asynccontextmanager
    async def turn(self, host: str, pause: timedelta, *, counts: bool = True) -> AsyncGenerator[None]:
        """Hold the host exclusively in this block, which begins `pause` after the end of the last turn that counts."""
        lock = self._locks.setdefault(host, asyncio.Lock())
        async with lock:
            last_used = self._last_used.get(host, float("-inf"))
            await asyncio.sleep(last_used + pause.total_seconds() - time.monotonic())
            try:
                yield
            finally:
                if counts:
                    self._last_used[host] = time.monotonic()
