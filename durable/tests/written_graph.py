"""The source of a graph whose nodes use what nodes of real graphs use. Tests change one line of it."""

import sys
from types import ModuleType

import pytest
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._node_code.node_code import digests

PROMPTS = """
REVISE = "Make it shorter."
LEFT_OUT = "No node uses this."
"""

SOURCE = '''
import functools
import re
from datetime import timedelta
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, TypedDict
from operator import add

import written_prompts
from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import ToolNode
from pydantic import BaseModel, Field

DRAFT = "Write about the sea."
SECTIONS = {"first": ["Begin."], "last": ["End."]}
WORD = re.compile("a+")
PATIENCE = timedelta(seconds=5)
calls = []
total = 0
remembered = {}
rounds = 0


def remember(text):
    global rounds
    rounds += 1
    remembered[text] = len(text)
    return text


class State(TypedDict, total=False):
    texts: Annotated[list[str], add]


class Style(Enum):
    PLAIN = "plain words"


@dataclass(frozen=True)
class Limits:
    words: int = 100


class Verdict(BaseModel):
    """Whether the text is right."""

    right: bool = Field(description="True if every number is right.")


LIMITS = Limits()


def shorten(text):
    """Return less of it."""
    return tidy(text)[: LIMITS.words]


def tidy(text):
    return text.strip() if text.startswith(" ") else shorten(" " + text)


async def draft(state: State) -> State:
    """Draft."""
    calls.append(f"draft {len(remembered)} {rounds}")
    remember("the sea")
    words = {"alpha", "beta", "gamma"}
    return {"texts": [shorten(DRAFT), *SECTIONS["first"], *sorted(words), Style.PLAIN.value]}


def revise(state: State, tone="kind") -> State:
    global total
    total += 1
    return {"texts": [written_prompts.REVISE, tone, str(WORD), str(PATIENCE), *[each for each in ("x", "y")]]}


def judged(strictness):
    def judge(state: State) -> State:
        return {"texts": [str(Verdict(right=True)), str(strictness)]}

    return judge


class Publisher:
    def __init__(self, place):
        self.place = place
        self.count = 0

    def __call__(self, state: State) -> State:
        self.count += 1
        return {"texts": [self.heading()]}

    def heading(self):
        return f"at {self.place}"


def named(text, state: State) -> State:
    return {"texts": [text]}


@functools.cache
def costly():
    return 1


def route(state: State) -> str:
    return "judge" if len(state["texts"]) > 20 + costly() else "revise"


@tool
def search(query: str) -> str:
    """Search the library."""
    return query.upper()


answering = ChatPromptTemplate.from_messages([("system", "Answer in French."), ("human", "{texts}")])
model = FakeListChatModel(responses=["ready"])
summary = answering | model | RunnableLambda(lambda message: {"texts": [message.content]})


def inner(state: State) -> State:
    return {"texts": ["inside"]}


nested = StateGraph(State).add_node(inner).add_edge(START, "inner").compile()
agent = create_agent(model, [search], system_prompt="Be exact.")
unused = "No node uses this."

builder = StateGraph(State)
builder.add_node(draft)
builder.add_node(revise)
builder.add_node("judge", judged(3))
builder.add_node("publish", Publisher("the library"))
builder.add_node("name", functools.partial(named, "Ada"))
builder.add_node("summary", summary)
builder.add_node("tools", ToolNode([search]))
builder.add_node("nested", nested)
builder.add_node("agent", agent)
builder.add_edge(START, "draft")
builder.add_conditional_edges("draft", route, ["judge", "revise"])
for node in ("judge", "publish", "name", "summary", "nested"):
    builder.add_edge("revise", node)
'''
NODES = {"draft", "revise", "judge", "publish", "name", "summary", "tools", "nested", "nested/inner"}
AGENT = {"agent", "agent/model", "agent/tools"}


def module_of(name: str, source: str, monkeypatch: pytest.MonkeyPatch, path: str = "/one/written.py") -> ModuleType:
    """Return a new module made of this source, which code in other modules can import by its name."""
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(source, path, "exec"), vars(module))  # noqa: S102 - as a notebook does with a cell
    return module


def written_module(
    source: str, monkeypatch: pytest.MonkeyPatch, *, prompts: str = PROMPTS, path: str = "/one/written.py"
) -> ModuleType:
    module_of("written_prompts", prompts, monkeypatch)
    return module_of("written", source, monkeypatch, path)


def digests_of(
    source: str, monkeypatch: pytest.MonkeyPatch, *, prompts: str = PROMPTS, path: str = "/one/written.py"
) -> dict[str, str]:
    return digests(compile_graph(written_module(source, monkeypatch, prompts=prompts, path=path).builder))


def edited(source: str, old: str, new: str) -> str:
    assert source.count(old) == 1, f"{old!r} occurs {source.count(old)} times"
    return source.replace(old, new)
