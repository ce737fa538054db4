"""A node that blocks the event loop is logged with its name; other nodes are not."""

import asyncio
import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypedDict

import pytest
from langgraph.graph import START, StateGraph
from langgraph_heartbeat._graphs import compile_graph, node_codes
from langgraph_heartbeat._watchdog import _watchdogs, watch_event_loop

PATIENCE = timedelta(seconds=0.5)
LONG = 3 * PATIENCE.total_seconds()
SAID: list[str] = []
"""What the watchdog has logged in the current test."""


@pytest.fixture(autouse=True)
def hearing() -> Iterator[None]:
    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            SAID.append(record.getMessage())

    ear, told = Ear(), logging.getLogger("langgraph_heartbeat._watchdog")
    SAID.clear()
    told.addHandler(ear)
    yield
    told.removeHandler(ear)


class State(TypedDict, total=False):
    number: int


def block() -> None:
    """Wait in the thread until the watchdog logs something more, for at most a minute."""
    before, end = len(SAID), time.monotonic() + 60
    while len(SAID) == before and time.monotonic() < end:
        time.sleep(0.01)


async def blocks(_: State) -> State:
    block()
    return {"number": 1}


async def blocks_and_stays(_: State, seconds: float = LONG) -> State:
    block()
    time.sleep(seconds)  # noqa: ASYNC251 - this is what it is about
    return {"number": 1}


async def calls_what_blocks(state: State) -> State:
    return await blocks(state)


def sync(_: State) -> State:
    time.sleep(LONG)
    return {"number": 1}


async def awaits(_: State) -> State:
    await asyncio.sleep(LONG)
    return {"number": 1}


async def steps_aside(_: State) -> State:
    await asyncio.to_thread(time.sleep, LONG)
    return {"number": 1}


class Method:
    async def blocks(self, _: State) -> State:
        return await blocks(_)


class Callables:
    async def __call__(self, _: State) -> State:
        return await blocks(_)


def one(node: Any, name: str = "the_node") -> StateGraph[Any]:
    graph = StateGraph(State)
    graph.add_node(name, node)
    graph.add_edge(START, name)
    return graph


def nested(node: Any) -> StateGraph[Any]:
    return one(one(node).compile(), "outer")


def dogs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "durable-watchdog"]


async def run(graph: StateGraph[Any]) -> None:
    made = compile_graph(graph)
    with watch_event_loop("arithmetic", PATIENCE, dict(node_codes(made))):
        await made.ainvoke({"number": 0})
    await ended()


async def ended() -> None:
    async with asyncio.timeout(60):
        for dog in dogs():
            await asyncio.to_thread(dog.join)


@pytest.mark.parametrize(
    "graph",
    [
        one(blocks),
        one(calls_what_blocks),
        one(Method().blocks),
        one(Callables()),
        one(functools.partial(blocks_and_stays, seconds=0)),
        nested(blocks),
    ],
    ids=["itself", "by what it awaits", "a method", "a callable object", "a partial", "in a subgraph"],
)
async def test_the_node_that_blocks_is_named_with_what_to_do(graph: StateGraph[Any]) -> None:
    await run(graph)
    (told,) = SAID
    assert told.startswith("The node the_node of arithmetic has blocked the event loop for 0.5 s (")
    assert __file__ in told
    assert "asyncio.to_thread" in told


@pytest.mark.parametrize("node", [sync, awaits, steps_aside])
async def test_who_does_not_block_is_left_in_peace(node: Callable[..., Any]) -> None:
    await run(one(node))
    assert SAID == []


async def test_a_blockade_outside_of_the_nodes_is_told_too() -> None:
    with watch_event_loop("arithmetic", PATIENCE, {}):
        block()
    await ended()
    (told,) = SAID
    assert "Code outside the nodes has blocked" in told


async def test_one_blockade_is_told_once_and_the_next_one_again() -> None:
    made = compile_graph(one(blocks_and_stays))
    with watch_event_loop("arithmetic", PATIENCE, dict(node_codes(made))):
        await made.ainvoke({"number": 0})
        assert len(SAID) == 1
        await asyncio.sleep(PATIENCE.total_seconds())  # the watchdog asks again after half its limit
        await made.ainvoke({"number": 0})
    await ended()
    assert len(SAID) == 2


async def test_the_thread_ends_with_the_last_attempt_on_the_loop() -> None:
    with watch_event_loop("first", PATIENCE, {}):
        with watch_event_loop("second", PATIENCE, {}):
            assert len(dogs()) == 1
        assert _watchdogs[asyncio.get_running_loop()]._shortest_limit_seconds() == PATIENCE.total_seconds()
        assert len(dogs()) == 1
    await ended()
    assert dogs() == []


async def test_it_watches_again_after_it_ended() -> None:
    with watch_event_loop("first", PATIENCE, {}):
        pass
    await ended()
    await run(one(blocks))
    assert len(SAID) == 1


@pytest.mark.parametrize(
    ("asked", "named"),
    [(False, False), (True, False), (True, True)],
    ids=["between two questions", "with a question unanswered", "after it was named"],
)
def test_its_thread_does_not_outlive_a_loop_that_is_gone(*, asked: bool, named: bool) -> None:
    left: list[Any] = []

    async def leave() -> None:
        if asked:  # the loop answers no more questions
            asyncio.get_running_loop().call_soon_threadsafe = lambda *_: None  # type: ignore[assignment]
        context = watch_event_loop("left", PATIENCE, {})
        context.__enter__()
        left.append(context)
        if named:
            block()

    asyncio.run(leave())
    for dog in dogs():
        dog.join(60)
    assert dogs() == []
    assert len(SAID) == named
    assert left
