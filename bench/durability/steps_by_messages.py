"""What a step costs by the number of messages in the state: `python -m bench.durability.steps_by_messages [ROUNDS]`.

A graph of `MessagesState` with one node, which adds a message of 2 KB, grows to each size in turn: bare, with
LangGraph's InMemorySaver, with its AsyncSqliteSaver, and with the HeartbeatSaver, with and without encoding what it
would send. The table shows CPU milliseconds a step (the least of the rounds, over the 10 steps before each size), and
in brackets the saver's cost over bare as a multiple of InMemorySaver's. Then a run of 2,000 steps whose node replaces
all its messages by copies now and then shows that the cache of stored models is bounded, and a restore is timed.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph_heartbeat._graphs import types_of
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.blocks import Blocks
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._publishing.envelope import Draft
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from langgraph_heartbeat._serialising.model_cache import ModelCache
from langgraph_heartbeat._serialising.serialising import StrictSerializer

SIZES: tuple[int, ...] = (10, 50, 100, 300, 600, 1000)
MEASURED_STEPS = 10
LONG_RUN_STEPS, LONG_RUN_MESSAGES = 2000, 200
RESTORED_MESSAGES = 600
WORDS = [f"{random.Random(number).getrandbits(24):x}" for number in range(5000)]  # noqa: S311
"""Words that compress about as prose does."""

Builder = StateGraph[Any, Any, Any, Any]


def text() -> str:
    return " ".join(random.choices(WORDS, k=400))[:2000]  # noqa: S311


def graph_of(steps: int, kept: int | None = None) -> Builder:
    """Return a graph of so many steps. With `kept`, it forgets its older messages and copies the others at times."""

    async def answer(state: MessagesState) -> dict[str, list[BaseMessage]]:
        if kept is None or len(state["messages"]) < 2 * kept:
            return {"messages": [AIMessage(text())]}
        copied = [each.model_copy() for each in state["messages"][-kept:]]
        return {"messages": [RemoveMessage(id="__remove_all__"), *copied]}

    def go_on(_: MessagesState) -> str:
        return END if next(numbers) == steps else "answer"

    numbers = iter(range(1, steps + 1))
    builder = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer")
    return builder.add_conditional_edges("answer", go_on)


async def grow(saver: BaseCheckpointSaver[str] | None = None) -> dict[int, float]:
    """Return the CPU milliseconds a step before each size."""
    costs: dict[int, float] = {}
    compiled = graph_of(SIZES[-1]).compile(checkpointer=saver)
    begun = time.process_time()
    stream = compiled.astream(
        {"messages": [("user", "Go on.")]}, config(), stream_mode="updates", durability="sync" if saver else None
    )
    step = 0
    async for _ in stream:
        step += 1
        if step in SIZES:
            costs[step] = (time.process_time() - begun) * 1000 / MEASURED_STEPS
        if step + MEASURED_STEPS in SIZES:
            begun = time.process_time()
    return costs


def config() -> Any:
    return {"configurable": {"thread_id": "T"}, "recursion_limit": 10_000}


async def grow_in_sqlite() -> dict[int, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(str(Path(folder) / "checkpoints.db")) as saver:
            return await grow(saver)


def heartbeat_saver(*, encode: bool = True) -> HeartbeatSaver:
    def publish() -> None:
        if encode:
            Draft({"saver": saver.content(), "journal": {}}, b"f" * 16, blocks).seal(stored=True)

    blocks = Blocks()
    coalescer = Coalescer(publish, timedelta(milliseconds=20))
    saver = HeartbeatSaver(coalescer, Journal(coalescer), types_of(graph_of(1).compile()))
    return saver


RUNS: dict[str, Callable[[], Awaitable[dict[int, float]]]] = {
    "bare": grow,
    "InMemorySaver": lambda: grow(InMemorySaver()),
    "SQLite": grow_in_sqlite,
    "HeartbeatSaver": lambda: grow(heartbeat_saver()),
    "  without sending": lambda: grow(heartbeat_saver(encode=False)),
}


async def compare(rounds: int) -> None:
    least = {name: dict.fromkeys(SIZES, float("inf")) for name in RUNS}
    for _ in range(rounds):
        for name, run in RUNS.items():
            least[name] = {size: min(least[name][size], cost) for size, cost in (await run()).items()}
    print(f"{'messages':18}" + "".join(f"{size:>14}" for size in SIZES))
    for name, costs in least.items():
        ratios = {
            size: (cost - least["bare"][size]) / (least["InMemorySaver"][size] - least["bare"][size])
            for size, cost in costs.items()
        }
        print(f"{name:18}" + "".join(f"{costs[size]:7.2f} ({ratios[size]:4.2f})" for size in SIZES))


async def run_long() -> None:
    cache = ModelCache()
    saver = heartbeat_saver(encode=False)
    saver.serde = StrictSerializer(cache=cache)
    stream = (
        graph_of(LONG_RUN_STEPS, LONG_RUN_MESSAGES)
        .compile(checkpointer=saver)
        .astream({"messages": [("user", "Go on.")]}, config(), stream_mode="updates", durability="sync")
    )
    kept = [len(cache) async for _ in stream]
    print(
        f"\n{len(kept)} steps of at most {2 * LONG_RUN_MESSAGES} messages; models in the cache after every 250 steps:"
    )
    print(*kept[249::250], f"and never more than {max(kept)}")


async def restore() -> None:
    saver = heartbeat_saver(encode=False)
    await graph_of(RESTORED_MESSAGES).compile(checkpointer=saver).ainvoke({"messages": []}, config(), durability="sync")
    content, begun = saver.content(), time.process_time()
    heartbeat_saver().restore(content)
    print(f"\nto restore {RESTORED_MESSAGES} messages: {(time.process_time() - begun) * 1000:.0f} ms of CPU")


async def main() -> None:
    await grow_in_sqlite()  # so that the first round pays for no import
    await compare(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    await run_long()
    await restore()


if __name__ == "__main__":
    asyncio.run(main())
