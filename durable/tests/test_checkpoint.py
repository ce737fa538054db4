"""The checkpoint of a killed attempt holds what the next attempt needs, and nothing else."""

import asyncio
import operator
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import task
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._saver.reports import UnfitChannelError
from langgraph_heartbeat._saver.saver import NULL_TASK_ID, HeartbeatSaver

from .attempts import CONFIG, Attempt, Trace


class State(TypedDict, total=False):
    said: Annotated[list[Any], operator.add]
    number: int


def chain(trace: Trace, *labels: str) -> StateGraph[Any]:
    """Return a graph of nodes in a row that each record their label."""
    graph = StateGraph(State)
    before = START
    for label in labels:
        graph.add_node(label, saying(trace, label))
        graph.add_edge(before, label)
        before = label
    return graph


def saying(trace: Trace, label: str) -> Any:
    async def say(_: State) -> State:
        await trace(label)
        return {"said": [label]}

    return say


# --- Steps and tasks ---


@pytest.mark.parametrize("stop_at", ["a", "b", "c"])
async def test_finished_steps_are_not_run_again(stop_at: str) -> None:
    trace = Trace(stop_at)
    graph = chain(trace, "a", "b", "c")
    left = await Attempt(graph).kill_at(trace.reached, {"said": ["in"]})
    assert (await Attempt(graph, left).run())["said"] == ["in", "a", "b", "c"]
    assert trace.done == ["a", "b", "c"]


async def test_finished_siblings_are_not_run_again() -> None:
    trace = Trace("w3")
    others = asyncio.Event()

    async def work(given: dict[str, int]) -> State:
        if given["i"] == 3:
            await others.wait()
        await trace(f"w{given['i']}")
        return {"said": [given["i"]]}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_conditional_edges(START, lambda _: [Send("work", {"i": i}) for i in range(4)])
    first = Attempt(graph)
    first.saver.when_saved(3, others.set)
    left = await first.kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == [0, 1, 2, 3]
    assert trace.counts() == {"w0": 1, "w1": 1, "w2": 1, "w3": 1}


async def test_when_one_branch_raises_the_finished_ones_are_kept() -> None:
    trace = Trace()
    others = asyncio.Event()
    failing = True

    async def fails(_: State) -> State:
        nonlocal failing
        await others.wait()
        if failing:
            failing = False
            raise ConnectionError
        return {"said": ["fails"]}

    graph = StateGraph(State)
    for label, node in (("x", saying(trace, "x")), ("y", saying(trace, "y")), ("fails", fails)):
        graph.add_node(label, node)
        graph.add_edge(START, label)
    first = Attempt(graph)
    first.saver.when_saved(2, others.set)
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert sorted((await Attempt(graph, first.published).run())["said"]) == ["fails", "x", "y"]
    assert trace.counts() == {"x": 1, "y": 1}


async def test_finished_calls_of_a_task_decorator_are_not_made_again() -> None:
    trace = Trace("t2")

    @task
    async def call(i: int) -> int:
        await trace(f"t{i}")
        return i * 10

    async def node(_: State) -> State:
        return {"said": [await call(i) for i in range(4)]}

    graph = StateGraph(State)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == [0, 10, 20, 30]
    assert trace.done == ["t0", "t1", "t2", "t3"]


# --- A conditional edge that raises ---


def routed() -> tuple[StateGraph[Any], list[str]]:
    """Return a graph with a node whose conditional edge raises the first time, and the list of what ran."""
    ran: list[str] = []

    async def a(_: State) -> State:
        ran.append("a")
        return {"said": ["a"]}

    async def b(_: State) -> State:
        ran.append("b")
        return {"said": ["b"]}

    def route(_: State) -> str:
        ran.append("route")
        if ran.count("route") == 1:
            raise ConnectionError
        return "b"

    graph = StateGraph(State)
    graph.add_node(a)
    graph.add_node(b)
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", route, ["b"])
    return graph, ran


async def test_a_node_whose_conditional_edge_raised_runs_again() -> None:
    graph, ran = routed()
    first = Attempt(graph)
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert (await Attempt(graph, first.published).run())["said"] == ["a", "b"]
    assert ran == ["a", "route", "a", "route", "b"]


