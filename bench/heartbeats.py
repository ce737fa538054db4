"""Measure what heartbeats cost: `python -m bench.heartbeats`.

It prints what it takes to make a checkpoint by the number of messages in the state, what a step sends with and without
a checkpoint store, what heartbeats of different sizes and intervals cost this process and a dev server, and how many
heartbeats a typical phase sends with the intervals that `DurablePlugin` chooses, with their price as Actions on
Temporal Cloud and what a kill -9 may repeat.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psutil
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph_heartbeat import DurablePlugin, phase_activity
from langgraph_heartbeat._graphs import compile_graph, types_of, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.blocks import Blocks
from langgraph_heartbeat._publishing.claim_check import MAX_INLINE_BYTES, ClaimCheck
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.envelope import Draft, seal
from langgraph_heartbeat._publishing.pace import BYTES_PER_SECOND, LOCAL_INTERVAL, REMOTE_INTERVAL
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from pydantic import BaseModel
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from bench.processes import server

SIZES = (10, 100, 600, 1000)
STEPS = 20
GRAPH = b"fingerprint 16 b"
WORDS = [f"{random.Random(number).getrandbits(24):x}" for number in range(5000)]  # noqa: S311
"""Words that compress about as prose does."""
SENDING_SECONDS = 5
DELIVERY_SECONDS = 0.05
"""The time that a heartbeat takes to reach the server, at most."""
USD_PER_ACTION = 50 / 1_000_000
"""Temporal Cloud's list price."""
TURNS, MODEL_SECONDS, TOOL_SECONDS = 20, 1.2, 0.3


def message(state: MessagesState) -> dict[str, Any]:
    """Return the update of a node that adds a message of 2 KB."""
    return {"messages": [AIMessage(f"{len(state['messages'])} {text()}")]}


def text() -> str:
    return " ".join(random.choices(WORDS, k=400))[:2000]  # noqa: S311


class Steps:
    """A graph of which each step appends a message of 2 KB, and the checkpoints after its steps."""

    def __init__(self, messages: int) -> None:
        self._messages = messages

    async def contents(self) -> AsyncGenerator[dict[str, Any]]:
        async def answer(state: MessagesState) -> dict[str, Any]:
            return message(state)

        def go_on(state: MessagesState) -> str:
            return "answer" if len(state["messages"]) < self._messages + STEPS else "__end__"

        builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
        graph = compile_graph(builder.add_conditional_edges("answer", go_on))
        coalescer = Coalescer(lambda: None, timedelta(hours=1))
        journal = Journal(coalescer)
        saver = HeartbeatSaver(coalescer, journal, types_of(graph, ()))
        begun = {"messages": [AIMessage(text()) for _ in range(self._messages)]}
        config: Any = {"configurable": {"thread_id": "phase"}, "recursion_limit": 10_000}
        stream = with_saver(graph, saver).astream(begun, config, stream_mode="updates", durability="sync")
        async for _ in stream:
            yield {"saver": saver.content(), "journal": journal.content(), "record": {}}


async def checkpoint_cost(messages: int) -> str:
    """Return a row: how long a checkpoint takes in blocks and as a whole, and how large it is."""
    blocks, in_blocks, whole, size_bytes = Blocks(), list[float](), list[float](), 0
    async for content in Steps(messages).contents():
        begun = time.perf_counter()
        size_bytes = len(Draft(content, GRAPH, blocks).seal())
        in_blocks.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        seal(content, GRAPH)
        whole.append(time.perf_counter() - begun)
    columns = (median(in_blocks) * 1000, median(whole) * 1000, size_bytes / 1024)
    return f"{messages:8} messages: {columns[0]:6.2f} ms in blocks, {columns[1]:6.2f} ms whole, {columns[2]:6.0f} KiB"


class MemoryStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_bytes = 0
        self._folder = f"runs/{uuid4()}/phase"

    async def put(self, content: bytes) -> str:
        key = f"{self._folder}/{uuid4().hex}{uuid4().hex}"  # as long as a SHA-256
        self.objects[key] = content
        self.put_bytes += len(content)
        return key

    async def get(self, key: str) -> bytes:
        return self.objects[key]

    async def delete(self, key: str) -> None:
        del self.objects[key]


async def sent_per_step(messages: int) -> str:
    """Return a row: what a step sends to the server and to the store, on average after the first five steps."""

    async def confirm() -> bool:
        return True

    blocks, store, sent, put = Blocks(), MemoryStore(), list[int](), list[int]()
    check = ClaimCheck(
        store, lambda sealed: sent.append(len(sealed)), confirm, limit_bytes=MAX_INLINE_BYTES, owner=b"8 bytes."
    )
    async for content in Steps(messages).contents():
        before = store.put_bytes
        draft = Draft(content, GRAPH, blocks)
        if sealed := draft.seal_within(MAX_INLINE_BYTES):
            check.forget()
            sent.append(len(sealed))
        else:
            check.put(draft)
            await check.settle()
        put.append(store.put_bytes - before)
    beat, stored = (mean(each[5:]) / 1024 for each in (sent, put))
    most = max(sent[5:]) / 1024
    return f"{messages:8} messages: {beat:6.1f} KiB in the heartbeat (at most {most:.1f}), {stored:5.1f} KiB put"


