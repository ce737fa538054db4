"""A model that was stored before is not encoded and verified again; one that was changed in place always is."""

import asyncio
import copy
import dataclasses
import datetime as dt
import enum
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, Send, interrupt
from langgraph_heartbeat._serialising import differences, serialising
from langgraph_heartbeat._serialising.model_cache import ModelCache
from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError, type_name_of

from .attempts import Attempt
from .kinds import (
    LISTED,
    Colour,
    Frozen,
    Immovable,
    Listed,
    Number,
    Plain,
    Point,
    Renaming,
    Secretive,
    Text,
    Unlisted,
)


class Word(enum.StrEnum):
    ONE = "one"


def message() -> AIMessage:
    return AIMessage(
        [{"type": "text", "text": "one", "index": 1}],
        id="1",
        additional_kwargs={"number": 1, "nested": [{"a": 1, "b": 2.0}], "empty": {}},
        tool_calls=[{"name": "tool", "args": {"i": 1, "j": [0]}, "id": "c", "type": "tool_call"}],
        response_metadata={"token_usage": {"total": 1}},
        usage_metadata={"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
    )


def set_item(container: Any, key: Any, value: Any) -> None:
    container[key] = value


def reorder(mapping: dict[str, Any]) -> None:
    first = next(iter(mapping))
    mapping[first] = mapping.pop(first)


CHANGES: dict[str, Callable[[AIMessage], object]] = {
    "another id": lambda m: setattr(m, "id", "2"),
    "no id": lambda m: setattr(m, "id", None),
    "another content": lambda m: setattr(m, "content", "two"),
    "a name": lambda m: setattr(m, "name", "agent"),
    "a content block": lambda m: set_item(m.content[0], "text", "two"),
    "a block more": lambda m: m.content.append("two"),  # type: ignore[union-attr]
    "an argument of a tool call": lambda m: set_item(m.tool_calls[0]["args"], "i", 2),
    "a list in an argument": lambda m: m.tool_calls[0]["args"]["j"].append(1),
    "a tool call less": lambda m: m.tool_calls.clear(),
    "usage": lambda m: set_item(m.usage_metadata, "total_tokens", 3),
    "metadata": lambda m: set_item(m.response_metadata["token_usage"], "total", 2),
    "1 to True": lambda m: set_item(m.additional_kwargs, "number", True),
    "1 to 1.0": lambda m: set_item(m.additional_kwargs, "number", 1.0),
    "2.0 to 2": lambda m: set_item(m.additional_kwargs["nested"][0], "b", 2),
    "0 to False": lambda m: set_item(m.tool_calls[0]["args"]["j"], 0, False),
    "0 to -0.0": lambda m: set_item(m.tool_calls[0]["args"]["j"], 0, -0.0),
    "another order of keys": lambda m: reorder(m.additional_kwargs["nested"][0]),
    "a key that is a number": lambda m: set_item(m.additional_kwargs["empty"], 1, 2),
    "a tuple": lambda m: set_item(m.additional_kwargs, "nested", (1, 2)),
    "a set": lambda m: set_item(m.additional_kwargs, "nested", {1, 2}),
    "a model": lambda m: set_item(m.additional_kwargs, "nested", Listed(number=1)),
    "bytes": lambda m: set_item(m.additional_kwargs, "nested", b"1"),
    "a bytearray": lambda m: set_item(m.additional_kwargs, "nested", bytearray(b"1")),
    "a lone surrogate": lambda m: set_item(m.additional_kwargs, "nested", "\ud800"),
    "a large integer": lambda m: set_item(m.additional_kwargs, "number", 2**70),
    "an extra field": lambda m: set_item(m.__pydantic_extra__, "more", 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_in_place_is_stored(change: Callable[[AIMessage], object]) -> None:
    serializer, changed = StrictSerializer(map(type_name_of, LISTED), ModelCache()), message()
    state: list[Any] = [HumanMessage("x", id="0"), changed]
    before = serializer.dumps_typed(state)
    assert serializer.dumps_typed(state) == before
    change(changed)
    after = serializer.dumps_typed(state)
    assert after != before
    came_back = serializer.loads_typed(after)[1]
    assert repr(vars(came_back)) == repr(vars(changed))
    assert came_back.__pydantic_extra__ == changed.__pydantic_extra__
    vars(changed).update(vars(message()))
    changed.__pydantic_extra__ = {}
    assert serializer.dumps_typed(state) == before


REFUSED: dict[str, tuple[Any, str]] = {
    "a str of another class": (Text("tool"), "tests.kinds.Text that would come back as str"),
    "an unlisted enum": (Word.ONE, "Word that would come back as str"),
    "an unlisted model": (Unlisted(number=1), "tests.kinds.Unlisted that would come back as dict"),
    "a memoryview": (memoryview(b"1"), "memoryview that would come back as bytes"),
}


@pytest.mark.parametrize(("value", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_change_to_a_value_that_cannot_be_stored_is_refused(value: Any, reason: str) -> None:
    serializer, changed = StrictSerializer(cache=ModelCache()), message()
    serializer.dumps_typed([changed])
    changed.additional_kwargs["number"] = value
    with pytest.raises(UnfitError, match=reason):
        serializer.dumps_typed([changed])


@pytest.mark.parametrize("key", [Text("number"), Word.ONE], ids=["a str of another class", "an unlisted enum"])
def test_a_change_to_a_key_that_cannot_be_stored_is_refused(key: str) -> None:
    serializer, changed = StrictSerializer(cache=ModelCache()), message()
    serializer.dumps_typed([changed])
    changed.additional_kwargs = {key: 1}
    with pytest.raises(UnfitError, match="that would come back as str"):
        serializer.dumps_typed([changed])


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The values that were encoded and verified."""
    values: list[Any] = []

    def note(serializer: StrictSerializer, value: Any) -> Any:
        values.append(value)
        return verify(serializer, value)

    verify = StrictSerializer._in_langgraph_form
    monkeypatch.setattr(StrictSerializer, "_in_langgraph_form", note)
    return values


def states(each: Any) -> list[Any]:
    return [
        [each, each],
        {"alice": [each], "bob": {"deep": [each]}},
        (each, [each]),
        [Send("node", {"messages": [each]})],
        Command(update={"messages": [each]}, goto=Send("node", (each,))),
        _DeltaSnapshot([each]),
        {1: [each], (2, 3): each},
        each,
    ]


@pytest.mark.parametrize(
    "each",
    [
        message(),
        HumanMessage("x", more=[1], id="1"),
        ToolMessage("x", tool_call_id="c", artifact={"a": 1}),
        Document("x"),
        Point(1, [{"a": None}]),
        Plain(number=1),
        Listed(number=1, inside=Listed(number=2, anything=[Colour.RED, (1, dt.date(2026, 1, 2))])),
        Secretive(1).with_seen(Point(1)),
        Renaming(Number=5),
        Point(Frozen(1)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_value_is_verified_once_wherever_it_stands(each: Any, verified: list[Any]) -> None:
    serializer = StrictSerializer(map(type_name_of, LISTED), ModelCache())
    for state in states(each):
        assert repr(serializer.loads_typed(serializer.dumps_typed(state))) == repr(state)
    with_more = serializer.with_msgpack_allowlist([Unlisted])  # as LangGraph does with the saver of each graph
    with_more.dumps_typed([each])
    assert [value for value in verified if value is each] == [each]


NOT_KEPT = {
    "bytes inside": Listed(number=1, anything=[b"x"]),
    "a bytearray inside": Point(bytearray(b"x")),
    "bytes in a model inside": Listed(number=1, inside=Listed(number=1, anything=({"a": b"x"},))),
    "bytes in a private attribute": Secretive(1).with_seen(b"x"),
    "a set inside": Listed(number=1, anything={1}),
    "a key that is no text": Listed(number=1, anything={1: 2}),
    "a number of more than 64 bits": Plain(number=2**70),
}


def deep() -> Listed:
    inside = Listed(number=2, anything=[Point(1), Frozen(1), Secretive(1), Colour.RED, {"when": dt.date(2026, 1, 2)}])
    return Listed(number=1, inside=inside, anything=(1, [2]))


def inside(model: Listed) -> Any:
    assert model.inside
    return model.inside.anything


DEEP_CHANGES: dict[str, Callable[[Listed], object]] = {
    "a field of a model": lambda m: setattr(m.inside, "number", 3),
    "a field of a model to a bool": lambda m: setattr(m.inside, "number", True),
    "a field of a dataclass": lambda m: setattr(inside(m)[0], "x", 1.0),
    "an attribute of a dataclass": lambda m: setattr(inside(m)[0], "z", 1),
    "a slot": lambda m: object.__setattr__(inside(m)[1], "x", 2),
    "a private attribute": lambda m: inside(m)[2].advanced(),
    "a private attribute to another type": lambda m: inside(m)[2].with_seen(True),
    "another member": lambda m: set_item(inside(m), 3, Number.ONE),
    "another time": lambda m: set_item(inside(m)[4], "when", dt.date(2026, 1, 3)),
    "a date to a datetime": lambda m: set_item(inside(m)[4], "when", dt.datetime(2026, 1, 2)),  # noqa: DTZ001
    "another class of equal fields": lambda m: set_item(inside(m), 1, Immovable(1)),
    "a list in a tuple": lambda m: m.anything[1].append(3),
    "a list for a tuple": lambda m: setattr(m, "anything", [1, [2]]),
    "bytes": lambda m: setattr(m, "anything", (1, [b"2"])),
}


@pytest.mark.parametrize("change", DEEP_CHANGES.values(), ids=DEEP_CHANGES)
def test_every_change_inside_of_what_a_model_holds_is_stored(
    change: Callable[[Listed], object], verified: list[Any]
) -> None:
    serializer, changed = StrictSerializer(map(type_name_of, LISTED), ModelCache()), deep()
    before = serializer.dumps_typed([changed])
    verified.clear()
    assert serializer.dumps_typed([changed]) == before
    assert verified == []
    change(changed)
    came_back = serializer.loads_typed(serializer.dumps_typed([changed]))[0]
    assert repr(came_back) == repr(changed)
    assert repr(vars(inside(came_back)[0])) == repr(vars(inside(changed)[0]))
    assert changed in verified


@pytest.mark.parametrize("each", NOT_KEPT.values(), ids=NOT_KEPT)
def test_a_value_whose_changes_would_not_be_noticed_is_verified_each_time(each: Any, verified: list[Any]) -> None:
    cache = ModelCache()
    serializer = StrictSerializer(map(type_name_of, LISTED), cache)
    for _ in range(2):
        serializer.dumps_typed([each])
    assert len([value for value in verified if value is each]) >= 2
    assert len(cache) == 0


def test_what_is_no_longer_stored_is_forgotten() -> None:
    cache = ModelCache()
    serializer = StrictSerializer(cache=cache)
    state = [HumanMessage(str(number)) for number in range(10)]
    for step in range(500):
        state = [*state[1:], HumanMessage(str(step))]
        serializer.dumps_typed(state)
        serializer.end_step()
        assert len(cache) <= 10 + 2 * ModelCache.STEPS
    state.clear()
    for _ in range(2 * ModelCache.STEPS):
        serializer.end_step()
    assert len(cache) == 0


def test_states_that_are_made_anew_at_each_step_do_not_fill_the_memory() -> None:
    cache = ModelCache()
    serializer = StrictSerializer(cache=cache)
    large = [HumanMessage("x" * 1024**2) for _ in range(4)]
    for _ in range(2 * ModelCache.STEPS - 1):
        serializer.dumps_typed([copy.copy(each) for each in large])
        serializer.end_step()
        assert len(cache) <= 2 * (ModelCache.MAX_NEW_BYTES // 1024**2 + 1)


async def test_a_graph_whose_node_changes_messages_in_place_resumes_with_the_changes() -> None:
    stopped = asyncio.Event()

    async def ask(_: MessagesState) -> dict[str, Any]:
        return {"messages": [message()]}

    async def change(state: MessagesState) -> dict[str, Any]:
        asked = state["messages"][-1]
        asked.additional_kwargs["number"] = True
        return {"messages": [HumanMessage("changed", id="2")]}

    async def wait(state: MessagesState) -> dict[str, Any]:
        if not stopped.is_set():
            stopped.set()
            await asyncio.Event().wait()
        return {"messages": []}

    builder = StateGraph(MessagesState).add_sequence([ask, change, wait]).add_edge(START, "ask")
    first = Attempt(builder)
    published = await first.kill_at(stopped, {"messages": []})
    result = await Attempt(builder, published).run()
    assert result["messages"][0].additional_kwargs["number"] is True


class Review(TypedDict, total=False):
    pairs: Annotated[list[Any], operator.add]
    asked: Any


async def test_a_graph_goes_on_with_tuples_in_sends_and_questions() -> None:
    stopped, given = asyncio.Event(), []

    def fan_out(_: Review) -> list[Send]:
        return [Send("check", (number, [HumanMessage("x", id=str(number))])) for number in range(2)]

    async def check(pair: Any) -> Review:
        if pair[0] == 1 and not stopped.is_set():
            stopped.set()
            await asyncio.Event().wait()
        given.append(type(pair))
        return {"pairs": [pair]}

    async def ask(state: Review) -> Review:
        return {"asked": interrupt((len(state["pairs"]), Colour.RED))}

    builder = StateGraph(Review).add_node(check).add_node(ask)
    builder.add_conditional_edges(START, fan_out, ["check"]).add_edge("check", "ask")
    published = await Attempt(builder, types=[Colour]).kill_at(stopped, {"pairs": []})
    second = Attempt(builder, published, types=[Colour])
    result = await second.run()
    assert result["pairs"] == [(number, [HumanMessage("x", id=str(number))]) for number in range(2)]
    assert set(given) == {tuple}
    third = Attempt(builder, second.published, types=[Colour])
    (question,) = (await third.graph.aget_state({"configurable": {"thread_id": "T"}})).interrupts
    assert question.value == (2, Colour.RED)


def test_a_dataclass_is_kept_like_a_model(verified: list[Any]) -> None:
    serializer, point = StrictSerializer(map(type_name_of, LISTED), ModelCache()), Point(1)
    for value in (1, True, 1.0):
        point.x = value
        stored = [serializer.dumps_typed([point]) for _ in range(2)]
        assert type(serializer.loads_typed(stored[1])[0].x) is type(value)
    assert len(verified) == 3
    assert dataclasses.asdict(point) == {"x": 1.0, "y": None}


@pytest.mark.parametrize(
    "value",
    [Point(list(range(100_000))), Point({1: [list(range(1000))] * 100})],
    ids=["signed", "compared part by part"],
)
def test_a_large_plain_list_in_a_model_is_compared_at_the_speed_of_c(
    value: Point, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(left: Any, right: Any) -> str:
        compared.append(left)
        return find_difference(left, right)

    compared: list[Any] = []
    find_difference = differences.find_difference
    for module in (differences, serialising):
        monkeypatch.setattr(module, "find_difference", count)
    serializer = StrictSerializer(map(type_name_of, LISTED))
    assert serializer.loads_typed(serializer.dumps_typed([value])) == [value]
    assert len(compared) < 300
