"""`UntrackedValue` channels: a crash does not lose what can be stored, and what cannot is missed at once.

Every content that a saver has had is where a crash may come. From each of them the graph has to return what LangGraph
returns in one run.
"""

import asyncio
import logging
import operator
import threading
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, Any, NotRequired, TypedDict, cast
from uuid import uuid4

import ormsgpack
import pytest
from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]
from langchain.agents.middleware import ModelCallLimitMiddleware, ToolCallLimitMiddleware
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.channels import UntrackedValue
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import InvalidUpdateError
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt
from langgraph_heartbeat._blueprint import Blueprint
from langgraph_heartbeat._graph_run import last_state, require_untracked
from langgraph_heartbeat._graphs import GraphLike, compile_graph, types_of, with_saver
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._messages import Stuck
from langgraph_heartbeat._publishing.envelope import fingerprint_of
from langgraph_heartbeat._saver.reports import RequireFit, TooLargeError, UnfitChannelError, unlimited
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from pydantic import BaseModel
from temporalio.client import ActivityFailureError, Client

from .phases import phase_worker, start
from .test_questions import Recorder

CONFIG: RunnableConfig = {"configurable": {"thread_id": "T"}, "recursion_limit": 100}
Begun = Mapping[str, Any]


class Run:
    """One attempt at a graph, which continues from a content of an earlier one."""

    def __init__(self, graph: GraphLike, content: bytes | None = None, require_fit: RequireFit = unlimited) -> None:
        bare, recorder = compile_graph(graph), Recorder()
        self.saver = HeartbeatSaver(recorder, Journal(recorder), types_of(bare), require_fit=require_fit)
        recorder.saver, self.contents = self.saver, recorder.contents
        self.graph = with_saver(bare, self.saver)
        if content is not None:
            self.saver.restore(ormsgpack.unpackb(content))
        self.attempt: Any = SimpleNamespace(saver=self.saver, graph=self.graph, thread_config=CONFIG)

    async def end(self, begun: Begun) -> Any:
        """Return what the graph returns."""
        await require_untracked(self.attempt)
        given: Any = begun if self.saver.get_tuple(CONFIG) is None else None
        return comparable(await self.graph.ainvoke(given, CONFIG, durability="sync"))


def comparable(returned: Any) -> Any:
    """Return it without the random ids of messages."""
    if not isinstance(returned, dict):
        return returned
    values = dict(cast("dict[str, Any]", returned))
    if "messages" in values:
        values["messages"] = [(each.type, each.text, getattr(each, "tool_calls", [])) for each in values["messages"]]
    return values


# --- A crash anywhere ---


class State(TypedDict):
    said: Annotated[list[Any], operator.add]
    client: NotRequired[Annotated[dict[str, Any], UntrackedValue]]
    last: NotRequired[Annotated[Any, UntrackedValue(object, guard=False)]]


Node = Callable[[State], Any]


async def connect(_: State) -> dict[str, Any]:
    return {"client": {"key": "k", "seen": {(1, 2)}}, "last": "connected"}


async def use(state: State) -> dict[str, Any]:
    assert "client" in state
    return {"said": [state["client"]["key"]], "client": {**state["client"], "key": state["client"]["key"] + "k"}}


def builder_of(*nodes: Any, state: Any = State) -> StateGraph[Any, Any, Any, Any]:
    """Return a builder that begins with the first node; a node is a function, or a pair of a name and a graph."""
    builder = StateGraph[Any, Any, Any, Any](state)
    for each in nodes:
        name, node = cast("tuple[str, Any]", each) if isinstance(each, tuple) else (each.__name__, each)
        builder.add_node(name, node)
    return builder.add_edge(START, next(iter(builder.nodes)))


def sequence(*nodes: Any, state: Any = State) -> StateGraph[Any, Any, Any, Any]:
    builder = builder_of(*nodes, state=state)
    names = list(builder.nodes)
    for before, after in pairwise(names):
        builder.add_edge(before, after)
    return builder


