"""An agent with two tools, made by LangChain."""

from typing import Any

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - LangChain's function is partly untyped
from langgraph.pregel import Pregel

from bench.crash.model import model
from bench.crash.tools import search, weigh

graph: Pregel[Any, Any, Any, Any] = create_agent(model, [search, weigh])
