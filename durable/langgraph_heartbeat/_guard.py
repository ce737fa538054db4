"""The guard of an attempt: it raises before a call or a step that must not begin any more.

A worker that was frozen may go on with an attempt that another worker has taken over. Asking the server about that
takes the event loop; whether there is a reason to ask is known without it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

TIMEOUT_SECONDS = 10.0


async def allow() -> None:
    """Allow every call and step, where no other worker can have taken this attempt over."""


def in_doubt() -> bool:
    return True


@dataclass(frozen=True)
class Guard:
    """`await guard()` raises if nothing more may begin; `is_in_doubt` returns whether there is a reason to ask."""

    ask: Callable[[], Awaitable[None]] = allow
    is_in_doubt: Callable[[], bool] = in_doubt

    async def __call__(self) -> None:
        await self.ask()

    def wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the guard in the thread of a sync node; `loop` is the event loop of the attempt.

        If a node blocks the loop, it may wait for this very thread: then the call is allowed after ten seconds.
        """
        if is_running_here(loop) or not self.is_in_doubt():
            return
        asked = asyncio.run_coroutine_threadsafe(self(), loop)
        try:
            asked.result(TIMEOUT_SECONDS)
        except TimeoutError:
            asked.cancel()


def is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether the event loop runs in this thread."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
