"""temporalio-langgraph: the graph runs in the workflow, and each node is an activity."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.langgraph import LangGraphPlugin

from bench.durability.orders import Order, Serve
from bench.durability.peers.on_a_server import serve_peer
from bench.durability.work import equip, graph_of
from bench.durability.workflows import GRAPH

NODE_TIMEOUT = timedelta(seconds=3)
"""This timeout replaces a dead worker, because nodes have no heartbeats. It is as short as the heartbeat timeout of the
other peers, which favours this peer: a real node needs as long as its slowest call."""


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)
    graph = graph_of(order.work).builder
    for node in graph.nodes.values():
        node.metadata = {"execute_in": "activity", "start_to_close_timeout": NODE_TIMEOUT}
    async with serve_peer(order, [], [LangGraphPlugin(graphs={GRAPH: graph})]) as serve:
        yield serve
