"""What a bench process measures about itself: when its steps began, and what it sent to the server.

Heartbeats are counted by the SDK's own metrics, after its throttle, so that the count is the number of requests that
reached the server, and is right for every peer. Bytes are those of the kernel's counters of the connections to the
server, which Linux alone has: they include whatever the worker sends, with its headers.
"""

import asyncio
import os
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

HEARTBEAT_REQUEST = "RecordActivityTaskHeartbeat"
SETTLE_SECONDS = 0.25
BUFFERED_UPDATES = 100_000
BYTES_SENT_OFFSET = 200
"""The place of `tcpi_bytes_sent`, an unsigned integer of 64 bits, in Linux's `struct tcp_info`."""


class Meter:
    def __init__(self) -> None:
        self._steps: list[tuple[float, float]] = []
        self._stored_bytes = 0
        self._metrics: MetricBuffer | None = None

    async def note_step(self) -> None:
        """Note that a step begins: the wall time, and the processor time of this process with all its threads.

        The first one begins later, when whatever the peer does with the state at the start is done: peers that do it
        in the background would pay for it in their steps, and others before.
        """
        if not self._steps:
            await asyncio.sleep(SETTLE_SECONDS)
        self._steps.append((time.perf_counter(), time.process_time()))

    def note_stored(self, size_bytes: int) -> None:
        """Note that so many bytes went to an object store, beside the server."""
        self._stored_bytes += size_bytes

    def counting_runtime(self) -> Runtime:
        """Return a runtime for the client whose heartbeats are to be counted."""
        self._metrics = MetricBuffer(BUFFERED_UPDATES)
        return Runtime(telemetry=TelemetryConfig(metrics=self._metrics))

    def read(self, server: str) -> dict[str, Any]:
        """Return what was measured since the last reading; `sent_bytes` alone counts from the connection on."""
        measured = {"steps": self._steps, "heartbeats": self._heartbeats(), "stored_bytes": self._stored_bytes}
        self._steps, self._stored_bytes = [], 0
        return measured | {"sent_bytes": bytes_sent_to(server)}

    def _heartbeats(self) -> int:
        updates = self._metrics.retrieve_updates() if self._metrics else ()
        return sum(
            int(update.value)
            for update in updates
            if update.metric.name == "temporal_request" and update.attributes.get("operation") == HEARTBEAT_REQUEST
        )


def bytes_sent_to(server: str) -> int | None:
    """Return how many bytes this process's open connections have sent to the port of `server`; None if unknown."""
    if sys.platform != "linux":
        return None
    port = int(server.rpartition(":")[2])
    return sum(sent for peer_port, sent in open_connections() if peer_port == port)


def open_connections() -> Iterator[tuple[int, int]]:
    """Yield the remote port and the bytes sent of each TCP connection of this process."""
    for descriptor in Path("/proc/self/fd").iterdir():
        # The descriptor that lists them is closed by now, and a socket may close meanwhile: both are an OSError.
        with suppress(OSError):
            number = int(descriptor.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue  # a copy of it would stay open, because no socket can be made of it
            with socket.socket(fileno=os.dup(number)) as connection:
                if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type == socket.SOCK_STREAM:
                    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
                    (sent,) = struct.unpack_from("Q", info, BYTES_SENT_OFFSET)
                    yield connection.getpeername()[1], sent


METER = Meter()
"""The meter of this process."""
