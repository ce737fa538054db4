"""Publish the newest content after a change: at once, or when the interval since the last publication is over.

The interval is at least the worker's heartbeat throttle, because content that is encoded more often would never be
sent. Large content is published less often, because it costs this process and the server time by its bytes.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

BYTES_PER_SECOND = 2_500_000
"""How many bytes one phase sends at most. Sent every 20 ms, 250 KB cost a third of a processor core here and at a dev
server; at this pace they cost a tenth."""


class Coalescer:
    """Merges changes into publications. It calls `publish()` on its own event loop with the lock held.

    `publish` must not block. Changes may come from any thread: LangGraph runs sync nodes, and their saves, in threads.
    """

    def __init__(self, publish: Callable[[], None], interval: timedelta) -> None:
        self._publish, self._min_interval = publish, interval.total_seconds()
        self.interval_seconds = self._min_interval
        self._loop, self._lock = asyncio.get_running_loop(), threading.RLock()
        self._due, self._closed = False, False
        self._last = -math.inf  # never: the clock of a loop may begin near zero, and 0.0 would then mean "just now"
        self.step: int | None = None
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""

    @contextmanager
    def change(self) -> Generator[None]:
        with self._lock:
            yield
            first, self._due = not self._due, True
        if first:
            self._loop.call_soon_threadsafe(self._schedule)

    def flush(self) -> None:
        """Publish the changes that have not been published. Call it on the event loop."""
        with self._lock:
            if self._due and not self._closed:
                self._due, self._last = False, self._loop.time()
                self._publish()

    def pace(self, size_bytes: int) -> None:
        """Choose the time until the next publication by the size of the last one."""
        self.interval_seconds = max(self._min_interval, size_bytes / BYTES_PER_SECOND)

    def close(self) -> None:
        """Publish nothing from now on, because the attempt is over."""
        self._closed = True

    def _schedule(self) -> None:
        wait = self._last + self.interval_seconds - self._loop.time()
        if wait > 0:
            self._loop.call_later(wait, self.flush)
        else:
            self.flush()
