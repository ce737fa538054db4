"""DBOS on SQLite: the graph is a DBOS workflow, and each call is a step."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync

from bench.durability.orders import Answer, Order, Serve
from bench.durability.work import RECURSION_LIMIT, equip, graph_of, result_of, start_of

FILE = "dbos.sqlite"


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{Path(order.folder) / FILE}",
            "application_version": "bench",
            "log_level": "CRITICAL",
        }
    )

    @DBOS.step()
    async def call(key: str) -> str:
        return await order.calls.answer(key)

    equip(order.work, call)
    graph = graph_of(order.work)

    @DBOS.workflow()
    async def run() -> dict[str, str]:
        return result_of(await graph.ainvoke(start_of(order.work), {"recursion_limit": RECURSION_LIMIT})).model_dump()

    DBOS.launch()  # resumes the workflows of a killed process

    async def serve(message: dict[str, Any]) -> Answer:
        if message["again"]:
            found: WorkflowHandleAsync[Answer] = await DBOS.retrieve_workflow_async(message["run"])
            return await found.get_result()
        with SetWorkflowID(message["run"]):
            started = await DBOS.start_workflow_async(run)
        return await started.get_result()

    yield serve
