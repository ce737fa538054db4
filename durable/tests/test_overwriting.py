"""Channels of a checkpoint get new values, also after kills, and the rest of the checkpoint stays unchanged."""

import asyncio
import dataclasses
import operator
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from langgraph_heartbeat._graphs import overwritable_channels
from langgraph_heartbeat._saver.reports import UnfitChannelError
from langgraph_heartbeat._saver.saver import with_fields
from pydantic import BaseModel

from .attempts import Attempt, Trace
from .kinds import Listed, Unlisted


class State(TypedDict):
    limit: Listed
    extra: int
    out: Annotated[list[Any], operator.add]


def fan(trace: Trace) -> StateGraph[Any, Any, Any, Any]:
    """Return the graph first -> work, three times in parallel, and a node that writes the limit -> first, in a loop."""

    async def first(state: State) -> dict[str, Any]:
        await trace("first")
        return {"out": ["first"]}

    async def work(state: Any) -> dict[str, Any]:
        await trace(f"work{state['number']}")
        return {"out": [state["number"]]}

    async def writes(state: State) -> dict[str, Any]:
        await trace("writes")
        return {"limit": state["limit"]}

    def route(state: State) -> str:
        return "first" if state["out"].count("first") < state["limit"].number else END

    async def last(state: State) -> dict[str, Any]:
        return {}

    builder = StateGraph(State)
    for node in (first, work, writes, last):
        builder.add_node(node)
    builder.add_edge(START, "first")
    sends = [Send("work", {"number": number}) for number in range(3)]
    builder.add_conditional_edges("first", lambda _: [*sends, "writes"], ["work", "writes"])
    builder.add_edge("work", "last")
    builder.add_edge("writes", "last")
    builder.add_conditional_edges("last", route, ["first", END])
    return builder


def steer(attempt: Attempt, **values: Any) -> None:
    attempt.saver.overwrite(values, lambda namespace: overwritable_channels(attempt.graph, namespace))


async def killed(attempt: Attempt, trace: Trace, finished: int) -> bytes:
    """Return the bytes that are left when so many tasks of the step are saved and one task waits for ever."""
    saved = asyncio.Event()
    attempt.saver.when_saved(finished, saved.set)
    left = await attempt.kill_at(saved, {"limit": Listed(number=1)})
    assert trace.reached.is_set()
    return left


async def test_it_holds_after_the_next_kill_and_finished_tasks_stay_finished() -> None:
    trace = Trace("work0")
    graph = fan(trace)
    left = await killed(Attempt(graph), trace, 4)  # first, then two of the workers and the one that writes the limit
    assert trace.counts() == {"first": 1, "work1": 1, "work2": 1, "writes": 1}

    steered = Attempt(graph, left)
    steer(steered, limit=Listed(number=2))
    trace.reached.clear()
    left = await steered.kill_at(trace.reached, None)

    state = await Attempt(graph, left).run()
    assert state["limit"] == Listed(number=2)
    assert state["out"].count("first") == 2
    assert trace.counts() == {"first": 2, "work0": 2, "work1": 2, "work2": 2, "writes": 2}


async def test_it_can_be_done_twice_at_the_same_step() -> None:
    trace = Trace("work0")
    graph = fan(trace)
    attempt = Attempt(graph, await killed(Attempt(graph), trace, 4))
    for number in (9, 3, 1):
        steer(attempt, limit=Listed(number=number))
    assert (await attempt.run())["limit"] == Listed(number=1)
    assert trace.counts()["first"] == 1


async def test_a_channel_that_the_input_left_out_gets_its_value() -> None:
    trace = Trace("work0")
    graph = fan(trace)
    attempt = Attempt(graph, await killed(Attempt(graph), trace, 4))
    steer(attempt, extra=7)
    state = await attempt.run()
    assert state["extra"] == 7
    assert trace.counts() == {"first": 1, "work0": 1, "work1": 1, "work2": 1, "writes": 1}


async def test_channels_with_a_reducer_are_left_alone() -> None:
    trace = Trace("work0")
    graph = fan(trace)
    attempt = Attempt(graph, await killed(Attempt(graph), trace, 4))
    steer(attempt, out=["other"])
    assert sorted(map(str, (await attempt.run())["out"])) == ["0", "1", "2", "first"]


async def test_what_would_not_come_back_as_itself_is_refused_and_nothing_changes() -> None:
    trace = Trace("work0")
    graph = fan(trace)
    attempt = Attempt(graph, await killed(Attempt(graph), trace, 4))
    with pytest.raises(UnfitChannelError, match=r"The channel 'limit' holds a .*Unlisted"):
        steer(attempt, limit=Unlisted(number=5))
    assert (await attempt.run())["limit"] == Listed(number=1)


@dataclasses.dataclass
class Pair:
    limit: int
    other: str = "kept"


class Model(BaseModel):
    limit: int
    other: str = "kept"


@pytest.mark.parametrize("given", [{"limit": 1, "other": "kept"}, Pair(1), Model(limit=1)])
def test_an_input_that_is_not_yet_spread_over_the_channels_has_it_too(given: Any) -> None:
    there = with_fields(given, {"limit": 2})
    assert type(there) is type(given)
    assert (there if isinstance(there, dict) else vars(there)) == {"limit": 2, "other": "kept"}


def test_an_input_of_any_other_kind_stays() -> None:
    assert with_fields("text", {"limit": 2}) == "text"
