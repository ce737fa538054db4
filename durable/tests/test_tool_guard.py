"""A worker that was replaced begins no tool, wherever its step stood when it was frozen."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import BaseTool, tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph_heartbeat._guard import Guard

from .attempts import Attempt

CALLS = [ToolCall(name="look", args={"where": where}, id=where) for where in ("a", "b")]


def looking(looked: list[str]) -> BaseTool:
    @tool
    async def look(where: str) -> str:
        """Look there."""
        looked.append(where)
        return f"nothing in {where}"

    return look


def looking_in_a_thread(looked: list[str]) -> BaseTool:
    @tool
    def look(where: str) -> str:
        """Look there."""
        looked.append(where)
        return f"nothing in {where}"

    return look


def agent(look: BaseTool) -> StateGraph[Any, Any, Any, Any]:
    async def think(_: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage("", tool_calls=CALLS)]}

    return (
        StateGraph(MessagesState)
        .add_node(think)
        .add_node("tools", ToolNode([look]))
        .add_edge(START, "think")
        .add_edge("think", "tools")
    )


def by_hand_in_a_thread(look: BaseTool) -> StateGraph[Any, Any, Any, Any]:
    def node(_: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(look.invoke({"where": call["args"]["where"]})) for call in CALLS]}

    return StateGraph(MessagesState).add_node(node).add_edge(START, "node")


@pytest.mark.parametrize(
    ("make", "made_of"),
    [(agent, looking), (agent, looking_in_a_thread), (by_hand_in_a_thread, looking_in_a_thread)],
)
async def test_no_tool_begins_after_another_worker_has_the_phase(make: Any, made_of: Any) -> None:
    looked: list[str] = []
    attempt, replaced = Attempt(make(made_of(looked))), asyncio.Event()

    async def guard() -> None:
        if replaced.is_set():
            raise ConnectionAbortedError("taken over")

    attempt.journal.guard = Guard(guard)
    replaced.set()
    with pytest.raises(ConnectionAbortedError, match="taken over"):
        await attempt.run({"messages": []})
    assert looked == []


@pytest.mark.parametrize("made_of", [looking, looking_in_a_thread])
async def test_tools_of_a_worker_that_has_the_phase_begin(made_of: Any) -> None:
    looked: list[str] = []
    done = await Attempt(agent(made_of(looked))).run({"messages": []})
    assert sorted(looked) == ["a", "b"]
    assert [message.content for message in done["messages"][1:]] == ["nothing in a", "nothing in b"]
