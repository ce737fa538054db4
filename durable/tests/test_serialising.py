"""A value that is stored comes back unchanged or is refused at once; no function that a checkpoint names is called."""

import builtins
import collections
import datetime as dt
import decimal
import fractions
import importlib
import ipaddress
import json
import math
import os
import pathlib
import pickle
import re
import subprocess
import threading
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any, TypedDict

import ormsgpack
import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Interrupt, Overwrite, Send
from langgraph_heartbeat._journal.journal import Journal
from langgraph_heartbeat._publishing.coalescer import Coalescer
from langgraph_heartbeat._saver.reports import UnfitChannelError
from langgraph_heartbeat._saver.saver import HeartbeatSaver
from langgraph_heartbeat._serialising.serialising import (
    StrictSerializer,
    UnfitError,
    UnknownTypeError,
    only_known_types,
    type_name_of,
)
from pydantic import AnyUrl, BaseModel, HttpUrl

from .attempts import Attempt
from .kinds import (
    LISTED,
    Box,
    Cached,
    Colour,
    Computing,
    Excluding,
    Extended,
    Frozen,
    Immutable,
    Listed,
    Many,
    Named,
    Noted,
    Number,
    NumberBox,
    Outer,
    Paired,
    Point,
    Renaming,
    Secretive,
    Seldom,
    Shade,
    Text,
    Unknown,
    UnknownNumber,
    Unlisted,
    Word,
)

SERIALIZER = StrictSerializer(map(type_name_of, LISTED))
KINDS = Listed.__module__

