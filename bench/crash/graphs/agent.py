"""An agent with two tools, made by LangChain."""

from typing import Any

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's function is partly untyped
from langgraph.pregel import Pregel

from bench.crash.model import ScriptedModel
from bench.crash.tools import search, weigh

SCRIPT = [[("search", {"query": f"{number}.0"}), ("weigh", {"query": f"{number}.1"})] for number in range(3)]

graph: Pregel[Any, Any, Any, Any] = create_agent(ScriptedModel(script=SCRIPT), [search, weigh])
