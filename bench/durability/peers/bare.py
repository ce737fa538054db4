"""The bare graph without durability, which shows what the graph itself costs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from bench.durability.orders import Answer, Order, Serve
from bench.durability.work import RECURSION_LIMIT, equip, graph_of, result_of, start_of


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)
    graph = graph_of(order.work)

    async def serve(_: dict[str, Any]) -> Answer:
        state = await graph.ainvoke(start_of(order.work), {"recursion_limit": RECURSION_LIMIT})
        return result_of(state).model_dump()

    yield serve
