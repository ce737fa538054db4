"""Deep research: a plan, researchers in parallel which are subgraphs with tool loops, and a writer at the end."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph, add_messages
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send

from bench.crash.model import ScriptedModel
from bench.crash.tools import search, weigh

TOOLS = [search, weigh]
QUESTIONS = ("the light", "the fog horn", "the keepers")


class Researching(TypedDict):
    question: str
    messages: Annotated[list[AnyMessage], add_messages]


class Researched(TypedDict):
    findings: Annotated[list[str], operator.add]


class Research(TypedDict):
    topic: str
    brief: str
    questions: list[str]
    findings: Annotated[list[str], operator.add]
    answers: list[str]


planner = ScriptedModel(agent="planner")
writer = ScriptedModel(agent="writer")


def rounds(question: str) -> list[list[tuple[str, dict[str, Any]]]]:
    """Return the script of a researcher: a look at two sources, then at one."""
    return [
        [("search", {"query": question}), ("weigh", {"query": question})],
        [("search", {"query": f"{question}, old"})],
    ]


async def clarify(state: Research) -> Command[Literal["plan"]]:
    brief = await planner.ainvoke([("user", f"What is asked?\n{state['topic']}")])
    return Command(goto="plan", update={"brief": brief.text})


async def plan(state: Research) -> dict[str, Any]:
    first = await planner.ainvoke([("user", f"Split it into questions\n{state['brief']}")])
    second = await planner.ainvoke([("user", f"Are these the right ones?\n{first.content}")])
    return {"questions": list(QUESTIONS), "findings": [first.text, second.text]}


def assign(state: Research) -> list[Send]:
    return [
        Send("researcher", {"question": question, "messages": [HumanMessage(f"Find out about {question}")]})
        for question in state["questions"]
    ]


async def think(state: Researching) -> Command[Literal["tools", "compress"]]:
    model = ScriptedModel(agent="researcher", script=rounds(state["question"])).bind_tools(TOOLS)
    thought = await model.ainvoke(state["messages"])
    return Command(goto="tools" if thought.tool_calls else "compress", update={"messages": [thought]})


async def compress(state: Researching) -> dict[str, Any]:
    last = state["messages"][-1]
    notes = [last.text if isinstance(last, AIMessage) else ""]
    notes.append((await writer.ainvoke([("user", f"Compress {state['question']}\n{notes}")])).text)
    notes.append((await writer.ainvoke([("user", f"Cite {state['question']}\n{notes}")])).text)
    return {"findings": notes}


researcher = StateGraph(Researching, output_schema=Researched)
researcher.add_node("think", think)
researcher.add_node("tools", ToolNode(TOOLS))
researcher.add_node("compress", compress)
researcher.add_edge(START, "think")
researcher.add_edge("tools", "think")
researcher.add_edge("compress", END)


async def write(state: Research) -> dict[str, Any]:
    report = await writer.ainvoke([("user", f"Write the report\n{state['findings']}")])
    return {"answers": [state["brief"], *state["findings"], report.text]}


builder = StateGraph(Research)
builder.add_node("clarify", clarify)
builder.add_node("plan", plan)
builder.add_node("researcher", researcher.compile())
builder.add_node("write", write)
builder.add_edge(START, "clarify")
builder.add_conditional_edges("plan", assign, ["researcher"])
builder.add_edge("researcher", "write")
builder.add_edge("write", END)
