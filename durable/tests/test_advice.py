"""What a refusal says to do works when it is done literally."""

import array
import collections
import contextvars
import dataclasses
import datetime as dt
import importlib
import re
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest
from langchain_core.prompts import PromptTemplate
from langgraph_heartbeat._serialising.serialising import StrictSerializer, UnfitError, type_name_of
from pydantic import BaseModel, SecretStr

from . import kinds
from .kinds import Box, Colour, Holding, Named, Point, Text, Unlisted


def refusal(value: Any, *types: type) -> str:
    with pytest.raises(UnfitError) as refused:
        StrictSerializer(map(type_name_of, types)).dumps_typed({"a": [value]})
    return refused.value.reason


def assert_comes_back(value: Any, *types: type) -> None:
    serializer = StrictSerializer(map(type_name_of, types))
    came_back = serializer.loads_typed(serializer.dumps_typed({"a": [value]}))["a"][0]
    assert type(came_back) is type(value)
    assert repr(came_back) == repr(value)


class Bag(dict[str, Any]):
    pass


class Row(list[Any]):
    pass


class Metres(float):
    pass


USE = re.compile(r"\. Use (\w+)\(\.\.\.\) of it$")
CONVERTED: list[Any] = [
    Text("x"),
    ValueError("x"),
    Bag(a=1),
    Row([1, (2,)]),
    Metres(1.5),
    memoryview(b"x"),
    array.array("i", [1, 2]),
    types.MappingProxyType({"a": 1}),
    collections.ChainMap({"a": 1}),
    collections.UserDict({"a": 1}),
    {"a": 1}.keys(),
    {"a": 1}.values(),
    collections.defaultdict(lambda: 1, {"a": 1}),
]


@pytest.mark.parametrize("value", CONVERTED, ids=lambda value: type(value).__name__)
def test_it_can_be_stored_as_the_type_that_is_named(value: Any) -> None:
    named = USE.search(refusal(value))
    assert named
    plain: Any = {"str": str, "dict": dict, "list": list, "float": float, "bytes": bytes}[named[1]]
    assert_comes_back(plain(value))


def local() -> Any:
    @dataclasses.dataclass
    class Local:
        number: int = 1

    return Local()


REGISTER = re.compile(
    r"\. Register it: phase_activity\(\.\.\., types=\[(.+)\]\)  # from ([\w.]+)(?:; in a langgraph\.json: .*)?$"
)
REGISTERED = [
    Unlisted(number=1),
    Colour.RED,
    Point((1, 2)),
    Named(1, "x"),
    kinds.Outer.Inner(),
    Box[int](content=1),
    kinds.PointBox(content=Point(1)),
    PromptTemplate.from_template("{x}"),
]


def register(reason: str) -> Any:
    """Return the class in the line of code of a refusal, as that line finds it."""
    line = REGISTER.search(reason)
    assert line, reason
    return eval(line[1], vars(importlib.import_module(line[2])))  # noqa: S307


@pytest.mark.parametrize("value", REGISTERED, ids=lambda value: type(value).__name__)
def test_the_line_that_is_named_registers_it(value: Any) -> None:
    types, reason = [], refusal(value)
    while reason:  # what is inside may be named next
        types.append(register(reason))
        try:
            reason = ""
            StrictSerializer(map(type_name_of, types)).dumps_typed(value)
        except UnfitError as refused:
            reason = refused.reason
    assert_comes_back(value, *types)


def test_a_class_of_a_notebook_is_registered_by_the_line_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cell: dict[str, Any] = {"__name__": "__main__", "BaseModel": BaseModel}
    source = "class Cell(BaseModel):\n    number: int = 1\n"
    exec(source, cell)  # noqa: S102
    monkeypatch.setattr(sys.modules["__main__"], "Cell", cell["Cell"], raising=False)
    value = cell["Cell"]()
    kind = register(refusal(value))
    assert kind is cell["Cell"]
    assert_comes_back(value, kind)


