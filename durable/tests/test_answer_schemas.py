"""The check of answers by the JSON schemas that pydantic writes: it agrees with pydantic, and says where and why."""

import enum
import json
from typing import Annotated, Any, Literal, NotRequired

import pytest
from langgraph_heartbeat._run_graph.answer_schemas import example_of, mismatch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict


class Approve(TypedDict):
    type: Literal["approve"]


class Edit(TypedDict):
    type: Literal["edit"]
    name: str
    args: dict[str, int]


class Reject(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["reject"]
    message: str = Field(min_length=1, max_length=5)


Decision = Annotated[Approve | Edit | Reject, Field(discriminator="type")]


class Response(TypedDict):
    decisions: Annotated[list[Decision], Field(min_length=1, max_length=2)]
    note: NotRequired[str | None]


class Tree(BaseModel):
    name: str
    inside: "list[Tree]" = []


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Sizes(BaseModel):
    small: Annotated[int, Field(ge=1, lt=5)]
    share: Annotated[float, Field(gt=0, le=1)] = 0.5


TYPES: list[Any] = [bool, int, float, str, None, list[int], Decision, Response, Tree, Colour, Sizes, dict[str, str]]
VALUES: list[Any] = [
    None,
    True,
    7,
    0.5,
    "yes",
    "red",
    [],
    [1],
    ["a"],
    {},
    {"type": "approve"},
    {"type": "edit", "name": "a"},
    {"type": "edit", "name": "a", "args": {"b": 1}},
    {"type": "edit", "name": "a", "args": {"b": "x"}},
    {"type": "reject", "message": "no"},
    {"type": "reject", "message": ""},
    {"type": "reject", "message": "too long"},
    {"type": "reject", "message": "no", "more": 1},
    {"type": "sing"},
    {"decisions": [{"type": "approve"}]},
    {"decisions": []},
    {"decisions": [{"type": "approve"}] * 3},
    {"decisions": [{"type": "sing"}], "note": None},
    {"decisions": [{"type": "approve"}], "note": 7},
    {"name": "a", "inside": [{"name": "b", "inside": []}]},
    {"name": "a", "inside": [{"name": 7}]},
    {"small": 1},
    {"small": 5},
    {"small": 4, "share": 1},
    {"small": 4, "share": 0},
    {"a": "b"},
]


@pytest.mark.parametrize("kind", TYPES)
def test_it_accepts_what_pydantic_accepts_and_nothing_else(kind: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def is_accepted(value: Any) -> bool:
        try:
            adapter.validate_json(json.dumps(value), strict=True)
        except ValidationError:
            return False
        return True

    schema = adapter.json_schema()
    assert [value for value in VALUES if (mismatch(value, schema) == "") != is_accepted(value)] == []


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        ("yes", bool, "it is a text, and true or false is expected"),
        (True, int, "it is true or false, and an integer is expected"),
        ({"decisions": [{"type": "sing"}]}, Response, "decisions.0"),
        ({"decisions": [{"type": "edit", "name": "a"}]}, Response, "decisions.0.args: it is missing"),
        (
            {"type": "reject", "message": "no", "more": 1},
            Reject,
            "more: there is no such field; the fields are type, message",
        ),
        ({"small": 5}, Sizes, "small: it is not less than 5"),
        ({"name": "a", "inside": [{"name": 7}]}, Tree, "inside.0.name: it is an integer, and a text is expected"),
        ("green", Colour, "it is none of 'red', 'blue'"),
        ({"decisions": []}, Response, "decisions: it has fewer than 1 items"),
    ],
)
def test_it_says_where_and_why(value: Any, kind: Any, reason: str) -> None:
    assert mismatch(value, TypeAdapter(kind).json_schema()).startswith(reason)


@pytest.mark.parametrize("kind", TYPES)
def test_an_example_fits_its_own_schema(kind: Any) -> None:
    schema = TypeAdapter(kind).json_schema()
    assert mismatch(example_of(schema), schema) == ""


def test_a_schema_that_says_nothing_accepts_everything() -> None:
    for schema in ({}, {"title": "Answer"}, {"$ref": "#/$defs/Missing"}, {"type": "colour"}, {"anyOf": []}):
        assert mismatch("red", schema) == ""
    assert example_of(None) == "..."


def test_a_schema_that_refers_to_itself_without_end_is_bounded() -> None:
    loop = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert mismatch("red", loop) == ""
    endless = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}
    assert mismatch("red", endless) == ""
    assert example_of(endless) == "..."
