"""How values are stored that LangGraph's own form would change: each as the name of a form and its parts.

A form of a type of Python's or LangGraph's is one of a table. An object of another class is stored with the names of
its module and class, which must be on the serializer's allowlist, and comes back without its validators, as from a
pickle: with its private attributes, fields with aliases, and the types of values in fields of type `Any`.
"""

import dataclasses
import functools
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from enum import Enum
from fractions import Fraction
from importlib import import_module
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from langgraph.types import Command, Interrupt, Overwrite, Send
from pydantic import AnyUrl, BaseModel, HttpUrl


class Form(NamedTuple):
    """A form of values of exactly one type: their parts, and how a value is made of them again."""

    parts_of: Callable[[Any], Any]
    made_of: Callable[[Any], Any]


FACTORIES: dict[str, type[Any]] = {each.__name__: each for each in (int, float, str, bool, list, dict, set, tuple)}


def pairs_of(mapping: Any) -> list[list[Any]]:
    return [[key, value] for key, value in mapping.items()]


def counter_of(pairs: Any) -> Counter[Any]:
    counter: Counter[Any] = Counter()
    dict.update(counter, pairs)  # `Counter(pairs)` would count the pairs
    return counter


def parts_of_defaultdict(value: Any) -> list[Any]:
    factory = value.default_factory
    if factory is not None and FACTORIES.get(getattr(factory, "__name__", "")) is not factory:
        names = ", ".join(FACTORIES)
        raise TypeError(f"its factory is none of {names}. Use dict(...) of it")
    return [None if factory is None else factory.__name__, pairs_of(value)]


def defaultdict_of(parts: Any) -> "defaultdict[Any, Any]":
    return defaultdict(None if parts[0] is None else FACTORIES[parts[0]], parts[1])


def parts_of_deque(value: Any) -> list[Any]:
    return [list(value), value.maxlen]


def deque_of(parts: Any) -> "deque[Any]":
    return deque(parts[0], maxlen=parts[1])


def parts_of_datetime(value: Any) -> list[Any]:
    if type(value.tzinfo) not in (type(None), timezone, ZoneInfo):
        raise TypeError("its time zone is of another library than zoneinfo. Use a time zone of zoneinfo")
    return [value.replace(tzinfo=None, fold=0), value.fold, value.tzinfo]


def datetime_of(parts: Any) -> datetime:
    naive, fold, zone = parts
    return naive.replace(tzinfo=zone, fold=fold)


def parts_of_scalar(value: Any) -> Any:
    return sys.modules["numpy"].asarray(value)  # an array of no dimensions, which LangGraph can store


def scalar_of(array: Any) -> Any:
    return array[()]


def encode_surrogates(text: Any) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decode_surrogates(data: Any) -> str:
    return data.decode("utf-8", "surrogatepass")


def send_of(parts: Any) -> Send:
    node, arg, timeout = parts
    return Send(node, arg) if timeout is None else Send(node, arg, timeout=timeout)


