"""The same graph in one activity, with LangGraph's SQLite saver on disk, whose file stays open."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.pregel import Pregel
from temporalio import activity

from bench.durability.orders import Answer, Order, Serve
from bench.durability.peers.on_a_server import beat_heartbeats, serve_peer
from bench.durability.work import RECURSION_LIMIT, Result, Start, equip, graph_of, result_of, start_of
from bench.durability.workflows import GRAPH

FILE = "checkpoints.sqlite"


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    equip(order.work, order.calls.answer)
    async with AsyncSqliteSaver.from_conn_string(str(Path(order.folder) / FILE)) as saver:
        graph = graph_of(order.work, saver)

        @activity.defn(name=GRAPH)
        async def run(_: Start) -> Result:
            async with beat_heartbeats():
                return await run_to_end(graph, saver, order, activity.info().workflow_id or "")

        async with serve_peer(order, [run]) as serve:
            yield serve


@asynccontextmanager
async def by_hand(order: Order) -> AsyncGenerator[Serve]:
    """Run LangGraph without a server; the bench starts it again."""
    equip(order.work, order.calls.answer)
    async with AsyncSqliteSaver.from_conn_string(str(Path(order.folder) / FILE)) as saver:
        graph = graph_of(order.work, saver)

        async def serve(message: dict[str, Any]) -> Answer:
            return (await run_to_end(graph, saver, order, message["run"])).model_dump()

        yield serve


async def run_to_end(graph: Pregel[Any, Any, Any, Any], saver: AsyncSqliteSaver, order: Order, thread: str) -> Result:
    """Run the graph to its end, from its newest checkpoint if it has one."""
    config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": RECURSION_LIMIT}
    start = None if await saver.aget_tuple(config) else start_of(order.work)
    return result_of(await graph.ainvoke(start, config, durability="sync"))