ITSELF: list[Any] = [
    None,
    True,
    0,
    -(2**63),
    2**64 - 1,
    1.5,
    math.inf,
    "",
    "text",
    b"\0\1",
    bytearray(b"\0\1"),
    [],
    {},
    (),
    [()],
    ((1, (2,)), [(3,)], {"a": (4, {"b": (5,)})}),
    {"a": {"b": [(1, "x")]}},
    {2: "int", 1.5: "float", b"x": "bytes", None: "none", True: "bool", "x": "str"},
    {(1, 2): "a tuple as a key"},
    {1, 2},
    frozenset({"a"}),
    {"inside": [{1, 2}, frozenset({3})]},
    {Colour.RED},
    {Frozen(1), Frozen(2)},
    collections.deque([1, 2]),
    Listed(number=1, pair=(2, "x"), inside=Listed(number=3)),
    [Listed(number=1)],
    {"deep": {"er": Listed(number=1, anything=[Colour.RED])}},
    Point(1, [Point(2)]),
    Point(Listed(number=1), math.nan),
    Frozen(1),
    Named(1, "two"),
    Colour.RED,
    Number.ONE,
    [Colour.RED, Number.ONE],
    dt.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
    dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    dt.date(2026, 1, 2),
    dt.time(1, 2, 3),
    dt.timedelta(days=1, microseconds=2),
    uuid.UUID(int=7),
    decimal.Decimal("1.10"),
    pathlib.Path("/a/b"),
    re.compile("a+", re.IGNORECASE),
    ipaddress.ip_address("127.0.0.1"),
    HumanMessage("hello", id="1"),
    AIMessage("", tool_calls=[{"name": "t", "args": {"i": 1}, "id": "c", "type": "tool_call"}]),
    ToolMessage("r", tool_call_id="c", artifact={"a": [1]}),
    [HumanMessage("a"), AIMessage("b", response_metadata={"model": "m"})],
    Document("text", metadata={"source": "s"}),
    Send("node", {"i": 1}),
    Send("node", Listed(number=1)),
    [Send("node", [Colour.RED])],
    Interrupt(value={"ask": 1}, id="i"),
    (Interrupt(value=Listed(number=1), id="i"),),
    Overwrite([1]),
    Command(update={"a": Listed(number=1)}, goto="node"),
    _DeltaSnapshot([1, (2, 3)]),
    _DeltaSnapshot([Listed(number=1)]),
    {Colour.RED: 1, "red": 2},
    [{Number.ONE: 1}],
    {dt.date(2026, 1, 2): 1},
    {frozenset({1}): {(1, 2): {2**70: "large"}}},
    Point((1, [(2,)])),
    Listed(number=1, anything=(1,)),
    Listed(number=1, anything={"a": {(1, 2)}}),
    Named((1, 2), "x"),  # type: ignore[arg-type]
    Send("node", (1, 2)),
    Send("node", {"pair": (1, 2)}, timeout=3),
    Interrupt(value=(1, 2), id="i"),
    Interrupt(value=1, id="i", response_schema={"type": "string"}),
    Overwrite((1, 2)),
    Command(update=[("a", (1, 2))], goto=[Send("node", (1,))], graph=Command.PARENT),
    _DeltaSnapshot([(1, {(2, 3)})]),
    {(1, 2)},
    frozenset({(1, (2,))}),
    {"inside": [bytearray(b"x"), (bytearray(b"y"),), b"z"]},
    Outer.Inner(),
    [Outer.Inner(number=2)],
    Renaming(Number=5),
    {"a": Excluding(number=1, left_out="mine")},
    2**64,
    [-(2**70), 2**64 - 1],
    "a lone \ud800 surrogate",
    {"\udfff": ["\ud800"]},
    HumanMessage("\ud800"),
    collections.OrderedDict(b=1, a=(2,)),
    {"a": collections.Counter("aab"), "b": collections.Counter({(1, 2): -1})},
    collections.defaultdict(list, {"a": [(1,)]}),
    collections.defaultdict(None, {1: 2}),
    collections.deque([1, (2,)], maxlen=3),
    complex(1, math.nan),
    range(1, 10, 3),
    [math.nan, -0.0, math.inf],
    dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    Listed(number=1, anything=dt.datetime(2026, 1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))),
    dt.time(1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
    zoneinfo.ZoneInfo("Europe/Berlin"),
    re.compile(b"a+"),
    dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1), "CET")),
    dt.datetime(2026, 10, 25, 2, 30, fold=1),  # noqa: DTZ001
    Document("x", metadata={"when": dt.datetime(2026, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))}),
    fractions.Fraction(1, 3),
    pathlib.PurePosixPath("/a/b"),
    HttpUrl("https://example.org/?q=a b"),
    Listed(number=1, anything=AnyUrl("ftp://example.org")),
    ipaddress.ip_network("10.0.0.0/8"),
    Shade.DARK | Shade.LIGHT,
    Paired.ONE,
    Word.ONE,
    Secretive(1).advanced(),
    [Secretive(1)],
    Seldom(2, derived=7),
    Noted(1),
    Noted(1).without_note(),
    Frozen((1, 2)),  # type: ignore[arg-type]
    NumberBox(content=1),
    Box[Point](content=Point((1,))),
    Many([(1, 2)]),
    Computing(number=1),
    Extended(number=1, pair=(1, 2)),  # type: ignore[call-arg]
    Immutable(pairs=frozenset({(1, 2)})),
]


@pytest.mark.parametrize("value", ITSELF, ids=lambda value: repr(value)[:60])
def test_it_comes_back_as_itself(value: Any) -> None:
    with only_known_types():
        came_back = SERIALIZER.loads_typed(SERIALIZER.dumps_typed(value))
    assert type(came_back) is type(value)
    assert repr(came_back) == repr(value)  # compares the types of all parts, and NaN
    for attributes in ("__dict__", "__pydantic_extra__", "__pydantic_private__"):
        assert repr(getattr(came_back, attributes, None)) == repr(getattr(value, attributes, None))


def test_a_cached_property_is_computed_again() -> None:
    came_back = SERIALIZER.loads_typed(SERIALIZER.dumps_typed([Cached(number=2).with_double_read()]))[0]
    assert vars(came_back) == {"number": 2}
    assert came_back.double == 4


