"""Tools that ask, call graphs and put into the store, at once in one node: every kill leaves the result the same."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.config import get_store
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import interrupt
from langgraph_heartbeat import remembered
from langgraph_heartbeat.testing import ScriptedChatModel, crashes

from .test_remembered_tools import calling

ASKED_FOR = calling(
    ("delegate", {"topic": "alpha"}),
    ("ask", {"what": "look"}),
    ("memorise", {"text": "x"}),
    ("delegate", {"topic": "beta"}),
    ("ask", {"what": "delete"}),
)


def team() -> StateGraph[Any, Any, Any, Any]:
    """Return a graph as one process makes it."""
    model = remembered(ScriptedChatModel({"alpha": "about alpha", "beta": "about beta"}))

    @remembered
    async def look_up(what: str) -> str:
        return what.upper()

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage("".join([part.text async for part in model.astream(state["messages"])]))]}

    inner = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()

    @tool
    async def delegate(topic: str) -> str:
        """Ask another graph."""
        return (await inner.ainvoke({"messages": [HumanMessage(topic)]}))["messages"][-1].text

    @tool
    async def ask(what: str) -> str:
        """Look up, and ask a person."""
        return f"{await look_up(what)}: {interrupt(f'May I {what}?')}"

    @tool
    async def memorise(text: str) -> str:
        """Put a text under a key that nobody has."""
        store = get_store()
        await store.aput(("texts",), f"{len(await store.asearch(('texts',)))}", {"text": text})
        return "done"

    async def think(_: MessagesState) -> dict[str, Any]:
        return {"messages": [ASKED_FOR]}

    async def tell(_: MessagesState) -> dict[str, Any]:
        rows = sorted((each.key, each.value["text"]) for each in await get_store().asearch(("texts",)))
        return {"messages": [AIMessage(f"{rows}")]}

    graph = StateGraph(MessagesState).add_node(think).add_node("tools", ToolNode([delegate, ask, memorise]))
    return graph.add_node(tell).add_edge(START, "think").add_edge("think", "tools").add_edge("tools", "tell")


async def test_wherever_it_is_killed_the_result_is_the_same() -> None:
    answers = {"look": "yes", "delete": "no"}
    report = await crashes(team, {"messages": [("user", "Go.")]}, answers=answers, name="team")
    report.check()
    assert len(report.kills) > 10
    assert report.result.messages[-1].text == "[('0', 'x')]"