def again(state: State) -> str:
    return "use" if len(state["said"]) < 4 else "end"


async def end(state: State) -> dict[str, Any]:
    return {"said": [state.get("client"), state.get("last")]}


def plain() -> tuple[GraphLike, Begun]:
    builder = builder_of(connect, use, end).add_edge("connect", "use")
    builder.add_conditional_edges("use", again, ["use", "end"])
    return builder, {"said": []}


def in_the_input() -> tuple[GraphLike, Begun]:
    builder = builder_of(use, end)
    builder.add_conditional_edges("use", again, ["use", "end"])
    return builder, {"said": [], "client": {"key": "given"}}


def sent() -> tuple[GraphLike, Begun]:
    async def branch(state: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"said": [(state["number"], state["client"]["key"])], "last": state["number"]}

    def deal(state: State) -> list[Send]:
        return [Send("branch", {**state, "number": number}) for number in range(3)]

    builder = builder_of(connect, branch, end).add_edge("branch", "end")
    builder.add_conditional_edges("connect", deal, ["branch"])
    return builder, {"said": []}


class Around(TypedDict):
    said: Annotated[list[Any], operator.add]
    client: NotRequired[dict[str, Any]]


def as_nodes() -> tuple[GraphLike, Begun]:
    """A subgraph with such channels is a node twice, of a graph that has none; another is inside it."""

    async def outside(state: Around) -> dict[str, Any]:
        return {"said": ["outside", state.get("client")]}

    inner = sequence(use, end).compile()
    middle = sequence(connect, ("inner", inner), end).compile()
    steps: Any = [("first", middle), outside, ("second", middle), ("third", inner)]
    return sequence(*steps, state=Around), {"said": []}


class Insistent(BaseChatModel):
    """A model that always calls a tool, and counts its calls."""

    @property
    def _llm_type(self) -> str:
        return "insistent"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        number = sum(each.type == "ai" for each in messages)
        call = {"name": "look", "args": {"number": number}, "id": f"call-{number}"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call] if number < 9 else []))])


async def look(number: int) -> str:
    """Look at something."""
    return f"{number} seen"


def limited_models() -> tuple[GraphLike, Begun]:
    return create_agent(Insistent(), [look], middleware=[ModelCallLimitMiddleware(run_limit=4)]), talk()


def limited_tools() -> tuple[GraphLike, Begun]:
    limits: Any = [ToolCallLimitMiddleware(run_limit=3), ModelCallLimitMiddleware(run_limit=6)]
    return create_agent(Insistent(), [look], middleware=limits), talk()


def limited_inside() -> tuple[GraphLike, Begun]:
    agent = create_agent(Insistent(), [look], middleware=[ModelCallLimitMiddleware(run_limit=3)])
    state: Any = agent.builder.state_schema
    return builder_of(("agent", agent), state=state), talk()


def talk() -> Begun:
    return {"messages": [("user", "go")]}


MADE = [plain, in_the_input, sent, as_nodes, limited_models, limited_tools, limited_inside]


