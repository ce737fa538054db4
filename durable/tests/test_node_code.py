"""The digests of the code of nodes: they change with what a node does, and with nothing else."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any, TypedDict, cast
from uuid import uuid4

import pytest
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._node_code import parts
from langgraph_heartbeat._node_code.bytecode import Code, read_code
from langgraph_heartbeat._node_code.node_code import CodeChanges, NodeCode, digests, this_python

from .written_graph import AGENT, NODES, PROMPTS, SOURCE, digests_of, edited, written_module


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    return digests_of(SOURCE, monkeypatch)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {node for node in before.keys() | after.keys() if before.get(node) != after.get(node)}


def test_each_node_has_a_digest_and_those_of_subgraphs_too(before: dict[str, str]) -> None:
    assert before.keys() == NODES | AGENT
    assert all(len(digest) == 12 for digest in before.values())


@pytest.mark.parametrize(
    ("old", "new", "nodes"),
    [
        ('"Write about the sea."', '"Write about the moon."', {"draft"}),
        ('["Begin."]', '["Start."]', {"draft"}),
        ('{"alpha", "beta", "gamma"}', '{"alpha", "beta", "delta"}', {"draft"}),
        ('"plain words"', '"long words"', {"draft"}),
        ("words: int = 100", "words: int = 90", {"draft"}),
        ("return text.strip()", "return text.rstrip()", {"draft"}),
        ("def draft(state: State)", "def draft(state: State, *more)", {"draft"}),
        ("> 20 + costly()", ">= 20 + costly()", {"draft"}),
        ("    return 1\n", "    return 2\n", {"draft"}),
        ('tone="kind"', 'tone="strict"', {"revise"}),
        ('for each in ("x", "y")', 'for each in ("x", "z")', {"revise"}),
        ("total += 1", "total += 2", {"revise"}),
        ('re.compile("a+")', 're.compile("b+")', {"revise"}),
        ("timedelta(seconds=5)", "timedelta(seconds=6)", {"revise"}),
        ("judged(3)", "judged(4)", {"judge"}),
        ('"""Whether the text is right."""', '"""Whether the text is good."""', {"judge"}),
        ("True if every number is right.", "True if every name is right.", {"judge"}),
        ("right: bool =", "right: bool | None =", {"judge"}),
        ('Publisher("the library")', 'Publisher("the archive")', {"publish"}),
        ('f"at {self.place}"', 'f"in {self.place}"', {"publish"}),
        ('"Ada"', '"Grace"', {"name"}),
        ('return {"texts": [text]}', 'return {"texts": [text, text]}', {"name"}),
        ("Answer in French.", "Answer in Greek.", {"summary"}),
        ("[message.content]", "[message.text]", {"summary"}),
        ("query.upper()", "query.lower()", {"tools", "agent/tools"}),
        ('"""Search the library."""', '"""Search the archive."""', {"tools", "agent/tools", "agent/model"}),
        ("Be exact.", "Be brief.", {"agent/model"}),
        ('["inside"]', '["within"]', {"nested/inner"}),
    ],
)
def test_a_node_changes_with_what_it_does(
    old: str, new: str, nodes: set[str], before: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert changed(before, digests_of(edited(SOURCE, old, new), monkeypatch)) == nodes


def test_a_node_changes_with_a_text_that_it_reads_from_a_module_beside_it(
    before: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = digests_of(SOURCE, monkeypatch, prompts=edited(PROMPTS, "Make it shorter.", "Make it longer."))
    assert changed(before, shorter) == {"revise"}
    unused = digests_of(SOURCE, monkeypatch, prompts=edited(PROMPTS, "No node uses this.", "Still none."))
    assert changed(before, unused) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import functools\n", "import functools\n# a comment, and the lines below it move\n\n\n"),
        ('    """Draft."""\n', '    """Write the first draft."""\n'),
        ('    """Draft."""\n', "    # The docstring is gone, and Python numbers the constants anew.\n"),
        ('    """Return less of it."""\n', ""),
        ("calls = []", 'calls = ["what an earlier run left here"]'),
        ("total = 0", "total = 7"),
        ("remembered = {}", 'remembered = {"the moon": 8}'),
        ("rounds = 0", "rounds = 9"),
        ('SECTIONS = {"first": ["Begin."], "last": ["End."]}', 'SECTIONS = {"last": ["End."], "first": ["Begin."]}'),
        ('{"alpha", "beta", "gamma"}', '{"gamma", "alpha", "beta"}'),
        ('FakeListChatModel(responses=["ready"])', 'FakeListChatModel(responses=["what another model answers"])'),
        ("class Limits:\n", "class Limits:\n    # a comment\n"),
    ],
)
def test_a_node_does_not_change_with_anything_else(
    old: str, new: str, before: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert digests_of(edited(SOURCE, old, new), monkeypatch) == before


def test_a_cell_that_is_run_again_changes_nothing(before: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert digests_of(SOURCE, monkeypatch, path="<cell 2>") == before


async def test_a_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nodes count, collect and remember while they run is no part of their code."""
    module = written_module(SOURCE, monkeypatch)
    graph = compile_graph(module.builder)
    first = digests(graph)
    state = await graph.ainvoke({"texts": []})
    assert "at the library" in state["texts"]
    assert (module.calls, module.total, module.costly.cache_info().currsize) == (["draft 0 0"], 1, 1)
    assert (module.remembered, module.rounds) == ({"the sea": 7}, 1)
    assert digests(graph) == first
    assert digests(compile_graph(module.builder)) == first


