"""Remembers how models were stored, so that a long list of messages is not encoded and verified again at every step."""

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import ormsgpack
from pydantic import BaseModel

PLAINLY = (
    ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_UUID
)
"""Pack values of exactly the types of JSON and bytes, with keys of exactly `str`; leave others to `default`."""
EXTRA = "__pydantic_extra__"
JSON_TYPES = frozenset({str, int, float, bool, type(None)})
IMMUTABLE_TYPES = frozenset({date, datetime, time, timedelta, timezone, ZoneInfo, Decimal, UUID})
"""Types whose representation says everything about a value."""
TUPLE_CODE, IMMUTABLE_CODE, ENUM_CODE, MODEL_CODE = 110, 111, 112, 113  # in signatures alone, which are never stored


class Entry(NamedTuple):
    item: Any  # a strong reference: without it, another object could get the same id
    signature: bytes
    stored: ormsgpack.Ext


class ModelCache:
    """How models and dataclasses were stored when they were verified, by their identity.

    Models can be changed in place, so every look-up packs the fields as they are now, without pydantic, and compares
    the bytes with those of then. Equal bytes mean equal values of equal types: `1`, `True` and `1.0`, another order of
    keys, and a subclass of `str` all pack differently or not at all. Bytes and bytearrays pack alike, so a model that
    holds any is not kept; nor is one that holds values without such a signature, as sets and arrays: it is encoded and
    verified each time. What LangGraph's form does not hold either, `model_fields_set`, is not compared.

    A look-up costs about 1 microsecond for a message of 2 KB, and one more for each model or enum in a model; to encode
    and verify the message costs about 20. An entry holds the message, its signature and its stored bytes, which are as
    long as its text. An entry that is not looked up for 16 to 32 steps is dropped, sooner if many new ones are kept
    meanwhile: besides what is in use, the cache holds signatures of at most 16 MiB, and stored bytes of about as many.
    Calls must not overlap; the saver's lock sees to that.
    """

    STEPS = 16
    MAX_NEW_BYTES = 8 * 1024 * 1024

    def __init__(self) -> None:
        self._young: dict[int, Entry] = {}
        self._old: dict[int, Entry] = {}
        self._steps = self._new_bytes = 0

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, item: Any) -> ormsgpack.Ext | None:
        """Return how `item` is stored; None if that is not known, or `item` has changed since."""
        key = id(item)
        entry = self._young.get(key)
        if entry is None:
            if (entry := self._old.get(key)) is None:
                return None
            self._young[key] = entry
        return entry.stored if signature_of(item) == entry.signature else None

    def keep(self, item: Any, signature: bytes, stored: ormsgpack.Ext) -> None:
        """Remember that `item` was verified, and is stored as this extension, unless its signature is empty."""
        if signature:
            self._young[id(item)] = Entry(item, signature, stored)
            self._new_bytes += len(signature)
        if self._new_bytes > self.MAX_NEW_BYTES:
            self._begin_generation()

    def end_step(self) -> None:
        """Drop, now and then, what has not been looked up for a while."""
        self._steps += 1
        if self._steps >= self.STEPS:
            self._begin_generation()

    def _begin_generation(self) -> None:
        self._old, self._young = self._young, {}
        self._steps = self._new_bytes = 0


def reliable_signature_of(item: Any) -> bytes:
    """Return a signature by which every change is noticed; no bytes if there is none."""
    if not (isinstance(item, BaseModel) or (dataclasses.is_dataclass(item) and hasattr(item, "__dict__"))):
        return b""
    signature = signature_of(item)
    return b"" if signature and has_bytes(item) else signature


def signature_of(item: Any) -> bytes:
    """Return the bytes of a model or dataclass in which everything it holds differs by value and type; else no bytes.

    For plain fields, these are the bytes that LangGraph stores, so that they need to be held only once.
    """
    kind = cast("type[Any]", type(item))
    try:
        if not hasattr(kind, EXTRA):
            return ormsgpack.packb([kind.__module__, kind.__name__, item.__dict__], default=sign, option=PLAINLY)
        fields = {**item.__dict__, **item.__pydantic_extra__} if item.__pydantic_extra__ else item.__dict__
        row = [kind.__module__, kind.__name__, fields, "model_validate_json"]
        if item.__pydantic_private__:
            row.append(item.__pydantic_private__)
        return ormsgpack.packb(row, default=sign, option=PLAINLY)
    except TypeError:
        return b""


def sign(value: Any) -> ormsgpack.Ext:
    """Return the signature of a value inside a model; raise `TypeError` if it has none."""
    kind = cast("type[Any]", type(value))
    if kind is tuple:
        return extension(TUPLE_CODE, list(value))
    if isinstance(value, Enum):
        return extension(ENUM_CODE, id(value))  # there is one object of each member
    if kind in IMMUTABLE_TYPES and type(getattr(value, "tzinfo", None)) in (type(None), timezone, ZoneInfo):
        return extension(IMMUTABLE_CODE, [kind.__name__, repr(value)])
    return extension(MODEL_CODE, [id(kind), *contents_of(value)])


def extension(code: int, value: Any) -> ormsgpack.Ext:
    return ormsgpack.Ext(code, ormsgpack.packb(value, default=sign, option=PLAINLY))


def contents_of(value: Any) -> list[Any]:
    """Return everything that a model or dataclass holds; raise `TypeError` for another object."""
    if isinstance(value, BaseModel):
        return [value.__dict__, value.__pydantic_extra__, value.__pydantic_private__]
    if not dataclasses.is_dataclass(value):
        raise TypeError("it may have parts that cannot be seen")
    slots = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    return [slots, getattr(value, "__dict__", None)]


def has_bytes(value: Any) -> bool:
    """Return whether a value that has a signature holds bytes, a bytearray or a memoryview."""
    if isinstance(value, dict):
        items: Iterable[Any] = cast("dict[str, Any]", value).values()
    elif isinstance(value, list | tuple):
        items = cast("list[Any]", value)
    elif isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
        items = contents_of(value)
    else:
        return isinstance(value, bytes | bytearray | memoryview)
    return not JSON_TYPES.issuperset(map(type, items)) and any(map(has_bytes, items))
