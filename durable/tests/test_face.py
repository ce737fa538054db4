"""The public names: each has a docstring with an example that runs unchanged."""

import ast
import inspect
import itertools
import subprocess
import sys
from pathlib import Path

import langgraph_heartbeat
import pytest
from langgraph_heartbeat import workflow

from .examples import python_blocks, run_example

NAMES = langgraph_heartbeat.__all__


def documentation(name: str) -> str:
    """Return the docstring of a name; for an alias, the text after its assignment."""
    value = getattr(langgraph_heartbeat, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return inspect.getdoc(value) or ""
    home = sys.modules[f"langgraph_heartbeat.{langgraph_heartbeat._DEFINING_MODULES[name]}"]
    body = ast.parse(inspect.getsource(home)).body
    for statement, following in itertools.pairwise(body):
        named = isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name
        if named and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            return str(following.value.value)
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_each_public_name_has_an_example_that_runs(name: str, address: str, tmp_path: Path) -> None:
    examples = python_blocks(documentation(name))
    assert len(examples) == 1
    assert name in examples[0]
    run_example(examples[0], tmp_path, address)


def test_the_face_is_listed_and_has_nothing_else() -> None:
    assert set(langgraph_heartbeat._DEFINING_MODULES) == set(NAMES)
    assert set(NAMES) <= set(dir(langgraph_heartbeat))
    assert [name for name in NAMES if f"`{name}`" not in (langgraph_heartbeat.__doc__ or "")] == []
    with pytest.raises(AttributeError, match="has no attribute 'Heartbeats'"):
        _ = langgraph_heartbeat.Heartbeats  # pyright: ignore[reportAttributeAccessIssue]


def test_what_workflow_code_uses_is_the_same_and_brings_neither_langgraph_nor_langchain() -> None:
    for name in workflow.__all__:
        assert getattr(workflow, name) is getattr(langgraph_heartbeat, name)
    asked = (
        "import sys; from langgraph_heartbeat.workflow import Paused, Question, Resume, Stuck\n"
        "assert 'temporalio' not in sys.modules\n"
        "from langgraph_heartbeat.workflow import finish_or_pause\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'temporalio', 'langgraph', 'langchain_core'})"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "{'temporalio'}"
