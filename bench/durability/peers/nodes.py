"""temporalio-langgraph: the graph runs in the workflow, and each node is an activity."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import workflow
from temporalio.langgraph import LangGraphPlugin, graph

from bench.durability.orders import Order, Serve
from bench.durability.peers.on_a_server import serve_peer
from bench.durability.work import RECURSION_LIMIT, Result, equip, graph_of, request_with, result_of
from bench.durability.workflows import GRAPH, Terms

NODE_TIMEOUT = timedelta(seconds=3)
"""This timeout replaces a dead worker, because nodes have no heartbeats. It is as short as the heartbeat timeout of the
other peers, which favours this peer: a real node needs as long as its slowest call."""


@workflow.defn
class ByNode:
    @workflow.run
    async def run(self, terms: Terms) -> Result:
        compiled = graph(GRAPH).compile()
        start = request_with(terms.given).model_dump(include={terms.channel})
        return result_of(await compiled.ainvoke(start, {"recursion_limit": RECURSION_LIMIT}))


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)
    builder = graph_of(order.work).builder
    for node in builder.nodes.values():
        node.metadata = {"execute_in": "activity", "start_to_close_timeout": NODE_TIMEOUT}
    async with serve_peer(order, [], [LangGraphPlugin(graphs={GRAPH: builder})], workflows=[ByNode]) as serve:
        yield serve
