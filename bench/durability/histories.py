"""Measure what a run stores: the events and bytes of its history, its heartbeats, and a database of its own."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from temporalio.client import WorkflowFailureError

from bench.durability.calls import Calls, text
from bench.durability.orders import PeerName
from bench.durability.runs import Place, own_bytes, start, station
from bench.durability.work import Work

PEERS: tuple[PeerName, ...] = ("outlast", "heartbeats only", "sqlite", "activity a node", "dbos", "langgraph")
ANSWER_BYTES = 1024
RUN_TIMEOUT_SECONDS = 240


async def measure(place: Place, sizes: Sequence[int]) -> AsyncGenerator[dict[str, Any]]:
    for nodes in sizes:
        state = sum(len(text(f"{number}:0", ANSWER_BYTES)) for number in range(nodes))
        for peer in PEERS:
            row = {"part": "history", "peer": peer, "nodes": nodes, "state_bytes": state}
            yield row | await measure_run(place, peer, Work("linear", nodes, 1))


async def measure_run(place: Place, peer: PeerName, work: Work) -> dict[str, Any]:
    order = place.order(peer, work, Calls(ANSWER_BYTES))
    async with station(place, order) as worker:
        if order.by_hand:
            await worker.run()
            return {"own_bytes": own_bytes(order)}
        handle, outcome = await start(place.client, order), ""
        try:
            await asyncio.wait_for(handle.result(), RUN_TIMEOUT_SECONDS)
        except (WorkflowFailureError, TimeoutError) as error:
            outcome = str(error.__cause__ or error) or type(error).__name__
            await terminate_if_running(handle)
        description = await handle.describe()
        status = description.status.name if description.status else ""
        return {
            "events": description.history_length,
            "history_bytes": description.raw_description.workflow_execution_info.history_size_bytes,
            "own_bytes": own_bytes(order),
            "outcome": outcome or status,
            **await worker.process.ask(),
        }


async def terminate_if_running(handle: Any) -> None:
    description = await handle.describe()
    if description.status and description.status.name == "RUNNING":
        await handle.terminate()
