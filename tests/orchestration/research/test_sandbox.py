"""What the workflow brings into Temporal's sandbox: it is imported anew for each run, so it must stay small."""

import subprocess
import sys

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.orchestration.research.scripted import Script, scripted_run

HEAVY = ("langgraph", "langchain_core", "langchain", "graphs", "tools")


def test_importing_the_workflow_imports_no_graph() -> None:
    """In a process of its own: this one has imported everything already."""
    code = (
        f"import sys, outlast.orchestration.research.workflow; print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_test_above_can_fail() -> None:
    code = f"import sys, outlast.graphs.plan; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "langgraph" in done.stdout


async def test_a_run_in_the_sandbox_imports_no_graph(
    skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the heavy packages made impossible to import, a run goes through all the same."""
    for name in HEAVY:
        for module in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, name, None)
    async with scripted_run(skipping.client, Script(), {"question": "What is baked?", "approve": True}) as handle:
        assert (await handle.result()).status == "published"
