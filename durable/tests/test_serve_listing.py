"""`python -m langgraph_heartbeat graphs`: names, schemas and drawings, without a server and without the network."""

import json
import operator
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AnyMessage
from langgraph.func import entrypoint
from langgraph.graph import END, START, MessagesState, StateGraph, add_messages
from langgraph_heartbeat._durable import durable
from langgraph_heartbeat._serve.drawing import lines_of, mermaid_of
from langgraph_heartbeat._serve.examples import example_request
from langgraph_heartbeat._serve.schemas import Schemas, field_lines
from pydantic import BaseModel, Field

from .projects import GRAPH, command, write_project


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection and every look-up of a name fail."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a connection to {arguments!r}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


FACTORY = """
import contextlib
from langgraph_sdk.runtime import ServerRuntime
from one import builder

@contextlib.asynccontextmanager
async def make_graph(runtime: ServerRuntime):
    assert runtime.execution_runtime is None
    yield builder
"""


def test_graphs_are_listed_with_their_fields_and_edges(
    offline: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graphs = {"first": {"path": "./one.py:graph", "description": "It works."}, "second": "./two.py:make_graph"}
    write_project(tmp_path, {"one.py": GRAPH, "two.py": FACTORY}, graphs=graphs)
    assert command("graphs", config=tmp_path) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[:11] == [
        "first  (./one.py:graph of langgraph.json)",
        "  It works.",
        "  input",
        "    topic: string",
        "    out: list of string",
        "  output",
        "    topic: string",
        "    out: list of string",
        "  graph",
        "    __start__ -> work",
        "    work      -> __end__",
    ]
    assert "second  (./two.py:make_graph of langgraph.json)" in said.out


def test_one_document_has_the_whole_schemas_and_a_drawing_in_mermaid(
    offline: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"first": "./one.py:graph"})
    assert command("graphs", "--json", config=tmp_path) == 0
    document = json.loads(capsys.readouterr().out)
    (listed,) = document["graphs"]
    assert document["problems"] == []
    assert set(listed["input"]["properties"]) == {"topic", "out"}
    assert listed["input"]["properties"]["out"]["items"] == {"type": "string"}
    assert listed["context"] is None
    assert "graph TD;" in listed["mermaid"]


def test_mermaid_is_printed_for_pages(offline: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"first": "./one.py:graph"})
    assert command("graphs", "--mermaid", config=tmp_path) == 0
    assert "__start__ --> work;" in capsys.readouterr().out


def test_a_graph_that_cannot_be_loaded_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    breakpoint_graph = f"{GRAPH}\nstops = builder.compile(interrupt_before=['work'])"
    files = {"one.py": breakpoint_graph, "bad.py": "raise ValueError('no key')", "text.py": "def make(): return 3"}
    graphs = {"first": "./one.py:graph", "bad": "./bad.py:graph", "text": "./text.py:make", "stops": "./one.py:stops"}
    write_project(tmp_path, files, graphs=graphs)
    assert command("graphs", config=tmp_path) == 1
    said = capsys.readouterr()
    assert "__start__ -> work" in said.out
    bad, text, stops = said.err.splitlines()
    assert bad.startswith("error: The graph 'bad' (./bad.py:graph of langgraph.json) cannot be imported. ValueError")
    assert "returned a int. It must return" in text
    assert "The graph 'stops'" in stops
    assert "interrupt()" in stops


def test_notes_name_what_has_no_effect_and_refused_keys_are_no_reason_not_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings: dict[str, Any] = {"auth": {"path": "./auth.py:auth"}, "image_distro": "wolfi", "env": ".env"}
    write_project(tmp_path, {"one.py": GRAPH}, graphs={"first": "./one.py:graph"}, **settings)
    assert command("graphs", config=tmp_path) == 0
    notes = capsys.readouterr().err.splitlines()
    assert [note.partition(" ")[0] for note in notes] == ["note:"] * 3
    assert "image_distro" in notes[0]
    assert "auth has no effect" in notes[1]
    assert ".env" in notes[2]


# --- Drawings ---


class State(TypedDict):
    out: Annotated[list[str], operator.add]


async def node(state: State) -> dict[str, Any]:
    return {}


def branching() -> Any:
    builder = StateGraph(State)
    for name in ("plan", "work", "check"):
        builder.add_node(name, node)
    builder.add_edge(START, "plan")
    builder.add_edge("plan", "work")
    builder.add_conditional_edges("work", lambda _: "check", ["check", "plan"])
    builder.add_edge("check", END)
    return builder.compile()


def test_edges_that_the_graph_decides_about_have_another_arrow() -> None:
    assert [*lines_of(branching())] == [
        "__start__ -> plan",
        "plan      -> work",
        "work      ..> check, plan",
        "check     -> __end__",
    ]


def test_subgraphs_are_drawn_with_their_nodes() -> None:
    builder = StateGraph(State).add_node("inner", branching()).add_node("last", node)
    graph = builder.add_edge(START, "inner").add_edge("inner", "last").compile()
    lines = [line.split() for line in lines_of(graph)]
    assert ["inner:work", "..>", "inner:check,", "inner:plan"] in lines
    assert lines[-1] == ["last", "->", "__end__"]
    assert "subgraph inner" in mermaid_of(graph)


