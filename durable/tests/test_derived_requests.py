"""What `durable` derives from the schemas of a graph: what a request may be, and which field of another is named."""

import dataclasses
import operator
from collections.abc import Sequence
from inspect import signature
from typing import Annotated, Any, Literal, NotRequired, Required

import pytest
from langchain_core.documents import Document
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    message_to_dict,
)
from langgraph.channels import EphemeralValue, LastValue
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.managed import RemainingSteps
from langgraph.pregel import NodeBuilder, Pregel
from langgraph_heartbeat import GraphLike, durable, phase_activity
from langgraph_heartbeat._phase_options import PhaseOptions
from langgraph_heartbeat._schemas.derived import GraphRequest, RequestConfig, what_is_wrong
from pydantic import BaseModel, Field, ValidationError, field_validator
from typing_extensions import TypedDict


def graph_of(schema: Any, **options: Any) -> StateGraph[Any, Any, Any, Any]:
    async def node(state: Any) -> dict[str, Any]:
        return {}

    return StateGraph(schema, **options).add_node("node", node).add_edge(START, "node")


def request_for(graph: Any, **given: Any) -> GraphRequest:
    """Return the request with this input, config and context, as a worker reads it."""
    return durable(graph, "agent").durable_graph.request.model_validate(given)


def input_for(graph: GraphLike, given: Any) -> Any:
    return request_for(graph, input=given).graph_input()


def refusal(graph: GraphLike, given: Any, **others: Any) -> str:
    """Return why a request is refused."""
    request = durable(graph, "agent").durable_graph.request
    with pytest.raises(ValidationError) as refused:
        request.model_validate({"input": given, **others})
    return what_is_wrong(refused.value, request)


# --- Messages ---

ANSWER = AIMessage(
    "It floats.",
    id="a1",
    tool_calls=[{"name": "look", "args": {"at": "duck"}, "id": "c1", "type": "tool_call"}],
    usage_metadata={"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    response_metadata={"model_name": "scripted"},
)
IMAGE = [{"type": "text", "text": "What is it?"}, {"type": "image", "url": "https://example.org/duck.png"}]
OPENAI_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "duck"}'}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"role": "user", "content": "hi"}, HumanMessage("hi")),
        ({"role": "assistant", "content": "hi"}, AIMessage("hi")),
        ({"role": "system", "content": "Be brief."}, SystemMessage("Be brief.")),
        ({"role": "tool", "content": "seen", "tool_call_id": "c1"}, ToolMessage("seen", tool_call_id="c1")),
        ({"type": "human", "content": "hi"}, HumanMessage("hi")),
        ({"role": "user", "content": IMAGE}, HumanMessage(IMAGE)),  # pyright: ignore[reportArgumentType]
        (["user", "hi"], HumanMessage("hi")),
        (["user", IMAGE], HumanMessage(IMAGE)),  # pyright: ignore[reportArgumentType]
        ("hi", HumanMessage("hi")),
        (HumanMessage("hi"), HumanMessage("hi")),
        (ANSWER.model_dump(mode="json"), ANSWER),
        (message_to_dict(ANSWER), ANSWER),
        (dumpd(ANSWER), ANSWER),
        ({"type": "remove", "id": "m1"}, RemoveMessage(id="m1")),
        (
            {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
            AIMessage("", tool_calls=[{"name": "look", "args": {"at": "duck"}, "id": "c1"}]),
        ),
    ],
)
def test_a_message_is_taken_in_every_form(given: Any, expected: BaseMessage) -> None:
    graph = graph_of(MessagesState)
    for form in ([given], given):
        assert input_for(graph, {"messages": form}) == {"messages": [expected]}


def test_several_messages_are_taken_in_forms_that_differ() -> None:
    given = [["system", "Be brief."], {"role": "user", "content": "hi"}, "there", ["one", "text", "too", "many"][1]]
    said = input_for(graph_of(MessagesState), {"messages": given})["messages"]
    assert [(each.type, each.text) for each in said] == [
        ("system", "Be brief."),
        ("human", "hi"),
        ("human", "there"),
        ("human", "text"),
    ]


