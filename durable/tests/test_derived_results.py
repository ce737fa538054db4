"""The results that `durable` derives from the schemas of a graph: messages are messages, and nothing paid is lost."""

import dataclasses
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langgraph.func import entrypoint
from langgraph.graph import MessagesState
from langgraph.graph.message import add_messages
from langgraph_heartbeat import Paused, Question, durable
from langgraph_heartbeat._schemas.derived import StateResult, ValueResult
from pydantic import BaseModel, RootModel, ValidationError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from typing_extensions import TypedDict

from .test_derived_requests import graph_of


class Plan(BaseModel):
    steps: list[str]


@dataclasses.dataclass
class Point:
    x: int


class Nested(TypedDict):
    topic: str


class State(MessagesState):
    history: list[BaseMessage]
    plan: Plan
    point: Point
    parts: list[Nested]
    tags: set[str]


ANSWER = AIMessage(
    "It floats.",
    id="a1",
    tool_calls=[{"name": "look", "args": {"at": "duck"}, "id": "c1", "type": "tool_call"}],
    usage_metadata={"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
)
WHOLE = {
    "messages": [HumanMessage("hi", id="h1"), ANSWER],
    "history": [ANSWER],
    "plan": Plan(steps=["a"]),
    "point": Point(3),
    "parts": [{"topic": "ducks", "more": 1}],
    "tags": {"a"},
}


def result_of(graph: Any, name: str = "agent") -> type[StateResult | ValueResult]:
    return durable(graph, name).durable_graph.result


async def sent(value: Any, hint: Any) -> Any:
    """Return a value as a client reads it."""
    payloads = await pydantic_data_converter.encode([value])
    return (await pydantic_data_converter.decode(payloads, [hint]))[0]


async def test_a_result_arrives_as_it_was() -> None:
    kind = result_of(graph_of(State))
    arrived = await sent(kind.from_state(WHOLE), kind | Paused)
    assert type(arrived) is kind
    assert dict(arrived) == WHOLE
    assert arrived.history[0].tool_calls == ANSWER.tool_calls


async def test_a_field_without_a_value_is_left_out() -> None:
    kind = result_of(graph_of(State))
    result: Any = kind.from_state({"tags": {"a"}})
    assert result.messages is None
    assert (await sent(result, Any)) == {"tags": ["a"]}
    assert (await sent(result, kind | Paused)).model_fields_set == {"tags"}


async def test_a_value_of_another_type_than_its_schema_says_is_kept() -> None:
    kind = result_of(graph_of(State))
    arrived = await sent(kind.from_state({"plan": "none", "point": [1, 2], "messages": "hi"}), kind | Paused)
    assert (arrived.plan, arrived.point) == ("none", [1, 2])


async def test_a_state_of_a_later_version_is_read() -> None:
    kind = result_of(graph_of(Nested))
    arrived = await sent({"topic": "ducks", "new": 1}, kind | Paused)
    assert (arrived.topic, arrived.new) == ("ducks", 1)


class Modelled(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages] = []
    topic: str = "ducks"


async def test_the_state_may_be_a_model_or_a_dataclass() -> None:
    kind = result_of(graph_of(Modelled))
    arrived = await sent(kind.from_state({"messages": [ANSWER], "topic": "geese"}), kind | Paused)
    assert (arrived.messages, arrived.topic) == ([ANSWER], "geese")
    kind = result_of(graph_of(Point))
    assert (await sent(kind.from_state({"x": 3}), kind | Paused)).x == 3


@entrypoint()
async def write(topic: str) -> Plan:
    return Plan(steps=[topic])


@entrypoint()
async def chat(messages: list[BaseMessage]) -> BaseMessage:
    return ANSWER


@entrypoint()
async def untyped(topic: str):
    return {"topic": topic}


@entrypoint()
async def kept(topic: str) -> entrypoint.final[int, str]:
    return entrypoint.final(value=3, save=topic)


@pytest.mark.parametrize(
    ("graph", "value"),
    [
        (write, Plan(steps=["a"])),
        (chat, ANSWER),
        (untyped, {"topic": "a"}),
        (untyped, None),
        (kept, 3),
        (graph_of(Annotated[list[BaseMessage], add_messages]), [ANSWER]),
    ],
)
async def test_one_value_is_the_root_of_its_result(graph: Any, value: Any) -> None:
    kind = result_of(graph)
    assert issubclass(kind, RootModel)
    arrived = await sent(kind.from_state(value), kind | Paused)
    assert type(arrived) is kind
    assert arrived.root == value
    assert type(arrived.root) is type(value)


# --- A pause is no result ---

PAUSED = Paused(questions=[Question(id="1", value="May I?")], checkpoint="T1VUTA==")


class Questions(TypedDict):
    questions: list[str]
    outcome: str


@pytest.mark.parametrize("graph", [graph_of(State), untyped, graph_of(Questions), graph_of(Modelled)])
async def test_a_pause_is_never_read_as_a_result(graph: Any) -> None:
    kind = result_of(graph)
    with pytest.raises(ValidationError, match="This is a Paused and no result"):
        kind.model_validate(PAUSED.model_dump())
    assert await sent(PAUSED, kind | Paused) == PAUSED


@pytest.mark.filterwarnings("ignore:The `parse_obj` method:DeprecationWarning")  # Temporal's default converter calls it
@pytest.mark.parametrize("graph", [graph_of(State), untyped, graph_of(Questions), graph_of(Modelled)])
async def test_a_client_without_the_plugin_reads_no_pause_as_a_result(graph: Any) -> None:
    kind = result_of(graph)
    payloads = await pydantic_data_converter.encode([PAUSED])
    with pytest.raises(ValidationError, match="This is a Paused and no result"):
        await DataConverter.default.decode(payloads, [kind])
    assert await DataConverter.default.decode(payloads, [kind | Paused]) == [PAUSED]  # pyright: ignore[reportArgumentType]


class LikePaused(TypedDict):
    outcome: str
    questions: list[str]
    checkpoint: str


async def test_a_graph_whose_state_looks_like_a_pause_has_its_result() -> None:
    kind = result_of(graph_of(LikePaused))
    state = {"outcome": "paused", "questions": ["a"], "checkpoint": "b"}
    assert dict(await sent(kind.from_state(state), kind)) == state


def test_bytes_that_are_no_text_come_back() -> None:
    class Files(TypedDict, total=False):
        pdf: bytes
        pages: list[bytes]

    result = result_of(graph_of(Files))
    files = result.from_state({"pdf": b"\xff\xfe", "pages": [b"\xff", b"text"]})
    assert result.model_validate_json(files.model_dump_json()) == files