def test_a_class_that_its_cell_defined_again_makes_values_that_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = []
    for _ in range(2):
        cell: dict[str, Any] = {"__name__": "__main__", "BaseModel": BaseModel}
        exec("class Cell(BaseModel):\n    number: int = 1\n", cell)  # noqa: S102
        versions.append(cell["Cell"])
        monkeypatch.setattr(sys.modules["__main__"], "Cell", cell["Cell"], raising=False)
    assert "another class of this name by now: make the value again" in refusal(versions[0](), versions[0])
    assert_comes_back(versions[1](), versions[1])


Item = TypeVar("Item")


class Wrapped(BaseModel, Generic[Item]):
    item: Item


class NumberInside(Wrapped[int]):
    pass


def test_a_class_that_no_module_has_is_stored_once_it_is_moved_there() -> None:
    reason = refusal(local(), type(local()))
    assert reason.endswith(". Define it at the top of a module that workers import")
    assert_comes_back(Point(1), Point)


def test_a_generic_model_of_a_function_is_stored_once_it_has_a_name_in_a_module() -> None:
    value = Wrapped[int](item=1)
    for name in [name for name, found in globals().items() if found is type(value)]:
        del globals()[name]  # pydantic puts it there if the class is made at the top of a module
    assert refusal(value, type(value)).endswith("Give it a name: a subclass at the top of a module that workers import")
    assert_comes_back(NumberInside(item=1), NumberInside)


class Counting:
    def __init__(self) -> None:
        self.count = 1


@dataclasses.dataclass
class CountingAsDataclass:
    count: int = 1


def test_a_class_of_the_users_is_stored_once_it_is_a_dataclass() -> None:
    assert "Counting, which cannot be stored. Make its class a dataclass or a pydantic model" in refusal(Counting())
    assert_comes_back(CountingAsDataclass(), register(refusal(CountingAsDataclass())))


def nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(5000, lambda inner: [inner]),
        nested(5000, lambda inner: {"a": inner}),
        nested(5000, lambda inner: (inner,)),
        nested(2000, Point),
    ],
    ids=["lists", "dicts", "tuples", "dataclasses"],
)
def test_what_is_nested_too_deep_is_refused(value: Any) -> None:
    assert "that is nested too deep, or contains itself. Store it flat" in refusal(value, Point)


def test_what_contains_itself_is_refused() -> None:
    looped: list[Any] = []
    looped.append(looped)
    assert "nested too deep, or contains itself" in refusal(looped)


OUTSIDE = [threading.Lock(), contextvars.ContextVar("x"), print, Point, SecretStr("x"), Holding()]


@pytest.mark.parametrize("value", OUTSIDE, ids=lambda value: type(value).__name__)
def test_what_belongs_outside_of_the_state_is_said_to(value: Any) -> None:
    assert "eep it out of the state: pass what a graph needs from outside as its run context" in refusal(value, Holding)


def test_a_datetime_of_another_library_gets_a_time_zone_of_zoneinfo() -> None:
    class Zone(dt.tzinfo):
        def utcoffset(self, when: dt.datetime | None) -> dt.timedelta | None:
            return dt.timedelta(hours=1) if when else None

        def dst(self, _: dt.datetime | None) -> dt.timedelta:
            return dt.timedelta(0)

    assert refusal(dt.datetime(2026, 1, 1, tzinfo=Zone())).endswith("Use a time zone of zoneinfo")


def test_arrays_that_cannot_be_stored_are_stored_as_lists() -> None:
    numpy = pytest.importorskip("numpy")
    objects = numpy.array([1, "a", None], dtype=object)
    records = numpy.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")])
    moments = numpy.array(["2026-01-01"], dtype="datetime64[D]")
    for each in (objects, records, moments, numpy.ma.array([1, 2])):
        assert refusal(each).endswith(". Use its tolist()")
        assert_comes_back(each.tolist())


def test_a_table_is_stored_as_text() -> None:
    class Table:  # as a DataFrame of pandas
        def to_json(self) -> str:
            return '{"a":{"0":1}}'

    assert refusal(Table()).endswith(". Use its to_json()")
    assert_comes_back(Table().to_json())
