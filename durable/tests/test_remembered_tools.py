"""Tools that have finished are not run again, in a graph that nobody changed for it."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool, InjectedToolCallId, tool
from langgraph.config import get_store
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, ToolNode, ToolRuntime
from langgraph.types import Command, RetryPolicy
from langgraph_heartbeat import remembered
from langgraph_heartbeat._journal.journal import Journal, current_journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._serialising.serialising import StrictSerializer, full_name

from .asking import Scripted, model
from .attempts import Attempt, Trace
from .kinds import Listed, Unlisted


def calling(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    return AIMessage(
        "", id="asks", tool_calls=[ToolCall(name=name, args=args, id=f"{i}") for i, (name, args) in enumerate(calls)]
    )


class Tools:
    """Tools that say what they did; `slow` waits for ever in the first attempt, once two are done."""

    def __init__(self, results: int = 2) -> None:
        self.trace = Trace("slow")
        self.threads = set[int]()
        self._results = results
        """How many results are remembered when `slow` begins to wait."""

    def _two_are_done(self, journal: Journal) -> bool:
        return len(self.trace.done) >= 2 and len(journal.content()) >= self._results

    def all(self) -> list[BaseTool]:
        async def fetch(url: str) -> str:
            """Fetch a page."""
            await self.trace(f"fetch {url}")
            return f"{url} #{len(self.trace.done)}"

        async def slow() -> str:
            """Take long."""
            journal = current_journal.get()
            assert journal is not None
            # A tool in a thread tells nobody that its result is remembered.
            while not self.trace.reached.is_set() and not self._two_are_done(journal):  # noqa: ASYNC110
                await asyncio.sleep(0)
            await self.trace("slow")
            return "at last"

        def fetch_in_a_thread(url: str) -> str:
            """Fetch a page."""
            self.threads.add(threading.get_ident())
            self.trace.done.append(f"fetch {url}")
            return f"{url} #{len(self.trace.done)}"

        return [tool(fetch), tool(slow), tool(fetch_in_a_thread)]

    def counts(self) -> Counter[str]:
        return self.trace.counts()


def using(tools: list[Any], message: AIMessage, **options: Any) -> StateGraph[Any, Any, Any, Any]:
    """Return a graph that runs the tools that a message asks for in one tool node."""

    async def think(_: MessagesState) -> dict[str, Any]:
        return {"messages": [message]}

    graph = StateGraph(MessagesState).add_node(think).add_node("tools", ToolNode(tools, **options))
    return graph.add_edge(START, "think").add_edge("think", "tools")


PAGES = calling(("fetch", {"url": "a"}), ("fetch", {"url": "b"}), ("slow", {}))
IN_THREADS = calling(("fetch_in_a_thread", {"url": "a"}), ("fetch_in_a_thread", {"url": "b"}), ("slow", {}))


def contents(done: Any) -> list[Any]:
    return [message.content for message in done["messages"] if isinstance(message, ToolMessage)]


@pytest.mark.parametrize("message", [PAGES, IN_THREADS])
async def test_finished_tools_of_a_tool_node_are_not_run_again(message: AIMessage) -> None:
    tools = Tools()
    graph = using(tools.all(), message)
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    before = list(tools.trace.done)
    second = Attempt(graph, left)
    done = await second.run()
    assert tools.trace.done == [*before, "slow"]
    assert {content.partition(" ")[2] for content in contents(done)} == {"#1", "#2", "last"}
    assert second.journal.unremembered.counts() == {}
    assert threading.get_ident() not in tools.threads


async def test_what_comes_back_is_equal_to_what_came_first() -> None:
    tools, seen = Tools(), list[Any]()

    @tool(response_format="content_and_artifact")
    async def find(what: str) -> Any:
        """Find something, with an artifact and no plain text."""
        return [{"type": "text", "text": what}], {"found": (Listed(number=1), {2, 3}), "raw": b"\x00"}

    @tool
    async def move(where: str, tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Update the state."""
        return Command(update={"messages": [ToolMessage(f"at {where}", tool_call_id=tool_call_id, id="moved")]})

    def note(request: Any, execute: Callable[[Any], Any]) -> Any:
        raise AssertionError("the wrapper for the event loop is used")

    async def anote(request: Any, execute: Callable[[Any], Any]) -> Any:
        result = await execute(request)
        seen.append(repr(result))  # LangGraph gives messages an id later, in place
        return result

    message = calling(("fetch", {"url": "a"}), ("find", {"what": "x"}), ("move", {"where": "b"}), ("slow", {}))
    tools.trace.done.append("")  # `slow` waits for two
    graph = using([*tools.all(), find, move], message, wrap_tool_call=note, awrap_tool_call=anote)
    left = await Attempt(graph, types=[Listed]).kill_at(tools.trace.reached, {"messages": []})
    second = Attempt(graph, left, types=[Listed])
    await second.run()
    assert len(seen) == 3 + 4
    assert seen[:3] == seen[3:6]
    assert second.journal.unremembered.counts() == {}


