"""Make one run of a peer's work, from its start to its result, for every kind of peer."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from bench.durability.calls import Calls
from bench.durability.crew import BenchProcess, Yard
from bench.durability.orders import Order, PeerName
from bench.durability.work import Result, Work
from bench.durability.workflows import Terms

WORKFLOWS: Mapping[PeerName, str] = {"activity a node": "ByNode", "activity a call": "ByCall"}
"""The names of workflows that are not `Whole`. Only the modules of their peers import them."""


@dataclass(frozen=True)
class Place:
    """Where the bench runs: its server, its yard, and a folder."""

    client: Client
    address: str
    yard: Yard
    folder: Path

    def order(self, peer: PeerName, work: Work, calls: Calls, *, logged: bool = False, counted: bool = False) -> Order:
        """Return an order with a folder and a queue of its own."""
        name = uuid4().hex[:12]
        folder = self.folder / name
        folder.mkdir()
        log = folder / "calls.jsonl" if logged else None
        calls = Calls(calls.answer_bytes, calls.seconds, calls.spread, log)
        return Order(peer, work, str(folder), self.address, name, calls=calls, counted=counted)


@dataclass(frozen=True)
class Station:
    """A process that runs a peer and is ready for runs, one after the other."""

    place: Place
    order: Order
    process: BenchProcess

    async def run(self, *, heartbeat_seconds: float = 30) -> Result:
        if self.order.by_hand:
            return Result(**await self.process.ask(run=uuid4().hex, again=False))
        return await (await start(self.place.client, self.order, heartbeat_seconds)).result()

    async def read_meter(self) -> dict[str, Any]:
        """Return what the process has measured about itself since the last reading."""
        return await self.process.ask(meter=self.place.address)


@asynccontextmanager
async def station(place: Place, order: Order) -> AsyncGenerator[Station]:
    async with place.yard.running_process(order) as process:
        yield Station(place, order, process)


async def start(client: Client, order: Order, heartbeat_seconds: float = 30) -> WorkflowHandle[Any, Result]:
    terms = Terms(heartbeat_seconds, order.work.channel, order.work.given)
    return await client.start_workflow(
        WORKFLOWS.get(order.peer, "Whole"),
        terms,
        id=f"{order.queue}-{uuid4().hex[:8]}",
        task_queue=order.queue,
        result_type=Result,
    )


def own_bytes(order: Order) -> int:
    """Return the size of the peer's own database on disk, with its journal."""
    return sum(file.stat().st_size for file in Path(order.folder).iterdir() if ".sqlite" in file.name)