def test_a_graph_that_nothing_leads_into_is_drawn_too() -> None:
    @entrypoint()
    async def shout(text: str) -> str:
        return text.upper()

    assert all(isinstance(line, str) for line in lines_of(shout))


# --- Fields and examples ---


class Nested(BaseModel):
    kind: Literal["short", "long"]
    count: int = Field(ge=3)
    maybe: str | None = None


class Strict(BaseModel):
    topic: str
    nested: Nested
    words: list[str]
    flag: bool = True


@dataclass
class Data:
    topic: str
    words: list[str] = field(default_factory=list)


@dataclass
class Two:
    topic: str
    schema: dict[str, Any]


class Plan(TypedDict):
    question: str
    plan: list[str]
    past: Annotated[list[tuple[str, str]], operator.add]


class Mixed(TypedDict):
    extraction_schema: dict[str, Any]
    messages: Annotated[list[AnyMessage], add_messages]


def graph_of(schema: type) -> Any:
    async def only(state: Any) -> dict[str, Any]:
        return {}

    return StateGraph(schema).add_node("only", only).add_edge(START, "only").compile()


@entrypoint()
async def of_text(text: str) -> str:
    return text


@entrypoint()
async def of_model(strict: Strict) -> str:
    return strict.topic


@entrypoint()
async def of_anything(inputs: Any) -> Any:
    return inputs


SHAPES: dict[str, tuple[Any, Any]] = {
    "messages": (graph_of(MessagesState), {"messages": [{"role": "user", "content": "Hello"}]}),
    "messages and others": (graph_of(Mixed), {"messages": [{"role": "user", "content": "Hello"}]}),
    "agent": (
        create_agent(FakeListChatModel(responses=["hi"]), []),
        {"messages": [{"role": "user", "content": "Hello"}]},
    ),
    "typed dict": (graph_of(Plan), {"question": "..."}),
    "dataclass": (graph_of(Data), {"topic": "..."}),
    "dataclass of two": (graph_of(Two), {"topic": "...", "schema": {}}),
    "model": (graph_of(Strict), {"topic": "...", "nested": {"kind": "short", "count": 3}, "words": ["..."]}),
    "entrypoint of a text": (of_text, "..."),
    "entrypoint of a model": (of_model, {"topic": "...", "nested": {"kind": "short", "count": 3}, "words": ["..."]}),
    "entrypoint of anything": (of_anything, "..."),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_example_of_an_input_is_small_and_the_graph_takes_it(shape: str) -> None:
    graph, expected = SHAPES[shape]
    made = durable(graph, "agent").durable_graph
    example = example_request(Schemas.of(made), made.request)
    assert example == {"input": expected}
    made.request.model_validate(json.loads(json.dumps(example)))


def test_an_example_has_the_context_without_which_the_graph_refuses_its_run() -> None:
    builder = StateGraph(State, context_schema=Context).add_node("node", node).add_edge(START, "node")
    made = durable(builder, "agent").durable_graph
    example = example_request(Schemas.of(made), made.request)
    assert example == {"input": {"out": ["..."]}, "context": {"user": "..."}}


class Context(BaseModel):
    model: Literal["small", "large"] = "small"
    prompt: str = "You are helpful. " * 9
    user: str


def test_fields_are_shown_with_types_defaults_and_what_is_required() -> None:
    builder = StateGraph(State, context_schema=Context).add_node("node", node).add_edge(START, "node")
    schemas = Schemas.of(durable(builder, "agent").durable_graph)
    assert schemas.context is not None
    assert [*field_lines(schemas.context)] == [
        "model: 'small' or 'large' = small",
        "prompt: string = You are helpful. You are helpful. You ar...",
        "user: string (required)",
    ]
    messages = Schemas.of(durable(graph_of(MessagesState), "agent").durable_graph)
    assert [*field_lines(messages.input)] == ["messages: list of message"]


@dataclass
class Chosen:
    prompt: str = "Be brief."
    model: str = field(default="small", metadata={"description": "The name of the model."})
    words: list[str] = field(default_factory=list)


def test_defaults_and_descriptions_of_a_dataclass_are_shown() -> None:
    builder = StateGraph(Data, context_schema=Chosen).add_node("node", node).add_edge(START, "node")
    schemas = Schemas.of(durable(builder, "agent").durable_graph)
    assert schemas.context is not None
    assert [*field_lines(schemas.context)] == [
        "prompt: string = Be brief.",
        "model: string = small",
        "words: list of string",
    ]
    assert schemas.context["properties"]["model"]["description"] == "The name of the model."
    assert [*field_lines(schemas.input)] == ["topic: string (required)", "words: list of string"]


class Opaque:
    """A type that JSON schema cannot express."""


class WithOpaque(TypedDict):
    thing: Opaque


def test_a_type_that_json_schema_cannot_express_is_said_and_not_invented() -> None:
    schemas = Schemas.of(durable(graph_of(WithOpaque), "agent").durable_graph)
    assert "cannot express this type" in schemas.input["properties"]["thing"]["description"]
    assert [*field_lines(schemas.input)] == ["thing: any value"]