async def test_the_graph_its_nodes_and_its_tools_stay_as_they_are() -> None:
    node = ToolNode(Tools().all())
    before = dict(vars(node))
    graph = StateGraph(MessagesState).add_node("tools", node).add_edge(START, "tools").compile()
    attempt = Attempt(graph)
    assert graph.nodes["tools"].bound is node
    assert vars(node) == before
    assert attempt.graph.nodes["tools"].bound is not node


async def test_tools_of_a_graph_inside_are_remembered() -> None:
    tools = Tools()
    graph = StateGraph(MessagesState).add_node("inner", using(tools.all(), PAGES).compile()).add_edge(START, "inner")
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    await Attempt(graph, left).run()
    assert tools.counts() == {"fetch a": 1, "fetch b": 1, "slow": 1}


@pytest.mark.parametrize(
    "dressed",
    [
        lambda node: node.with_config(tags=["tools"]),
        lambda node: node.with_fallbacks([RunnableLambda(lambda _: {"messages": []})]),
        lambda node: node.with_retry(stop_after_attempt=2).with_config(tags=["tools"]),
    ],
)
async def test_a_tool_node_with_a_config_fallbacks_or_a_retry_is_one(dressed: Callable[[Any], Any]) -> None:
    tools = Tools()

    async def think(_: MessagesState) -> dict[str, Any]:
        return {"messages": [PAGES]}

    node = dressed(ToolNode(tools.all()))
    graph = StateGraph(MessagesState).add_node(think).add_node("tools", node).add_edge(START, "think")
    graph.add_edge("think", "tools")
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    assert len(contents(await Attempt(graph, left).run())) == 3
    assert tools.counts() == {"fetch a": 1, "fetch b": 1, "slow": 1}


async def test_equal_calls_are_different_calls() -> None:
    tools = Tools()
    graph = using(tools.all(), calling(("fetch", {"url": "a"}), ("fetch", {"url": "a"}), ("slow", {})))
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    assert sorted(contents(await Attempt(graph, left).run())) == ["a #1", "a #2", "at last"]


# --- What failed ---


async def test_a_tool_that_raised_throws_away_nothing_that_others_have_done() -> None:
    done, failing = list[str](), [True]

    @tool
    async def fetch(url: str) -> str:
        """Fetch."""
        done.append(url)
        return url

    @tool
    async def breaks() -> str:
        """Break once."""
        await asyncio.sleep(0)
        done.append("breaks")
        if failing:
            raise ConnectionError(failing.pop())
        return "mended"

    graph = using([fetch, breaks], calling(("breaks", {}), ("fetch", {"url": "a"}), ("fetch", {"url": "b"})))
    first = Attempt(graph)
    with pytest.raises(ConnectionError):
        await first.run({"messages": []})
    assert sorted(contents(await Attempt(graph, first.published).run())) == ["a", "b", "mended"]
    assert Counter(done) == {"a": 1, "b": 1, "breaks": 2}


