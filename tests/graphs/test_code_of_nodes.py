"""The code of our graphs reads the same in every process, so that a worker that restarts says nothing of a change."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json
from langchain_core.language_models import FakeListChatModel
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._node_code.node_code import digests
from outlast.graphs import agent, investigate, plan, verify, write
graphs = {module.__name__: compile_graph(module.builder) for module in (investigate, plan, verify, write)}
graphs["agent"] = agent.compile_agent(FakeListChatModel(responses=[]))
print(json.dumps({name: digests(graph) for name, graph in graphs.items()}))
"""


@pytest.mark.usefixtures("processes")
def test_it_is_the_same_in_two_processes() -> None:
    first, second = digests_with_seed("1"), digests_with_seed("2")
    assert first == second
    assert sum(map(len, first.values())) > 20


def digests_with_seed(seed: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)
