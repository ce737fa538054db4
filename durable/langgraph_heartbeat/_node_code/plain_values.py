"""The text of plain values, equal in every process, and digests of such texts."""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from types import FunctionType
from typing import Any, cast

PLAIN = (str, bytes, float, complex, range, timedelta, Decimal)
"""Types of constants. Times, paths and ids are none: they are often those of one process or machine."""
MAX_TEXT_LENGTH = 1_000_000
"""Of a longer text, only its length counts: it is data, and reading it would take too long."""


def plain_text(kind: type[Any], value: Any) -> str | None:
    """Return the text of a plain value; None for any other. No code of the value's class runs."""
    if value is None or value is ...:
        return ""
    if issubclass(kind, Enum):
        return None
    if issubclass(kind, int):
        return hex(int.__int__(value))  # Python refuses to write a long number in decimal digits
    if issubclass(kind, re.Pattern):
        return f"{value.pattern!r} {value.flags}"
    plain: Any = next((each for each in PLAIN if issubclass(kind, each)), None)
    if (plain is str or plain is bytes) and plain.__len__(value) > MAX_TEXT_LENGTH:
        return f"of length {plain.__len__(value)}"
    return None if plain is None else plain.__repr__(value)


def name_of_key(key: object) -> str:
    kind = cast("type[Any]", type(key))
    if (text := plain_text(kind, key)) is not None:
        return text
    if issubclass(kind, Enum):
        return f"{kind.__qualname__}.{cast('Enum', key).name}"
    if issubclass(kind, tuple):
        return f"({', '.join(map(name_of_key, cast('tuple[object, ...]', key)))})"
    return str(getattr(key if issubclass(kind, (type, FunctionType)) else kind, "__qualname__", ""))


def digest_lines(lines: Iterable[bytes]) -> bytes:
    hashed = hashlib.blake2b(digest_size=16)
    for line in sorted(lines):
        hashed.update(len(line).to_bytes(8, "big") + line)
    return hashed.digest()


def as_bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
