"""What a checkpoint may hold: values that come back as themselves, of types that were named beforehand.

A checkpoint is input: who can write heartbeats must not be able to make a worker import and call things. So types are
on a list, always. But a list alone corrupts in silence: a model inside `Any` would come back as a dict, an unlisted
enum as an int. What would not come back as itself is therefore refused when it is put, while its author is looking.
"""

import dataclasses
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from threading import get_ident
from typing import Any, cast

import ormsgpack
from langchain_core.messages.base import TextAccessor
from langgraph.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import EXT_DELTA_SNAPSHOT, JsonPlusSerializer
from langgraph.checkpoint.serde.types import _DeltaSnapshot  # pyright: ignore[reportPrivateUsage] - to keep tuples in it
from langgraph.types import Send
from pydantic import BaseModel

TypeName = tuple[str, ...]
"""A module and a name in it."""

STORAGE_KINDS = frozenset({"null", "bytes", "bytearray", "msgpack"})
"""How values are stored. LangGraph would read JSON too, and construct what it names."""
TUPLE_EXTENSION_CODE = 100  # msgpack has no tuples; LangGraph's extension codes end below
PLAIN_TYPES = frozenset({str, int, float, bool, bytes, type(None)})


class UnfitError(TypeError):
    """A value that would not come back from a checkpoint as itself. `reason` names its type and says what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownTypeError(ValueError):
    """A checkpoint holds a type that is not on the list."""


class StrictSerializer(JsonPlusSerializer):
    """LangGraph's serializer with its list of types, and with tuples that stay tuples in lists, dicts and tuples."""

    def __init__(self, allowed: Iterable[TypeName] = ()) -> None:
        self._names = frozenset(allowed)
        super().__init__(allowed_msgpack_modules=tuple(self._names) or None)
        others = self._unpack_ext_hook

        def unpack(code: int, data: bytes) -> Any:
            if code == TUPLE_EXTENSION_CODE:
                return tuple(ormsgpack.unpackb(data, ext_hook=unpack, option=ormsgpack.OPT_NON_STR_KEYS))
            if code == EXT_DELTA_SNAPSHOT:  # LangGraph's hook would not know the tuples in it
                return _DeltaSnapshot(ormsgpack.unpackb(data, ext_hook=unpack, option=ormsgpack.OPT_NON_STR_KEYS))
            return others(code, data)

        self._unpack_ext_hook = unpack

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[TypeName | type]) -> "StrictSerializer":
        return StrictSerializer(self._names | {type_name_of(each) for each in extra_allowlist})

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """`UnfitError` where `obj` would not come back as itself."""
        try:
            stored = super().dumps_typed(with_tuple_extensions(obj, self))
        except (TypeError, ValueError) as error:  # ormsgpack's own are TypeErrors
            raise UnfitError(f"{find_unstorable_type(obj, self)}, which cannot be stored{KEEP_OUT_ADVICE}") from error
        if not is_plain(obj) and (difference := find_difference(obj, self.loads_typed(stored))):
            raise UnfitError(difference)
        return stored

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if data[0] not in STORAGE_KINDS:
            raise UnknownTypeError(f"it holds something stored as {data[0]!r}, which this code does not write")
        return super().loads_typed(data)


def type_name_of(given: TypeName | type) -> TypeName:
    return given if isinstance(given, tuple) else (given.__module__, given.__name__)


def is_plain(value: Any) -> bool:
    """Made of JSON's types alone (and bytes and tuples): these come back as themselves without a trial."""
    kind = cast("type[Any]", type(value))
    if kind in PLAIN_TYPES:
        return True
    if kind is list or kind is tuple:
        return are_plain(value) or all(map(is_plain, value))
    if kind is dict:
        return are_plain(value) and (are_plain(value.values()) or all(map(is_plain, value.values())))
    return False


def are_plain(values: Iterable[Any]) -> bool:
    """Whether every value is of a plain type itself: the usual case, at the speed of C."""
    return PLAIN_TYPES.issuperset(map(type, values))