class BareList(TypedDict):
    messages: Annotated[list, add_messages]  # pyright: ignore[reportMissingTypeArgument]


class WithArguments(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages(format="langchain-openai")]  # pyright: ignore[reportCallIssue]


class Added(TypedDict):
    messages: Annotated[Sequence[BaseMessage], operator.add]


class Plain(TypedDict):
    messages: list[AnyMessage] | None
    last: HumanMessage | None


class Modelled(BaseModel):
    messages: Annotated[list[AnyMessage], add_messages] = []
    topic: str = "ducks"


@dataclasses.dataclass
class Classed:
    messages: Annotated[list[AnyMessage], add_messages]
    topic: str = "ducks"


def own_reducer(left: list[AnyMessage], right: list[AnyMessage]) -> list[AnyMessage]:
    return [*left, *right]


class OwnReducer(TypedDict):
    messages: Annotated[list[AnyMessage], own_reducer]


@pytest.mark.parametrize("schema", [BareList, WithArguments, Added, Plain, Modelled, Classed, OwnReducer])
def test_messages_are_coerced_in_every_kind_of_state(schema: Any) -> None:
    assert input_for(graph_of(schema), {"messages": [{"role": "user", "content": "hi"}]}) == {
        "messages": [HumanMessage("hi")]
    }


def test_a_single_message_may_be_a_channel_of_its_own() -> None:
    assert input_for(graph_of(Plain), {"last": "hi"}) == {"last": HumanMessage("hi")}
    assert input_for(graph_of(Plain), {"last": None, "messages": None}) == {"last": None, "messages": None}
    assert refusal(graph_of(Plain), {"last": {"role": "assistant", "content": "hi"}}).startswith(
        "input.last: This is no chat message: it is a AIMessage, and a HumanMessage is expected."
    )


@pytest.mark.parametrize("schema", [MessagesState, Modelled, Classed, Added])
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"content": "hi"}, "it has no 'role'"),
        ({"role": "user"}, "it has no 'content'"),
        ({"role": "tool", "content": "hi"}, "it has no 'tool_call_id'"),
        ({"role": "poet", "content": "hi"}, "it has the unknown role 'poet'. The roles are user, assistant"),
        (7, "it is of the type int"),
        (["a", "b", "c"], "a list that is a message has two parts"),
    ],
)
def test_a_message_that_is_none_is_named_by_its_place(schema: Any, wrong: Any, reason: str) -> None:
    told = refusal(graph_of(schema), {"messages": ["hi", wrong]})
    assert told.startswith(f"input.messages.1: This is no chat message: {reason}")


def test_what_a_message_says_is_not_in_the_refusal() -> None:
    assert "secret" not in refusal(graph_of(MessagesState), {"messages": [{"content": "secret"}]})


# --- Fields ---


class State(MessagesState):
    topic: str
    number: int
    tags: Annotated[list[str], operator.add]
    steps: RemainingSteps


def test_a_state_may_lack_fields_as_for_langgraph() -> None:
    assert input_for(graph_of(State), {"topic": "ducks"}) == {"topic": "ducks"}
    assert input_for(graph_of(Modelled), {"topic": "geese"}) == {"topic": "geese"}
    assert input_for(graph_of(Modelled), {}) == {}


def test_a_field_that_does_not_fit_is_named() -> None:
    assert refusal(graph_of(State), {"number": "many"}).startswith("input.number: Input should be a valid integer")
    assert refusal(graph_of(State), {"tags": [1]}).startswith("input.tags.0: Input should be a valid string")
    assert refusal(graph_of(Modelled), {"topic": 7}).startswith("input.topic: Input should be a valid string")
    both = refusal(graph_of(State), {"number": "many", "topic": 7})
    assert "input.number" in both
    assert "input.topic" in both


