"""A deep agent of the package `deepagents`: it plans, delegates to two agents at once, and writes a file."""

from typing import Any

from deepagents import create_deep_agent  # pyright: ignore[reportUnknownVariableType] - as in agent.py
from langchain.agents.middleware import TodoListMiddleware
from langgraph.pregel import Pregel

from bench.crash.model import ScriptedModel
from bench.crash.tools import search, weigh

TASKS = ("Describe the tower", "Describe the lamp")
LEAD = [
    [("write_todos", {"todos": [{"content": task, "status": "in_progress"} for task in TASKS]})],
    [("task", {"description": task, "subagent_type": "researcher"}) for task in TASKS],
    [("write_file", {"file_path": "/report.md", "content": "The tower is white."})],
    [("search", {"query": "the harbour"}), ("read_file", {"file_path": "/report.md"})],
]
RESEARCHER = [
    [("search", {"query": "old maps"}), ("weigh", {"query": "the claims"})],
    [("search", {"query": "letters"})],
]

graph: Pregel[Any, Any, Any, Any] = create_deep_agent(
    model=ScriptedModel(agent="lead", script=LEAD),
    tools=[search],
    system_prompt="You write about lighthouses.",
    middleware=[TodoListMiddleware()],
    subagents=[
        {
            "name": "researcher",
            "description": "Finds out one thing.",
            "system_prompt": "You find out one thing.",
            "tools": [search, weigh],
            "model": ScriptedModel(agent="researcher", script=RESEARCHER),
        }
    ],
)
