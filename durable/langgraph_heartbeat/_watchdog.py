"""Log the name of a node that blocks the event loop.

Heartbeats are sent from the event loop, so an `async def` node that blocks it (a sleep, a synchronous request) stops
the heartbeats of every phase on it. The worker cannot unblock it, but it can log which node it is before Temporal times
the attempt out.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import CodeType, FrameType
from weakref import WeakKeyDictionary

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchedAttempt:
    """An attempt on the loop: its phase, how long the loop may be silent, and its nodes' code with their names."""

    phase: str
    max_silence: timedelta
    nodes: Mapping[CodeType, str]


class Watchdog:
    """Watches one event loop in a thread, which runs while any attempt on the loop is watched."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._watched: list[WatchedAttempt] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, watched: WatchedAttempt) -> None:
        with self._changed:
            self._watched.append(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="durable-watchdog", daemon=True)
                self._thread.start()

    def remove(self, watched: WatchedAttempt) -> None:
        with self._changed:
            self._watched.remove(watched)
            self._changed.notify()

    def _watch(self) -> None:
        while (limit_seconds := self._shortest_limit_seconds()) is not None:
            answered = threading.Event()
            if not self._ping(answered.set):
                return
            if answered.wait(limit_seconds):
                with self._changed:
                    self._changed.wait(limit_seconds / 2)
            elif self._loop.is_closed():
                return
            else:
                self._log_blocking_node(limit_seconds)
                while not answered.wait(limit_seconds):  # one message is enough for one blockage
                    if self._loop.is_closed():
                        return

    def _shortest_limit_seconds(self) -> float | None:
        """Return the shortest limit in seconds; None if no attempt is watched any more, and then the thread ends."""
        with self._changed:
            if not self._watched:
                self._thread = None
                return None
            return min(watched.max_silence for watched in self._watched).total_seconds()

    def _ping(self, answer: Callable[[], None]) -> bool:
        try:
            self._loop.call_soon_threadsafe(answer)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _log_blocking_node(self, seconds: float) -> None:
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the only way
        node, place = self._node_in(frame)
        log.error(
            "%s has blocked the event loop for %.1f s (%s). This worker sends no heartbeats meanwhile, so Temporal "
            "will time out its phases. Write it as `def`, or call what blocks with `await asyncio.to_thread(...)`.",
            node,
            seconds,
            place,
        )

    def _node_in(self, frame: FrameType | None) -> tuple[str, str]:
        """Return which node is in this stack, and the file and number of its innermost line."""
        place = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "unknown"
        with self._changed:
            nodes = {
                code: f"The node {name} of {each.phase}" for each in self._watched for code, name in each.nodes.items()
            }
        while frame is not None:
            if frame.f_code in nodes:
                return nodes[frame.f_code], place
            frame = frame.f_back
        return "Code outside the nodes", place


_watchdogs: WeakKeyDictionary[asyncio.AbstractEventLoop, Watchdog] = WeakKeyDictionary()


@contextmanager
def watch_event_loop(phase: str, max_silence: timedelta, nodes: Mapping[CodeType, str]) -> Generator[None]:
    """Log which node blocks the current event loop for longer than `max_silence` while this block runs."""
    loop = asyncio.get_running_loop()
    watchdog = _watchdogs.setdefault(loop, Watchdog(loop))
    attempt = WatchedAttempt(phase, max_silence, nodes)
    watchdog.add(attempt)
    try:
        yield
    finally:
        watchdog.remove(attempt)