async def test_an_error_that_was_made_into_a_message_is_not_remembered() -> None:
    tools, fails = Tools(results=1), [True]

    @tool
    async def breaks() -> str:
        """Break once."""
        tools.trace.done.append("breaks")
        if fails:
            raise ConnectionError(fails.pop())
        return "mended"

    message = calling(("fetch", {"url": "a"}), ("breaks", {}), ("slow", {}))
    graph = using([*tools.all(), breaks], message, handle_tool_errors=True)
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    assert "mended" in contents(await Attempt(graph, left).run())
    assert tools.counts() == {"fetch a": 1, "breaks": 2, "slow": 1}


async def test_a_wrapper_that_tries_again_gets_each_try_once() -> None:
    tools, tries = Tools(), list[str]()

    @tool
    async def flaky() -> str:
        """Break once."""
        tries.append("try")
        if len(tries) == 1:
            raise ConnectionError
        tools.trace.done.append("flaky")
        return "mended"

    async def retry(request: Any, execute: Any) -> Any:
        try:
            return await execute(request)
        except ConnectionError:
            return await execute(request)

    message = calling(("fetch", {"url": "a"}), ("flaky", {}), ("slow", {}))
    graph = using([*tools.all(), flaky], message, awrap_tool_call=retry)
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    assert "mended" in contents(await Attempt(graph, left).run())
    assert tries == ["try", "try"]


async def test_a_retry_policy_of_the_node_does_not_run_finished_tools_again() -> None:
    done = list[str]()

    @tool
    async def fetch(url: str) -> str:
        """Fetch."""
        done.append(url)
        return url

    @tool
    async def breaks() -> str:
        """Break once."""
        done.append("breaks")
        await asyncio.sleep(0)
        if done.count("breaks") == 1:
            raise ConnectionError
        return "mended"

    async def think(_: MessagesState) -> dict[str, Any]:
        return {"messages": [calling(("fetch", {"url": "a"}), ("breaks", {}))]}

    graph = StateGraph(MessagesState).add_node(think).add_edge(START, "think").add_edge("think", "tools")
    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=2)
    graph.add_node("tools", ToolNode([fetch, breaks]), retry_policy=policy)
    assert contents(await Attempt(graph).run({"messages": []})) == ["a", "mended"]
    assert Counter(done) == {"a": 1, "breaks": 2}


# --- What cannot be kept ---


async def test_a_result_that_cannot_be_kept_is_named_and_its_tool_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    tools = Tools(results=1)

    @tool(response_format="content_and_artifact")
    async def find() -> Any:
        """Find something of a class that is not registered."""
        tools.trace.done.append("find")
        return "found", Unlisted(number=1)

    class Kept(MessagesState):
        pass

    async def think(_: Kept) -> dict[str, Any]:
        return {"messages": [calling(("fetch", {"url": "a"}), ("find", {}), ("slow", {}))]}

    async def run(state: Kept) -> dict[str, Any]:
        return {
            "messages": [each.model_copy(update={"artifact": None}) for each in (await node.ainvoke(state))["messages"]]
        }

    node = ToolNode([*(remembered(each) for each in tools.all()), remembered(find)])
    graph = StateGraph(Kept).add_node(think).add_node(run).add_edge(START, "think").add_edge("think", "run")
    first = Attempt(graph)
    left = await first.kill_at(tools.trace.reached, {"messages": []})
    assert first.journal.unremembered.counts() == {f"find in run: {full_name(Unlisted)}": 1}
    assert "An answer of find in run is not remembered" in caplog.text
    assert "types=[Unlisted]" in caplog.text
    await Attempt(graph, left).run()
    assert tools.counts() == {"fetch a": 1, "find": 2, "slow": 1}


# --- What tools do besides ---


