"""The serializer of checkpoints: it stores only values that come back unchanged, of types on an allowlist.

A checkpoint is untrusted input: somebody who can write heartbeats must not be able to make a worker import and call
code. So every type must be on the allowlist. But an allowlist alone changes values silently: a model inside `Any`
would come back as a dict, and an unlisted enum as an int. A value that would not come back unchanged is therefore
refused when it is stored, where the author of the graph sees it.
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
"""The name of a module and the name of a type in it."""

STORAGE_KINDS = frozenset({"null", "bytes", "bytearray", "msgpack"})
"""The storage formats that are read. LangGraph would also read JSON, and construct the objects that it names."""
TUPLE_EXTENSION_CODE = 100  # msgpack has no tuples; LangGraph's extension codes end below
PLAIN_TYPES = frozenset({str, int, float, bool, bytes, type(None)})


class UnfitError(TypeError):
    """A value would not come back from a checkpoint unchanged. `reason` names its type and says what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownTypeError(ValueError):
    """A checkpoint holds a type that is not on the allowlist."""


class StrictSerializer(JsonPlusSerializer):
    """LangGraph's serializer with an allowlist of types. Tuples stay tuples inside lists, dicts and tuples."""

    def __init__(self, allowed: Iterable[TypeName] = ()) -> None:
        self._names = frozenset(allowed)
        super().__init__(allowed_msgpack_modules=tuple(self._names) or None)
        langgraph_hook = self._unpack_ext_hook

        def unpack(code: int, data: bytes) -> Any:
            if code == TUPLE_EXTENSION_CODE:
                return tuple(ormsgpack.unpackb(data, ext_hook=unpack, option=ormsgpack.OPT_NON_STR_KEYS))
            if code == EXT_DELTA_SNAPSHOT:  # LangGraph's hook cannot read our tuples inside it
                return _DeltaSnapshot(ormsgpack.unpackb(data, ext_hook=unpack, option=ormsgpack.OPT_NON_STR_KEYS))
            return langgraph_hook(code, data)

        self._unpack_ext_hook = unpack

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[TypeName | type]) -> "StrictSerializer":
        return StrictSerializer(self._names | {type_name_of(each) for each in extra_allowlist})

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Return the storage format and the bytes; raise `UnfitError` if `obj` would not come back unchanged."""
        try:
            stored = super().dumps_typed(with_tuple_extensions(obj, self))
        except (TypeError, ValueError) as error:  # ormsgpack raises TypeErrors
            raise UnfitError(f"{find_unstorable_type(obj, self)}, which cannot be stored{KEEP_OUT_ADVICE}") from error
        if not is_plain(obj) and (difference := find_difference(obj, self.loads_typed(stored))):
            raise UnfitError(difference)
        return stored

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        if data[0] not in STORAGE_KINDS:
            raise UnknownTypeError(f"it holds a value in the format {data[0]!r}, which this code does not write")
        return super().loads_typed(data)


def type_name_of(kind: TypeName | type) -> TypeName:
    return kind if isinstance(kind, tuple) else (kind.__module__, kind.__name__)


def is_plain(value: Any) -> bool:
    """Return whether a value has only the types of JSON, bytes and tuples, which surely come back unchanged."""
    kind = cast("type[Any]", type(value))
    if kind in PLAIN_TYPES:
        return True
    if kind is list or kind is tuple:
        return are_plain(value) or all(map(is_plain, value))
    if kind is dict:
        return are_plain(value) and (are_plain(value.values()) or all(map(is_plain, value.values())))
    return False


def are_plain(values: Iterable[Any]) -> bool:
    """Return whether every value has a plain type and no parts: a fast check in C for the usual case."""
    return PLAIN_TYPES.issuperset(map(type, values))


def with_tuple_extensions(value: Any, serializer: StrictSerializer) -> Any:
    """Return `value` with the tuples in it as msgpack extensions, inside lists, dicts and tuples at any depth.

    Parts without a tuple are not copied.
    """
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


def find_difference(value: Any, restored: Any) -> str:
    """Return which part has another type after it is restored, with the line of code that fixes it; "" if none has."""
    kind, found = cast("type[Any]", type(value)), cast("type[Any]", type(restored))
    if kind is not found:
        if kind is TextAccessor and found is str:  # LangChain's `message.text`: a str with a deprecated `__call__`
            return ""
        return f"{full_name(kind)} that would come back as {full_name(found)}{registration_advice(kind, found)}"
    if isinstance(value, dict):
        for key, restored_key in zip(cast("dict[Any, Any]", value), restored, strict=False):
            if find_difference(key, restored_key):
                names = [full_name(cast("type[Any]", type(each))) for each in (key, restored_key)]
                return f"{names[0]} as a key, which would come back as {names[1]}"
    for part, restored_part in zip(parts(value), parts(restored), strict=False):
        if difference := find_difference(part, restored_part):
            return difference
    if isinstance(value, BaseModel) and (field := altered_field(value, restored)):
        return f"{full_name(kind)} whose {field} would come back as another value: it has an alias, or is excluded"
    return ""


def altered_field(value: BaseModel, restored: BaseModel) -> str:
    """Return the field that has another value after it is restored; "" if none has. NaN counts as equal to NaN."""
    fields = vars(restored)
    for field, part in vars(value).items():
        if field not in fields or not (repr(part) == repr(fields[field]) or part == fields[field]):
            return field
    return ""


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from cast("dict[Any, Any]", value).values()
    elif isinstance(value, list | tuple | deque):
        yield from cast("list[Any]", value)
    elif isinstance(value, set | frozenset):
        yield from sorted(cast("set[Any]", value), key=repr)  # the same order before storing and after restoring
    elif isinstance(value, Send):
        yield value.arg
    elif isinstance(value, BaseModel):
        yield from vars(value).values()
    elif dataclasses.is_dataclass(value):
        yield from (getattr(value, field.name) for field in dataclasses.fields(value))


def find_unstorable_type(value: Any, serializer: StrictSerializer) -> str:
    """Return the name of the type of the innermost part that cannot be stored."""
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


KEEP_OUT_ADVICE = ". Keep it out of the state: pass what a graph needs from outside as its run context"


@contextmanager
def only_known_types() -> Generator[None]:
    """Raise `UnknownTypeError` if a value decoded here has an unlisted type, for which LangGraph returns raw data."""
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