def test_a_numpy_array_comes_back_as_itself_and_can_be_written_to() -> None:
    numpy = pytest.importorskip("numpy")
    arrays = [
        numpy.arange(6).reshape(2, 3),
        numpy.arange(6.0).reshape(2, 3).T,
        numpy.array([]),
        numpy.array(["a", "b"]),
    ]
    arrays += [numpy.arange(12).reshape(3, 4)[:, ::2], numpy.array(5)]
    for array in arrays:
        came_back = SERIALIZER.loads_typed(SERIALIZER.dumps_typed([array]))[0]
        assert (came_back == array).all()
        assert came_back.dtype == array.dtype
        assert came_back.flags.writeable


def test_a_scalar_of_numpy_comes_back_as_itself() -> None:
    numpy = pytest.importorskip("numpy")
    for scalar in (numpy.float64(0.1), numpy.float32(0.1), numpy.int64(-(2**63)), numpy.bool_(1), numpy.str_("x")):
        came_back = SERIALIZER.loads_typed(SERIALIZER.dumps_typed({"score": [scalar]}))["score"][0]
        assert type(came_back) is type(scalar)
        assert came_back == scalar


def local_class() -> Any:
    class Local(BaseModel):
        number: int = 1

    return Local()


class Base(BaseModel):
    value: Any = None


UNLISTED = (
    f"{KINDS}.Unlisted that would come back as dict. Register it: phase_activity(..., types=[Unlisted])  # from {KINDS}"
    f'; in a langgraph.json: checkpointer.serde.allowed_msgpack_modules: [["{KINDS}", "Unlisted"]]'
)
UNKNOWN = (
    f"{KINDS}.Unknown that would come back as str. Register it: phase_activity(..., types=[Unknown])  # from {KINDS}"
    f'; in a langgraph.json: checkpointer.serde.allowed_msgpack_modules: [["{KINDS}", "Unknown"]]'
)
TWO = f"{KINDS}.UnknownNumber that would come back as int. Register it: phase_activity(..., types=[UnknownNumber])"
NOT_STORED = "which cannot be stored. Keep it out of the state"

REFUSED: dict[str, tuple[Any, str]] = {
    "an unlisted model": (Unlisted(number=1), UNLISTED),
    "in a list": ([1, Unlisted(number=1)], UNLISTED),
    "in a dict": ({"a": {"b": Unlisted(number=1)}}, UNLISTED),
    "in a tuple": ((1, (Unlisted(number=1),)), UNLISTED),
    "in an Any of a listed model": (Listed(number=1, anything=Unlisted(number=1)), UNLISTED),
    "in a dataclass": (Point(Unlisted(number=1)), UNLISTED),
    "in a named tuple": (Named(Unlisted(number=1), ""), UNLISTED),  # type: ignore[arg-type]
    "in a deque": (collections.deque([Unlisted(number=1)]), UNLISTED),
    "in a Send": (Send("node", Unlisted(number=1)), UNLISTED),
    "in a dict in a Send in a list": ([Send("node", {"a": Unlisted(number=1)})], UNLISTED),
    "in an Interrupt": (Interrupt(value=Unlisted(number=1), id="i"), UNLISTED),
    "in an Overwrite": (Overwrite(Unlisted(number=1)), UNLISTED),
    "in a Command": (Command(update={"a": Unlisted(number=1)}), UNLISTED),
    "in a snapshot": (_DeltaSnapshot([Unlisted(number=1)]), UNLISTED),
    "in a message": (AIMessage("", additional_kwargs={"a": Unlisted(number=1)}), UNLISTED),
    "an unlisted enum": (Unknown.THERE, UNKNOWN),
    "an unlisted int enum": ([UnknownNumber.TWO], TWO),
    "an unlisted enum in a set": ({Unknown.THERE}, UNKNOWN),
    "an unlisted int enum in a set": ({UnknownNumber.TWO}, TWO),
    "an unlisted int enum in a frozenset": ({"a": frozenset({UnknownNumber.TWO})}, TWO),
    "a str of another class": (Text("x"), f"{KINDS}.Text that would come back as str. Use str(...) of it"),
    "an exception": ([ValueError("x")], "ValueError that would come back as str. Use str(...) of it"),
    "a local class": (local_class(), "Define it at the top of a module that workers import"),
    "a lock": (threading.Lock(), f"_thread.lock, {NOT_STORED}"),
    "a lock deep inside": ({"a": [{"b": threading.Lock()}]}, f"_thread.lock, {NOT_STORED}"),
    "a lock in a tuple": ((1, (threading.Lock(),)), f"_thread.lock, {NOT_STORED}"),
    "a lock in a dataclass": (Point(threading.Lock()), f"_thread.lock, {NOT_STORED}"),
    "a lock in a Send": (Send("node", {"a": threading.Lock()}), f"_thread.lock, {NOT_STORED}"),
    "a lambda": (lambda: 1, f"function, {NOT_STORED}"),
    "a class": (Listed, f"ModelMetaclass, {NOT_STORED}"),
    "a generator": ((i for i in "ab"), f"generator, {NOT_STORED}"),
}


