"""Outlast: the graph is a phase, and its model has the journal."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from langgraph_heartbeat import CallJournal, DurablePlugin, phase_activity

from bench.durability.orders import Order, Serve
from bench.durability.peers.on_a_server import serve_peer
from bench.durability.work import Result, Start, equip, graph_of
from bench.durability.workflows import GRAPH


async def nothing(_: Start) -> None:
    """Make no context, because the graph needs nothing from outside."""


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer, CallJournal())
    compiled = graph_of(order.work)
    graph = compiled if order.work.shape == "agent" else compiled.builder  # the result of `create_agent`, or a builder
    run = phase_activity(GRAPH, Start, Result, graph, nothing)
    async with serve_peer(order, [run], [DurablePlugin("bench")]) as serve:
        yield serve