async def test_what_a_tool_put_into_the_store_is_there_once() -> None:
    tools, seen = Tools(), list[Any]()

    @tool
    async def memorise(text: str) -> str:
        """Put a text into the store."""
        store = get_store()
        await store.aput(("texts",), f"{len(await store.asearch(('texts',)))}", {"text": text})
        tools.trace.done.append(text)
        return "done"

    async def look(_: MessagesState) -> dict[str, Any]:
        seen.extend(sorted((each.key, each.value["text"]) for each in await get_store().asearch(("texts",))))
        return {}

    message = calling(("memorise", {"text": "a"}), ("memorise", {"text": "b"}), ("slow", {}))
    graph = using([*tools.all(), memorise], message).add_node(look).add_edge("tools", "look")
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    await Attempt(graph, left).run()
    assert tools.counts() == {"a": 1, "b": 1, "slow": 1}
    assert seen == [("0", "a"), ("1", "b")]


async def test_a_model_in_a_tool_is_asked_once_although_its_tool_was_cut_off() -> None:
    llm, trace = model(), Trace("asked")

    @tool
    async def research(topic: str) -> str:
        """Ask a model twice."""
        first = (await llm.ainvoke(topic)).text
        await trace("asked")
        return f"{first}, {(await llm.ainvoke(topic)).text}"

    graph = using([research], calling(("research", {"topic": "a"}), ("research", {"topic": "b"})))
    left = await Attempt(graph).kill_at(trace.reached, {"messages": []})
    assert sorted(contents(await Attempt(graph, left).run()))[0].startswith("a #1, a #")
    assert Counter(llm.asked) == {"a": 2, "b": 2}


async def test_nothing_stays_of_the_calls_of_a_finished_task() -> None:
    llm = model()

    @tool
    async def research(topic: str) -> str:
        """Ask a model, and put what it answers into the store."""
        answer = (await llm.ainvoke(topic)).text
        await get_store().aput(("answers",), topic, {"answer": answer})
        return answer

    async def later(_: MessagesState) -> dict[str, Any]:
        return {}

    graph = using([research], calling(("research", {"topic": "a"}), ("research", {"topic": "b"})))
    attempt = Attempt(graph.add_node("later", later).add_edge("tools", "later"))
    await attempt.run({"messages": []})
    journal = attempt.journal
    left = [journal._answers, journal._around, journal._given, journal._ordinals, journal._identities]
    left += [journal._kept_under_way, journal.places._indices, journal.positions._positions]
    assert [len(each) for each in left] == [0] * 8
    assert journal._sizes._total == 0


async def test_the_calls_of_a_model_in_a_tool_are_counted_and_named() -> None:
    llm = Scripted()

    @tool
    async def research(topic: str) -> str:
        """Ask a model that has no journal."""
        return (await llm.ainvoke(topic)).text

    attempt = Attempt(using([research], calling(("research", {"topic": "a"}))))
    await attempt.run({"messages": []})
    assert (attempt.journal.calls, attempt.journal.tokens) == (1, 15)
    assert attempt.journal.unremembered.counts() == {"Scripted in tools: no journal": 1}


async def test_a_tool_that_rejects_what_a_model_answered_asks_it_again() -> None:
    llm = model()

    @tool
    async def research(topic: str) -> str:
        """Ask a model, and reject its first answer."""
        answer = (await llm.ainvoke(topic)).text
        if answer == "a #1":
            raise ValueError(answer)
        return answer

    graph = using([research], calling(("research", {"topic": "a"})))
    first = Attempt(graph)
    with pytest.raises(ValueError, match="a #1"):
        await first.run({"messages": []})
    assert contents(await Attempt(graph, first.published).run()) == ["a #2"]


async def test_graphs_that_tools_call_keep_their_places() -> None:
    """The second graph that a task calls goes on from its own state, although the first is not called again."""
    llm, finished, slow = model(), asyncio.Event(), Trace("slow")

    async def answer(state: MessagesState) -> dict[str, Any]:
        topic = state["messages"][0].text
        text = (await llm.ainvoke(topic)).text
        if topic == "b":
            await finished.wait()
            await slow("slow")
        return {"messages": [AIMessage(text)]}

    team = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()

    @tool
    async def delegate(topic: str) -> str:
        """Ask the team."""
        done = await team.ainvoke({"messages": [HumanMessage(topic, id=topic)]})
        if topic == "a":
            finished.set()
        return done["messages"][-1].text

    graph = using([delegate], calling(("delegate", {"topic": "a"}), ("delegate", {"topic": "b"})))
    left = await Attempt(graph).kill_at(slow.reached, {"messages": []})
    done = await Attempt(graph, left).run()
    assert sorted(text[0] for text in contents(done)) == ["a", "b"]
    assert sorted(llm.asked) == ["a", "b"]


