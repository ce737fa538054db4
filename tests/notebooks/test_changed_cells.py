"""Nodes that are defined in the cells of a notebook, in a real kernel: what a cell that is run again changes."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DEFINE = """
from typing import TypedDict
from langgraph.graph import START, StateGraph

PROMPT = "Write about the sea."

class State(TypedDict, total=False):
    text: str

def tidy(text):
    return text.strip()

async def write(state: State) -> State:
    # a comment
    return {"text": tidy(PROMPT)}

builder = StateGraph(State).add_node(write).add_edge(START, "write")
"""
DIGEST = """
from langgraph_heartbeat._node_code.node_code import digests
print(digests(builder.compile())["write"])
"""
POLICY = """
from langgraph_heartbeat._node_code.on_change import policy_of
print(policy_of(None))
"""


@pytest.mark.usefixtures("processes")
def test_a_cell_that_is_run_again_unchanged_changes_nothing_and_a_phase_asks(temporary: Path) -> None:
    edited_comment = DEFINE.replace("# a comment", "# another comment\n\n")
    edited_prompt = DEFINE.replace("the sea", "the moon")
    edited_helper = edited_prompt.replace("text.strip()", "text.rstrip()")
    cells = [DEFINE, DIGEST, DEFINE, DIGEST, edited_comment, DIGEST]
    cells += [edited_prompt, DIGEST, edited_helper, DIGEST, POLICY]
    first, again, comment, prompt, helper, policy = outputs_of(cells, temporary)
    assert first == again == comment
    assert len({first, prompt, helper}) == 3
    assert policy == "ask"


def outputs_of(cells: list[str], folder: Path) -> list[str]:
    """Run the cells in a kernel of their own, and return what those printed that printed something."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, timeout=200, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return [cell.outputs[0].text.strip() for cell in notebook.cells if cell.outputs]
