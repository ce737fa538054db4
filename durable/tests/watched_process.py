"""A worker in a process of its own whose calls are logged: `python watched_process.py ADDRESS QUEUE`.

Its phase asks a model in `draft`, and a model and a tool in `check`; the tool never ends in this process.
"""

import asyncio
import operator
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import FakeListChatModel
from langchain_core.tools import tool
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import DurablePlugin, PhaseSummary, phase_activity
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker

PRIVATE = "the unpublished figure"


class Request(BaseModel):
    pass


class Result(BaseModel):
    out: list[str]
    summary: PhaseSummary


class State(TypedDict):
    out: Annotated[list[str], operator.add]


def watched(wait: Callable[[], Awaitable[object]]) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph whose tool waits for `wait`."""
    model = FakeListChatModel(responses=[PRIVATE])

    @tool
    async def search_web(query: str) -> str:
        """Search the web."""
        await wait()
        return query

    async def draft(state: State) -> dict[str, Any]:
        return {"out": [(await model.ainvoke(PRIVATE)).text]}

    async def check(state: State) -> dict[str, Any]:
        get_stream_writer()({"status": "reading page 3\nof 20", "page": 3})
        query = (await model.ainvoke(PRIVATE)).text
        return {"out": [await search_web.ainvoke({"query": query})]}

    return StateGraph(State).add_sequence([draft, check]).add_edge(START, "draft")


def worker(client: Client, queue: str, wait: Callable[[], Awaitable[object]]) -> Worker:
    phase = phase_activity("phase", Request, Result, watched(wait), call_log=True)
    grace = timedelta(seconds=5)
    return Worker(client, task_queue=queue, activities=[phase], graceful_shutdown_timeout=grace)


async def main(address: str, queue: str) -> None:
    client = await Client.connect(address, plugins=[DurablePlugin("test")])
    async with worker(client, queue, asyncio.Event().wait):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
