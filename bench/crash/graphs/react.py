"""A ReAct agent written by hand: a node that asks the model, and a `ToolNode`."""

from typing import Any

from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from bench.crash.model import ScriptedModel
from bench.crash.tools import search, weigh

TOOLS = [search, weigh]
SCRIPT = [
    [("search", {"query": "the height"})],
    [("weigh", {"query": "the lamp"}), ("search", {"query": "the keepers"}), ("search", {"query": "the storms"})],
    [("weigh", {"query": "the bell"})],
]
assistant = ScriptedModel(script=SCRIPT).bind_tools(TOOLS)


async def ask(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await assistant.ainvoke([("system", "You know lighthouses."), *state["messages"]])]}


builder = StateGraph(MessagesState)
builder.add_node("ask", ask)
builder.add_node("tools", ToolNode(TOOLS))
builder.add_edge(START, "ask")
builder.add_conditional_edges("ask", tools_condition)
builder.add_edge("tools", "ask")
