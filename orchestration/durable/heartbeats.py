"""The heartbeats of one attempt: `(progress, checkpoint)`.

`progress` is a small dict that people read in the Temporal UI; `checkpoint` is what a later attempt resumes from.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError


class Heartbeats:
    """The only place that beats: details with fewer parts than two would erase the checkpoint."""

    def __init__(self, phase: str) -> None:
        details = activity.info().heartbeat_details
        self.restored: bytes = details[1] if len(details) == 2 else b""
        self._checkpoint = self.restored
        self._progress = Progress(phase, activity.info().attempt)

    def beat(self) -> None:
        activity.heartbeat(self._progress.shown(), self._checkpoint)

    def task_began(self, node: str) -> None:
        self._progress.began(node)
        self.beat()

    def task_finished(self, node: str, error: object) -> None:
        self._progress.finished(node, error)
        self.beat()

    async def repeat(self, every: timedelta) -> None:
        """On the event loop on purpose: a node that blocks the loop must not look alive for ever."""
        while True:
            await asyncio.sleep(every.total_seconds())
            self.beat()


class Progress:
    """What an attempt has done so far, in the words of the graph."""

    def __init__(self, phase: str, attempt: int) -> None:
        self._phase = phase
        self._attempt = attempt
        self._running: Counter[str] = Counter()
        self._finished: Counter[str] = Counter()
        self._last = "started"

    def began(self, node: str) -> None:
        self._running[node] += 1

    def finished(self, node: str, error: object) -> None:
        self._running[node] -= 1
        self._finished[node] += 1
        self._last = f"{node} failed" if error else f"{node} finished"

    def shown(self) -> Mapping[str, Any]:
        return {
            "phase": self._phase,
            "attempt": self._attempt,
            "finished": dict(self._finished),
            "running": dict(+self._running),
            "last": self._last,
        }


@asynccontextmanager
async def heartbeats(phase: str) -> AsyncGenerator[Heartbeats]:
    """Beats from the first moment of an attempt to its last."""
    timeout = activity.info().heartbeat_timeout
    if not timeout:
        message = f"The phase {phase} needs a heartbeat timeout: without it a dead worker is noticed too late."
        raise ApplicationError(message, type="BadRequest", non_retryable=True)
    beats = Heartbeats(phase)
    beats.beat()  # before the first call: an attempt that is no longer wanted learns it here
    repeating = asyncio.create_task(beats.repeat(timeout / 3))
    try:
        yield beats
    finally:
        repeating.cancel()
        with suppress(asyncio.CancelledError):
            await repeating
