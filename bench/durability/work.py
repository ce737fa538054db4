"""The workload: graphs of several shapes around a scripted model. Every peer runs these same functions.

Nodes are at the top level of a module and get their model from it, because temporalio-langgraph refuses closures, and
context that JSON cannot hold. A process runs one peer, so it has one model: see `equip`.
"""

import hashlib
import operator
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's function is partly untyped
from langchain_core.caches import BaseCache
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send
from pydantic import BaseModel, BeforeValidator

from bench.durability import conversations
from bench.durability.calls import Calls

Ask = Callable[[str], Awaitable[str]]
Shape = Literal["linear", "fan-out", "agent", "messages", "deep agent"]
SHAPES: tuple[Shape, ...] = ("linear", "fan-out", "agent")
"""The shapes whose workers are killed; the others are in `conversations.py`."""
BRANCHES, CALLS_A_BRANCH = 6, 3
TOOL_CALLS_AFTER_ANSWERS = {0: [0], 1: [1, 2], 3: [3]}
"""The tools that the agent calls, by the number of tool answers that it has seen."""
RECURSION_LIMIT = 1000


@dataclass(frozen=True)
class Work:
    """The work of a run: `nodes` and `calls` (per node) of the linear shape; `nodes` steps of a conversation, after
    `messages` that are there at its start."""

    shape: Shape = "linear"
    nodes: int = 10
    calls: int = 2
    messages: int = 0

    @property
    def channel(self) -> str:
        """The name of the channel that holds the results."""
        return "out" if self.shape in ("linear", "fan-out") else "messages"

    @property
    def given(self) -> int:
        """The number of messages in the input. The other conversations fill their state themselves."""
        return self.messages if self.shape == "deep agent" else 0

    @property
    def all_calls(self) -> int:
        return {"linear": self.nodes * self.calls, "fan-out": BRANCHES * CALLS_A_BRANCH + 1, "agent": 8}[self.shape]


def digest_of(values: Any) -> Any:
    """Return the digest of a list of texts or messages; a digest itself is returned unchanged."""
    if isinstance(values, str):
        return values
    texts = [value.content if isinstance(value, BaseMessage) else str(value) for value in values]
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16]


Digest = Annotated[str, BeforeValidator(digest_of)]


class Start(BaseModel):
    """The input of every shape: a graph uses the channel that it has."""

    out: list[str] = []
    messages: list[tuple[str, str]] = [("user", "go")]


class Result(BaseModel):
    """The same small result for every peer and state, which is enough to recognise a wrong one."""

    out: Digest = ""
    messages: Digest = ""


class State(TypedDict):
    out: Annotated[list[str], operator.add]


class Branch(TypedDict):
    number: int


class ScriptedModel(BaseChatModel):
    """A model that answers a plain question; with tools, it calls them in turn and then ends."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        del kwargs
        return self.bind(tools=[each.name for each in tools])

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        del args
        if not kwargs.get("tools"):
            return to_chat_result(AIMessage(await _process.ask(str(messages[-1].content))))
        seen = sum(isinstance(message, ToolMessage) for message in messages)
        tool_calls = [
            {"name": "look", "args": {"number": number}, "id": f"look{number}"}
            for number in TOOL_CALLS_AFTER_ANSWERS.get(seen, [])
        ]
        return to_chat_result(AIMessage(await _process.ask(f"model{seen}"), tool_calls=tool_calls))


def to_chat_result(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


@dataclass
class Process:
    """The model and settings that the graphs of this process use."""

    ask: Ask
    model: ScriptedModel
    calls: int


_process = Process(Calls().answer, ScriptedModel(), 2)


def equip(work: Work, ask: Ask, cache: BaseCache | None = None) -> None:
    conversations.begin(ask, work.messages, work.nodes)
    _process.ask, _process.model, _process.calls = ask, ScriptedModel(cache=cache), work.calls


async def ask_model(key: str) -> str:
    return str((await _process.model.ainvoke(key)).content)


async def step(state: State) -> dict[str, list[str]]:
    number = len(state["out"]) // _process.calls
    return {"out": [await ask_model(f"{number}:{call}") for call in range(_process.calls)]}


async def to_branches(state: State) -> list[Send]:
    del state
    return [Send("branch", {"number": number}) for number in range(BRANCHES)]


async def branch(state: Branch) -> dict[str, list[str]]:
    answers = [await ask_model(f"branch{state['number']}:{call}") for call in range(CALLS_A_BRANCH)]
    return {"out": ["".join(answers)]}


async def join(state: State) -> dict[str, list[str]]:
    del state
    return {"out": [await ask_model("join")]}


@tool
async def look(number: int) -> str:
    """Look something up."""
    return await _process.ask(f"look{number}")


Builder = StateGraph[Any, Any, Any, Any]


def linear(nodes: int) -> Builder:
    builder = StateGraph(State)
    names = [f"step{number}" for number in range(nodes)]
    for before, name in zip([START, *names], names, strict=False):
        builder.add_node(name, step)
        builder.add_edge(before, name)
    builder.add_edge(names[-1], END)
    return builder


def fan_out() -> Builder:
    builder = StateGraph(State)
    builder.add_node("branch", branch)
    builder.add_node("join", join)
    builder.add_conditional_edges(START, to_branches, ["branch"])
    builder.add_edge("branch", "join")
    builder.add_edge("join", END)
    return builder


def graph_of(work: Work, saver: Any = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    match work.shape:
        case "agent":
            tools: list[BaseTool] = [look]
            return create_agent(_process.model, tools, checkpointer=saver)
        case "deep agent":
            return conversations.deep_agent(saver)
        case "linear":
            builder = linear(work.nodes)
        case "fan-out":
            builder = fan_out()
        case "messages":
            builder = conversations.loop()
    return builder.compile(checkpointer=saver)


def request_with(messages: int) -> Start:
    """Return the input of every shape, with so many messages if there are any."""
    return Start(messages=conversations.given_messages(messages)) if messages else Start()


def start_of(work: Work) -> dict[str, Any]:
    """Return the input of a graph that is run directly."""
    return request_with(work.given).model_dump(include={work.channel})


def result_of(state: dict[str, Any]) -> Result:
    return Result(**{channel: values for channel, values in state.items() if channel in Result.model_fields})
