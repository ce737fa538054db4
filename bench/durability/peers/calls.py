"""temporalio-deepagents: a deep agent runs in the workflow, and each call of its model or tools is an activity."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from langchain_core.tools import BaseTool
from temporalio import workflow
from temporalio.converter import DataConverter
from temporalio.deepagents import DeepAgentsPlugin, create_temporal_deep_agent, tool_as_activity

from bench.durability.conversations import DeepModel, look
from bench.durability.orders import Order, Serve
from bench.durability.peers.on_a_server import serve_peer
from bench.durability.work import RECURSION_LIMIT, equip, request_with, result_of
from bench.durability.workflows import Terms

CALL_TIMEOUT = timedelta(seconds=10)
LOOK: BaseTool = tool_as_activity(look, start_to_close_timeout=CALL_TIMEOUT)


@workflow.defn
class ByCall:
    @workflow.run
    async def run(self, terms: Terms) -> dict[str, str]:
        agent = create_temporal_deep_agent(
            model="scripted", tools=[LOOK], activity_options={"start_to_close_timeout": CALL_TIMEOUT}
        )
        start: dict[str, Any] = request_with(terms.given).model_dump(include={"messages"})
        return result_of(await agent.ainvoke(start, {"recursion_limit": RECURSION_LIMIT})).model_dump()


@asynccontextmanager
async def open_peer(order: Order) -> AsyncGenerator[Serve]:
    if order.work.shape != "deep agent":
        raise ValueError("it takes deep agents only")
    equip(order.work, order.calls.answer)
    plugin = DeepAgentsPlugin(model_provider=lambda _: DeepModel())
    async with serve_peer(
        order, [], workflows=[ByCall], client_plugins=[plugin], data_converter=DataConverter.default
    ) as serve:
        yield serve