@activity.defn
async def send(size_bytes: int, seconds: float) -> None:
    content, ends = random.randbytes(size_bytes), time.monotonic() + SENDING_SECONDS  # noqa: S311
    while time.monotonic() < ends:
        activity.heartbeat({"step": 1}, content)
        await asyncio.sleep(seconds)


async def wire_cost(client: Client, process: psutil.Process, size_bytes: int, seconds: float) -> str:
    """Return a row: the share of a processor core that such heartbeats take here and at the server."""
    queue, own = str(uuid4()), psutil.Process()
    async with Worker(client, task_queue=queue, activities=[send], plugins=[DurablePlugin("bench")]):
        before = cpu_seconds(own), cpu_seconds(process)
        await client.execute_activity(
            send,
            args=[size_bytes, seconds],
            id=queue,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=timedelta(seconds=15),
        )
        here, there = (
            (cpu_seconds(each) - used) / SENDING_SECONDS for each, used in zip((own, process), before, strict=True)
        )
    size = f"{size_bytes / 1024:8.0f} KiB every {seconds * 1000:4.0f} ms"
    return f"{size}: {here:5.0%} of a core here, {there:5.0%} at the server"


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


class Turns(BaseModel):
    messages: list[Any]


def agent() -> StateGraph[Any, Any, Any, Any]:
    """Return an agent of 20 turns: a model call of 1.2 s, and two tools at a time of 0.3 s."""

    async def model(state: MessagesState) -> dict[str, Any]:
        await asyncio.sleep(MODEL_SECONDS)
        return message(state)

    async def tool(state: MessagesState) -> dict[str, Any]:
        await asyncio.sleep(TOOL_SECONDS)
        return message(state)

    def go_on(state: MessagesState) -> Sequence[str]:
        return ["one", "other"] if len(state["messages"]) < 3 * TURNS else ["__end__"]

    builder = StateGraph(MessagesState).add_node(model).add_node("one", tool).add_node("other", tool)
    builder.add_edge(START, "model").add_conditional_edges("model", go_on)
    return builder.add_edge(["one", "other"], "model")


async def price(client: Client, interval: timedelta) -> str:
    """Return a row: how many heartbeats a typical phase sends, at what price, and what a kill may repeat."""
    queue = str(uuid4())
    run = phase_activity("agent", Turns, Turns, agent())
    plugin = DurablePlugin("bench", interval=interval)
    async with Worker(client, task_queue=queue, activities=[run], plugins=[plugin]):
        began = time.monotonic()
        handle = await client.start_activity(
            run,
            args=[Turns(messages=[AIMessage("Why does ice float?")]), None],
            id=queue,
            task_queue=queue,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=15),
        )
        await handle.result()
        minutes = (time.monotonic() - began) / 60
    described = await handle.describe(include_heartbeat_details=True)
    details = await client.data_converter.decode(described.raw_info.heartbeat_details.payloads)
    beats, kib = details[0]["beats"], details[0]["kib"]
    sent = f"{beats:4} heartbeats ({beats / minutes:.0f} a minute, {kib} KiB), {beats * USD_PER_ACTION:.4f} USD"
    lost = interval.total_seconds() + DELIVERY_SECONDS
    return f"{interval.total_seconds():6.2f} s: {sent}; a kill repeats what finished in the last {lost:.2f} s"


@asynccontextmanager
async def dev_server() -> AsyncGenerator[tuple[Client, psutil.Process]]:
    known = set(psutil.Process().children())
    with TemporaryDirectory() as folder:
        async with server(Path(folder)) as up:
            (process,) = set(psutil.Process().children()) - known
            yield up.client, process


async def main() -> None:
    print("Making a checkpoint of messages of 2 KB, one more at each step (median):")
    for messages in SIZES:
        print(await checkpoint_cost(messages))
    print("\nWhat a step sends with a checkpoint store (mean):")
    for messages in SIZES:
        print(await sent_per_step(messages))
    async with dev_server() as (client, process):
        print("\nWhat sending costs:")
        for size_bytes in (1024, 64 * 1024, 250 * 1024):
            for seconds in {0.02: 0, max(0.02, size_bytes / BYTES_PER_SECOND): 0, 1.0: 0}:
                print(await wire_cost(client, process, size_bytes, seconds))
        print(f"\nAn agent of {TURNS} turns, with a call of {MODEL_SECONDS} s and two tools of {TOOL_SECONDS} s each:")
        rows = [price(client, interval) for interval in (LOCAL_INTERVAL, REMOTE_INTERVAL, timedelta(seconds=5))]
        print(*await asyncio.gather(*rows), sep="\n")


if __name__ == "__main__":
    asyncio.run(main())
