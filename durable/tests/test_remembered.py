"""What a node calls itself and `remembered` wraps is not called again: functions, tools, retrievers, embeddings."""

import array
import asyncio
import copy
import functools
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool, tool
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph.types import Send
from langgraph_heartbeat import remembered
from langgraph_heartbeat._journal.arguments import describe
from langgraph_heartbeat._journal.vectors import pack_vectors, unpack_vectors
from langgraph_heartbeat._serialising.serialising import full_name
from pydantic import Field

from .asking import State, one
from .attempts import Attempt, Trace
from .kinds import Colour, Frozen, Listed, Plain, Unlisted


async def twice(make: Callable[[Trace], StateGraph[Any]], given: Any, types: list[type] | None = None) -> Attempt:
    """Run a graph that is killed where its trace waits, and then to its end; return the second attempt."""
    trace = Trace("end")
    first = Attempt(make(trace), types=types or [])
    left = await first.kill_at(trace.reached, given)
    second = Attempt(make(Trace()), left, types=types or [])
    await second.run()
    return second


class Calls:
    """Functions that count their calls."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.given: list[Any] = []

    async def fetch(self, url: str, *, lines: int = 1) -> list[str]:
        self.made.append(url)
        return [f"{url} #{len(self.made)}"] * lines

    def fetch_in_a_thread(self, url: str) -> str:
        self.made.append(url)
        assert threading.current_thread() is not threading.main_thread()
        return f"{url} #{len(self.made)}"


async def test_finished_calls_of_functions_come_back() -> None:
    calls = Calls()
    fetch = remembered(calls.fetch)

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            calls.given.append([await fetch("a"), await fetch("b", lines=2), await fetch("a")])
            await trace("end")
            return {}

        return one(node)

    second = await twice(graph, {"said": []})
    assert calls.made == ["a", "b", "a"]
    assert calls.given[0] == calls.given[1] == [["a #1"], ["b #2", "b #2"], ["a #3"]]
    assert second.journal.unremembered.counts() == {}


async def test_calls_that_are_made_at_once_come_back_each_as_it_was() -> None:
    calls = Calls()
    fetch = remembered(calls.fetch)

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            calls.given.append(await asyncio.gather(*(fetch(url) for url in "abca")))
            await trace("end")
            return {}

        return one(node)

    await twice(graph, {"said": []})
    assert (len(calls.made), calls.given[0]) == (4, calls.given[1])


async def test_functions_in_the_threads_of_sync_nodes_come_back() -> None:
    calls, reached, go_on = Calls(), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    fetch = remembered(calls.fetch_in_a_thread)

    def node(_: State) -> State:
        calls.given.append(fetch("a"))
        loop.call_soon_threadsafe(reached.set)
        go_on.wait(20)
        return {}

    first = Attempt(one(node))
    async with first.killed({"said": []}, reached):
        left = first.published
        go_on.set()
    await Attempt(one(node), left).run()
    assert (calls.made, calls.given) == (["a"], ["a #1", "a #1"])


async def test_a_call_that_raised_is_made_again_and_leaves_the_others() -> None:
    calls = Calls()

    @remembered
    async def fetch(url: str) -> str:
        calls.made.append(url)
        if url == "b" and calls.made.count("b") == 1:
            raise ConnectionError
        return url

    async def node(_: State) -> State:
        return {"said": [await fetch("a"), await fetch("b")]}

    first = Attempt(one(node))
    with pytest.raises(ConnectionError):
        await first.run({"said": []})
    assert (await Attempt(one(node), first.published).run())["said"] == ["a", "b"]
    assert calls.made == ["a", "b", "b"]


async def test_what_was_done_is_kept_if_the_node_raises() -> None:
    calls, fails = Calls(), [True]
    fetch = remembered(calls.fetch)

    async def node(_: State) -> State:
        said = await fetch("a")
        if fails:
            raise ValueError(fails.pop())
        return {"said": said}

    first = Attempt(one(node))
    with pytest.raises(ValueError, match="True"):
        await first.run({"said": []})
    assert first.journal.remembered == 1
    assert (await Attempt(one(node), first.published).run())["said"] == ["a #1"]


async def test_results_die_with_their_task() -> None:
    calls, trace = Calls(), Trace("later")
    fetch = remembered(calls.fetch)

    async def first(_: State) -> State:
        return {"said": await fetch("a")}

    async def later(_: State) -> State:
        await trace("later")
        return {"said": await fetch("a")}

    graph = one(first).add_node("later", later).add_edge("node", "later")
    left = await Attempt(graph).kill_at(trace.reached, {"said": []})
    second = Attempt(graph, left)
    assert second.journal.content() == {}
    assert (await second.run())["said"] == ["a #1", "a #2"]


async def test_a_result_that_cannot_be_kept_is_named(caplog: pytest.LogCaptureFixture) -> None:
    made = list[str]()

    @remembered
    async def load() -> Any:
        made.append("load")
        return Unlisted(number=1)

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            await load()
            await trace("end")
            return {}

        return one(node)

    second = await twice(graph, {"said": []})
    assert made == ["load", "load"]
    assert second.journal.unremembered.counts() == {f"load in node: {full_name(Unlisted)}": 1}
    assert "An answer of load in node is not remembered" in caplog.text


async def test_a_call_around_a_task_of_langgraph_runs_again_and_the_task_does_not() -> None:
    """A `@task` is known by its number among those of its node, so it has to be called in every attempt."""
    made, trace = list[str](), Trace("end")

    @task
    async def paid(text: str) -> str:
        made.append(text)
        return text.upper()

    @remembered
    async def around(text: str) -> str:
        made.append(f"around {text}")
        return await paid(text)

    @entrypoint()
    async def run(given: dict[str, Any]) -> Any:
        said = [await around("a"), await paid("b")]
        await trace("end")
        return said

    first = Attempt(run)
    left = await first.kill_at(trace.reached, {"said": []})
    assert first.journal.unremembered.counts() == {"around in run: calls a @task": 1}
    assert await Attempt(run, left).run() == ["A", "B"]
    assert made == ["around a", "a", "b", "around a"]


# --- Tools, retrievers and embeddings ---


async def test_a_tool_that_a_node_calls_itself_comes_back() -> None:
    calls = Calls()

    @tool
    async def look_up(what: str) -> str:
        """Look up."""
        calls.made.append(what)
        return f"{what} #{len(calls.made)}"

    @tool
    def look_up_in_a_thread(what: str) -> str:
        """Look up."""
        calls.made.append(what)
        return f"{what} #{len(calls.made)}"

    kept = [remembered(look_up), remembered(look_up_in_a_thread)]
    request = {"type": "tool_call", "id": "1", "name": "look_up", "args": {"what": "c"}}

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            said = [await each.ainvoke({"what": "a"}) for each in kept]
            calls.given.append(
                [*said, await asyncio.to_thread(kept[1].invoke, {"what": "b"}), await kept[0].ainvoke(request)]
            )
            await trace("end")
            return {}

        return one(node)

    await twice(graph, {"said": []})
    assert calls.made == ["a", "a", "b", "c"]
    assert calls.given[0] == calls.given[1]
    assert calls.given[0][:3] == ["a #1", "a #2", "b #3"]


def test_a_remembered_tool_is_a_tool_like_the_original() -> None:
    @tool
    def look_up(what: str) -> str:
        """Look up."""
        return what

    kept = remembered(look_up)
    assert isinstance(kept, type(look_up))
    assert (kept.name, kept.description, kept.args) == (look_up.name, look_up.description, look_up.args)
    assert kept.invoke({"what": "a"}) == "a"
    assert type(look_up) is not type(kept)
    assert isinstance(remembered(kept), BaseTool)


class Finding(BaseRetriever):
    found: Any = Field(exclude=True)

    def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
        self.found.append(query)
        return [Document(page_content=f"{query} #{len(self.found)}", metadata={"score": 0.1}, id="1")]


class Embedding(Embeddings):
    def __init__(self) -> None:
        self.embedded: list[Any] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded.append(texts)
        return [[0.1 * len(self.embedded), 1 / 3, float(len(text))] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


async def test_what_retrievers_find_comes_back() -> None:
    found, given = list[str](), list[Any]()
    finding, other = remembered(Finding(found=found)), remembered(Finding(found=found), name="other")
    assert isinstance(finding, Finding)

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            given.append([await finding.ainvoke("a"), await asyncio.to_thread(other.invoke, "a")])
            await trace("end")
            return {}

        return one(node)

    await twice(graph, {"said": []})
    assert given[0] == given[1]
    assert found == ["a", "a"]


async def test_vectors_come_back_exactly_and_each_was_paid_once() -> None:
    original, given = Embedding(), list[Any]()
    embedding = remembered(original)
    assert isinstance(embedding, Embeddings)
    assert embedding.embedded is original.embedded

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            vectors = [await embedding.aembed_documents(["a", "bc"]), await embedding.aembed_query("a")]
            given.append(
                [
                    *vectors,
                    *await asyncio.to_thread(lambda: [embedding.embed_documents([]), embedding.embed_query("a")]),
                ]
            )
            await trace("end")
            return {}

        return one(node)

    second = await twice(graph, {"said": []})
    assert repr(given[0]) == repr(given[1])
    assert original.embedded == [["a", "bc"], ["a"], [], ["a"]]
    assert second.journal.unremembered.counts() == {}


@pytest.mark.parametrize(
    ("vectors", "bytes_a_number"),
    [
        ([[0.5, -0.0, 3.0], []], 4),
        ([list(array.array("f", [0.1, 1e-40, 3.4e38]))], 4),
        ([[0.1, 0.2]], 8),
        ([[1e300, 0.5]], 8),
        ([[math.nan, math.inf, -math.inf, 0.1]], 8),
        ([], 0),
    ],
)
def test_vectors_are_small_and_exact(vectors: list[list[float]], bytes_a_number: int) -> None:
    packed = pack_vectors(vectors)
    assert len(packed[2]) == bytes_a_number * sum(map(len, vectors))
    assert repr(unpack_vectors(packed)) == repr(vectors)


@pytest.mark.parametrize("vectors", [[[1, 2]], [(0.5, 0.5)], ([0.5],), "text", [[0.5, "a"]]])
def test_what_is_no_list_of_vectors_is_not_packed(vectors: Any) -> None:
    assert pack_vectors(vectors) is None


def test_hostile_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="no packed vectors"):
        unpack_vectors(["d", [2**40], b""])


# --- What tells calls apart ---


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        ([1], (1,)),
        ({"a": 1}, {"a": 2}),
        (Plain(number=1), Plain(number=2)),
        (Frozen(1), Frozen(2)),
        (Plain(number=1), Listed(number=1)),
        (Colour.RED, "red"),
        (b"a", b"b"),
        ({1, 2}, {1, 3}),
        (Path("a"), Path("b")),
    ],
)
def test_other_arguments_are_described_otherwise(first: Any, second: Any) -> None:
    assert describe(first) != describe(second)


class Client:
    """An object that shows nothing of itself."""


@pytest.mark.parametrize("value", [{"a": 1, "b": [1]}, {"x", "y", "z"}, Plain(number=1, texts=["a"]), Client()])
def test_equal_arguments_are_described_equally_in_every_process(value: Any) -> None:
    assert describe(value) == describe(copy.deepcopy(value))
    assert " at 0x" not in describe(value)


class Silent:
    def __repr__(self) -> str:
        raise ValueError("it is closed")


def test_an_object_that_cannot_be_shown_counts_as_its_class() -> None:
    assert describe([Silent()]) == f"list({full_name(Silent)})"


def test_a_dict_in_another_order_is_the_same() -> None:
    assert describe({"a": 1, "b": 2}) == describe({"b": 2, "a": 1})


def test_a_value_that_contains_itself_is_described() -> None:
    value: list[Any] = []
    value.append(value)
    assert describe(value)


# --- What is refused, and where nothing happens ---


async def test_outside_of_a_phase_nothing_is_remembered() -> None:
    calls = Calls()
    fetch = remembered(calls.fetch)
    assert [await fetch("a"), await fetch("a")] == [["a #1"], ["a #2"]]
    assert fetch.__name__ == "fetch"

    async def node(_: State) -> State:
        return {"said": [*await fetch("a"), *await fetch("a")]}

    assert (await one(node).compile().ainvoke({"said": []}))["said"] == ["a #3", "a #4"]


@pytest.mark.parametrize("value", [RunnableLambda(lambda x: x), "text", Plain, None])
def test_what_is_not_called_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="takes a function, a tool, a chat model"):
        remembered(value)


def test_generators_are_refused() -> None:
    async def pages() -> Any:
        yield 1

    with pytest.raises(TypeError, match="let it return a list"):
        remembered(pages)


async def test_partial_functions_and_objects_that_are_called_are_remembered() -> None:
    calls = Calls()

    class Fetcher:
        async def __call__(self, url: str) -> Any:
            return await calls.fetch(url)

    kept = [remembered(functools.partial(calls.fetch, "a")), remembered(functools.partial(calls.fetch, "b"))]
    fetcher = remembered(Fetcher())

    def graph(trace: Trace) -> StateGraph[Any]:
        async def node(_: State) -> State:
            calls.given.append([*[await each() for each in kept], await fetcher("c")])
            await trace("end")
            return {}

        return one(node)

    await twice(graph, {"said": []})
    assert (calls.made, calls.given[0]) == (["a", "b", "c"], calls.given[1])


async def test_branches_of_a_fan_out_have_each_their_own() -> None:
    calls = Calls()
    fetch = remembered(calls.fetch)

    def graph(trace: Trace) -> StateGraph[Any]:
        async def work(_: Any) -> State:
            said = await fetch("a")
            calls.given.append(said)
            if len(calls.given) == 3:
                await trace("end")
            elif len(calls.given) < 3:
                await asyncio.Event().wait()
            return {"said": said}

        return StateGraph(State).add_node(work).add_conditional_edges(START, lambda _: [Send("work", {})] * 3)

    await twice(graph, {"said": []})
    assert calls.made == ["a", "a", "a"]
    assert sorted(calls.given[:3]) == sorted(calls.given[3:])