async def test_the_reason_langgraph_alone_ends_such_a_graph_silently_wrong() -> None:
    """If this fails, LangGraph has fixed the defect, and `put_writes` may become simpler."""
    graph, ran = routed()
    alone = graph.compile(checkpointer=InMemorySaver())
    with pytest.raises(ConnectionError):
        await alone.ainvoke({"said": []}, CONFIG, durability="sync")
    assert (await alone.ainvoke(None, CONFIG, durability="sync"))["said"] == ["a"]
    assert "b" not in ran


async def test_a_node_with_an_error_handler_goes_on_at_the_handler() -> None:
    trace = Trace("handle")
    failed = 0

    async def fails(_: State) -> State:
        nonlocal failed
        failed += 1
        raise ConnectionError("once")

    async def handle(_: State) -> State:
        await trace("handle")
        return {"said": ["handled"]}

    graph = StateGraph(State)
    graph.add_node("fails", fails, error_handler=handle)
    graph.add_edge(START, "fails")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["handled"]
    assert (failed, trace.done) == (1, ["handle"])


# --- Subgraphs ---


def nested(trace: Trace, *, checkpointer: bool | None = None) -> StateGraph[Any]:
    inner = chain(trace, "s0", "s1", "s2")
    graph = StateGraph(State)
    graph.add_node("first", saying(trace, "first"))
    graph.add_node("inner", inner.compile(checkpointer=checkpointer))
    graph.add_node("last", saying(trace, "last"))
    graph.add_edge(START, "first")
    graph.add_edge("first", "inner")
    graph.add_edge("inner", "last")
    return graph


@pytest.mark.parametrize("stop_at", ["s0", "s1", "s2"])
async def test_a_subgraph_goes_on_midway(stop_at: str) -> None:
    trace = Trace(stop_at)
    graph = nested(trace)
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    second = Attempt(graph, left)
    assert any(each.startswith("inner:") for each in second.namespaces())
    await second.run()
    assert trace.done == ["first", "s0", "s1", "s2", "last"]


async def test_a_subgraph_is_forgotten_when_its_task_has_finished() -> None:
    trace = Trace("last")
    left = await Attempt(nested(trace)).kill_at(trace.reached, {"said": []})
    second = Attempt(nested(trace), left)
    assert second.namespaces() == {""}
    assert {namespace for _, namespace, *_ in second.saver.blobs} == {""}
    assert {namespace for _, namespace, _ in second.saver.writes} <= {""}


async def test_a_subgraph_is_forgotten_when_its_own_task_has_finished_and_a_sibling_works() -> None:
    trace = Trace("t1")
    inner_done = asyncio.Event()
    graph = StateGraph(State)
    graph.add_node("inner", chain(trace, "s0").compile())

    async def other(_: State) -> State:
        await inner_done.wait()
        await trace("t1")
        return {"said": ["t1"]}

    graph.add_node("other", other)
    graph.add_edge(START, "inner")
    graph.add_edge(START, "other")
    first = Attempt(graph)
    first.saver.when_saved(1, inner_done.set)
    left = await first.kill_at(trace.reached, {"said": []})
    second = Attempt(graph, left)
    assert second.namespaces() == {""}
    await second.run()
    assert trace.done == ["s0", "t1"]


async def test_a_subgraph_whose_failure_was_handled_is_forgotten_when_the_step_is_over() -> None:
    trace, sibling_saved = Trace("last"), asyncio.Event()

    async def fails(_: State) -> State:
        await sibling_saved.wait()
        raise ConnectionError

    async def handle(_: State) -> Command[Any]:
        await trace("handled")
        return Command(goto="last")

    inner = StateGraph(State)
    inner.add_node("fine", saying(trace, "fine"))
    inner.add_node("fails", fails)
    inner.add_edge(START, "fine")
    inner.add_edge(START, "fails")
    graph = StateGraph(State)
    graph.add_node("inner", inner.compile(), error_handler=handle)
    graph.add_node("last", saying(trace, "last"))
    graph.add_edge(START, "inner")
    first = Attempt(graph)
    first.saver.when_saved(1, sibling_saved.set, namespace="inner:")
    left = await first.kill_at(trace.reached, {"said": []})
    second = Attempt(graph, left)
    assert trace.done == ["fine", "handled"]
    assert second.namespaces() == {""}
    assert {namespace for _, namespace, *_ in second.saver.writes} <= {""}


