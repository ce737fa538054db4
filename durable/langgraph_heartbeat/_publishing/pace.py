"""How often the phases of a worker send their checkpoints at most.

What finished within the last interval before a kill -9 is done again, and each heartbeat costs the server work and, on
Temporal Cloud, money. So the interval depends on where the server is:

- On the same machine: 20 ms. A dev server takes in thousands of heartbeats a second, and nobody is billed for them.
- Elsewhere: 1 s, and longer while more than 16 phases run in the worker, so that it sends at most 16 heartbeats a
  second. One workflow on PostgreSQL takes in 60 to 76: three such workers with phases of the same workflow leave room
  for its other work.

Large checkpoints are sent less often, because they cost this process and the server time by their bytes: each phase, or
elsewhere all phases of the worker together, sends at most 2.5 MB a second. No interval is longer than a third of the
heartbeat timeout, when a heartbeat is sent anyway.
"""

import ipaddress
from datetime import timedelta
from typing import Any
from weakref import WeakSet

LOCAL_INTERVAL = timedelta(milliseconds=20)
REMOTE_INTERVAL = timedelta(seconds=1)
PHASES_PER_REMOTE_INTERVAL = 16
BYTES_PER_SECOND = 2_500_000
"""Sent every 20 ms, 250 KB cost a third of a processor core here and at a dev server."""


class Pace:
    """The intervals between the checkpoints of each phase of one worker; `shared` if its phases share them."""

    def __init__(self, interval: timedelta, *, shared: bool = False) -> None:
        self.interval, self._shared = interval, shared
        self._phases: WeakSet[Any] = WeakSet()

    def begin(self, phase: object) -> None:
        self._phases.add(phase)

    def end(self, phase: object) -> None:
        self._phases.discard(phase)

    def seconds_after(self, size_bytes: int, heartbeat_timeout: timedelta | None = None) -> float:
        """Return how long a phase waits after it has sent a checkpoint of that size."""
        phases = max(len(self._phases), 1) if self._shared else 1
        by_number = self.interval.total_seconds() * max(phases / PHASES_PER_REMOTE_INTERVAL, 1)
        seconds = max(by_number, size_bytes * phases / BYTES_PER_SECOND)
        limit = heartbeat_timeout.total_seconds() / 3 if heartbeat_timeout else seconds
        return max(min(seconds, limit), self.interval.total_seconds())


def default_pace(target_host: str | None) -> Pace:
    """Return the pace for a server at that address; for an unknown one, that of a server elsewhere."""
    return Pace(LOCAL_INTERVAL) if target_host and is_local(target_host) else Pace(REMOTE_INTERVAL, shared=True)


def is_local(target_host: str) -> bool:
    """Return whether an address such as "localhost:7233" is on this machine for certain."""
    if target_host.startswith("unix:"):
        return True
    address = target_host.rpartition("://")[2].partition("/")[0]
    host = address.removeprefix("[").partition("]")[0] if address.startswith("[") else address.partition(":")[0]
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
