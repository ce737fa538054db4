"""A worker in a process of its own, for tests that kill it: `python worker_process.py ADDRESS QUEUE FILE`.

The second node of its phase never ends. `FILE` gets a line for each node that begins.
"""

import asyncio
import operator
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import START, StateGraph
from langgraph_heartbeat import DurablePlugin, phase_activity
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.worker import Worker


class Request(BaseModel):
    pass


class Result(BaseModel):
    out: list[str]


class State(TypedDict):
    out: Annotated[list[str], operator.add]


def worker(client: Client, queue: str, file: Path, *, holds: bool) -> Worker:
    """Return a worker whose second node never ends if it `holds`."""

    def begin(node: str) -> None:
        with file.open("a") as lines:
            lines.write(f"{node}\n")

    async def first(state: State) -> dict[str, Any]:
        begin("first")
        return {"out": ["first"]}

    async def second(state: State) -> dict[str, Any]:
        begin("second")
        if holds:
            await asyncio.Event().wait()
        return {"out": ["second"]}

    builder = StateGraph(State).add_sequence([first, second]).add_edge(START, "first")
    phase = phase_activity("phase", Request, Result, builder)
    grace = timedelta(seconds=5)
    return Worker(client, task_queue=queue, activities=[phase], graceful_shutdown_timeout=grace)


async def main(address: str, queue: str, file: str) -> None:
    client = await Client.connect(address, plugins=[DurablePlugin("test")])
    async with worker(client, queue, Path(file), holds=True):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
