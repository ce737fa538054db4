"""Schemas of states as people write them: nested, of older kinds, with annotations that are texts.

`from __future__ import annotations` makes every annotation of this file a text, as in many projects.
"""

from __future__ import annotations

import dataclasses
import enum
import os
import typing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.structured_output import ToolStrategy
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage
from langgraph.channels import DeltaChannel
from langgraph.func import entrypoint
from langgraph.graph.message import add_messages
from langgraph.managed import IsLastStep
from langgraph_heartbeat import durable
from pydantic import BaseModel, Field, model_validator
from pydantic.dataclasses import dataclass as pydantic_dataclass

from .test_derived_requests import graph_of, input_for

if TYPE_CHECKING:
    from somewhere import Absent  # pyright: ignore[reportMissingImports, reportUnknownVariableType]


def refusal(graph: Any, given: Any, **others: Any) -> str:
    """Return why the worker refuses a request, whatever its validators raise."""
    request = durable(graph, "agent").durable_graph.request
    with pytest.raises(ValueError, match=r".") as refused:
        request.read({"input": given, **others})
    return str(refused.value)


class Section(typing.TypedDict):
    title: str
    messages: list[AnyMessage]


class Branch(typing.TypedDict):
    name: str
    branches: list[Branch]


class Colour(enum.Enum):
    RED = "red"


class Chapter(BaseModel):
    title: str
    said: list[AnyMessage] = []


@dataclasses.dataclass
class Note:
    text: str
    by: BaseMessage | None = None


class Book(typing.TypedDict, total=False):
    section: Section
    sections: list[Section]
    root: Branch
    colour: Colour
    kind: Literal["novel", "essay"]
    either: int | list[str] | None
    chapter: Chapter
    note: Note
    by_topic: dict[str, list[BaseMessage]]
    pair: tuple[str, int]
    notes: list  # pyright: ignore[reportMissingTypeArgument]


