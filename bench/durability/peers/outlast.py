"""Outlast: the graph is a phase, and its model has the journal."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from langgraph_heartbeat import CallJournal, DurablePlugin, phase_activity

from bench.durability.meter import METER
from bench.durability.orders import Order, PeerName, Serve
from bench.durability.peers.on_a_server import serve_peer
from bench.durability.work import Result, Start, equip, graph_of
from bench.durability.workflows import GRAPH


async def nothing(_: Start) -> None:
    """Make no context, because the graph needs nothing from outside."""


INTERVALS: dict[PeerName, DurablePlugin] = {
    "outlast": DurablePlugin("bench"),
    "outlast, 1 s": DurablePlugin("bench", interval=timedelta(seconds=1)),
}
"""As the library decides by itself beside its server, and the interval for a server whose heartbeats are billed."""


class CheckpointFolder:
    """The folder of checkpoints that are too large for a heartbeat."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, content: bytes) -> str:
        METER.note_stored(len(content))
        key = hashlib.sha256(content).hexdigest()
        await asyncio.to_thread((self._path / key).write_bytes, content)
        return key

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread((self._path / key).read_bytes)
        except FileNotFoundError:
            raise LookupError(key) from None

    async def delete(self, key: str) -> None:
        await asyncio.to_thread((self._path / key).unlink, missing_ok=True)


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer, CallJournal())
    compiled = graph_of(order.work)
    made = order.work.shape in ("agent", "deep agent")  # the result of `create_agent`, or a builder
    graph = compiled if made else compiled.builder
    run = phase_activity(GRAPH, Start, Result, graph, nothing, checkpoints=CheckpointFolder(Path(order.folder)))
    async with serve_peer(order, [run], [INTERVALS[order.peer]]) as serve:
        yield serve
