"""Two agents of the package `langgraph-swarm` that hand the conversation over to each other."""

from typing import Any, cast

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - as in agent.py
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph_swarm import create_handoff_tool, create_swarm  # pyright: ignore[reportUnknownVariableType] - as in agent.py

from bench.crash.model import Script, ScriptedModel
from bench.crash.tools import search, weigh

FINDER: Script = [
    [("search", {"query": "first"}), ("search", {"query": "second"})],
    [("transfer_to_assessor", {})],
    [("search", {"query": "third"})],
]
ASSESSOR: Script = [[("weigh", {"query": "first"})], [("transfer_to_finder", {})]]


def agent(name: str, script: Script, tools: list[Any]) -> Pregel[Any, Any, Any, Any]:
    return create_agent(
        ScriptedModel(agent=name, script=script), tools, system_prompt=f"You are the {name}.", name=name
    )


finder = agent("finder", FINDER, [search, create_handoff_tool(agent_name="assessor")])
assessor = agent("assessor", ASSESSOR, [weigh, create_handoff_tool(agent_name="finder")])
builder = cast("StateGraph[Any, Any, Any, Any]", create_swarm([finder, assessor], default_active_agent="finder"))
