"""What a graph streams becomes JSON and comes back, and repetitions of it are recognised."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.types import Interrupt
from langgraph_heartbeat._stream.values import decode, digest, encode, message_id, with_message_id
from pydantic import BaseModel


class Found(BaseModel):
    page: int


@dataclass
class Seen:
    page: int


MESSAGES = [
    AIMessageChunk("Ice ", id="run-1"),
    AIMessageChunk("", tool_call_chunks=[{"name": "look", "args": '{"a"', "id": "c1", "index": 0}], id="run-1"),  # pyright: ignore[reportArgumentType]
    AIMessage("Ice floats.", tool_calls=[{"name": "look", "args": {"at": "ice"}, "id": "c1", "type": "tool_call"}]),
    HumanMessage([{"type": "text", "text": "Why?"}]),
    ToolMessage("done", tool_call_id="c1", name="look"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_messages_come_back_as_they_were(message: Any) -> None:
    data, size_bytes = encode({"agent": {"messages": [message]}})
    assert size_bytes == len(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())
    back = decode(json.loads(json.dumps(data)))["agent"]["messages"][0]
    assert type(back) is type(message)
    assert back == message


@pytest.mark.parametrize(
    ("value", "back"),
    [
        ({"done": 0.5, "of": [1, None, True]}, {"done": 0.5, "of": [1, None, True]}),
        ("text", "text"),
        (("a", 1), ["a", 1]),
        ({1: Found(page=2), "seen": Seen(3)}, {"1": {"page": 2}, "seen": {"page": 3}}),
        ({"__interrupt__": (Interrupt(value="Go on?", id="i"),)}, {"__interrupt__": [{"value": "Go on?", "id": "i"}]}),
        (float("inf"), "Infinity"),
        ("a\ud800b", "a?b"),
        ({"when": ValueError("late")}, {"when": "ValueError('late')"}),
    ],
)
def test_other_values_become_json(value: Any, back: Any) -> None:
    data, _ = encode(value)
    decoded = decode(json.loads(json.dumps(data)))
    assert decoded == back or (
        isinstance(back, dict)
        and all(decoded["__interrupt__"][0][each] == back["__interrupt__"][0][each] for each in ("value", "id"))
    )


def test_a_dict_that_looks_like_a_message_and_is_none_stays_a_dict() -> None:
    assert decode(encode({"__message__": {"type": "none"}})[0]) == {"__message__": {"type": "none"}}
    assert decode(encode({"__message__": 3})[0]) == {"__message__": 3}


def test_repetitions_of_a_message_have_another_id_and_the_same_digest() -> None:
    one, other = (encode(["messages", AIMessageChunk("Ice", id=name)])[0] for name in ("run-1", "run-2"))
    assert one != other
    assert digest(one) == digest(other)
    assert digest(one) != digest(encode(["messages", AIMessageChunk("Snow", id="run-1")])[0])
    assert digest(encode({"a": 1, "b": 2})[0]) == digest(encode({"b": 2, "a": 1})[0])
    assert digest(encode({"id": 1})[0]) != digest(encode({"id": 2})[0])


def test_the_id_of_a_message_can_be_replaced() -> None:
    data, _ = encode(AIMessageChunk("Ice", id="run-2"))
    assert message_id(data) == "run-2"
    assert decode(with_message_id(data, "run-1")) == AIMessageChunk("Ice", id="run-1")
    assert message_id({"other": 1}) is None
    assert message_id("text") is None
