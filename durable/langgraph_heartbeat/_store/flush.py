"""Write what the tasks of a phase have put to the user's store, which lies behind the store of the phase.

A row is written only after the server has acknowledged a heartbeat that carries it. Before that, a crash would let the
task that put it run again, and it might put something else. Writing may be repeated: puts and deletes are idempotent.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from langgraph.store.base import BaseStore
from temporalio.exceptions import ApplicationError

from langgraph_heartbeat._heartbeats import Heartbeats

from .reads import is_database
from .rows import Rows, put_of
from .store import HeartbeatStore

log = logging.getLogger(__name__)

ROWS_PER_BATCH = 500
RETRY_SECONDS = 5.0
"""How long after a failure nothing is written in the background."""
NOT_WRITTEN = "StoreNotWritten"


class StoreFlush:
    """Writes the rows that heartbeats carry to the store behind `store`.

    `rows_carried` returns the encoded rows of a checkpoint, or of the reference to one. When the values take more than
    `limit_bytes`, `start_if_large` writes them while the graph runs.
    """

    def __init__(
        self,
        store: HeartbeatStore,
        beats: Heartbeats,
        rows_carried: Callable[[bytes], Awaitable[Iterable[bytes]]],
        limit_bytes: int,
    ) -> None:
        self._store, self._beats = store, beats
        self._rows_carried, self._limit_bytes = rows_carried, limit_bytes
        self._lock = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._next_try = -math.inf

    async def flush(self) -> None:
        """Write every row; raise a failure that is retried if that fails. Publish all changes before."""
        if (behind := self._store.behind) is None or not self._store.numbers():
            return
        async with self._lock:
            expected = self._store.numbers()
            written = await self._write(behind)
        if missing := expected - {row.number for row in written.values()}:
            raise failure(len(missing), "The checkpoint that holds them could not be stored")

    async def _write(self, behind: BaseStore) -> Rows:
        checkpoint = self._beats.newest_checkpoint
        await self._beats.acknowledged()
        rows = self._store.decoded(await self._rows_carried(checkpoint) if checkpoint else ())
        in_order = sorted(rows.items(), key=lambda each: each[1].number)  # databases find first what came last
        puts = [put_of(key, row, datetime.now(UTC)) for key, row in in_order]
        try:
            for start in range(0, len(puts), ROWS_PER_BATCH):
                await behind.abatch(puts[start : start + ROWS_PER_BATCH])
        except Exception as error:  # each database has errors of its own; nothing is lost after any of them
            raise failure(len(puts), f"{type(error).__name__}: {error}") from error
        if is_database(behind):  # another store lives in this process, and a later attempt may run in another one
            self._store.forget({key: row.number for key, row in rows.items()})
        return rows

    def start_if_large(self) -> None:
        """Write rows in the background if they make the checkpoint large. Call it on the event loop."""
        behind, idle = self._store.behind, self._running is None or self._running.done()
        if not idle or behind is None or not is_database(behind) or self._store.size_bytes <= self._limit_bytes:
            return
        if asyncio.get_running_loop().time() >= self._next_try:
            self._running = asyncio.create_task(self._write_in_background(behind))

    @property
    def is_crowded(self) -> bool:
        """Whether the graph puts faster than the store behind takes it: then a step waits for what is being written."""
        return is_database(self._store.behind) and self._store.size_bytes > 2 * self._limit_bytes

    async def settle(self) -> None:
        """Wait until nothing is written in the background."""
        if self._running is not None:
            await asyncio.wait([self._running])

    def close(self) -> None:
        if self._running is not None:
            self._running.cancel()

    async def _write_in_background(self, behind: BaseStore) -> None:
        try:
            async with self._lock:
                await self._write(behind)
        except Exception as error:  # noqa: BLE001 - the checkpoint still has everything, and the next one tries again
            log.warning("%s", error)
            self._next_try = asyncio.get_running_loop().time() + RETRY_SECONDS


def failure(count: int, reason: str) -> ApplicationError:
    message = (
        f"{count} puts and deletes of the phase could not be written to the store behind it. They stay in the "
        f"checkpoint, and the next attempt writes them. {reason}"
    )
    return ApplicationError(message, type=NOT_WRITTEN)
