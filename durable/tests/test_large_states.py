"""States that are too large for a heartbeat, on a real server: cheap steps, and what happens if the store fails."""

import asyncio
import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langgraph_heartbeat._messages import Paused, Resume
from langgraph_heartbeat._publishing import claim_check
from temporalio.client import Client

from .phases import phase_worker, progress_of, start, until
from .test_life import Asked

PARALLEL = 64
"""A heartbeat then has room for 64 KiB."""


class Messages(TypedDict):
    count: int
    out: Annotated[list[str], operator.add]


class Store:
    """A store whose requests may fail."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_bytes = 0
        self.reads = 0
        self.failing: dict[str, list[Exception]] = {"put": [], "get": []}

    async def put(self, content: bytes) -> str:
        if self.failing["put"]:
            raise self.failing["put"].pop()
        key = str(uuid4())
        self.objects[key] = content
        self.put_bytes += len(content)
        return key

    async def get(self, key: str) -> bytes:
        if self.failing["get"]:
            raise self.failing["get"].pop()
        self.reads += 1
        return self.objects[key]


class DeletingStore(Store):
    def __init__(self) -> None:
        super().__init__()
        self.puts = 0

    async def put(self, content: bytes) -> str:
        self.puts += 1
        return await super().put(content)

    async def delete(self, key: str) -> None:
        del self.objects[key]


def message(number: int) -> str:
    """Return 2 KB that compress to a half."""
    return f"{number} " + "".join(uuid4().hex for _ in range(64))


def talking(made: list[int], before: Callable[[int], Any]) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph that appends a message at each step; `before(number)` is called first, and awaited."""

    async def say(state: Messages) -> dict[str, Any]:
        number = len(state["out"])
        await before(number)
        made.append(number)
        return {"out": [message(number)]}

    builder = StateGraph(Messages).add_node(say).add_edge(START, "say")
    builder.add_conditional_edges("say", lambda state: "say" if len(state["out"]) < state["count"] else "__end__")
    return builder


async def nothing(_: int) -> None:
    return


async def test_a_long_conversation_goes_on_from_its_blocks_and_sends_each_message_about_once(client: Client) -> None:
    made, store, queue, sent = list[int](), Store(), str(uuid4()), list[int]()
    failures = [150, 100]

    async def fail_twice(number: int) -> None:
        if number > 100:  # what the last step sent
            sent.append(len((await progress_of(client, handle))[1]))
        if failures and number == failures[-1]:
            raise ConnectionError(f"cut at {failures.pop()}")

    graph = talking(made, fail_twice)
    async with phase_worker(client, queue, graph, Asked, checkpoints=store, parallel=PARALLEL):
        handle = await start(client, queue, {"count": 200})
        result = await handle.result()
    assert [text.split()[0] for text in result.out] == [str(number) for number in range(200)]
    assert made == list(range(200))
    assert store.reads > 0
    assert max(sent) <= 64 * 1024
    assert sum(sent) / len(sent) < 40 * 1024
    assert store.put_bytes < 3 * 200 * 2_048  # not 200 times the state


async def test_old_blocks_are_deleted_while_a_phase_runs_and_it_goes_on_from_the_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_check, "RETENTION", timedelta(milliseconds=1))
    made, store, queue, failures = list[int](), DeletingStore(), str(uuid4()), [60, 55, 50]

    class Replaced(TypedDict):
        count: int
        out: list[str]

    async def say(state: Replaced) -> dict[str, Any]:
        number = int(state["out"][-1].split()[0]) + 1
        if failures and number == failures[-1]:
            raise ConnectionError(f"cut at {failures.pop()}")
        made.append(number)
        if number % 10:
            return {"out": [*state["out"], message(number)]}
        return {"out": [message(number) for _ in range(100)]}

    builder = StateGraph(Replaced).add_node(say).add_edge(START, "say")
    builder.add_conditional_edges("say", lambda state: "say" if made[-1] + 1 < state["count"] else "__end__")
    large = {"count": 80, "out": [f"-1 {message(0)}"] * 100}
    async with phase_worker(client, queue, builder, Messages100, checkpoints=store, parallel=PARALLEL):
        result = await (await start(client, queue, large)).result()
    assert made == list(range(80))
    assert result.out[-1].startswith("79 ")
    assert store.reads > 0
    assert len(store.objects) < store.puts


async def test_a_state_that_is_small_enough_only_as_a_whole_needs_no_store(client: Client) -> None:
    queue, document = str(uuid4()), "".join(uuid4().hex for _ in range(1_000))

    async def quote(state: Messages) -> dict[str, Any]:
        return {"out": [f"{len(state['out'])} {document}" for _ in range(40)]}  # 1.2 MB, of which 32 KB are new

    builder = StateGraph(Messages).add_node(quote).add_edge(START, "quote")
    async with phase_worker(client, queue, builder, Asked):
        result = await (await start(client, queue, {})).result()
    assert len(result.out) == 40


async def test_a_block_that_was_lost_means_a_new_beginning_and_says_so(client: Client) -> None:
    made, store, queue, gate, lost = list[int](), Store(), str(uuid4()), asyncio.Event(), asyncio.Event()

    async def lose(number: int) -> None:
        if lost.is_set():
            await gate.wait()
        elif number == 100:
            store.objects = {"lost": b""}
            lost.set()
            raise ConnectionError("cut")

    graph = talking(made, lose)
    async with phase_worker(client, queue, graph, Asked, checkpoints=store, parallel=PARALLEL):
        handle = await start(client, queue, {"count": 120})

        async def said() -> bool:
            return "started from the beginning" in (await progress_of(client, handle))[0].get("last", "")

        await until(said)
        assert "not in the object store any more" in (await progress_of(client, handle))[0]["last"]
        gate.set()
        assert len((await handle.result()).out) == 120
    assert made == [*range(100), *range(120)]


async def test_a_store_that_cannot_be_read_now_fails_the_attempt_and_nothing_is_repeated(client: Client) -> None:
    made, store, queue = list[int](), Store(), str(uuid4())

    async def fail_once(number: int) -> None:
        if number == 100 and not store.reads and not store.failing["get"]:
            store.failing["get"] = [ConnectionError("the store is away")]
            raise ConnectionError("cut")

    graph = talking(made, fail_once)
    async with phase_worker(client, queue, graph, Asked, checkpoints=store, parallel=PARALLEL):
        handle = await start(client, queue, {"count": 120})
        assert len((await handle.result()).out) == 120
    assert made == list(range(120))


async def test_a_question_is_not_asked_with_an_older_checkpoint(client: Client) -> None:
    store, queue, asked = Store(), str(uuid4()), 0

    async def ask(state: Messages) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        store.failing["put"] = [OSError("disk full")] * 1000 if asked == 1 else []
        return {"out": [interrupt("May I?")]}

    graph = talking([], nothing).add_node(ask)
    del graph.branches["say"]
    graph.add_edge("say", "ask")
    large = {"count": 1, "out": [message(number) for number in range(100)]}
    async with phase_worker(client, queue, graph, Messages100, checkpoints=store, parallel=PARALLEL):
        paused = await (await start(client, queue, large)).result()
        assert isinstance(paused, Paused)
        assert asked > 1
        resume = Resume(checkpoint=paused.checkpoint, answers={paused.questions[0].id: "yes"})
        result = await (await start(client, queue, large, resume)).result()
    assert (len(result.out), result.out[-1]) == (102, "yes")


class Messages100(Asked):
    out: list[str]
