"""What a task puts belongs to it until it has finished: who sees it, what becomes of it, and in which of its tries."""

import asyncio
import threading
from datetime import timedelta
from operator import add
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import InjectedStore
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.types import RetryPolicy, interrupt
from langgraph_heartbeat._graphs import GraphLike, compile_graph, types_of, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._saver.reports import TooLargeError
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError
from langgraph_heartbeat._store.store import HeartbeatStore

CONFIG: RunnableConfig = {"configurable": {"thread_id": "T"}, "recursion_limit": 100}
PLACE = ("place",)


class State(TypedDict, total=False):
    log: Annotated[list[Any], add]


class Scripted(GenericFakeChatModel):
    """Gives its answers in turn, whatever tools it has."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self


class Run:
    """A run of `graph` with a store that nothing lies behind."""

    def __init__(self, graph: GraphLike, content: Any = None, **options: Any) -> None:
        compiled = compile_graph(graph)
        coalescer, types = Coalescer(lambda: None, timedelta(0)), types_of(compiled)
        self.store = HeartbeatStore(None, StrictSerializer(types))
        self.saver = HeartbeatSaver(coalescer, Journal(coalescer), types, store=self.store, **options)
        self.graph = with_saver(compiled, self.saver, self.store)
        if content is not None:
            self.saver.restore(content)

    async def end(self, given: Any = None, durability: Any = "sync") -> Any:
        start: Any = None if self.saver.get_tuple(CONFIG) else given or {"log": []}
        return await self.graph.ainvoke(start, CONFIG, durability=durability)

    @property
    def committed(self) -> dict[str, Any]:
        """What the checkpoint carries: the values by their keys."""
        rows = self.store.decoded(self.store.content())
        return {key: row.value for (_, key), row in rows.items()}


def sequence(*nodes: Any) -> StateGraph[Any, Any, Any, Any]:
    steps: Any = [(f"node{number}", node) for number, node in enumerate(nodes)]
    return StateGraph(State).add_sequence(steps).add_edge(START, "node0")


async def keys(store: BaseStore) -> list[str]:
    return sorted(item.key for item in await store.asearch(PLACE, limit=100))


async def put(key: str, **value: Any) -> None:
    await get_store().aput(PLACE, key, value)


async def look(_: State) -> State:
    return {"log": [await keys(get_store())]}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
async def test_a_task_sees_its_own_puts_and_later_steps_see_them(durability: str) -> None:
    async def first(_: State) -> State:
        await put("a")
        await put("b")
        await get_store().adelete(PLACE, "b")
        return {"log": [await keys(get_store())]}

    run = Run(sequence(first, look, look))
    assert (await run.end(durability=durability))["log"] == [["a"], ["a"], ["a"]]
    assert list(run.committed) == ["a", "b"]
    assert await keys(run.store) == ["a"]


async def test_parallel_tasks_do_not_see_what_has_not_finished() -> None:
    has_put, has_looked = asyncio.Event(), asyncio.Event()

    async def puts(_: State) -> State:
        await put("unfinished")
        has_put.set()
        await has_looked.wait()
        return {}

    async def looks(_: State) -> State:
        await has_put.wait()
        seen = await keys(get_store())
        has_looked.set()
        return {"log": [seen]}

    builder = StateGraph(State)
    nodes: dict[str, Any] = {"puts": puts, "looks": looks, "look": look}
    for name, node in nodes.items():
        builder.add_node(name, node)
    builder.add_edge(START, "puts")
    builder.add_edge(START, "looks")
    builder.add_edge(["puts", "looks"], "look")
    assert (await Run(builder).end())["log"] == [[], ["unfinished"]]


@pytest.mark.parametrize(
    ("durability", "checkpointer"), [("sync", None), ("async", None), ("exit", None), ("async", False), ("exit", False)]
)
async def test_a_subgraph_sees_the_puts_of_the_task_around_it(durability: str, *, checkpointer: Any) -> None:
    async def inside(_: State) -> State:
        await put("inner")
        return {"log": [await keys(get_store())]}

    inner = sequence(inside, look).compile(checkpointer=checkpointer)

    async def outside(_: State) -> State:
        await put("outer")
        log = (await inner.ainvoke({"log": []}))["log"]
        return {"log": [*log, await keys(get_store())]}

    run = Run(sequence(outside, look))
    assert (await run.end(durability=durability))["log"] == [["inner", "outer"]] * 4
    assert sorted(run.committed) == ["inner", "outer"]


async def test_a_router_sees_the_puts_of_its_node() -> None:
    async def puts(_: State) -> State:
        await put("where", to="there")
        return {}

    async def route(_: State) -> str:
        item = await get_store().aget(PLACE, "where")
        return item.value["to"] if item else "lost"

    async def there(_: State) -> State:
        return {"log": ["there"]}

    builder = StateGraph(State).add_edge(START, "puts").add_conditional_edges("puts", route, ["there"])
    nodes: dict[str, Any] = {"puts": puts, "there": there}
    for name, node in nodes.items():
        builder.add_node(name, node)
    assert (await Run(builder).end())["log"] == ["there"]


async def test_a_task_that_raises_has_put_nothing() -> None:
    async def raises(_: State) -> State:
        await put("half")
        raise ConnectionError

    run = Run(sequence(raises))
    with pytest.raises(ConnectionError):
        await run.end()
    assert run.committed == {}
    assert await keys(run.store) == []


async def test_a_task_that_asks_puts_again_when_it_is_answered() -> None:
    async def asks(_: State) -> State:
        before = await keys(get_store())
        await put("draft")
        return {"log": [before, interrupt("May I?")]}

    run = Run(sequence(asks))
    paused = await run.end()
    assert run.committed == {}
    for again in (Run(sequence(asks), run.saver.content()), run):  # a later attempt, and the same one
        assert again.saver.answer({paused["__interrupt__"][0].id: "yes"}) == []
        assert (await again.end())["log"] == [[], "yes"]
        assert list(again.committed) == ["draft"]


def retried(*nodes: Any) -> StateGraph[Any, Any, Any, Any]:
    builder = StateGraph(State).add_edge(START, "node0")
    for number, node in enumerate(nodes):
        policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=3)
        builder.add_node(f"node{number}", node, retry_policy=policy)
        if number:
            builder.add_edge(f"node{number - 1}", f"node{number}")
    return builder


@pytest.mark.parametrize("durability", ["sync", "exit"])
async def test_a_try_does_not_see_the_puts_of_the_try_before(durability: str) -> None:
    tries: list[list[str]] = []

    async def flaky(_: State) -> State:
        tries.append(await keys(get_store()))
        await put(f"of try {len(tries)}")
        tries[-1] += await keys(get_store())
        if len(tries) < 3:
            raise ConnectionError
        return {}

    run = Run(retried(flaky, look))
    assert (await run.end(durability=durability))["log"] == [["of try 3"]]
    assert tries == [["of try 1"], ["of try 2"], ["of try 3"]]
    assert list(run.committed) == ["of try 3"]


async def test_a_subgraph_does_not_see_what_an_earlier_try_of_the_task_around_it_has_put() -> None:
    tries: list[str] = []

    async def inside(_: State) -> State:
        seen = await keys(get_store())
        await put(f"inner {len(tries)}")
        if len(tries) == 1:
            raise ConnectionError
        return {"log": [seen]}

    inner = sequence(inside).compile()

    async def outside(state: State) -> Any:
        tries.append("")
        if len(tries) == 1:
            await put("outer")
        return await inner.ainvoke(state)

    run = Run(retried(outside))
    assert (await run.end())["log"] == [[]]
    assert list(run.committed) == ["inner 2"]


async def test_a_failure_that_is_handled_has_put_nothing() -> None:
    async def fails(_: State) -> State:
        await put("half")
        raise ConnectionError

    async def handles(_: State) -> State:
        await put("handled")
        return {"log": [await keys(get_store())]}

    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State)
    nodes: list[Any] = [fails, handles, look]
    builder.add_node("fails", nodes[0], error_handler=nodes[1])
    builder.add_node("look", nodes[2])
    run = Run(builder.add_edge(START, "fails").add_edge("fails", "look"))
    assert (await run.end())["log"][0] == ["handled"]
    assert list(run.committed) == ["handled"]


async def test_a_try_may_ask_and_the_task_begins_at_its_first_try_when_it_is_answered() -> None:
    tries: list[str] = []

    async def asks(_: State) -> State:
        tries.append("")
        await put(f"of try {len(tries)}")
        if len(tries) == 1:
            raise ConnectionError
        return {"log": [interrupt("May I?")]}

    run = Run(retried(asks))
    paused = await run.end()
    run.saver.answer({paused["__interrupt__"][0].id: "yes"})
    assert (await run.end())["log"] == ["yes"]
    assert list(run.committed) == ["of try 3"]


@pytest.mark.parametrize("has_put_before", [True, False])
async def test_a_try_that_was_given_up_can_still_run_and_its_puts_are_ignored(*, has_put_before: bool) -> None:
    tries: list[str] = []
    second_has_put, first_has_put = threading.Event(), threading.Event()

    async def outlives_its_time(_: State) -> State:
        tries.append("")
        store, number = get_store(), len(tries)

        def late() -> None:
            second_has_put.wait(60)
            store.put(PLACE, "shared", {"by": "the first"})
            first_has_put.set()

        if number > 1 or has_put_before:
            await put("shared", by=f"try {number}")
        if number == 1:
            lateness.append(asyncio.create_task(asyncio.to_thread(late)))
            raise ConnectionError
        second_has_put.set()
        await lateness[0]
        assert first_has_put.is_set()
        return {}

    lateness: list[asyncio.Task[None]] = []
    run = Run(retried(outlives_its_time))
    await run.end()
    assert run.committed == {"shared": {"by": "try 2"}}


async def test_puts_wait_for_the_checkpoint_from_which_their_task_began() -> None:
    """With `durability="async"` a step may begin before the checkpoint of the step before is saved."""
    is_saved, seen, calls = asyncio.Event(), list[Any](), list[str]()

    async def guard() -> None:
        calls.append("put")
        if len(calls) == 3:  # the checkpoint from which `second` begins
            await is_saved.wait()

    async def first(_: State) -> State:
        await put("a")
        return {}

    async def second(_: State) -> State:
        await put("b")
        return {}

    async def third(_: State) -> State:
        seen.extend([await keys(get_store()), list(run.committed)])
        is_saved.set()
        return {}

    run = Run(sequence(first, second, third), guard=guard)
    await run.end(durability="async")
    assert seen == [["a", "b"], ["a"]]
    assert list(run.committed) == ["a", "b"]


async def test_a_put_in_the_background_of_a_finished_task_is_committed_at_once() -> None:
    go_on, background = asyncio.Event(), list[asyncio.Task[None]]()

    async def leaves_work_behind(_: State) -> State:
        async def later() -> None:
            await go_on.wait()
            await put("later")

        background.append(asyncio.create_task(later()))
        return {}

    async def waits(_: State) -> State:
        go_on.set()
        await background[0]
        raise ConnectionError

    run = Run(sequence(leaves_work_behind, waits))
    with pytest.raises(ConnectionError):
        await run.end()
    assert list(run.committed) == ["later"]


async def test_a_put_outside_the_tasks_is_committed_at_once() -> None:
    run = Run(sequence(look))
    await run.store.aput(PLACE, "seed", {"n": 1})
    run.store.put(PLACE, "seed", {"n": 2})
    assert run.committed == {"seed": {"n": 2}}
    assert (await run.end())["log"] == [["seed"]]


async def test_nested_values_that_would_change_are_refused_where_they_are_put() -> None:
    class Private:
        pass

    async def puts(_: State) -> State:
        await put("secret", of=[Private()])
        return {}

    with pytest.raises(UnfitError, match=r"The value 'secret' in \('place',\) of the store holds a .*Private"):
        await Run(sequence(puts)).end()


async def test_what_is_read_is_a_copy() -> None:
    async def changes(_: State) -> State:
        value = {"list": [1]}
        await get_store().aput(PLACE, "key", value)
        value["list"].append(2)
        item = await get_store().aget(PLACE, "key")
        assert item is not None
        item.value["list"].append(3)
        return {"log": [each.value for each in await get_store().asearch(PLACE)]}

    assert (await Run(sequence(changes)).end())["log"] == [{"list": [1]}]


async def test_puts_that_make_the_state_too_large_are_undone_with_their_task() -> None:
    limited: dict[str, Any] = {}

    def require_fit() -> None:
        if limited["run"].store.size_bytes > 1000:
            raise TooLargeError("too large")

    async def small(_: State) -> State:
        await put("small")
        return {}

    async def large(_: State) -> State:
        await put("large", text="x" * 2000)
        return {}

    run = limited["run"] = Run(sequence(small, large), require_fit=require_fit)
    with pytest.raises(TooLargeError):
        await run.end()
    assert list(run.committed) == ["small"]
    assert run.saver.channel_sizes()["(the store)"] < 1000


async def test_tools_of_an_agent_remember() -> None:
    @tool
    async def remember(fact: str, store: Annotated[BaseStore, InjectedStore()]) -> str:
        """Remember a fact."""
        await store.aput(PLACE, fact, {"fact": fact})
        return "remembered"

    @tool
    async def recall() -> list[str]:
        """Recall the facts."""
        return await keys(get_store())

    def call(name: str, number: int, **arguments: str) -> AIMessage:
        return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call {number}"}])

    answers = [call("remember", 1, fact="blue"), call("recall", 2), AIMessage("It is blue.")]
    run = Run(create_agent(Scripted(messages=iter(answers)), [remember, recall]))  # pyright: ignore[reportUnknownArgumentType]
    messages = (await run.end({"messages": [("user", "Which?")]}))["messages"]
    assert [message.content for message in messages if message.type == "tool"] == ["remembered", '["blue"]']
    assert run.committed == {"blue": {"fact": "blue"}}


async def test_the_runtime_has_the_store() -> None:
    async def node(_: State, runtime: Runtime[None]) -> State:
        assert runtime.store is not None
        await runtime.store.aput(PLACE, "key", {"n": 1})
        return {}

    run = Run(sequence(node))
    await run.end()
    assert run.committed == {"key": {"n": 1}}