@pytest.mark.parametrize("make", MADE)
async def test_wherever_a_crash_comes_nothing_is_lost(make: Callable[[], tuple[GraphLike, Begun]]) -> None:
    graph, begun = make()
    expected = comparable(await compile_graph(graph).ainvoke(begun))
    undisturbed = Run(graph)
    assert await undisturbed.end(begun) == expected
    assert len(undisturbed.contents) > 5
    for content in undisturbed.contents:
        resumed = Run(graph, content)
        assert await resumed.end(begun) == expected
        if resumed.contents:  # a second crash
            assert await Run(graph, resumed.contents[len(resumed.contents) // 2]).end(begun) == expected


async def test_two_values_in_one_step_are_refused_as_before() -> None:
    async def other(_: State) -> dict[str, Any]:
        return {"client": {}}

    graph = builder_of(connect, other).add_edge(START, "other")
    with pytest.raises(InvalidUpdateError, match=r"At key 'client': UntrackedValue\(guard=True\)"):
        await Run(graph).end({"said": []})


async def test_the_graph_itself_keeps_its_channels_and_its_fingerprint() -> None:
    compiled = compile_graph(as_nodes()[0])
    before = fingerprint_of(compiled, "phase")
    await Run(compiled).end({"said": []})
    assert fingerprint_of(compiled, "phase") == before
    inside: dict[str, Any] = dict(cast("Any", compiled).get_subgraphs(recurse=True))
    for path in ("first", "first|inner", "second", "third"):
        assert type(inside[path].channels["client"]) is UntrackedValue


async def test_a_result_and_figures_of_progress_show_none() -> None:
    graph, begun = plain()
    run = Run(graph)
    await run.end(begun)
    assert set(await last_state(run.attempt)) == set(run.saver.values) == {"said"}


# --- Questions ---


@pytest.mark.parametrize("durability", ["sync", "async"])
async def test_after_a_question_they_are_gone_as_in_langgraph(durability: Any) -> None:
    async def ask(state: State) -> dict[str, Any]:
        answer = interrupt("Go on?")
        return {"said": [answer, state.get("client")]}

    async def sibling(_: State) -> dict[str, Any]:
        return {"said": ["sibling"], "last": "of the sibling"}

    def deal(state: State) -> list[Send]:
        return [Send("ask", {**state}), Send("sibling", {**state})]

    inner = sequence(connect, ask, end).compile()
    builder = builder_of(connect, ask, sibling, ("inner", inner), end, ("later", plain_part()))
    builder.add_edge("connect", "inner")
    builder.add_conditional_edges("connect", deal, ["ask", "sibling"])
    builder.add_edge(["ask", "sibling", "inner"], "end").add_edge("end", "later")

    usual = builder.compile(InMemorySaver())
    asked: Any = await usual.ainvoke({"said": []}, CONFIG)
    go_on: Command[Any] = Command(resume={each.id: "yes" for each in asked["__interrupt__"]})
    expected = await usual.ainvoke(go_on, CONFIG)

    run = Run(builder)
    stopped: Any = await run.graph.ainvoke({"said": []}, CONFIG, durability=durability)
    answers = {each.id: "yes" for each in stopped["__interrupt__"]}
    assert len(answers) == 2
    content = ormsgpack.packb(run.saver.content())
    answered = Run(builder, content)
    assert answered.saver.answer(answers) == []
    resumed = Run(builder, ormsgpack.packb(answered.saver.content()))
    assert await resumed.end({}) == expected
    for later in resumed.contents:
        assert await Run(builder, later).end({}) == expected


def plain_part() -> Any:
    return cast("StateGraph[Any]", plain()[0]).compile()


# --- What cannot be stored ---


async def lock(_: State) -> dict[str, Any]:
    return {"client": {"lock": threading.Lock()}, "said": ["locked"]}


async def use_lock(state: State) -> dict[str, Any]:
    with state.get("client", {})["lock"]:
        return {"said": ["used"]}


def with_a_lock() -> GraphLike:
    return sequence(lock, use_lock)


def with_a_lock_sent() -> GraphLike:
    builder = builder_of(lock, use_lock)
    return builder.add_conditional_edges("lock", send_lock, ["use_lock"])


def send_lock(state: State) -> list[Send]:
    return [Send("use_lock", state)]


def with_a_lock_inside() -> GraphLike:
    inner = sequence(use_lock, lock).compile()
    return sequence(lock, ("inner", inner))


@pytest.mark.parametrize("make", [with_a_lock, with_a_lock_sent, with_a_lock_inside])
async def test_a_value_that_cannot_be_stored_is_missed_by_a_resume_alone(make: Callable[[], GraphLike]) -> None:
    graph = make()
    run = Run(graph)
    said = (await run.end({"said": []}))["said"]
    assert said[:1] == ["locked"]
    refused = await refusals(graph, run.contents, said)
    first, last = refused.index(True), len(refused) - refused[::-1].index(True)
    assert all(refused[first:last])
    assert 0 < first < last < len(refused)


async def refusals(graph: GraphLike, contents: list[bytes], said: list[Any]) -> list[bool]:
    """Return for each content whether an attempt that begins with it is refused; otherwise it has to end as usual."""
    refused = list[bool]()
    for content in contents:
        resumed = Run(graph, content)
        if await is_refused(resumed):
            refused.append(True)
        else:
            assert (await resumed.end({"said": []}))["said"] == said
            refused.append(False)
    return refused


async def is_refused(run: Run) -> bool:
    try:
        await require_untracked(run.attempt)
    except UnfitChannelError:
        return True
    return False


async def test_over_a_question_it_is_forgotten_and_not_missed() -> None:
    async def ask(state: State) -> dict[str, Any]:
        return {"said": [interrupt("Go on?"), "client" in state]}

    graph = sequence(lock, ask)
    run = Run(graph)
    stopped: Any = await run.graph.ainvoke({"said": []}, CONFIG, durability="sync")
    resumed = Run(graph, ormsgpack.packb(run.saver.content()))
    assert resumed.saver.answer({stopped["__interrupt__"][0].id: "yes"}) == []
    assert (await resumed.end({}))["said"] == ["locked", "yes", False]


async def test_a_value_that_has_no_room_is_left_out() -> None:
    """As it was before: such channels are for what is too large for a checkpoint, too."""

    async def load(_: State) -> dict[str, Any]:
        return {"client": {"table": "x" * 100_000}, "last": 7}

    async def count(state: State) -> dict[str, Any]:
        return {"said": [len(state.get("client", {})["table"]), state.get("last")]}

    graph = sequence(load, count)
    run: Run | None = None

    def within_limit() -> None:
        if run is not None and len(ormsgpack.packb(run.saver.content())) > 50_000:
            raise TooLargeError("no room")

    run = Run(graph, require_fit=within_limit)
    assert (await run.end({"said": []}))["said"] == [100_000, 7]
    assert any(await refusals(graph, run.contents, [100_000, 7]))
    assert max(map(len, run.contents)) < 50_000


class Asked(BaseModel):
    said: list[Any] = []


@pytest.mark.parametrize("storable", [True, False])
async def test_a_phase_whose_attempt_failed(client: Client, storable: bool) -> None:
    attempts = list[Any]()

    async def fails_once(state: State) -> dict[str, Any]:
        attempts.append(state.get("client"))
        if len(attempts) == 1:
            raise ConnectionError("cut")
        return {"said": [state.get("client") is not None]}

    graph = sequence(("begins", connect if storable else lock), fails_once)
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Asked, Asked):
        handle = await start(client, queue, {}, result=Asked)
        if storable:
            assert (await handle.result()).said == [True]
            assert attempts[0] == attempts[1]
            return
        with pytest.raises(ActivityFailureError) as failed:
            await handle.result()
    stuck = Stuck.of(failed.value)
    assert stuck
    assert stuck.kind == "Unfit"
    assert "the channel 'client', an UntrackedValue, held a _thread.lock" in stuck.message
    assert stuck.resume.checkpoint
    assert len(attempts) == 1


# --- What cannot be kept ---


def test_a_graph_that_a_function_calls_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    agent = create_agent(Insistent(), [look], middleware=[ModelCallLimitMiddleware(run_limit=3)])

    async def ask(_: Around) -> dict[str, Any]:
        return {"said": [await agent.ainvoke(cast("Any", talk()))]}

    graph = builder_of(ask, ("kept", plain_part()), state=Around).add_edge(START, "kept")
    with caplog.at_level(logging.WARNING):
        Blueprint.of("research", graph, ())
    (record,) = caplog.records
    assert "the phase research" in record.getMessage()
    assert "the node ask calls loses its UntrackedValue channels run_model_call_count" in record.getMessage()