def test_a_field_that_does_not_exist_is_named_with_those_that_do() -> None:
    expected = "input.mesages: there is no such field; the fields are messages, number, tags, topic."
    assert refusal(graph_of(State), {"mesages": []}) == expected
    told = refusal(graph_of(Modelled), {"mesages": []})
    assert told == "input.mesages: there is no such field; the fields are messages, topic."
    told = refusal(graph_of(State), {}, streaming=True)
    assert told == "streaming: there is no such field; the fields are input, config, context."


@pytest.mark.parametrize("given", [None, "hi", ["user", "hi"], 7])
def test_an_input_that_is_no_object_is_refused(given: Any) -> None:
    for schema in (State, Modelled, Classed):
        assert refusal(graph_of(schema), given).startswith("input: Input should be")


class Strict(TypedDict):
    topic: Required[str]
    note: NotRequired[str]


class Demanding(BaseModel):
    topic: str = Field(min_length=3)

    @field_validator("topic")
    @classmethod
    def no_geese(cls, topic: str) -> str:
        if topic == "geese":
            raise ValueError("no geese")
        return topic


def test_a_required_field_is_missed() -> None:
    assert refusal(graph_of(Strict), {}) == "input.topic: Field required."
    assert refusal(graph_of(Demanding), {}) == "input.topic: Field required."
    assert refusal(graph_of(Classed), {}) == "input.messages: Field required."


def test_the_rules_of_a_model_hold() -> None:
    assert refusal(graph_of(Demanding), {"topic": "a"}).startswith("input.topic: String should have at least 3")
    assert refusal(graph_of(Demanding), {"topic": "geese"}) == "input.topic: no geese."


class Asked(TypedDict):
    question: str


class Answered(TypedDict):
    answer: str


class Whole(Asked, Answered):
    private: int


def test_only_the_input_schema_counts() -> None:
    graph = graph_of(Whole, input_schema=Asked, output_schema=Answered)
    assert input_for(graph, {"question": "Why?"}) == {"question": "Why?"}
    told = refusal(graph, {"question": "Why?", "private": 1})
    assert told == "input.private: there is no such field; the fields are question."
    assert list(durable(graph, "agent").durable_graph.result.model_fields) == ["answer"]


def take_documents(left: list[Document], new: list[Document] | list[str] | Literal["delete"]) -> list[Document]:
    return []


class Indexed(TypedDict):
    docs: Annotated[list[Document], take_documents]
    latest: Annotated[str, lambda _, new: new]


def test_a_channel_takes_what_its_reducer_takes() -> None:
    graph = graph_of(Indexed)
    assert input_for(graph, {"docs": "delete"}) == {"docs": "delete"}
    assert input_for(graph, {"docs": ["a"]}) == {"docs": ["a"]}
    assert input_for(graph, {"docs": [{"page_content": "a"}]}) == {"docs": [Document("a")]}
    assert "input.docs" in refusal(graph, {"docs": 7})
    assert refusal(graph, {"latest": 7}) == "input.latest: Input should be a valid string."


class Nested(TypedDict):
    topic: str


class Nesting(TypedDict):
    parts: list[Nested]


def test_what_lies_deeper_is_named_too() -> None:
    assert refusal(graph_of(Nesting), {"parts": [{"topic": 1}]}).startswith("input.parts.0.topic: Input should be")
    assert refusal(graph_of(Nesting), {"parts": [{"topic": "a", "more": 1}]}) == (
        "input.parts.0.more: there is no such field."
    )


class OddNames(TypedDict):
    copy: str
    model_name: str
    _hidden: str
    schema: str


def test_a_channel_may_have_any_name() -> None:
    given = {"copy": "a", "model_name": "b", "_hidden": "c", "schema": "d"}
    assert input_for(graph_of(OddNames), given) == given
    result = durable(graph_of(OddNames), "agent").durable_graph.result
    assert result.from_state(given).model_dump(mode="json") == given
    assert result.model_validate(given).model_dump(mode="json") == given


class Handle:
    """A class that pydantic does not know."""


class Holding(TypedDict):
    handle: Handle
    text: str


