"""A node that blocks the event loop is named; whoever does not block it is left in peace."""

import asyncio
import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph

from orchestration.durable.graphs import compiled, node_codes
from orchestration.durable.watchdog import _watchdogs, watched

pytestmark = pytest.mark.alone

PATIENCE = timedelta(milliseconds=60)


class State(TypedDict, total=False):
    number: int


async def blocks(_: State) -> State:
    time.sleep(1.0)  # noqa: ASYNC251 - this is what it is about
    return {"number": 1}


async def blocks_for_longer(_: State, seconds: float = 0.5) -> State:
    time.sleep(seconds)  # noqa: ASYNC251
    return {"number": 1}


async def calls_what_blocks(state: State) -> State:
    return await blocks_for_longer(state, 1.0)


def sync(_: State) -> State:
    time.sleep(0.3)
    return {"number": 1}


async def awaits(_: State) -> State:
    await asyncio.sleep(0.3)
    return {"number": 1}


async def steps_aside(_: State) -> State:
    await asyncio.to_thread(time.sleep, 0.3)
    return {"number": 1}


class Method:
    async def blocks(self, _: State) -> State:
        return await blocks_for_longer(_, 0.3)


class Callables:
    async def __call__(self, _: State) -> State:
        return await blocks_for_longer(_, 0.3)


def one(node: Any, name: str = "the_node") -> StateGraph[Any]:
    graph = StateGraph(State)
    graph.add_node(name, node)
    graph.add_edge(START, name)
    return graph


def nested(node: Any) -> StateGraph[Any]:
    return one(one(node).compile(), "outer")


def dogs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "durable-watchdog"]


async def run(graph: StateGraph[Any], caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the watchdog said while the graph ran."""
    made = compiled(graph)
    with caplog.at_level(logging.ERROR, logger="orchestration.durable.watchdog"):
        with watched("arithmetic", PATIENCE, dict(node_codes(made))):
            await made.ainvoke({"number": 0})
        await ended()
    return [record.getMessage() for record in caplog.records if record.name == "orchestration.durable.watchdog"]


async def ended() -> None:
    async with asyncio.timeout(5):
        for dog in dogs():
            await asyncio.to_thread(dog.join)


@pytest.mark.parametrize(
    "graph",
    [
        one(blocks),
        one(calls_what_blocks),
        one(Method().blocks),
        one(Callables()),
        one(functools.partial(blocks_for_longer, seconds=1.0)),
        nested(blocks),
    ],
    ids=["itself", "by what it awaits", "a method", "a callable object", "a partial", "in a subgraph"],
)
async def test_the_node_that_blocks_is_named_with_what_to_do(
    graph: StateGraph[Any], caplog: pytest.LogCaptureFixture
) -> None:
    (told,) = await run(graph, caplog)
    assert told.startswith("The node the_node of arithmetic has blocked the event loop for 0.1 s (")
    assert __file__ in told
    assert "asyncio.to_thread" in told


@pytest.mark.parametrize("node", [sync, awaits, steps_aside])
async def test_who_does_not_block_is_left_in_peace(node: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    assert await run(one(node), caplog) == []


async def test_a_blockade_outside_of_the_nodes_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    with watched("arithmetic", PATIENCE, {}):
        time.sleep(0.3)  # noqa: ASYNC251
    await ended()
    assert "Something outside the nodes has blocked" in caplog.text


async def test_one_blockade_is_told_once_and_the_next_one_again(caplog: pytest.LogCaptureFixture) -> None:
    made = compiled(one(blocks_for_longer))
    with watched("arithmetic", PATIENCE, dict(node_codes(made))):
        await made.ainvoke({"number": 0})
        assert caplog.text.count("has blocked") == 1
        await asyncio.sleep(PATIENCE.total_seconds())  # the watchdog asks again after half its patience
        await made.ainvoke({"number": 0})
    await ended()
    assert caplog.text.count("has blocked") == 2


async def test_the_thread_ends_with_the_last_attempt_on_the_loop() -> None:
    with watched("first", PATIENCE, {}):
        with watched("second", PATIENCE, {}):
            assert len(dogs()) == 1
        assert _watchdogs[asyncio.get_running_loop()]._patience() == PATIENCE.total_seconds()
        assert len(dogs()) == 1
    await ended()
    assert dogs() == []


async def test_it_watches_again_after_it_ended(caplog: pytest.LogCaptureFixture) -> None:
    with watched("first", PATIENCE, {}):
        pass
    await ended()
    assert len(await run(one(blocks), caplog)) == 1


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(False, 0), (True, 0), (True, 0.2)],
    ids=["between two questions", "with a question unanswered", "after it was named"],
)
def test_its_thread_does_not_outlive_a_loop_that_is_gone(
    asked: bool, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    left: list[Any] = []

    async def leave() -> None:
        if asked:  # the loop takes no more questions to heart
            asyncio.get_running_loop().call_soon_threadsafe = lambda *_: None  # type: ignore[assignment]
        context = watched("left", PATIENCE, {})
        context.__enter__()
        left.append(context)
        time.sleep(seconds)  # noqa: ASYNC251

    asyncio.run(leave())
    for dog in dogs():
        dog.join(5)
    assert dogs() == []
    assert len(caplog.records) == (1 if seconds else 0)
    assert left
