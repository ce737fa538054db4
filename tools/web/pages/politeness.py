"""One request at a time to a host, and a pause before the next one."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

MOST_HOSTS = 1_000
"""Beyond so many, those that nobody waits for are forgotten."""


@dataclass
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_used: float = float("-inf")
    wanted_by: int = 0


class Turns:
    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str, pause: timedelta, *, counts: bool = True) -> AsyncGenerator[None]:
        """The host is one's own inside. Waits until `pause` has passed since the last turn that counts ended."""
        self._forget_idle()
        host = self._hosts.setdefault(name, _Host())
        host.wanted_by += 1
        try:
            async with host.lock:
                await asyncio.sleep(host.last_used + pause.total_seconds() - time.monotonic())
                try:
                    yield
                finally:
                    if counts:
                        host.last_used = time.monotonic()
        finally:
            host.wanted_by -= 1

    def _forget_idle(self) -> None:
        if len(self._hosts) > MOST_HOSTS:
            self._hosts = {name: host for name, host in self._hosts.items() if host.wanted_by}