def test_a_channel_with_a_class_that_json_cannot_hold_does_not_stand_in_the_way() -> None:
    assert input_for(graph_of(Holding), {"text": "a"}) == {"text": "a"}
    assert refusal(graph_of(Holding), {"handle": {}}) == "input.handle: Input should be an instance of Handle."


def test_a_state_that_is_one_value() -> None:
    graph = graph_of(Annotated[list[str], operator.add])
    assert input_for(graph, ["a"]) == ["a"]
    assert refusal(graph, [1]).startswith("input.0: Input should be a valid string")


# --- The functional API ---


class Essay(BaseModel):
    topic: str
    messages: list[AnyMessage] = []


class Notes(TypedDict):
    topic: str
    messages: NotRequired[list[AnyMessage]]


@entrypoint()
async def shout(text: str) -> str:
    return text.upper()


@entrypoint()
async def count(inputs: dict[str, int]) -> int:
    return sum(inputs.values())


@entrypoint()
async def write(essay: Essay) -> dict[str, Any]:
    return {"topic": essay.topic}


@entrypoint()
async def note(notes: Notes) -> list[BaseMessage]:
    return []


@entrypoint()
async def chat(messages: list[BaseMessage]) -> AIMessage:
    return AIMessage("")


def test_an_entrypoint_gets_its_value_as_its_own_type() -> None:
    assert input_for(shout, "a") == "a"
    assert input_for(count, {"a": 1}) == {"a": 1}
    assert input_for(write, {"topic": "ducks"}) == Essay(topic="ducks")
    assert input_for(note, {"topic": "ducks", "messages": "hi"}) == {"topic": "ducks", "messages": [HumanMessage("hi")]}
    assert input_for(chat, ["hi"]) == [HumanMessage("hi")]
    assert refusal(shout, {"text": "a"}) == "input: Input should be a valid string."
    assert refusal(count, {"a": "many"}).startswith("input.a: Input should be a valid integer")
    assert refusal(write, {}) == "input.topic: Field required."
    assert refusal(note, {"topic": "ducks", "messages": [7]}).startswith("input.messages.0: This is no chat message")


def test_an_entrypoint_has_the_name_of_its_function() -> None:
    assert durable(shout).durable_graph.name == "shout"


# --- Context and config ---


@dataclasses.dataclass
class Settings:
    user: str
    limit: int = 3


class Options(TypedDict):
    user: str
    limit: int


class Model(BaseModel):
    user: str
    limit: int = 3


class Defaults(BaseModel):
    limit: int = 3


@pytest.mark.parametrize(
    ("schema", "expected"),
    [(Settings, Settings("ada", 3)), (Options, {"user": "ada"}), (Model, Model(user="ada", limit=3))],
)
def test_a_context_becomes_an_instance_of_its_schema(schema: Any, expected: Any) -> None:
    graph = graph_of(MessagesState, context_schema=schema)
    assert request_for(graph, input={}, context={"user": "ada"}).run_context() == expected
    assert refusal(graph, {}, context={"user": 1}).startswith("context.user: Input should be a valid string")
    if schema is not Model:  # pydantic's own models ignore fields that they do not know, unless they say otherwise
        told = refusal(graph, {}, context={"user": "ada", "colour": "red"})
        assert told == "context.colour: there is no such field; the fields are user, limit."


@pytest.mark.parametrize("schema", [Settings, Model])
def test_a_context_that_is_needed_is_missed(schema: Any) -> None:
    assert refusal(graph_of(MessagesState, context_schema=schema), {}) == "context.user: Field required."


def test_a_context_that_is_not_given() -> None:
    assert request_for(graph_of(MessagesState, context_schema=Options), input={}).run_context() is None
    assert request_for(graph_of(MessagesState, context_schema=Defaults), input={}).run_context() == Defaults()
    assert request_for(graph_of(MessagesState), input={}).run_context() is None


def test_a_graph_without_a_schema_gets_its_context_as_it_is() -> None:
    assert request_for(graph_of(MessagesState), input={}, context={"user": "ada"}).run_context() == {"user": "ada"}


