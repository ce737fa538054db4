"""Projects of LangGraph in a folder of a test, and the command line run on them in this process."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_heartbeat._serve.command_line import run

GRAPH = """
from typing import Annotated, TypedDict
import operator
from langgraph.graph import START, StateGraph

class State(TypedDict):
    topic: str
    out: Annotated[list[str], operator.add]

async def work(state: State) -> dict:
    return {"out": [f"about {state['topic']}"]}

builder = StateGraph(State).add_node(work).add_edge(START, "work")
graph = builder.compile()
"""
"""A file with a graph that is not named, so that only its registration names it."""


def write_project(folder: Path, files: Mapping[str, str], **settings: Any) -> Path:
    """Write a `langgraph.json` with these settings, and files beside it; return the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "langgraph.json").write_text(json.dumps({"dependencies": ["."], **settings}), encoding="utf-8")
    return folder


@contextmanager
def kept_process() -> Iterator[None]:
    """Take back what a command sets up in its process: the modules, the search path and the environment."""
    modules, path, environment = dict(sys.modules), [*sys.path], dict(os.environ)
    try:
        yield
    finally:
        for name in sys.modules.keys() - modules.keys():
            file = getattr(sys.modules[name], "__file__", None) or ""
            if "site-packages" not in file and "langgraph_heartbeat" not in name:
                del sys.modules[name]
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)


def command(*arguments: str, config: Path) -> int:
    """Run a command of `python -m langgraph_heartbeat` on a project, and return its exit code."""
    with kept_process():
        return run([arguments[0], "--config", str(config), *arguments[1:]])
