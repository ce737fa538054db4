"""Graphs from LangGraph's documentation, unchanged for this library, as phases that fail in the middle."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph_heartbeat._journal.call_journal import CallJournal
from pydantic import BaseModel, ConfigDict
from temporalio.client import Client

from .phases import Outcome, phase_worker, start

MADE: list[str] = []
FAILING: list[str] = []


def call(name: str) -> None:
    """Make a paid call, which fails once if the test says so."""
    if name in FAILING:
        FAILING.remove(name)
        raise ConnectionError("cut")
    MADE.append(name)


class Scripted(BaseChatModel):
    """A model that first calls two tools and then answers with their results; a plain question is answered at once."""

    bound: bool = False

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "Scripted":
        return Scripted(bound=True, cache=self.cache)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        told = [str(message.content) for message in messages if isinstance(message, ToolMessage)]
        call(f"model after {len(told)}")
        if self.bound and not told:
            calls = [{"name": "look", "args": {"at": at}, "id": f"c-{at}"} for at in ("bread", "ferry")]
            message = AIMessage("", tool_calls=calls)
        else:
            message = AIMessage(" and ".join(sorted(told)) or f"answer to {messages[-1].content}")
        return ChatResult(generations=[ChatGeneration(message=message)])


@tool
async def look(at: str) -> str:
    """Look at something."""
    call(f"look at {at}")
    return f"{at} seen"


class Messages(BaseModel):
    messages: list[Any] = [("user", "What is there?")]


class Conversation(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    messages: list[Any]


async def last_message(client: Client, graph: Any, *failing: str) -> str:
    MADE.clear()
    FAILING[:] = failing
    queue = str(uuid4())
    async with phase_worker(client, queue, graph, Messages, Conversation):
        handle = await start(client, queue, {}, result=Conversation)
        result = await handle.result()
    last = result.messages[-1]
    return last["content"] if isinstance(last, dict) else last.content


async def test_create_agent(client: Client) -> None:
    agent = create_agent(Scripted(cache=CallJournal()), [look])
    assert await last_message(client, agent, "look at ferry", "model after 2") == "bread seen and ferry seen"
    assert sorted(MADE) == ["look at bread", "look at ferry", "model after 0", "model after 2"]


class Answer(BaseModel):
    text: str


class Answered(BaseModel):
    structured_response: Any


class Structuring(Scripted):
    """A model that answers with a call of the tool that stands for the form of its answer."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "Structuring":
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        call("model")
        form = {"name": "Answer", "args": {"text": "bread seen"}, "id": "c-1"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[form]))])


async def test_an_agent_with_a_form_for_its_answer(client: Client) -> None:
    """Neither the graph's channels nor the result name the form; the agent was made with it."""
    MADE.clear()
    agent = create_agent(Structuring(cache=CallJournal()), [look], response_format=ToolStrategy(Answer))
    queue = str(uuid4())
    async with phase_worker(client, queue, agent, Messages, Answered):
        result = await (await start(client, queue, {}, result=Answered)).result()
    assert result.structured_response == {"text": "bread seen"}
    assert MADE == ["model"]