async def test_input_is_no_progress_and_a_task_is() -> None:
    publisher = Coalescer(lambda: None, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    config = {"configurable": {"thread_id": "T", "checkpoint_ns": "", "checkpoint_id": "1"}}
    saver.put_writes(config, [("channel", 1)], NULL_TASK_ID)
    saver.put_writes(config, [("__interrupt__", ())], "task")
    saver.put_writes(config, [("__error__", ValueError())], "task")
    assert saver.reports.finished.total() == 0
    saver.put_writes(config, [("channel", 1)], "task")
    assert saver.reports.finished == {"task": 1}


async def test_a_subgraph_called_by_a_node_goes_on_midway() -> None:
    trace = Trace("s1")
    inner = chain(trace, "s0", "s1").compile()

    async def call(_: State) -> State:
        return {"said": (await inner.ainvoke({"said": []}))["said"]}

    graph = StateGraph(State)
    graph.add_node("call", call)
    graph.add_edge(START, "call")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    assert (await Attempt(graph, left).run())["said"] == ["s0", "s1"]
    assert trace.done == ["s0", "s1"]


async def test_a_subgraph_with_a_memory_of_its_own_keeps_it() -> None:
    trace = Trace("last")
    left = await Attempt(nested(trace, checkpointer=True)).kill_at(trace.reached, {"said": []})
    assert Attempt(nested(trace, checkpointer=True), left).namespaces() == {"", "inner"}


# --- Delta channels ---


def appended(value: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    return [*value, *(item for write in writes for item in write)]


class Delta(TypedDict):
    items: Annotated[list[Any], DeltaChannel(appended, snapshot_frequency=4)]
    count: int


def looping(trace: Trace, item: Callable[[int], Any] = str, steps: int = 11) -> StateGraph[Any]:
    async def add(state: Delta) -> Delta:
        count = state["count"]
        await trace(f"d{count}")
        return {"items": [item(count)], "count": count + 1}

    graph = StateGraph(Delta)
    graph.add_node(add)
    graph.add_edge(START, "add")
    graph.add_conditional_edges("add", lambda state: "add" if state["count"] < steps else END, ["add", END])
    return graph


@pytest.mark.parametrize("stop_at", range(11))
async def test_a_delta_channel_comes_back_whole_wherever_the_attempt_died(stop_at: int) -> None:
    trace = Trace(f"d{stop_at}")
    graph = looping(trace)
    left = await Attempt(graph).kill_at(trace.reached, {"items": ["in"], "count": 0})
    assert (await Attempt(graph, left).run())["items"] == ["in", *map(str, range(11))]
    assert trace.done == [f"d{i}" for i in range(11)]


async def test_a_delta_channel_keeps_its_ancestors_up_to_the_snapshot_only() -> None:
    attempt = Attempt(looping(Trace(), steps=30))
    most = 0
    put = attempt.saver.put

    def counting(*given: Any) -> Any:
        nonlocal most
        saved = put(*given)
        most = max(most, len(attempt.saver.storage["T"][""]))
        return saved

    attempt.saver.put = counting  # type: ignore[method-assign]
    await attempt.run({"items": [], "count": 0})
    assert 2 <= most <= 5


async def test_tuples_in_a_delta_channel_pass_its_snapshots() -> None:
    trace = Trace("d6")
    graph = looping(trace, item=lambda i: (i, i))
    left = await Attempt(graph).kill_at(trace.reached, {"items": [], "count": 0})
    assert (await Attempt(graph, left).run())["items"] == [(i, i) for i in range(11)]


# --- Size ---


async def test_a_constant_state_takes_constant_space() -> None:
    class Constant(TypedDict):
        text: str
        count: int

    async def step(state: Constant) -> Constant:
        return {"text": "x" * 1000, "count": state["count"] + 1}

    graph = StateGraph(Constant)
    graph.add_node(step)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: "step" if state["count"] < 190 else END, ["step", END])
    attempt = Attempt(graph)
    limits = {**CONFIG, "recursion_limit": 300}
    steps = attempt.graph.astream({"text": "", "count": 100}, limits, durability="sync")
    sizes = [len(str(attempt.saver.content())) async for _ in steps]
    assert len(sizes) == 90
    assert max(sizes[80:]) < max(sizes[5:15]) + 100


# --- How it saves ---


async def test_a_copy_with_other_types_is_the_same_saver() -> None:
    published = 0

    def publish() -> None:
        nonlocal published
        published += 1

    publisher = Coalescer(publish, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    copy = saver.with_allowlist({("decimal", "Decimal")})
    assert copy is not saver
    config = {"configurable": {"thread_id": "T", "checkpoint_ns": ""}}
    saved = copy.put(config, empty_checkpoint(), {"step": 1}, {})
    copy.put_writes(saved, [("channel", 1)], "task")
    publisher.flush()
    assert published == 1
    found = saver.get_tuple(config)
    assert found is not None
    assert found.pending_writes == [("task", "channel", 1)]
    saver.put_writes(saved, [("channel", 2)], "other")
    publisher.flush()
    assert len(copy.get_tuple(config).pending_writes) == 2  # type: ignore[union-attr]
    assert published == 2


async def test_saving_waits_for_nothing() -> None:
    published = asyncio.Event()
    publisher = Coalescer(published.set, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    config = {"configurable": {"thread_id": "T", "checkpoint_ns": ""}}
    putting = saver.aput(config, empty_checkpoint(), {"step": 1}, {})
    with pytest.raises(StopIteration) as put:
        putting.send(None)  # it finishes at once, without yielding to the event loop
    writing = saver.aput_writes(put.value.value, [("channel", 1)], "task")
    with pytest.raises(StopIteration):
        writing.send(None)
    assert not published.is_set()
    async with asyncio.timeout(60):
        await published.wait()


async def test_sync_nodes_save_from_threads_and_publish_on_the_loop() -> None:
    saving: set[int] = set()
    publishing: set[int] = set()
    inner = StateGraph(State)
    inner.add_node("s0", lambda _: {"said": ["s0"]})
    inner.add_node("s1", lambda _: {"said": ["s1"]})
    inner.add_edge(START, "s0")
    inner.add_edge("s0", "s1")
    subgraph = inner.compile()

    def call(_: State) -> State:
        return {"said": subgraph.invoke({"said": []}, durability="sync")["said"]}

    graph = StateGraph(State)
    graph.add_node("call", call)
    graph.add_edge(START, "call")
    attempt = Attempt(graph)
    put, publish = attempt.saver.put, attempt._publisher._publish

    def noting_put(*given: Any) -> Any:
        saving.add(threading.get_ident())
        return put(*given)

    def noting_publish() -> None:
        publishing.add(threading.get_ident())
        publish()

    attempt.saver.put = noting_put  # type: ignore[method-assign]
    attempt._publisher._publish = noting_publish
    assert (await attempt.run({"said": []}))["said"] == ["s0", "s1"]
    assert saving - {threading.get_ident()}
    assert publishing == {threading.get_ident()}


async def test_saves_from_many_threads_are_all_published() -> None:
    contents: list[dict[str, Any]] = []
    publisher = Coalescer(lambda: contents.append(saver.content()), timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    config = {"configurable": {"thread_id": "T", "checkpoint_ns": ""}}
    saved = saver.put(config, empty_checkpoint(), {"step": 1}, {})

    def save(worker: int) -> None:
        for i in range(100):
            saver.put_writes(saved, [("channel", i)], f"{worker}-{i}")

    await asyncio.gather(*(asyncio.to_thread(save, worker) for worker in range(8)))
    publisher.flush()
    await asyncio.sleep(0)
    assert len(contents[-1]["writes"]) == 800
    assert len(contents) > 1


async def test_a_refused_task_leaves_nothing_that_counts_as_finished() -> None:
    publisher = Coalescer(lambda: None, timedelta(0))
    saver = HeartbeatSaver(publisher, Journal(publisher))
    config = {"configurable": {"thread_id": "T", "checkpoint_ns": ""}}
    saved = saver.put(config, empty_checkpoint(), {"step": 1}, {})
    with pytest.raises(UnfitChannelError, match="channel 'second'"):
        saver.put_writes(saved, [("first", 1), ("second", threading.Lock())], "task")
    assert saver.content()["writes"] == []