HI = {"role": "user", "content": "hi"}
SAID = HumanMessage("hi")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"section": {"title": "a", "messages": "hi"}}, {"section": {"title": "a", "messages": [SAID]}}),
        ({"sections": [{"title": "a", "messages": [HI]}]}, {"sections": [{"title": "a", "messages": [SAID]}]}),
        ({"chapter": {"title": "a", "said": [HI]}}, {"chapter": Chapter(title="a", said=[SAID])}),
        ({"note": {"text": "a", "by": HI}}, {"note": Note("a", SAID)}),
        ({"by_topic": {"ducks": ["hi"]}}, {"by_topic": {"ducks": [SAID]}}),
        ({"root": {"name": "a", "branches": []}}, {"root": {"name": "a", "branches": []}}),
        ({"colour": "red"}, {"colour": Colour.RED}),
        ({"either": None}, {"either": None}),
        ({"either": ["a"]}, {"either": ["a"]}),
        ({"pair": ["a", 1]}, {"pair": ("a", 1)}),
        ({"notes": [1, "a"]}, {"notes": [1, "a"]}),
    ],
)
def test_nested_values_are_read(given: Any, expected: Any) -> None:
    assert input_for(graph_of(Book), given) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"sections": [{"title": "a"}]}, "input.sections.0.messages: Field required."),
        (
            {"sections": [{"title": "a", "messages": [{"content": "hi"}]}]},
            "input.sections.0.messages.0: This is",
        ),
        ({"chapter": {"title": "a", "said": [HI, 7]}}, "input.chapter.said.1: This is no chat message"),
        ({"note": {"text": "a", "by": {"content": "hi"}}}, "input.note.by: This is no chat message"),
        ({"note": {"text": "a", "colour": "red"}}, "input.note.colour: there is no such field."),
        ({"colour": "blue"}, "input.colour: Input should be 'red'."),
        ({"kind": "poem"}, "input.kind: Input should be 'novel' or 'essay'."),
        ({"by_topic": {"ducks": [7]}}, "input.by_topic.ducks.0: This is no chat message"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(given: Any, reason: str) -> None:
    assert refusal(graph_of(Book), given).startswith(reason)


@pydantic_dataclass
class Bounded:
    number: int = Field(gt=3)
    messages: Annotated[list[AnyMessage], add_messages] = Field(default_factory=list)


@dataclasses.dataclass(kw_only=True)
class ByName:
    messages: Annotated[list[AnyMessage], add_messages] = dataclasses.field(default_factory=list)
    number: int


class Aliased(BaseModel):
    number: int = Field(alias="Number")
    chapter: Chapter | None = None


class Checked(BaseModel):
    number: int = 0

    @model_validator(mode="after")
    def not_too_large(self) -> Checked:
        if self.number > 9:
            raise ValueError("too large")
        if self.number < 0:
            raise KeyError("a validator may raise anything")
        return self


def test_dataclasses_keep_their_rules() -> None:
    assert input_for(graph_of(Bounded), {"number": 4, "messages": "hi"}) == {"number": 4, "messages": [SAID]}
    assert refusal(graph_of(Bounded), {"number": 3}) == "input.number: Input should be greater than 3."
    assert refusal(graph_of(Bounded), {}) == "input.number: Field required."
    assert input_for(graph_of(ByName), {"number": 4}) == {"number": 4}
    assert refusal(graph_of(ByName), {"messages": "hi"}) == "input.number: Field required."


def test_models_keep_their_rules() -> None:
    given = {"Number": 1, "chapter": {"title": "a", "said": [HI]}}
    assert input_for(graph_of(Aliased), given) == {"number": 1, "chapter": Chapter(title="a", said=[SAID])}
    assert refusal(graph_of(Checked), {"number": 10}) == "input: too large."
    assert refusal(graph_of(Checked), {"number": -1}).startswith("KeyError: 'a validator may raise anything'")


def merged(left: dict[str, str], updates: list[dict[str, str]]) -> dict[str, str]:
    return {key: value for each in (left, *updates) for key, value in each.items()}


class Files(typing.TypedDict):
    files: Annotated[NotRequired[dict[str, str]], DeltaChannel(merged)]


def test_a_qualifier_may_stand_inside_of_an_annotation() -> None:
    assert input_for(graph_of(Files), {"files": {"a": "b"}}) == {"files": {"a": "b"}}
    assert refusal(graph_of(Files), {"files": {"a": 1}}) == "input.files.a: Input should be a valid string."


@entrypoint()
async def typed(note: Note) -> Section:
    return {"title": note.text, "messages": []}


@entrypoint()
async def unknown(value: Absent) -> Absent:  # pyright: ignore[reportUnknownParameterType]
    return value


@entrypoint()
def from_a_thread(text: str) -> list[BaseMessage]:
    return [HumanMessage(text)]


def test_an_entrypoint_with_annotations_that_are_texts() -> None:
    assert input_for(typed, {"text": "a", "by": "hi"}) == Note("a", SAID)
    assert input_for(unknown, {"a": 1}) == {"a": 1}
    assert refusal(from_a_thread, 7) == "input: Input should be a valid string."


@dataclasses.dataclass(kw_only=True)
class Prompting:
    """The context of LangGraph's templates."""

    prompt: str = dataclasses.field(default="Be brief.", metadata={"description": "The system prompt"})
    model: Annotated[str, {"__template_metadata__": {"kind": "llm"}}] = dataclasses.field(default="openai/small")
    results: int = 10

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            if getattr(self, each.name) == each.default:
                setattr(self, each.name, os.environ.get(each.name.upper(), each.default))


@dataclasses.dataclass
class InputOfTemplate:
    messages: Annotated[Sequence[AnyMessage], add_messages] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class StateOfTemplate(InputOfTemplate):
    is_last_step: IsLastStep = dataclasses.field(default=False)


def test_a_template_of_langgraph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "openai/large")
    graph = graph_of(StateOfTemplate, input_schema=InputOfTemplate, context_schema=Prompting)
    derived = durable(graph, "agent").durable_graph
    assert input_for(graph, {"messages": [HI]}) == {"messages": [SAID]}
    assert derived.request.read({"input": {}}).run_context() == Prompting(model="openai/large")
    assert derived.request.read({"input": {}, "context": {"results": 3}}).run_context().results == 3
    assert refusal(graph, {}, context={"results": "few"}).startswith("context.results: Input should be a valid integer")
    assert list(derived.result.model_fields) == ["messages"]


class Counted(AgentState[Any]):
    count: int


class Counting(AgentMiddleware[Any, Any]):
    state_schema = Counted


def test_an_agent_of_langchain() -> None:
    model = FakeListChatModel(responses=["hi"])
    agent = create_agent(model, [], middleware=[Counting()], response_format=ToolStrategy(Chapter))
    assert input_for(agent, {"messages": [HI], "count": 1}) == {"messages": [SAID], "count": 1}
    told = refusal(agent, {"messages": [HI], "jump_to": "end"})
    assert told == "input.jump_to: there is no such field; the fields are count, messages."
    assert refusal(agent, {}) == "input.messages: Field required."
    result = durable(agent, "agent").durable_graph.result
    assert sorted(result.model_fields) == ["count", "messages", "structured_response"]


@pytest.mark.parametrize(
    "graph", [graph_of(Book), graph_of(Bounded), graph_of(Aliased), graph_of(Files), typed, unknown]
)
def test_the_schemas_of_requests_and_results_can_be_shown(graph: Any) -> None:
    derived = durable(graph, "agent").durable_graph
    assert derived.request.model_json_schema()["required"] == ["input"]
    assert derived.result.model_json_schema()["title"] == "AgentResult"
