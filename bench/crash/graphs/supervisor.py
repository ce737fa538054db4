"""A supervisor of the package `langgraph-supervisor` over two agents."""

import warnings
from typing import Any, cast

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - as in agent.py
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from langgraph_supervisor import create_supervisor  # pyright: ignore[reportUnknownVariableType] - as in agent.py

from bench.crash.model import Script, ScriptedModel
from bench.crash.tools import search, weigh

SUPERVISOR: Script = [[("transfer_to_finder", {})], [("transfer_to_assessor", {})], [("transfer_to_finder", {})]]
FINDER: Script = [
    [("search", {"query": "first"}), ("search", {"query": "second"})],
    [],
    [("search", {"query": "third"})],
]
ASSESSOR: Script = [[("weigh", {"query": "first"})], [("weigh", {"query": "second"})]]


def agent(name: str, script: Script, tools: list[Any]) -> Pregel[Any, Any, Any, Any]:
    return create_agent(
        ScriptedModel(agent=name, script=script), tools, system_prompt=f"You are the {name}.", name=name
    )


with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the package still builds on `create_react_agent`
    team = create_supervisor(  # pyright: ignore[reportUnknownVariableType] - it leaves its types open
        [agent("finder", FINDER, [search]), agent("assessor", ASSESSOR, [weigh])],
        model=ScriptedModel(agent="supervisor", script=SUPERVISOR),
    )
builder = cast("StateGraph[Any, Any, Any, Any]", team)
