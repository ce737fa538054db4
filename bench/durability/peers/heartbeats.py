"""The baseline: the same graph in one activity, whose heartbeats carry no checkpoint."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio import activity

from bench.durability.orders import Order, Serve
from bench.durability.peers.on_a_server import beat_heartbeats, serve_peer
from bench.durability.work import RECURSION_LIMIT, Result, Start, equip, graph_of, result_of, start_of
from bench.durability.workflows import GRAPH


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)
    graph = graph_of(order.work)

    @activity.defn(name=GRAPH)
    async def run(_: Start) -> Result:
        async with beat_heartbeats():
            return result_of(await graph.ainvoke(start_of(order.work), {"recursion_limit": RECURSION_LIMIT}))

    async with serve_peer(order, [run]) as serve:
        yield serve
