"""What a phase is doing, in lines: which of the graph's own words are shown, and for how long."""

import asyncio
from typing import Any

import pytest
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from langgraph_heartbeat._call_log.doing import MAX_STATUS_LENGTH, MAX_STATUSES, Doing
from langgraph_heartbeat._call_log.status_writer import with_status_writer

from .asking import State, one


def running(*nodes: str) -> Doing:
    doing = Doing()
    for node in nodes:
        doing.task_started(f"id of {node}", node)
    return doing


def words(doing: Doing) -> list[str]:
    return [line.partition(" since ")[0] for line in doing.lines()]


def test_a_status_stands_at_its_node_until_that_has_finished() -> None:
    doing = running("a", "b")
    assert doing.note_status("id of b", "reading page 3 of 20")
    assert words(doing) == ["a", "b: reading page 3 of 20"]
    doing.task_finished("id of a")
    assert words(doing) == ["b: reading page 3 of 20"]
    doing.task_finished("id of b")
    doing.task_started("id of b", "b")
    assert words(doing) == ["b"]


def test_a_status_is_one_printable_line_of_bounded_length() -> None:
    doing = running("a")
    assert doing.note_status("id of a", "a\x1b[31m\u202e\nb " + "c" * 10_000)
    [text] = [line.removeprefix("a: ") for line in words(doing)]
    assert text.startswith("a [31m b ccc")
    assert text.isprintable()
    assert len(text) == MAX_STATUS_LENGTH


def test_the_same_status_again_is_no_news_and_an_empty_one_ends_it() -> None:
    doing = running("a")
    assert [doing.note_status("id of a", "x") for _ in range(3)] == [True, False, False]
    assert doing.note_status("id of a", " ")
    assert words(doing) == ["a"]


def test_a_status_may_come_before_its_task_is_known_and_none_is_kept_for_ever() -> None:
    doing = Doing()
    for number in range(MAX_STATUSES + 1):
        doing.note_status(f"id of {number}", "x")
    assert doing.lines() == []
    doing.task_started("id of 0", "forgotten")
    doing.task_started("id of 1", "kept")
    assert words(doing) == ["forgotten", "kept: x"]


def test_a_graph_that_begins_again_has_said_nothing() -> None:
    doing = running("a")
    doing.note_status("id of a", "x")
    doing.clear()
    assert doing.lines() == []


async def noted(node: Any) -> list[str]:
    """Return what a graph with this node says of itself; the event loop gets it soon after."""
    said = list[str]()
    graph = one(node).compile()
    config = with_status_writer({"configurable": {}}, None, lambda _, status: said.append(status))
    await graph.ainvoke({"said": []}, config)
    await asyncio.sleep(0)
    return said


@pytest.mark.parametrize("event", ["a text", {"progress": 3}, {"status": 3}, {"status": None}, ["status"], None, 7])
async def test_what_is_no_status_is_left_alone(event: Any) -> None:
    def node(_: State) -> State:
        get_stream_writer()(event)
        return {}

    assert await noted(node) == []


async def test_a_status_may_be_written_on_the_loop_in_a_thread_and_in_a_subgraph() -> None:
    def in_thread(state: State) -> State:
        get_stream_writer()({"status": "in a thread", "page": 3})
        return {}

    async def on_loop(state: State) -> State:
        get_stream_writer()({"status": "on the loop"})
        return {}

    inner = StateGraph(State).add_node(on_loop).add_edge(START, "on_loop").compile()
    builder = StateGraph(State).add_sequence([in_thread, ("inner", inner)]).add_edge(START, "in_thread")
    said = list[tuple[bool, str]]()
    config = with_status_writer({"configurable": {}}, None, lambda task, status: said.append((bool(task), status)))
    await builder.compile().ainvoke({"said": []}, config)
    await asyncio.sleep(0)
    assert said == [(True, "in a thread"), (True, "on the loop")]


async def test_a_writer_that_is_there_is_called_too() -> None:
    both = list[Any]()
    first = with_status_writer({"configurable": {}}, None, lambda _, status: both.append(status))
    second = with_status_writer(first, None, lambda _, status: both.append(status))

    async def node(_: State) -> State:
        get_stream_writer()({"status": "x"})
        return {}

    await one(node).compile().ainvoke({"said": []}, second)
    await asyncio.sleep(0)
    assert both == ["x", "x"]