def with_tuple_extensions(value: Any, serializer: StrictSerializer) -> Any:
    """`value` with its tuples as extensions, as deep as lists, dicts and tuples go. Shared where there is no tuple."""
    kind = cast("type[Any]", type(value))
    if kind is tuple:
        packed = JsonPlusSerializer.dumps_typed(serializer, [with_tuple_extensions(item, serializer) for item in value])
        return ormsgpack.Ext(TUPLE_EXTENSION_CODE, packed[1])
    if kind is _DeltaSnapshot:
        return _DeltaSnapshot(with_tuple_extensions(value.value, serializer))
    if kind is list and has_tuple(value):
        return [with_tuple_extensions(item, serializer) for item in value]
    if kind is dict and has_tuple(value):
        return {key: with_tuple_extensions(item, serializer) for key, item in value.items()}
    return value


def has_tuple(value: Any) -> bool:
    kind = cast("type[Any]", type(value))
    if kind is tuple:
        return True
    if kind is list:
        return not are_plain(value) and any(map(has_tuple, value))
    return kind is dict and not are_plain(value.values()) and any(map(has_tuple, value.values()))


def find_difference(value: Any, came_back: Any) -> str:
    """What would be another type after a restore, with the line that mends it; empty where nothing would."""
    kind, found = cast("type[Any]", type(value)), cast("type[Any]", type(came_back))
    if kind is not found:
        if kind is TextAccessor and found is str:  # LangChain's `message.text`: a str but for its deprecated call
            return ""
        return f"{full_name(kind)} that would come back as {full_name(found)}{registration_advice(kind, found)}"
    if isinstance(value, dict):
        for key, restored in zip(cast("dict[Any, Any]", value), came_back, strict=False):
            if find_difference(key, restored):
                names = [full_name(cast("type[Any]", type(each))) for each in (key, restored)]
                return f"{names[0]} as a key, which would come back as {names[1]}"
    for part, restored in zip(parts(value), parts(came_back), strict=False):
        if difference := find_difference(part, restored):
            return difference
    if isinstance(value, BaseModel) and (field := altered_field(value, came_back)):
        return f"{full_name(kind)} whose {field} would come back as another value: it has an alias, or is excluded"
    return ""


def altered_field(value: BaseModel, came_back: BaseModel) -> str:
    """The field that has another value after a restore; empty where there is none. NaN is like NaN."""
    restored = vars(came_back)
    for field, part in vars(value).items():
        if field not in restored or not (repr(part) == repr(restored[field]) or part == restored[field]):
            return field
    return ""


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from cast("dict[Any, Any]", value).values()
    elif isinstance(value, list | tuple | deque):
        yield from cast("list[Any]", value)
    elif isinstance(value, set | frozenset):
        yield from sorted(cast("set[Any]", value), key=repr)  # the same order before and after
    elif isinstance(value, Send):
        yield value.arg
    elif isinstance(value, BaseModel):
        yield from vars(value).values()
    elif dataclasses.is_dataclass(value):
        yield from (getattr(value, field.name) for field in dataclasses.fields(value))


def find_unstorable_type(value: Any, serializer: StrictSerializer) -> str:
    """The innermost part that cannot be stored."""
    for part in parts(value):
        try:
            JsonPlusSerializer.dumps_typed(serializer, part)
        except (TypeError, ValueError):
            return find_unstorable_type(part, serializer)
    return full_name(cast("type[Any]", type(value)))


def full_name(kind: type[Any]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def registration_advice(kind: type[Any], found: type[Any]) -> str:
    registrable = issubclass(kind, BaseModel | Enum) or dataclasses.is_dataclass(kind) or hasattr(kind, "_asdict")
    if not registrable:
        return f". Use a {full_name(found)}"
    if "." in kind.__qualname__ or kind.__module__ == "__main__":
        return ". Define it at the top of a module that workers import"
    return f". Register it: phase_activity(..., types=[{kind.__qualname__}])  # from {kind.__module__}"


KEEP_OUT_ADVICE = ". Keep it out of the state: what a graph needs from outside comes as its run context"


@contextmanager
def only_known_types() -> Generator[None]:
    """Decoding in here raises `UnknownTypeError` for a type that is not on the list, where LangGraph gives raw data."""
    blocked: list[str] = []
    thread = get_ident()

    def note(event: SerdeEvent) -> None:
        if get_ident() == thread and "blocked" in event["kind"]:
            blocked.append(f"{event['module']}.{event['name']}")

    unregister = register_serde_event_listener(note)
    try:
        yield
    finally:
        unregister()
    if blocked:
        raise UnknownTypeError(f"it holds a {blocked[0]}, which is not registered")