async def test_an_agent_of_nodes_and_a_tool_node(client: Client) -> None:
    model = Scripted(bound=True, cache=CallJournal())

    async def chatbot(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("chatbot", chatbot)
    builder.add_node("tools", ToolNode([look]))
    builder.add_edge(START, "chatbot")
    builder.add_conditional_edges("chatbot", tools_condition)
    builder.add_edge("tools", "chatbot")
    assert await last_message(client, builder, "model after 2") == "bread seen and ferry seen"
    assert sorted(MADE) == ["look at bread", "look at ferry", "model after 0", "model after 2"]


class Topic(BaseModel):
    topic: str = "bread"


async def test_an_entrypoint_with_tasks(client: Client) -> None:
    @task
    async def outline(topic: str) -> str:
        call("outline")
        return f"outline of {topic}"

    @task
    async def essay(plan: str, part: int) -> str:
        call(f"essay {part}")
        return f"{plan}, part {part}"

    @entrypoint()
    async def workflow(asked: dict[str, Any]) -> dict[str, Any]:
        plan = await outline(asked["topic"])
        parts = [essay(plan, part) for part in (1, 2)]
        return {"out": [await part for part in parts]}

    MADE.clear()
    FAILING[:] = ["essay 2"]
    queue = str(uuid4())
    async with phase_worker(client, queue, workflow, Topic):
        result = await (await start(client, queue, {})).result()
    assert isinstance(result, Outcome)
    assert result.out == ["outline of bread, part 1", "outline of bread, part 2"]
    assert sorted(MADE) == ["essay 1", "essay 2", "outline"]


async def test_a_subgraph_goes_on_midway(client: Client) -> None:
    class Inner(TypedDict):
        out: Annotated[list[Any], operator.add]

    def step(name: str) -> Any:
        async def node(state: Inner) -> dict[str, Any]:
            call(name)
            return {"out": [name]}

        return node

    inner = StateGraph(Inner)
    before = START
    for name in ("i0", "i1", "i2"):
        inner.add_node(name, step(name))
        inner.add_edge(before, name)
        before = name
    outer = StateGraph(Inner)
    outer.add_node("before", step("before"))
    outer.add_node("inner", inner.compile())
    outer.add_node("after", step("after"))
    outer.add_edge(START, "before")
    outer.add_edge("before", "inner")
    outer.add_edge("inner", "after")

    MADE.clear()
    FAILING[:] = ["i2", "after"]
    queue = str(uuid4())
    async with phase_worker(client, queue, outer, Topic):
        result = await (await start(client, queue, {})).result()
    assert MADE == ["before", "i0", "i1", "i2", "after"]
    assert result.out[-1] == "after"


async def test_plan_and_execute_with_tuples_in_its_state(client: Client) -> None:
    class Plan(TypedDict):
        topic: str
        plan: list[str]
        past: Annotated[list[tuple[str, str]], operator.add]
        out: Any

    async def planner(state: Plan) -> dict[str, Any]:
        call("plan")
        return {"plan": ["one", "two", "three"]}

    async def execute(state: Plan) -> dict[str, Any]:
        first, *rest = state["plan"]
        call(first)
        return {"past": [(first, f"{first} done")], "plan": rest}

    async def respond(state: Plan) -> dict[str, Any]:
        call("respond")
        assert all(type(step) is tuple for step in state["past"])
        return {"out": [list(step) for step in state["past"]]}

    builder = StateGraph(Plan)
    for node in (planner, execute, respond):
        builder.add_node(node)
    builder.add_edge(START, "planner")
    builder.add_edge("planner", "execute")
    builder.add_conditional_edges("execute", lambda state: "execute" if state["plan"] else "respond")
    MADE.clear()
    FAILING[:] = ["two", "respond"]
    queue = str(uuid4())
    async with phase_worker(client, queue, builder, Topic):
        result = await (await start(client, queue, {})).result()
    assert result.out == [["one", "one done"], ["two", "two done"], ["three", "three done"]]
    assert MADE == ["plan", "one", "two", "three", "respond"]


async def test_a_node_with_several_calls_repeats_none_that_was_answered(client: Client) -> None:
    model = Scripted(cache=CallJournal())

    class Asked(TypedDict):
        topic: str
        out: Any

    async def several(state: Asked) -> dict[str, Any]:
        said = [(await model.ainvoke(f"question {number}")).content for number in range(3)]
        call("end of node")
        return {"out": said}

    builder = StateGraph(Asked)
    builder.add_node(several)
    builder.add_edge(START, "several")
    MADE.clear()
    FAILING[:] = []

    class Cut(Scripted):
        """Fail once in the third call."""

    calls = iter([None, None, ConnectionError("cut"), None])
    original = Scripted._generate

    def generate(self: Scripted, *args: Any, **kwargs: Any) -> ChatResult:
        if error := next(calls):
            raise error
        return original(self, *args, **kwargs)

    Cut._generate = generate  # type: ignore[method-assign]
    model = Cut(cache=CallJournal())
    queue = str(uuid4())
    async with phase_worker(client, queue, builder, Topic):
        result = await (await start(client, queue, {})).result()
    assert result.out == [f"answer to question {number}" for number in range(3)]
    assert MADE == ["model after 0"] * 3 + ["end of node"]
