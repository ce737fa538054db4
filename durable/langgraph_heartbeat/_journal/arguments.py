"""The arguments of a call as text, by which the journal tells two calls apart, also in another process.

Values of any type may be arguments. Their text names their types and what they hold, and has no addresses and no order
that another process could have otherwise. An object that shows nothing of itself, such as a client, is its class.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from langgraph_heartbeat._serialising.differences import full_name, type_of

MEMORY_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""Parts of a description that differ between processes."""
PLAIN_TYPES = frozenset({str, int, float, bool, type(None), complex})
MAX_DEPTH = 30
"""Maximum depth of values in each other; what lies deeper does not count."""


def describe(value: Any, depth: int = 0) -> str:
    """Return a text that is equal for equal values of equal types, in every process."""
    kind = type_of(value)
    if kind in PLAIN_TYPES:
        return repr(value)
    parts = () if depth >= MAX_DEPTH else parts_of(value, depth + 1)
    if parts is not None:
        return f"{full_name(kind)}({', '.join(parts)})"
    try:
        return MEMORY_ADDRESS.sub("", repr(value))
    except Exception:  # noqa: BLE001 - the class of the user's object may raise anything, and the call is worth more
        return full_name(kind)


def parts_of(value: Any, depth: int) -> Iterable[str] | None:
    """Return the texts of what a value holds; None for a value without parts."""
    if isinstance(value, Enum):
        return [value.name]
    if isinstance(value, bytes | bytearray | memoryview):
        return [hashlib.sha256(bytes(cast("bytes", value))).hexdigest()]
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):  # an array of numpy, whose text leaves values out
        return [f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"]
    return parts_of_container(value, depth)


def parts_of_container(value: Any, depth: int) -> Iterable[str] | None:
    if isinstance(value, Mapping):
        return pairs_of(cast("Mapping[Any, Any]", value), depth)
    if isinstance(value, list | tuple):
        return [describe(each, depth) for each in cast("Iterable[Any]", value)]
    if isinstance(value, set | frozenset):
        return sorted(describe(each, depth) for each in cast("Iterable[Any]", value))
    if isinstance(value, BaseModel):
        return pairs_of(dict(value) | (value.__pydantic_extra__ or {}), depth)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return pairs_of({field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}, depth)
    return None


def pairs_of(values: Mapping[Any, Any], depth: int) -> Iterable[str]:
    """Return the texts of keys and values, in one order: two dicts are equal in whatever order they were filled."""
    return sorted(f"{describe(key, depth)}: {describe(each, depth)}" for key, each in values.items())
