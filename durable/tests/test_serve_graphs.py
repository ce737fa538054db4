"""Which object a registered name stands for, and what is said if it is no graph."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph_heartbeat._serve.graph_entries import GraphEntry, installed_entries, load_object
from langgraph_heartbeat._serve.packages import prepare_packages
from langgraph_heartbeat._serve.project import read_project
from langgraph_heartbeat._serve.refusal import Refusal
from langgraph_heartbeat._serve.served_graphs import load_all, opened_store, registered

from .projects import GRAPH, kept_process, write_project

STATE = "from dataclasses import dataclass\n\n@dataclass\nclass State:\n    topic: str\n"
PACKAGED_GRAPH = """
from langgraph.graph import START, StateGraph
from .state import State

def work(state: State) -> dict:
    return {"topic": state.topic}

graph = StateGraph(State).add_node(work).add_edge(START, "work").compile()
"""


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    with kept_process():
        yield


def load(folder: Path, where: str, files: dict[str, str], **settings: Any) -> object:
    """Return the object of the graph `agent` in a project with these files."""
    write_project(folder, files, graphs={"agent": where}, **settings)
    project = read_project((folder / "langgraph.json").resolve())
    prepare_packages(project)
    (entry,) = project.entries
    return load_object(entry)


def refusal(folder: Path, where: str, files: dict[str, str]) -> str:
    with pytest.raises(Refusal) as refused:
        load(folder, where, files)
    return str(refused.value)


@pytest.mark.parametrize(
    ("where", "file"),
    [
        ("./agent_of_file.py:graph", "agent_of_file.py"),
        ("agent_of_file.py:builder", "agent_of_file.py"),
        ("./some folder/my-agent.py:graph", "some folder/my-agent.py"),
        ("agent_of_module:graph", "agent_of_module.py"),
        ("package_of.agent:graph", "package_of/agent.py"),
        ("package_in_src.agent:graph", "src/package_in_src/agent.py"),
    ],
)
def test_a_graph_is_found_in_a_file_and_in_a_module(tmp_path: Path, where: str, file: str) -> None:
    assert type(load(tmp_path, where, {file: GRAPH})).__name__ in ("CompiledStateGraph", "StateGraph")


def test_a_file_of_a_package_is_imported_as_its_module_so_that_its_classes_are_the_packages_own(tmp_path: Path) -> None:
    files = {"src/packaged/__init__.py": "", "src/packaged/state.py": STATE, "src/packaged/graph.py": PACKAGED_GRAPH}
    graph: Any = load(tmp_path, "./src/packaged/graph.py:graph", files)
    assert graph.builder.state_schema is sys.modules["packaged.state"].State
    assert graph.builder.state_schema.__module__ == "packaged.state"


def test_a_file_that_no_name_leads_to_has_the_same_module_in_every_worker(tmp_path: Path) -> None:
    """Checkpoints name the classes of the state by their modules."""
    graph: Any = load(tmp_path, "./my graphs/the-agent.py:graph", {"my graphs/the-agent.py": GRAPH})
    name = graph.builder.state_schema.__module__
    assert name == "__my_graphs__the-agent"
    assert sys.modules[name].graph is graph


def test_a_name_that_another_module_has_leads_to_the_file_itself(tmp_path: Path) -> None:
    graph: Any = load(tmp_path, "./json.py:graph", {"json.py": GRAPH})
    assert graph.builder.state_schema.__module__ == "__json"
    assert Path(sys.modules["json"].__file__ or "").parent.name == "json"


@pytest.mark.parametrize(
    ("where", "text", "said"),
    [
        ("./there.py:graph", GRAPH, "there is no file"),
        ("./a.py", GRAPH, "does not say which variable of its module is the graph. Write a colon and its name"),
        ("./a.py:agent", GRAPH, "its module has no 'agent'. Graphs in that module: builder, graph."),
        ("./a.py:agent", "x = 1", "its module has no 'agent'. There is no graph in that module."),
        ("./a.py:graph", "graph = 'agent'", "is of the type str. It must be a StateGraph, a compiled graph, an @entry"),
        ("./a.ts:graph", "", "is written in JavaScript, which this worker cannot run."),
        ("no_such_module_of_ours:graph", GRAPH, "Install the package that has the module 'no_such_module_of_ours'"),
        ("./a.py:graph", "import no_such_module_of_ours.part", "module 'no_such_module_of_ours'"),
        (
            "./a.py:graph",
            "import langchain_core.gone",
            "another release of what is installed here: langchain",
        ),
        ("./a.py:graph", "1 / 0", "ZeroDivisionError: division by zero"),
        ("./a.py:graph", "import sys\nsys.exit('no key')", "SystemExit: no key"),
        ("./a.py:graph", "graph = (", "SyntaxError: '(' was never closed"),
    ],
)
def test_what_is_no_graph_is_refused_by_name(tmp_path: Path, where: str, text: str, said: str) -> None:
    message = refusal(tmp_path, where, {"a.py": text, "a.ts": ""})
    assert message.startswith(f"The graph 'agent' ({where} of langgraph.json)")
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "its module has no 'opened'."),
        ("opened = 7", "is of the type int. It must be a BaseStore, or an async context manager that yields one."),
    ],
)
async def test_what_is_no_store_is_called_a_store(tmp_path: Path, text: str, said: str) -> None:
    files = {"store.py": text, "a.py": GRAPH}
    write_project(tmp_path, files, graphs={"agent": "./a.py:graph"}, store={"path": "./store.py:opened"})
    with pytest.raises(Refusal) as refused:
        async with opened_store(read_project(tmp_path / "langgraph.json")):
            pass
    (message,) = refused.value.problems
    assert message.startswith("The store 'store.path' (./store.py:opened of langgraph.json)")
    assert message.endswith(said)


def test_the_line_that_raised_is_named(tmp_path: Path) -> None:
    files = {"a.py": "\nfrom part_of_a import x", "part_of_a.py": "\n\nx = {}['key']"}
    assert f"KeyError: 'key' ({tmp_path / 'part_of_a.py'}, line 3)" in refusal(tmp_path, "./a.py:graph", files)
    assert f"({tmp_path / 'b.py'}, line 2)" in refusal(tmp_path, "./b.py:graph", {"b.py": "\n\tx = ("})


def test_a_module_may_use_asyncio_run_when_it_is_imported(tmp_path: Path) -> None:
    text = f"import asyncio\nasyncio.run(asyncio.sleep(0))\n{GRAPH}"
    problems: list[str] = []
    write_project(tmp_path, {"asks_at_import.py": text}, graphs={"agent": "./asks_at_import.py:graph"})
    load_all(read_project(tmp_path / "langgraph.json").entries, problems)
    assert problems == []


# --- Names ---


Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A function that installs a package, which registers a graph by an entry point."""

    def install(name: str, where: str) -> None:
        site = tmp_path_factory.mktemp("site")
        (site / "shared_graphs-1.0.dist-info").mkdir()
        metadata = {"METADATA": "Name: shared-graphs\nVersion: 1.0\n"}
        metadata["entry_points.txt"] = f"[langgraph_heartbeat.graphs]\n{name} = {where}\n[another.group]\nx = y:z\n"
        for file, text in metadata.items():
            (site / "shared_graphs-1.0.dist-info" / file).write_text(text)
        monkeypatch.syspath_prepend(site)

    return install