def test_a_context_may_be_configurable_as_in_earlier_versions_of_langgraph() -> None:
    graph = graph_of(MessagesState, context_schema=Settings)
    config = {"configurable": {"user": "ada", "thread_id": "t1"}}
    assert request_for(graph, input={}, config=config).run_context() == Settings("ada")
    assert request_for(graph, input={}, config=config, context={"user": "bob"}).run_context() == Settings("bob")
    assert refusal(graph, {}, config={"configurable": {"user": 7}}).startswith("context.user: Input should be")


def test_a_config_that_is_none_is_refused() -> None:
    graph = graph_of(MessagesState)
    given = {"tags": ["a"], "recursion_limit": 5}
    assert request_for(graph, input={}, config=given).config == RequestConfig(tags=["a"], recursion_limit=5)
    for config, reason in (
        ({"tag": ["a"]}, "config.tag: there is no such field; the fields are tags, metadata, configurable"),
        ({"callbacks": []}, "config.callbacks: there is no such field"),
        ({"tags": "a"}, "config.tags: Input should be a valid list"),
        ({"recursion_limit": 0}, "config.recursion_limit: Input should be greater than or equal to 1"),
        ({"run_id": "a"}, "config.run_id: Input should be a valid UUID"),
        ({"configurable": {"thread_id": 7}}, "config: The thread_id of a config is a text"),
        ({"configurable": {"checkpoint_id": "a"}}, "config: A phase sets 'checkpoint_id'"),
        ("a", "config: Input should be a valid dictionary"),
    ):
        assert refusal(graph, {}, config=config).startswith(reason)


# --- Names and graphs ---


def test_a_graph_has_the_name_that_it_was_compiled_with_or_another() -> None:
    graph = graph_of(MessagesState).compile(name="agent")
    assert durable(graph).durable_graph.name == "agent"
    assert durable(graph, "other").durable_graph.name == "other"


def test_a_graph_without_a_name_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match=r'durable\(graph, "agent"\)'):
        durable(graph_of(MessagesState))


def make_graph() -> StateGraph[Any, Any, Any, Any]:
    return graph_of(MessagesState)


@pytest.mark.parametrize(("value", "kind"), [("agent.py:graph", "str"), (None, "NoneType"), ({}, "dict")])
def test_what_is_no_graph_is_refused(value: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"an @entrypoint, not {kind}"):
        durable(value, "agent")


def test_a_function_that_makes_a_graph_is_refused_with_advice() -> None:
    with pytest.raises(TypeError, match=r"Call it: durable\(make_graph\(\)\)"):
        durable(make_graph, "agent")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["", 7])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(TypeError, match="a text that is not empty"):
        durable(graph_of(MessagesState), name)


@pytest.mark.parametrize("given", [None, "hi", [], 7])
def test_a_request_that_is_no_object_is_refused(given: Any) -> None:
    request = durable(graph_of(MessagesState), "agent").durable_graph.request
    with pytest.raises(ValueError, match=r"^Input should be a valid dictionary or instance of AgentRequest\.$"):
        request.read(given)


def test_a_graph_of_channels_takes_what_it_takes() -> None:
    node = NodeBuilder().subscribe_only("number").do(lambda number: number * 2).write_to("double")
    channels = {"number": EphemeralValue(int), "double": LastValue(int)}
    graph: Any = Pregel(nodes={"node": node}, channels=channels, input_channels="number", output_channels="double")
    assert input_for(graph, 3) == 3
    with pytest.raises(ValueError, match="The graph has no name"):
        durable(graph)


def test_the_options_are_those_of_phase_activity() -> None:
    own = {"name", "request", "result", "graph", "context", "config"}
    options = [each for each in signature(phase_activity).parameters if each not in own]
    assert sorted(PhaseOptions.__annotations__) == sorted(options)


def test_a_config_of_the_worker_is_checked_at_once() -> None:
    with pytest.raises(ValueError, match="A config has no key 'tag'"):
        durable(graph_of(MessagesState), "agent", config={"tag": []})  # pyright: ignore[reportArgumentType]
