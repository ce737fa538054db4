"""What has changed in a value that was stored and restored, and the line of code that prevents it."""

import dataclasses
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Set, ValuesView
from datetime import date, datetime, time, timezone, tzinfo
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from langchain_core.messages.base import TextAccessor
from langgraph.types import Send
from pydantic import BaseModel

from .forms import is_object, without_cached_properties

PLAIN_TYPES = frozenset({str, int, float, bool, bytes, type(None)})
CHANGED = " that would come back as another value"


def find_difference(value: Any, restored: Any) -> str:
    """Return which part comes back changed, with the line of code that fixes it; "" if none does.

    NaN counts as equal to NaN, and time zones with a fixed difference to UTC as equal if the difference is.
    """
    kind, found = type_of(value), type_of(restored)
    if kind is TextAccessor and found is str:  # LangChain's `message.text`: a str with a deprecated `__call__`
        return ""
    if kind is not found:
        return f"{full_name(kind)} that would come back as {full_name(found)}{advice(value, found)}"
    for kinds, difference_of in COMPARISONS:
        if isinstance(value, kinds):
            return difference_of(value, restored)
    if dataclasses.is_dataclass(value):
        return difference_of_objects(value, restored)
    return "" if are_same(value, restored) else f"{full_name(kind)}{CHANGED}{advice(value)}"


def difference_of_dicts(value: dict[Any, Any], restored: dict[Any, Any]) -> str:
    for key, restored_key in zip(value, restored, strict=False):
        if find_difference(key, restored_key):
            names = [full_name(type_of(each)) for each in (key, restored_key)]
            return f"{names[0]} as a key, which would come back as {names[1]}. Use keys that are text"
    return difference_of_lists(list(value.values()), list(restored.values()))


def difference_of_sets(value: set[Any], restored: set[Any]) -> str:
    return difference_of_lists(sorted(value, key=repr), sorted(restored, key=repr))  # in one order


def difference_of_sends(value: Send, restored: Send) -> str:
    return find_difference([value.node, value.arg], [restored.node, restored.arg])


def difference_of_lists(value: Any, restored: Any) -> str:
    if len(value) != len(restored) or getattr(value, "maxlen", None) != getattr(restored, "maxlen", None):
        return f"{full_name(type_of(value))}{CHANGED}{KEEP_OUT_ADVICE}"
    types = list(map(type_of, value))
    if PLAIN_TYPES.issuperset(types) and types == list(map(type_of, restored)) and value == restored:
        return ""  # at the speed of C, for long lists of numbers
    for part, restored_part in zip(value, restored, strict=True):
        if difference := find_difference(part, restored_part):
            return difference
    return ""


def difference_of_models(value: BaseModel, restored: BaseModel) -> str:
    private, restored_private = value.__pydantic_private__ or {}, restored.__pydantic_private__ or {}
    for name, part in private.items():
        if name not in restored_private or find_difference(part, restored_private[name]):
            return f"{full_name(type(value))} whose private attribute {name} would be lost. Make it a field"
    return difference_of_objects(value, restored) or find_difference(
        value.__pydantic_extra__, restored.__pydantic_extra__
    )


def difference_of_objects(value: Any, restored: Any) -> str:
    """Return what changes in an object. A type inside that is not registered is named before a changed value is."""
    attributes, found, changed = attributes_of(value), attributes_of(restored), ""
    for name, part in attributes.items():
        difference = find_difference(part, found[name]) if name in found else CHANGED
        if difference and CHANGED not in difference:
            return difference
        if difference and not changed:
            changed = f"{full_name(type_of(value))} whose {name} would come back as another value{KEEP_OUT_ADVICE}"
    if not changed and (more := found.keys() - attributes):
        return f"{full_name(type_of(value))} that would come back with a {min(more)}{KEEP_OUT_ADVICE}"
    return changed


COMPARISONS: tuple[tuple[Any, Callable[[Any, Any], str]], ...] = (
    (dict, difference_of_dicts),
    ((list, tuple, deque), difference_of_lists),
    ((set, frozenset), difference_of_sets),
    (Send, difference_of_sends),
    (BaseModel, difference_of_models),
)