def problems_of(folder: Path, **graphs: str) -> list[str]:
    write_project(folder, {"one.py": GRAPH, "two.py": GRAPH}, graphs=graphs)
    project = read_project((folder / "langgraph.json").resolve())
    prepare_packages(project)
    problems: list[str] = []
    load_all(registered(project), problems)
    return problems


def test_installed_packages_register_graphs(tmp_path: Path, install: Install) -> None:
    assert [*installed_entries()] == []
    install("agent", "one:graph")
    (entry,) = installed_entries()
    assert str(entry) == "'agent' (one:graph of the installed package shared-graphs)"
    assert problems_of(tmp_path, second="./two.py:graph") == []


def test_two_graphs_of_one_name_are_refused(tmp_path: Path, install: Install) -> None:
    install("agent", "one:graph")
    (problem,) = problems_of(tmp_path, agent="./two.py:graph")
    assert problem.startswith("The graphs 'agent' (./two.py:graph of langgraph.json) and 'agent' (one:graph of the i")


def test_a_graph_that_is_registered_twice_is_one(tmp_path: Path, install: Install) -> None:
    install("agent", "one:graph")
    assert problems_of(tmp_path, agent="./one.py:graph") == []


@pytest.mark.parametrize("name", ["durable_standing", "durable_check"])
def test_a_graph_cannot_have_the_name_of_an_activity_of_the_library(tmp_path: Path, name: str) -> None:
    (problem,) = problems_of(tmp_path, **{name: "./one.py:graph"})
    assert "has the name of an activity of langgraph-heartbeat" in problem


def test_graphs_can_be_chosen_by_name(tmp_path: Path) -> None:
    write_project(tmp_path, {}, graphs={"a": "./a.py:graph", "b": "./b.py:graph"})
    project = read_project(tmp_path / "langgraph.json")
    assert [entry.name for entry in registered(project, ["b"])] == ["b"]
    with pytest.raises(Refusal, match=r"There is no graph 'c'\. The graphs are: a, b\."):
        registered(project, ["c"])


def test_without_graphs_the_message_says_how_to_register_one() -> None:
    with pytest.raises(Refusal, match=r'this folder has no langgraph\.json.*\[project\.entry-points\."langgraph'):
        registered(None)


def test_an_entry_says_where_it_comes_from() -> None:
    assert str(GraphEntry("agent", "a:g", "langgraph.json")) == "'agent' (a:g of langgraph.json)"
