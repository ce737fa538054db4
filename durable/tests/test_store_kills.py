"""A graph that puts, begun again from everything that its saver ever held: what is in the store is the same."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from operator import add
from typing import Annotated, Any, TypedDict, cast
from uuid import uuid4

import ormsgpack
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.config import get_store
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import RetryPolicy, Send
from langgraph_heartbeat._graphs import GraphLike, compile_graph, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._requests import Durability
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from langgraph_heartbeat._serialising.serialising import StrictSerializer
from langgraph_heartbeat._store.store import HeartbeatStore

CONFIG: RunnableConfig = {"configurable": {"thread_id": "T"}, "recursion_limit": 100}


class State(TypedDict):
    log: Annotated[list[str], add]


class Piece(TypedDict):
    number: int


async def count(key: str) -> None:
    """Read a counter, and put it back one higher, with a pause in between."""
    item = await get_store().aget(("counters",), key)
    await asyncio.sleep(0)
    await get_store().aput(("counters",), key, {"n": (item.value["n"] if item else 0) + 1})


async def note(text: str) -> None:
    await get_store().aput(("notes", text), str(uuid4()), {"text": text})
    await asyncio.sleep(0)


async def puts(_: State) -> dict[str, Any]:
    await count("puts")
    await note("puts")
    return {"log": ["puts"]}


async def sends(piece: Piece) -> dict[str, Any]:
    await note("sends")
    await count(f"piece {piece['number']}")
    return {"log": ["sends"]}


def in_a_thread(_: State) -> dict[str, Any]:
    store = get_store()
    store.put(("notes", "thread"), str(uuid4()), {"text": "thread"})
    return {"log": ["thread"]}


async def deletes(_: State) -> dict[str, Any]:
    found = await get_store().asearch(("notes",), limit=100)
    await get_store().adelete(("counters",), "puts")
    await asyncio.sleep(0)
    return {"log": [f"found {len(found)}"]}


class Flaky:
    """A node that fails in its first two tries, after it has put; its tries are those of one attempt."""

    def __init__(self) -> None:
        self.tries = 0

    async def __call__(self, _: State) -> dict[str, Any]:
        await count("flaky")
        await note("flaky")
        self.tries += 1
        if self.tries % 3:
            raise ConnectionError("cut")
        return {"log": ["flaky"]}


def steady() -> StateGraph[Any, Any, Any, Any]:
    return nodes(retried=False)


def nodes(*, retried: bool = True) -> StateGraph[Any, Any, Any, Any]:
    steps: Any = [("one", puts), ("two", in_a_thread)]
    inner = StateGraph(State).add_sequence(steps).add_edge(START, "one")
    builder = StateGraph(State)
    every: dict[str, Any] = {"puts": puts, "sends": sends, "deletes": deletes}
    for name, node in every.items():
        builder.add_node(name, node)
    flaky: Any = Flaky() if retried else puts
    builder.add_node("flaky", flaky, retry_policy=RetryPolicy(initial_interval=0, jitter=False))
    builder.add_node("inner", inner.compile())
    builder.add_edge(START, "puts")

    def fan_out(_: State) -> Sequence[Send | str]:
        return [*(Send("sends", {"number": number}) for number in range(3)), "inner", "flaky"]

    builder.add_conditional_edges("puts", fan_out, ["sends", "inner", "flaky"])
    for name in ("sends", "inner", "flaky"):
        builder.add_edge(name, "deletes")
    return builder


def tasks() -> GraphLike:
    @task
    async def remember(number: int) -> int:
        seen = await get_store().aget(("drafts",), "of the caller")
        await count(f"task {number}")
        await note("task")
        return number + (seen.value["n"] if seen else 0)

    async def flow(_: Any) -> list[str]:
        await get_store().aput(("drafts",), "of the caller", {"n": 10})
        numbers = await asyncio.gather(*(remember(number) for number in range(2)))
        numbers.append(await remember(2))
        await note("flow")
        return [f"numbers {numbers}"]

    return cast("GraphLike", entrypoint()(flow))


@dataclass
class Ended:
    """What is left of an attempt that ran to its end."""

    log: Sequence[str]
    counters: Sequence[tuple[str, int]]
    notes: Sequence[str]
    contents: list[bytes] = field(compare=False, default_factory=list[bytes])


class Recording(Coalescer):
    """Keeps the content of the saver after every change."""

    saver: HeartbeatSaver

    def __init__(self) -> None:
        super().__init__(lambda: None, timedelta(0))
        self.contents: list[bytes] = []
        self.full = asyncio.Event()
        self.most = 0

    @contextmanager
    def change(self) -> Generator[None]:
        with super().change():
            yield
        self.contents.append(ormsgpack.packb(self.saver.content()))
        if len(self.contents) == self.most:
            self._loop.call_soon_threadsafe(self.full.set)


class Life:
    """An attempt that begins with `content`."""

    def __init__(
        self, graph: GraphLike, behind: BaseStore | None, content: bytes | None, durability: Durability = "sync"
    ) -> None:
        self.recording = Recording()
        store = HeartbeatStore(behind, StrictSerializer())
        saver = HeartbeatSaver(self.recording, Journal(self.recording), store=store)
        self.recording.saver, self.store = saver, store
        self.graph = with_saver(compile_graph(graph), saver, store)
        self.durability: Durability = durability
        if content:
            saver.restore(ormsgpack.unpackb(content))
        self.start: Any = None if saver.get_tuple(CONFIG) else {"log": []}

    async def run(self) -> Ended:
        state = await self.graph.ainvoke(self.start, CONFIG, durability=self.durability)
        return await ended(self.store, state, self.recording.contents)

    async def kill_after(self, changes: int) -> bytes:
        """Return the content after so many changes of an attempt that does nothing after them."""
        self.recording.most = changes
        running = asyncio.create_task(self.graph.ainvoke(self.start, CONFIG, durability=self.durability))
        waiting = asyncio.create_task(self.recording.full.wait())
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        assert len(self.recording.contents) >= changes
        running.cancel()
        waiting.cancel()
        await asyncio.wait([running, waiting])
        return self.recording.contents[changes - 1]


async def ended(store: BaseStore, state: Any, contents: list[bytes]) -> Ended:
    counters = await store.asearch(("counters",), limit=1000)
    notes = await store.asearch(("notes",), limit=1000)
    log: Any = cast("Any", state)["log"] if isinstance(state, dict) else state
    return Ended(
        sorted(log),
        sorted((each.key, each.value["n"]) for each in counters),
        sorted(each.value["text"] for each in notes),
        contents,
    )


@pytest.mark.parametrize("graph", [steady, tasks])
async def test_the_store_holds_what_an_in_memory_store_holds(graph: Any) -> None:
    bare = InMemoryStore()
    compiled = compile_graph(graph()).copy(update={"store": bare})
    reference = await ended(bare, await compiled.ainvoke({"log": []}, CONFIG), [])
    assert await Life(graph(), None, None).run() == reference


@pytest.mark.parametrize(
    ("graph", "behind", "durability"),
    [
        (nodes, None, "sync"),
        (nodes, InMemoryStore, "async"),
        (nodes, None, "exit"),
        (tasks, None, "sync"),
        (tasks, InMemoryStore, "async"),
        (tasks, None, "exit"),
    ],
)
async def test_no_crash_changes_what_is_in_the_store(graph: Any, behind: Any, durability: Durability) -> None:
    def life(content: bytes | None) -> Life:
        return Life(graph(), behind and behind(), content, durability)

    reference = await life(None).run()
    for first in reference.contents:
        again = await life(first).run()
        assert again == reference
        for second in again.contents[:: max(1, len(again.contents) // 3)]:
            assert await life(second).run() == reference


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("graph", [nodes, tasks])
async def test_a_killed_attempt_leaves_nothing_in_the_store_behind_it(graph: Any, durability: Durability) -> None:
    reference = await Life(graph(), InMemoryStore(), None, durability).run()
    for changes in range(1, len(reference.contents), 2):
        behind = InMemoryStore()
        left = await Life(graph(), behind, None, durability).kill_after(changes)
        assert behind.search(()) == []
        assert await Life(graph(), behind, left, durability).run() == reference