async def test_a_tool_of_an_agent_is_remembered_while_what_wraps_it_works_on() -> None:
    done, trace = list[str](), Trace("checked")

    @tool
    async def pay(cents: int) -> str:
        """Pay."""
        done.append(f"paid {cents}")
        return "paid"

    class Checking(AgentMiddleware):
        async def awrap_tool_call(self, request: Any, handler: Any) -> Any:
            result = await handler(request)
            await trace("checked")
            return result

    llm = Scripted()

    class Deciding(Scripted):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return self

        def _generate(self, messages: Any, *given: Any, **kwargs: Any) -> Any:
            result = super()._generate(messages, *given, **kwargs)
            if not isinstance(messages[-1], ToolMessage):
                result.generations[0].message = calling(("pay", {"cents": 5}))
            return result

    llm = Deciding()
    agent = create_agent(llm, [pay], middleware=[Checking()])
    left = await Attempt(agent).kill_at(trace.reached, {"messages": [HumanMessage("Pay.", id="1")]})
    await Attempt(agent, left).run()
    assert done == ["paid 5"]


async def test_a_wrapper_for_threads_alone_is_used_on_the_event_loop_too() -> None:
    seen, done = list[str](), list[str]()

    @tool
    def fetch(url: str) -> str:
        """Fetch."""
        done.append(url)
        return url

    def wrap(request: Any, execute: Any) -> Any:
        seen.append(request.tool_call["args"]["url"])
        return execute(request)

    attempt = Attempt(using([fetch], calling(("fetch", {"url": "a"})), wrap_tool_call=wrap))
    assert contents(await attempt.run({"messages": []})) == ["a"]
    assert (seen, done) == (["a"], ["a"])
    assert attempt.journal.unremembered.counts() == {}


async def test_a_handover_to_another_agent_comes_back() -> None:
    tools, reached = Tools(), list[str]()
    tools.trace.done.append("")

    @tool
    async def hand_over(state: Annotated[MessagesState, InjectedState], runtime: ToolRuntime) -> Command[Any]:
        """Hand over to the writer, with the state that the tool was given."""
        tools.trace.done.append("hand over")
        answer = ToolMessage("handed over", tool_call_id=runtime.tool_call_id)
        return Command(goto="write", update={"messages": [*state["messages"], answer]}, graph=Command.PARENT)

    async def write(state: MessagesState) -> dict[str, Any]:
        reached.append(state["messages"][-1].text)
        return {}

    inner = using([*tools.all(), hand_over], calling(("fetch", {"url": "a"}), ("hand_over", {}), ("slow", {})))
    graph = StateGraph(MessagesState).add_node("inner", inner.compile()).add_node(write).add_edge(START, "inner")
    left = await Attempt(graph).kill_at(tools.trace.reached, {"messages": []})
    await Attempt(graph, left).run()
    assert tools.counts() == {"": 1, "fetch a": 1, "hand over": 1, "slow": 1}
    assert reached == ["handed over"]


async def test_a_result_in_another_form_is_refused() -> None:
    serializer, journal = StrictSerializer(), Journal(Coalescer(lambda: None, timedelta(0)))
    for hostile in (1, [1, 2], [1, {"interrupt_counter": ["x"]}, []], [1, [], []], [1, {}, {}]):
        with pytest.raises(ValueError, match=r"another form|unpack|invalid literal"):
            journal.restore({"kept:1": ("", *serializer.dumps_typed(hostile))})