DIGESTS_IN_A_PROCESS = """
import json, site, sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "installed":
    site.getsitepackages = lambda: [sys.argv[1]]
from langgraph_heartbeat._graphs import compile_graph
from langgraph_heartbeat._node_code.node_code import digests
if sys.argv[2] == "main":
    exec(open(sys.argv[1] + "/written.py").read())
else:
    from written import builder
print(json.dumps(digests(compile_graph(builder))))
"""


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("seed", "place"), [("1", "beside"), ("2", "main"), ("3", "installed")])
def test_unchanged_code_is_the_same_in_another_process(
    seed: str, place: str, before: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "written.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "written_prompts.py").write_text(PROMPTS, encoding="utf-8")
    found = digests_in_a_process(DIGESTS_IN_A_PROCESS, seed, str(tmp_path), place)
    # Installed, the module beside it is a package of others.
    assert changed(before, found) == ({"revise"} if place == "installed" else set())


def digests_in_a_process(program: str, seed: str, *arguments: str) -> Any:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


AGENT_WITH_A_TOOL = """
from langchain.agents import create_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.tools import tool

def shout(text):
    return text.upper()

@tool
def search(query: str) -> str:
    \"\"\"Search the library.\"\"\"
    return shout(query)

builder = create_agent(FakeListChatModel(responses=[]), [search])
"""


@pytest.mark.usefixtures("processes")
def test_an_installed_tool_of_an_agent_changes_with_its_helpers(tmp_path: Path) -> None:
    found: list[dict[str, str]] = []
    for number, text in enumerate((AGENT_WITH_A_TOOL, edited(AGENT_WITH_A_TOOL, "text.upper()", "text.lower()"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "written.py").write_text(text, encoding="utf-8")
        found.append(digests_in_a_process(DIGESTS_IN_A_PROCESS, "0", str(folder), "installed"))
    assert changed(*found) == {"tools"}


async def test_an_entrypoint_changes_with_its_tasks() -> None:
    def made(text: str) -> dict[str, str]:
        @task
        async def say() -> str:
            return text

        @entrypoint()
        async def talk(_: Any) -> str:
            return await say()

        return digests(cast("Any", talk))

    assert made("one") == made("one")
    assert made("one").keys() == {"talk"}
    assert changed(made("one"), made("two")) == {"talk"}


class State(TypedDict, total=False):
    text: str


class Refusing:
    """As the proxies of some web frameworks outside a request."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


class NoLength(list[int]):
    def __len__(self) -> int:
        raise RuntimeError


class NoLengthText(str):
    __slots__ = ()

    def __len__(self) -> int:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


class Holding:
    refusing = Refusing()


REFUSING = Refusing()


def test_what_has_no_readable_content_is_left_out() -> None:
    """A node may hold anything: nothing of it raises, and nothing of it shows where it lies in memory."""

    def graph_with(*things: object) -> dict[str, str]:
        def node(state: State) -> State:
            return {"text": f"{state} {things} {REFUSING}"}

        return digests(compile_graph(StateGraph(State).add_node(node).add_edge(START, "node")))

    def things() -> list[object]:
        cyclic: list[Any] = [10**5000, float("nan"), "\ud800"]
        cyclic += [cyclic, cyclic, {"cyclic": cyclic}]
        unreadable = [Refusing(), Holding(), threading.Lock(), object(), len, os, iter([1]), memoryview(b"x")]
        unreadable += [
            NoLength([1]),
            NoLengthText("x"),
            datetime.now(UTC),
            uuid4(),
            Path(__file__).with_name(uuid4().hex),
        ]
        return [*unreadable, cyclic, {Refusing(): 1}, {"one", 2, (3,)}, "x" * 2_000_000]

    assert graph_with(*things()) == graph_with(*things())


class RefusingClass(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)


class Unreadable(metaclass=RefusingClass):
    pass


def test_a_node_that_cannot_be_read_is_named_and_counts_as_unchanged(caplog: pytest.LogCaptureFixture) -> None:
    def made(text: str) -> NodeCode:
        def broken(state: State) -> State:
            return {"text": f"{state} {text} {Unreadable}"}

        def write(state: State) -> State:
            return {"text": f"{state} {text}"}

        return NodeCode.of(compile_graph(StateGraph(State).add_sequence([broken, write]).add_edge(START, "broken")))

    before = made("one")
    assert caplog.messages == [
        "Changes of the code of the node broken will go unnoticed: it cannot be read, RuntimeError('__module__')."
    ]
    assert made("two").changes_since(before.content()) == CodeChanges(changed=("write",))
    readable = NodeCode(before.python, {**before.nodes, "broken": "01" * 6})
    assert not before.changes_since(readable.content())
    assert not readable.changes_since(before.content())


def test_code_that_many_nodes_use_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph of 500 nodes takes 40 ms, once per worker."""
    read = Counter[str]()

    def counting(code: CodeType) -> Code:
        read[code.co_name] += 1
        return read_code(code)

    monkeypatch.setattr(parts, "read_code", counting)

    def helper(text: str) -> str:
        return text.strip()

    def numbered(number: int) -> Any:
        def node(state: State) -> State:
            return {"text": helper(f"{state.get('text')} {number}")}

        return node

    builder = StateGraph(State)
    for number in range(50):
        builder.add_node(f"n{number}", numbered(number))
        builder.add_edge(START, f"n{number}")
    assert len(set(digests(compile_graph(builder)).values())) == 50
    assert (read["helper"], read["node"]) == (1, 1)


# --- Comparing ---


def code(**nodes: str) -> NodeCode:
    return NodeCode(this_python(), nodes)


def test_changed_added_and_removed_nodes_are_named() -> None:
    old = code(write="01" * 6, check="02" * 6, draft="03" * 6)
    new = code(write="01" * 6, check="04" * 6, polish="05" * 6)
    changes = new.changes_since(old.content())
    assert changes == CodeChanges(changed=("check",), added=("polish",), removed=("draft",))
    assert str(changes) == "the code of check changed, polish was added and draft was removed"
    assert not new.changes_since(new.content())


def test_a_message_names_the_first_of_many_nodes() -> None:
    many = CodeChanges(changed=tuple(f"n{number}" for number in range(10)))
    assert str(many) == "the code of n0, n1, n2, n3, n4, n5, n6, n7 and 2 more changed"


@pytest.mark.parametrize("content", [None, {}, [], {"python": "cpython-399.0", "nodes": {"write": b"123456"}}, "x"])
def test_a_checkpoint_without_digests_or_of_another_python_counts_as_unchanged(content: object) -> None:
    assert not code(write="01" * 6).changes_since(content)
