"""The pytest mark `crashes`: a test that returns a graph is one that kills it."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from langgraph_heartbeat.testing import ScriptedChatModel, crashes, plugin

pytest_plugins = ("pytester",)

IMPORTED = (ScriptedChatModel, crashes)
"""What a run of pytest in this process imports it forgets, and the next one would have a second LangChain."""
HEADER = """
import pytest
from itertools import count
from langgraph.graph import START, StateGraph
from langgraph_heartbeat import CallJournal
from langgraph_heartbeat.testing import ScriptedChatModel
from pydantic import BaseModel

class State(BaseModel):
    said: str = ""

def graph(node):
    return StateGraph(State).add_node("node", node).add_edge(START, "node").compile(name="small")

@pytest.fixture
def model():
    return ScriptedChatModel({"": "said"})
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run_tests(tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(HEADER + tests)
        return pytester.runpytest_inprocess("--strict-markers", "-W", "error", *options, plugins=[plugin])

    return run_tests


MARKED = """
@pytest.mark.crashes({"said": ""})
def test_small(model):
    async def node(state):
        return {"said": (await model.ainvoke("?")).text}
    return graph(node)
"""


def test_a_marked_test_passes_if_no_crash_changes_its_graph(run) -> None:
    result = run(MARKED, "-rP")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*small: 1 calls, 4 kills, all with the same result.*"])


def test_a_marked_test_fails_where_a_crash_changes_the_result(run) -> None:
    result = run("""
@pytest.mark.crashes({"said": ""})
def test_small(model):
    numbers = count()
    def first(state):
        return {"said": str(next(numbers))}
    async def second(state):
        await model.ainvoke("?")
        return {"said": state.said + str(next(numbers))}
    return StateGraph(State).add_sequence([first, second]).add_edge(START, "first").compile(name="small")
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*kill 1, before ScriptedChatModel in the node second, step 2*"])


def test_a_marked_test_may_limit_the_calls_that_are_made_again(run) -> None:
    result = run("""
@pytest.mark.crashes({}, made_again=0, moments=["before"])
def test_small(model):
    async def node(state):
        return {"said": (await model.ainvoke("first")).text + (await model.ainvoke("second")).text}
    return graph(node)
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*more than 0 calls were made again*"])


def test_other_tests_are_left_alone_and_the_mark_is_registered(run) -> None:
    result = run(MARKED + "\ndef test_other():\n    assert True\n", "-m", "not crashes")
    result.assert_outcomes(passed=1, deselected=1)
    result = run("", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.crashes(input, *"])


def test_an_async_test_is_refused(run) -> None:
    result = run("""
@pytest.mark.crashes({})
async def test_small():
    pass
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*marked with crashes and must not be async*"])


def test_pytest_finds_the_plugin_by_itself() -> None:
    (found,) = [each for each in entry_points(group="pytest11") if each.value.startswith("langgraph_heartbeat")]
    assert found.load().MARK


def test_a_session_without_the_mark_imports_nothing_for_it() -> None:
    asked = (
        "import sys, langgraph_heartbeat.testing.plugin\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'temporalio', 'langgraph', 'langchain_core'})"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "set()"
