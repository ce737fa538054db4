"""The graph without durability: bare, which shows what the graph itself costs, and with a checkpointer in memory."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

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


@asynccontextmanager
async def in_memory(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)

    async def serve(_: dict[str, Any]) -> Answer:
        # A saver a run: it keeps each checkpoint for ever, and runs would share its memory.
        graph = graph_of(order.work, InMemorySaver())
        config: RunnableConfig = {"configurable": {"thread_id": uuid4().hex}, "recursion_limit": RECURSION_LIMIT}
        return result_of(await graph.ainvoke(start_of(order.work), config, durability="sync")).model_dump()

    yield serve
