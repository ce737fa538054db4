"""Remembers how models were stored, so that a long list of messages is not encoded and verified again at every step."""

import dataclasses
from typing import Any, NamedTuple, cast

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
"""Pack only values of exactly the types of JSON and bytes, with keys of exactly `str`; anything else raises."""
EXTRA = "__pydantic_extra__"
JSON_TYPES = frozenset({str, int, float, bool, type(None)})


class Entry(NamedTuple):
    item: Any  # a strong reference: without it, another object could get the same id
    data: bytes
    stored: ormsgpack.Ext


class ModelCache:
    """How models and dataclasses with plain fields were stored when they were verified, by their identity.

    Models can be changed in place, so every look-up packs the fields as they are now, without pydantic, and compares
    the bytes with the stored ones, which are the same fields packed by pydantic. Equal bytes mean equal values of equal
    types: `1`, `True` and `1.0`, another order of keys, and a subclass of `str` all pack differently or not at all.
    Bytes and bytearrays pack alike, so a model that holds any is not kept; nor is one whose stored bytes are not its
    fields' (it has an alias, a computed field, private attributes, or another model inside): it is verified each time.

    A look-up costs about 1 microsecond for a message of 2 KB; to encode and verify the message costs about 20. An
    entry holds the message and its bytes. An entry that is not looked up for 16 to 32 steps is dropped, sooner if many
    new ones are kept meanwhile: besides what is in use, the cache holds at most 16 MiB of stored bytes. Calls must not
    overlap; the saver's lock sees to that.
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
        return entry.stored if pack_fields(item) == entry.data else None

    def keep(self, item: Any, data: bytes, stored: ormsgpack.Ext) -> None:
        """Remember that `item`, which `is_plainly(item, data)`, was verified, and is stored as this extension."""
        self._young[id(item)] = Entry(item, data, stored)
        self._new_bytes += len(data)
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


def is_plainly(item: Any, data: bytes) -> bool:
    """Return whether `item` is a model or a dataclass of which these data, in LangGraph's form, say everything."""
    if not (isinstance(item, BaseModel) or (dataclasses.is_dataclass(item) and hasattr(item, "__dict__"))):
        return False
    return pack_fields(item) == data and not has_bytes(vars(item)) and not has_bytes(getattr(item, EXTRA, None))


def pack_fields(item: Any) -> bytes:
    """Return the bytes in which LangGraph stores a model or dataclass with plain fields; no bytes if they are not."""
    kind = cast("type[Any]", type(item))
    try:
        if not hasattr(kind, EXTRA):
            return ormsgpack.packb([kind.__module__, kind.__name__, item.__dict__], option=PLAINLY)
        if item.__pydantic_private__:
            return b""
        fields = {**item.__dict__, **item.__pydantic_extra__} if item.__pydantic_extra__ else item.__dict__
        return ormsgpack.packb([kind.__module__, kind.__name__, fields, "model_validate_json"], option=PLAINLY)
    except TypeError:
        return b""


def has_bytes(value: Any) -> bool:
    """Return whether a value that could be packed plainly holds bytes, a bytearray or a memoryview."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
    elif isinstance(value, dict):
        items = cast("dict[str, Any]", value).values()
    else:
        return type(value) not in JSON_TYPES
    return not JSON_TYPES.issuperset(map(type, items)) and any(map(has_bytes, items))
