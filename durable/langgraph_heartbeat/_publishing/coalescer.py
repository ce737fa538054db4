"""Publish the newest content after a change: at once, or when the interval since the last publication is over.

What travels beside the content, such as streamed events, is published in the same way, but the content is not made
again for it. How long the interval is depends on the worker and on the size of the content (`pace.py`). Nothing is
published while Temporal's SDK holds heartbeats back: it would wait there, and newer content would wait here until that
has been sent.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

from .pace import Pace

MOMENT_SECONDS = 0.01
"""Time in which a node usually finishes after its last call."""


class Coalescer:
    """Merges changes into publications. It calls `publish()` on its own event loop with the lock held.

    If only what travels beside the content has changed, it calls `publish_beside()`. Neither may block. Changes may
    come from any thread: LangGraph runs sync nodes, and their saves, in threads.
    """

    def __init__(
        self,
        publish: Callable[[], None],
        pace: Pace | timedelta,
        heartbeat_timeout: timedelta | None = None,
        seconds_since_beat: Callable[[], float] = lambda: math.inf,
        publish_beside: Callable[[], None] = lambda: None,
    ) -> None:
        self._seconds_since_beat, self._publish_beside = seconds_since_beat, publish_beside
        self._publish, self._pace = publish, pace if isinstance(pace, Pace) else Pace(pace)
        self._heartbeat_timeout = heartbeat_timeout
        self._pace.begin(self)
        self.interval_seconds = self._pace.interval.total_seconds()
        self._loop, self._lock = asyncio.get_running_loop(), threading.RLock()
        self._due, self._content_due, self._closed = False, False, False
        self._last = -math.inf  # never: the clock of a loop may begin near zero, and 0.0 would then mean "just now"
        self.step: int | None = None
        """The number of the last finished step (-1 is the input); None before the first checkpoint."""

    @contextmanager
    def change(self, *, soon: bool = True) -> Generator[None]:
        """Publish what is changed in this block: at once, or in a moment, after which there may be more of it."""
        with self._lock:
            yield
            first, self._due, self._content_due = not self._due, True, True
        if first:
            schedule = self._schedule if soon else self._schedule_in_a_moment
            self._loop.call_soon_threadsafe(schedule)

    @contextmanager
    def change_beside(self) -> Generator[None]:
        """Change what travels beside the content, in any thread."""
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
                content_due, self._content_due = self._content_due, False
                if content_due:
                    self._publish()
                else:
                    self._publish_beside()

    def pace(self, size_bytes: int) -> None:
        """Choose the time until the next publication by the size of the last one."""
        self.interval_seconds = self._pace.seconds_after(size_bytes, self._heartbeat_timeout)

    def close(self) -> None:
        """Publish nothing from now on, because the attempt is over."""
        self._closed = True
        self._pace.end(self)

    def _schedule_in_a_moment(self) -> None:
        self._loop.call_later(MOMENT_SECONDS, self._schedule)

    def _schedule(self) -> None:
        if not self._due:
            return
        held = self._pace.interval.total_seconds() - self._seconds_since_beat()
        wait = max(self._last + self.interval_seconds - self._loop.time(), held)
        if wait > 0:
            self._loop.call_later(wait, self._schedule)  # a heartbeat may be repeated meanwhile
        else:
            self.flush()
