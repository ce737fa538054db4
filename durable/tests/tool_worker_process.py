"""A worker in a process of its own, for tests that kill it: `python -m tests.tool_worker_process ADDRESS QUEUE FILE`.

Its phase is an agent in whose tool node three tools begin at once, of which the last never ends. `FILE` gets a line for
each tool that begins, with its idempotency key.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph_heartbeat import DurablePlugin, idempotency_key, phase_activity
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker

URLS = ("a", "b", "slow")


class Request(BaseModel):
    pass


class Result(BaseModel):
    messages: list[Any]


def worker(client: Client, queue: str, file: Path, *, holds: bool) -> Worker:
    """Return a worker whose slow tool never ends if it `holds`."""

    @tool
    async def fetch(url: str) -> str:
        """Fetch a page."""
        with file.open("a") as lines:
            lines.write(f"{url} {idempotency_key()}\n")
        if url == "slow" and holds:
            await asyncio.Event().wait()
        return f"The page {url}."

    async def think(_: MessagesState) -> dict[str, Any]:
        calls = [ToolCall(name="fetch", args={"url": url}, id=url) for url in URLS]
        return {"messages": [AIMessage("", tool_calls=calls)]}

    builder = StateGraph(MessagesState).add_node(think).add_node("tools", ToolNode([fetch]))
    builder.add_edge(START, "think").add_edge("think", "tools")
    phase = phase_activity("phase", Request, Result, builder)
    return Worker(client, task_queue=queue, activities=[phase], graceful_shutdown_timeout=timedelta(seconds=5))


async def main(address: str, queue: str, file: str) -> None:
    client = await Client.connect(address, plugins=[DurablePlugin("test")])
    async with worker(client, queue, Path(file), holds=True):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