@pytest.mark.parametrize(("value", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_would_not_come_back_as_itself_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(UnfitError) as refused:
        SERIALIZER.dumps_typed(value)
    assert reason in refused.value.reason


def test_an_open_file_is_refused() -> None:
    with (
        pathlib.Path(__file__).open() as file,
        pytest.raises(UnfitError, match="TextIOWrapper, which cannot be stored"),
    ):
        SERIALIZER.dumps_typed({"file": file})


def saver(types: tuple[type, ...] = LISTED) -> HeartbeatSaver:
    publisher = Coalescer(lambda: None, dt.timedelta(0))
    return HeartbeatSaver(publisher, Journal(publisher), map(type_name_of, types))


CONFIG = {"configurable": {"thread_id": "T", "checkpoint_ns": "", "checkpoint_id": "1"}}


@pytest.mark.parametrize(("value", "reason"), REFUSED.values(), ids=REFUSED)
async def test_the_refusal_names_the_channel(value: Any, reason: str) -> None:
    with pytest.raises(UnfitChannelError) as refused:
        saver().put_writes(CONFIG, [("fine", 1), ("spoiled", value)], "task")
    assert str(refused.value).startswith("The channel 'spoiled' holds a ")
    assert reason in str(refused.value)
    checkpoint = {**empty_checkpoint(), "channel_values": {"fine": 1, "spoiled": value}}
    with pytest.raises(UnfitChannelError, match="The channel 'spoiled' holds a "):
        saver().put(CONFIG, checkpoint, {"step": 1}, {"fine": "1", "spoiled": "1"})  # type: ignore[arg-type]


async def test_the_line_that_is_named_registers_it() -> None:
    class Anything(TypedDict, total=False):
        value: Any

    async def puts(_: Anything) -> Anything:
        return {"value": {"model": Unlisted(number=1), "colour": Unknown.THERE}}

    graph = StateGraph(Anything)
    graph.add_node(puts)
    graph.add_edge(START, "puts")
    with pytest.raises(UnfitChannelError, match=r"'value' holds a .*types=\[Unlisted\]"):
        await Attempt(graph).run({"value": 0})
    assert (await Attempt(graph, types=[Unlisted, Unknown]).run({"value": 0}))["value"] == {
        "model": Unlisted(number=1),
        "colour": Unknown.THERE,
    }


async def test_types_that_the_schema_names_need_no_line() -> None:
    class Typed(TypedDict, total=False):
        value: dict[str, list[Unlisted]]
        colour: Unknown | None

    async def puts(_: Typed) -> Typed:
        return {"value": {"a": [Unlisted(number=1)]}, "colour": Unknown.THERE}

    async def gets(state: Typed) -> Typed:
        assert isinstance(state["value"]["a"][0], Unlisted)
        return {}

    graph = StateGraph(Typed)
    graph.add_node(puts)
    graph.add_node(gets)
    graph.add_edge(START, "puts")
    graph.add_edge("puts", "gets")
    first = Attempt(graph)
    await first.run({"colour": None})
    second = Attempt(graph, first.published)
    assert (await second.graph.aget_state({"configurable": {"thread_id": "T"}})).values == {
        "value": {"a": [Unlisted(number=1)]},
        "colour": Unknown.THERE,
    }


async def test_types_that_a_subgraph_names_need_no_line() -> None:
    class Inner(TypedDict, total=False):
        model: Unlisted
        number: int

    class Outside(TypedDict, total=False):
        number: int

    async def puts(_: Inner) -> Inner:
        return {"model": Unlisted(number=1)}

    async def gets(state: Inner) -> Inner:
        return {"number": state["model"].number}

    inner = StateGraph(Inner)
    inner.add_node(puts)
    inner.add_node(gets)
    inner.add_edge(START, "puts")
    inner.add_edge("puts", "gets")
    graph = StateGraph(Outside)
    graph.add_node("inner", inner.compile())
    graph.add_edge(START, "inner")
    assert await Attempt(graph).run({"number": 0}) == {"number": 1}


async def test_an_error_is_kept_as_its_description() -> None:
    kept = saver()
    kept.put_writes(CONFIG, [("__error__", ValueError("why"))], "task")
    (row,) = kept.content()["writes"]
    assert kept.serde.loads_typed(row[6]) == "ValueError('why')"


# --- Hostile checkpoints ---


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Records calls of a function that must not be called."""
    calls: list[str] = []
    imported = importlib.import_module

    def noting(name: str) -> Any:
        def call(*_: Any, **__: Any) -> None:
            calls.append(name)

        return call

    def importing(name: str, package: str | None = None) -> Any:
        calls.append(f"import {name}")
        return imported(name, package)

    with monkeypatch.context() as patched:
        patched.setattr(os, "system", noting("system"))
        patched.setattr(subprocess, "Popen", noting("Popen"))
        patched.setattr(builtins, "eval", noting("eval"))
        patched.setattr(pickle, "loads", noting("pickle"))
        patched.setattr(importlib, "import_module", importing)
        yield calls


def raw_ext(code: int, *parts: Any) -> ormsgpack.Ext:
    return ormsgpack.Ext(code, ormsgpack.packb(parts))


def ext(code: int, *parts: Any) -> bytes:
    return ormsgpack.packb(raw_ext(code, *parts))


TARGETS = [
    ("os", "system", "true"),
    ("subprocess", "Popen", "true"),
    ("builtins", "eval", "1"),
    ("posix", "system", "true"),
]
HOSTILE: dict[str, tuple[str, bytes]] = {}
for module, name, argument in TARGETS:
    what = f"{module}.{name}"
    HOSTILE[f"{what} of one"] = ("msgpack", ext(0, module, name, argument))
    HOSTILE[f"{what} of several"] = ("msgpack", ext(1, module, name, [argument]))
    HOSTILE[f"{what} of keywords"] = ("msgpack", ext(2, module, name, {"args": argument}))
    HOSTILE[f"{what} as a method"] = ("msgpack", ext(3, module, name, argument, "__call__"))
    HOSTILE[f"a method of {module}"] = ("msgpack", ext(3, module, "path", argument, name))
    HOSTILE[f"{what} as a model of old"] = ("msgpack", ext(4, module, name, {"a": argument}))
    HOSTILE[f"{what} as a model"] = ("msgpack", ext(5, module, name, {"a": argument}, "model_validate_json"))
    inner = ormsgpack.Ext(0, ormsgpack.packb((module, name, argument)))
    HOSTILE[f"{what} in a list"] = ("msgpack", ormsgpack.packb([1, {"a": inner}]))
    HOSTILE[f"{what} in a tuple"] = ("msgpack", ormsgpack.packb(ormsgpack.Ext(100, ormsgpack.packb([inner]))))
    HOSTILE[f"{what} in a snapshot"] = ("msgpack", ormsgpack.packb(ormsgpack.Ext(7, ormsgpack.packb([inner]))))
    HOSTILE[f"{what} as an object of its fields"] = ("msgpack", ext(102, module, name, {"fields": {"args": argument}}))
    HOSTILE[f"{what} in a form"] = ("msgpack", ext(101, "set", [inner]))
    HOSTILE[f"{what} in a field"] = ("msgpack", ext(102, KINDS, "Point", {"fields": {"x": inner}, "attributes": {}}))
    send = ormsgpack.Ext(1, ormsgpack.packb(("langgraph.types", "Send", ("node", inner))))
    HOSTILE[f"{what} in a Send"] = ("msgpack", ormsgpack.packb(send))
HOSTILE["a method of a known type"] = ("msgpack", ext(3, "pathlib", "Path", "/etc/passwd", "read_text"))
HOSTILE["a pickle"] = ("pickle", pickle.dumps(print))
HOSTILE["JSON that constructs"] = (
    "json",
    json.dumps(
        {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain_core", "prompts", "prompt", "PromptTemplate"],
            "kwargs": {"template": "{x}", "input_variables": ["x"]},
        }
    ).encode(),
)
HOSTILE["JSON that calls"] = (
    "json",
    json.dumps({"lc": 2, "type": "constructor", "id": ["os", "system"], "args": ["true"]}).encode(),
)


REACHING: dict[str, tuple[Any, ...]] = {
    "another form": (101, "eval", "1"),
    "a form of other parts": (101, "deque", 7),
    "a function of an allowed name": (102, "re", "compile", {"fields": {}}),
    "a class that is reached through a class": (102, KINDS, "Outer.Point", {"fields": {}}),
    "a class that is reached through a module": (102, KINDS, "enum.Enum.Colour", {"fields": {}}),
    "a type without fields": (102, "uuid", "UUID", {"fields": {"int": 7}}),
    "a type of Python": (102, "builtins", "set", {"fields": {}}),
    "other attributes": (102, KINDS, "Point", {"fields": 7, "attributes": {}}),
    "no attributes": (102, KINDS, "Point", None),
    "a member that is gone": (102, KINDS, "Colour", {"name": "GREEN"}),
    "a class that is gone": (102, KINDS, "Gone", {"fields": {}}),
    "a model that is gone": (5, KINDS, "Gone", {"a": 1}, "model_validate_json"),
    "a dataclass that is gone": (2, KINDS, "Gone", {"a": 1}),
    "an enum that is gone": (0, KINDS, "Gone", "red"),
}


@pytest.mark.parametrize("stored", REACHING.values(), ids=REACHING)
async def test_a_name_reaches_nothing_but_a_registered_class(stored: tuple[Any, ...]) -> None:
    restored = HeartbeatSaver(coalescer := Coalescer(lambda: None, dt.timedelta(0)), Journal(coalescer), REACHABLE)
    written = ["T", "", "1", "task", 0, "channel", ("msgpack", ormsgpack.packb({"a": [raw_ext(*stored)]})), ""]
    with pytest.raises(ValueError, match=r"ext_hook failed|it holds a .*, which is not registered, or no longer in"):
        restored.restore({"checkpoints": [], "writes": [written], "blobs": []})


@pytest.mark.parametrize("name", ["Unlisted", "Outer", "enum.Enum", "Outer.Point"])
def test_an_object_is_made_of_a_registered_class_of_that_module_alone(name: str) -> None:
    serializer = StrictSerializer([(KINDS, "Enum"), (KINDS, "Point")])
    stored = ("msgpack", ext(102, KINDS, name, {"fields": {"number": 1}, "attributes": {}, "name": "RED"}))
    with pytest.raises(UnknownTypeError, match=f"{KINDS}.{name}, which is not registered"), only_known_types():
        serializer.loads_typed(stored)


REACHABLE = [*map(type_name_of, LISTED), (KINDS, "Gone")]

BEFORE: dict[str, tuple[Any, Any]] = {
    "tuples": ([1, ormsgpack.Ext(100, ormsgpack.packb([2, ["x"]]))], [1, (2, ["x"])]),
    "a tuple as a key": ({(1, 2): "x"}, {(1, 2): "x"}),
    "a number as a key": ({1: {None: 2.5}}, {1: {None: 2.5}}),
    "a snapshot": (raw_ext(7, 1, 2), _DeltaSnapshot([1, 2])),
    "a Send": (raw_ext(1, "langgraph.types", "Send", ["node", {"a": 1}]), Send("node", {"a": 1})),
    "a Command": (raw_ext(2, "langgraph.types", "Command", {"goto": "node"}), Command(goto="node")),
    "a model": (raw_ext(5, KINDS, "Listed", {"number": 1}, "model_validate_json"), Listed(number=1)),
    "a dataclass": (raw_ext(2, KINDS, "Point", {"x": 1}), Point(1)),
    "an enum": (raw_ext(0, KINDS, "Colour", "red"), Colour.RED),
}


@pytest.mark.parametrize(("stored", "value"), BEFORE.values(), ids=BEFORE)
def test_what_earlier_versions_stored_is_read(stored: Any, value: Any) -> None:
    with only_known_types():
        data = ormsgpack.packb(stored, option=ormsgpack.OPT_NON_STR_KEYS)
        assert SERIALIZER.loads_typed(("msgpack", data)) == value


@pytest.mark.parametrize("stored", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("where", ["checkpoint", "metadata", "write", "blob", "journal"])
async def test_what_a_checkpoint_names_is_neither_imported_nor_called(
    where: str, stored: tuple[str, bytes], called: list[str]
) -> None:
    fine = SERIALIZER.dumps_typed({"a": 1})
    content = {
        "checkpoints": [
            ["T", "", "1", stored if where == "checkpoint" else fine, stored if where == "metadata" else fine, None]
        ],
        "writes": [["T", "", "1", "task", 0, "channel", stored if where == "write" else fine, ""]],
        "blobs": [["T", "", "channel", "1", stored if where == "blob" else fine]],
    }
    journalled = {"key": ["node:task", *(stored if where == "journal" else fine)]}

    restored = saver()
    if where == "journal":  # such an answer is asked for again
        restored.restore(content)
        restored._journal.restore(journalled)
        assert restored._journal.answers_by_key() == {}
    else:
        with pytest.raises(UnknownTypeError):
            restored.restore(content)
    assert [call for call in called if call != "import langgraph.types"] == []


def test_the_fixture_notices(called: list[str]) -> None:
    importlib.import_module("os").system("true")
    pickle.loads(pickle.dumps(1))  # noqa: S301
    assert called == ["import os", "system", "pickle"]


async def test_a_known_type_is_restored_where_an_unknown_one_beside_it_is_refused() -> None:
    first = saver()
    first.put_writes(CONFIG, [("a", Listed(number=1)), ("b", Colour.RED)], "task")
    second = saver()
    second.restore(first.content())
    assert second.content() == first.content()
    with pytest.raises(UnknownTypeError, match=rf"{KINDS}.Colour, which is not registered"):
        saver(types=(Listed,)).restore(first.content())


async def test_what_another_thread_refuses_meanwhile_is_not_mistaken_for_ours() -> None:
    refused = threading.Thread(target=lambda: StrictSerializer().loads_typed(SERIALIZER.dumps_typed(Colour.RED)))
    with only_known_types():
        refused.start()
        refused.join()
        assert SERIALIZER.loads_typed(SERIALIZER.dumps_typed(Colour.RED)) is Colour.RED


JUNK: list[Any] = [None, 7, "x", b"x", [], {}, [[]], ["x"], {"x": []}]


async def test_damaged_content_raises_what_the_attempt_expects() -> None:
    fine = SERIALIZER.dumps_typed({"a": 1})
    content = {
        "checkpoints": [["T", "", "1", fine, fine, None]],
        "writes": [["T", "", "1", "task", 0, "channel", fine, ""]],
        "blobs": [["T", "", "channel", "1", fine], ["T", "", "none", "1", ("empty", b"")]],
    }
    saver().restore(content)
    refused = 0
    for junk in JUNK:
        for table, rows in content.items():
            spoiled = [junk, [junk], *([*rows[0][:i], junk, *rows[0][i + 1 :]] for i in range(len(rows[0])))]
            for row in spoiled:
                try:
                    saver().restore({**content, table: [row]})
                except (ValueError, KeyError, TypeError, NotImplementedError):
                    refused += 1
    assert refused > 50