def fields_of(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def parts_of_send(value: Any) -> list[Any]:
    return [value.node, value.arg, getattr(value, "timeout", None)]


def integer_of(digits: Any) -> int:
    return int(digits, 16)


def of_arguments(kind: Callable[..., Any], *names: str) -> Form:
    """Return the form of a type that is made of its attributes of these names."""

    def parts_of(value: Any) -> list[Any]:
        return [getattr(value, name) for name in names]

    def made_of(parts: Any) -> Any:
        return kind(*parts)

    return Form(parts_of, made_of)


def of_fields(kind: Callable[..., Any]) -> Form:
    """Return the form of a dataclass of LangGraph's."""

    def made_of(parts: Any) -> Any:
        return kind(**parts)

    return Form(fields_of, made_of)


ALWAYS: dict[type[Any], Form] = {
    int: Form(hex, integer_of),  # of more than 64 bits
    str: Form(encode_surrogates, decode_surrogates),  # with lone surrogates, which are not in Unicode
    dict: Form(pairs_of, dict),  # with keys that msgpack does not have
    bytearray: Form(bytes, bytearray),
    complex: of_arguments(complex, "real", "imag"),
    range: of_arguments(range, "start", "stop", "step"),
    Fraction: Form(str, Fraction),
    PurePosixPath: Form(str, PurePosixPath),
    PureWindowsPath: Form(str, PureWindowsPath),
    AnyUrl: Form(str, AnyUrl),
    HttpUrl: Form(str, HttpUrl),
    Counter: Form(pairs_of, counter_of),
    OrderedDict: Form(pairs_of, OrderedDict),
    defaultdict: Form(parts_of_defaultdict, defaultdict_of),
    Send: Form(parts_of_send, send_of),
    Interrupt: of_fields(Interrupt),
    Overwrite: of_fields(Overwrite),
    Command: of_fields(Command),
}
"""The forms of values that LangGraph's form changes, or inside which it changes tuples."""
OTHERWISE: dict[type[Any], Form] = {
    set: Form(list, set),
    frozenset: Form(list, frozenset),
    deque: Form(parts_of_deque, deque_of),
    datetime: Form(parts_of_datetime, datetime_of),
}
"""The forms of types of which LangGraph's form changes some values."""
SCALAR = "scalar"
FORMS = {kind.__name__: form for kind, form in (ALWAYS | OTHERWISE).items()} | {
    SCALAR: Form(parts_of_scalar, scalar_of)
}


def name_of_form(value: Any) -> str:
    """Return the name of the form in which a value can be stored that LangGraph's own form changes; "" if none."""
    if type(value) in OTHERWISE:
        return type(value).__name__
    return SCALAR if is_numpy_scalar(value) else ""


def is_numpy_scalar(value: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def is_object(value: Any) -> bool:
    """Return whether a value is of a class whose objects can be stored by their fields."""
    return isinstance(value, BaseModel | Enum) or dataclasses.is_dataclass(value) or hasattr(value, "_asdict")


def object_parts(value: Any) -> dict[str, Any]:
    """Return everything that an object of a class consists of."""
    if isinstance(value, Enum):
        return {"name": value.name}
    if isinstance(value, BaseModel):
        attributes = dict(without_cached_properties(value))
        return {
            "fields": {name: part for name, part in attributes.items() if name in type(value).model_fields},
            "attributes": {name: part for name, part in attributes.items() if name not in type(value).model_fields},
            "extra": value.__pydantic_extra__,
            "private": value.__pydantic_private__,
            "set": sorted(value.__pydantic_fields_set__),
        }
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: getattr(value, field.name) for field in dataclasses.fields(value) if hasattr(value, field.name)
        }
        return {
            "fields": fields,
            "attributes": {name: part for name, part in without_cached_properties(value) if name not in fields},
        }
    return {"fields": value._asdict()}


def without_cached_properties(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield an object's attributes but those that it computes again when they are read."""
    kind = cast("type[Any]", type(value))
    for name, part in getattr(value, "__dict__", {}).items():
        if not isinstance(getattr(kind, name, None), functools.cached_property):
            yield name, part


def class_named(module: str, qualified_name: str) -> Any:
    """Return the class of a name that the caller has found on the allowlist; None if it is another object, or gone."""
    there = import_module(module)
    found: Any = getattr(there, qualified_name, None)  # also "Box[int]", which pydantic puts into the module
    for name in qualified_name.split(".") if found is None else ():
        there = found = getattr(there, name, None)
    is_class = isinstance(found, type) and (found.__module__, found.__qualname__) == (module, qualified_name)
    return cast("Any", found) if is_class else None


def object_of(kind: Any, parts: dict[str, Any]) -> Any:
    """Return an object of a class with these parts."""
    if issubclass(kind, Enum):
        return kind[parts["name"]]
    fields = parts["fields"]
    if issubclass(kind, BaseModel):
        return model_of(kind, parts)
    if dataclasses.is_dataclass(kind):
        return dataclass_of(kind, fields | parts["attributes"])
    if issubclass(kind, tuple):
        return cast("Any", kind)(**fields)
    raise ValueError(f"it holds a {kind.__qualname__} by its fields, which only models and dataclasses have")


def model_of(kind: Any, parts: dict[str, Any]) -> Any:
    """Return a model; a field that its class has got since has its default."""
    fields = parts["fields"]
    made = kind.model_construct(_fields_set=set(parts["set"]), **fields)
    made.__dict__.update(fields | parts["attributes"])
    if parts["extra"] is not None:
        object.__setattr__(made, "__pydantic_extra__", parts["extra"])
    if parts["private"] is not None:
        object.__setattr__(made, "__pydantic_private__", (made.__pydantic_private__ or {}) | parts["private"])
    return made


def dataclass_of(kind: Any, attributes: dict[str, Any]) -> Any:
    """Return a dataclass; a field that its class has got since has its default."""
    made: Any = kind.__new__(kind)
    for field in dataclasses.fields(kind):
        if field.name not in attributes and field.default is not dataclasses.MISSING:
            object.__setattr__(made, field.name, field.default)
        elif field.name not in attributes and field.default_factory is not dataclasses.MISSING:
            object.__setattr__(made, field.name, field.default_factory())
    for name, part in attributes.items():
        object.__setattr__(made, name, part)
    return made
