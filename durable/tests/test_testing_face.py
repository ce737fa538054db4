"""The public names of the testing kit: each has a docstring with an example that runs unchanged."""

import inspect
import subprocess
import sys

import pytest
from langgraph_heartbeat import testing

from .examples import LEAVING, python_blocks

WITHOUT_EXAMPLE = {"Kill", "ScriptError"}
"""What others return or raise; the examples of these show it."""


@pytest.mark.parametrize("name", sorted({*testing.__all__} - WITHOUT_EXAMPLE))
def test_each_name_has_an_example_that_runs(name: str) -> None:
    examples = python_blocks(inspect.getdoc(getattr(testing, name)) or "")
    assert len(examples) == 1
    assert name in examples[0]
    command = [sys.executable, "-W", "error", "-c", examples[0] + LEAVING]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_face_is_listed_and_has_nothing_else() -> None:
    assert set(testing._DEFINING_MODULES) == set(testing.__all__)
    assert set(testing.__all__) <= set(dir(testing))
    assert [name for name in testing.__all__ if name != "Kill" and f"`{name}`" not in (testing.__doc__ or "")] == []
    with pytest.raises(AttributeError, match="has no attribute 'World'"):
        _ = testing.World  # pyright: ignore[reportAttributeAccessIssue]