def attributes_of(value: Any) -> dict[str, Any]:
    """Return an object's fields and attributes, but those that it computes again when they are read."""
    fields: dict[str, Any] = {}
    if dataclasses.is_dataclass(value):  # it may have slots in place of attributes
        fields = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    return fields | dict(without_cached_properties(value))


def are_same(value: Any, restored: Any) -> bool:
    """Return whether two values of one type, which have no parts, are the same."""
    if hasattr(value, "dtype"):  # an array of numpy
        return value.dtype == restored.dtype and value.shape == restored.shape and value.tobytes() == restored.tobytes()
    if isinstance(value, datetime) and is_other_fixed_zone(value.tzinfo):
        return value == restored and value.utcoffset() == restored.utcoffset()
    if isinstance(value, float | Decimal):
        return repr(value) == repr(restored)  # NaN is not equal to itself
    return value == restored and (type(value) in PLAIN_TYPES or repr(value) == repr(restored))


def is_other_fixed_zone(zone: tzinfo | None) -> bool:
    """Return whether a time zone is a fixed difference to UTC in a type of a library's, for example of pydantic's."""
    return zone is not None and type(zone) not in (timezone, ZoneInfo) and zone.utcoffset(None) is not None


def parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from cast("dict[Any, Any]", value)
        yield from cast("dict[Any, Any]", value).values()
    elif isinstance(value, list | tuple | deque | set | frozenset):
        yield from cast("Iterable[Any]", value)
    elif isinstance(value, Send):
        yield value.arg
    elif isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
        yield from attributes_of(value).values()


def advice(value: Any, found: type[Any] | None = None) -> str:
    """Return what to do about a value that cannot be stored, or comes back as another type."""
    kind = type_of(value)
    if isinstance(value, type) or hasattr(value, "get_secret_value"):
        return KEEP_OUT_ADVICE
    if is_object(value):
        return registration_advice(kind) if found else KEEP_OUT_ADVICE
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return ". Use its tolist()"
    if hasattr(value, "to_json"):  # a table of pandas
        return ". Use its to_json()"
    for plain, kinds in INSTEAD.items():
        if isinstance(value, kinds):
            return f". Use {plain}(...) of it"
    is_of_user = kind.__module__.partition(".")[0] not in sys.stdlib_module_names or kind.__module__ == "__main__"
    return MAKE_PLAIN_ADVICE if is_of_user else KEEP_OUT_ADVICE


INSTEAD: dict[str, Any] = {
    "str": (str, BaseException, date, time),
    "int": int,
    "float": float,
    "bytes": (bytes, bytearray, memoryview),
    "dict": (dict, Mapping),
    "list": (list, array, Set, ValuesView),
    "set": (set, frozenset),
}
"""The types that can be made of values of others, which cannot be stored."""


def registration_advice(kind: type[Any]) -> str:
    there = class_at(kind)
    if there is kind:
        return f". {how_to_register(kind)}"
    if there is not None:
        return f". {kind.__module__} has another class of this name by now: make the value again with that one"
    if "[" in kind.__name__:
        return ". Give it a name: a subclass at the top of a module that workers import"
    return ". Define it at the top of a module that workers import"


def how_to_register(kind: type[Any]) -> str:
    """Return the line that allows a class in states and answers, and the one of a langgraph.json."""
    module, name = kind.__module__, kind.__qualname__
    line = f"Register it: phase_activity(..., types=[{name}])  # from {module}"
    if "[" in name:  # a generic model with its parameters, which JSON cannot name
        return line
    return f'{line}; in a langgraph.json: checkpointer.serde.allowed_msgpack_modules: [["{module}", "{name}"]]'


def class_at(kind: type[Any]) -> Any:
    """Return what the module of a class has under its name now; None if it has nothing."""
    module = sys.modules.get(kind.__module__)
    found: Any = getattr(module, kind.__qualname__, None)  # also "Box[int]", which pydantic puts into the module
    for name in kind.__qualname__.split(".") if found is None else ():
        module = found = getattr(module, name, None)
    return found


def full_name(kind: type[Any]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def type_of(value: Any) -> type[Any]:
    return cast("type[Any]", type(value))


MAKE_PLAIN_ADVICE = (
    ". Make its class a dataclass or a pydantic model, or keep it out of the state: pass what a graph needs from "
    "outside as its run context"
)
KEEP_OUT_ADVICE = ". Keep it out of the state: pass what a graph needs from outside as its run context"
