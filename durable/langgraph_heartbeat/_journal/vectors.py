"""Vectors of embedding models in few bytes, exactly: 4 for a number, or 8 where 4 would change it.

Most providers compute in numbers of 4 bytes and hand them out as floats of Python. MessagePack would take 9 for each.
"""

import math
import struct
from typing import Any, cast

WIDTHS = {"f": 4, "d": 8}


def pack_vectors(vectors: Any) -> Any:
    """Return `[format, lengths, bytes]` of a list of lists of floats; None if it is something else."""
    if type(vectors) is not list:
        return None
    rows = cast("list[Any]", vectors)
    if not all(type(row) is list and all(type(number) is float for number in row) for row in rows):
        return None
    numbers = [number for row in rows for number in row]
    kind = "f" if are_short(numbers) else "d"
    return [kind, [len(row) for row in rows], struct.pack(f"<{len(numbers)}{kind}", *numbers)]


def unpack_vectors(packed: Any) -> list[list[float]]:
    """Return the vectors; raise `ValueError` if these are none of `pack_vectors`."""
    kind, lengths, data = packed
    if kind not in WIDTHS or len(data) != WIDTHS[kind] * sum(lengths):
        raise ValueError("these are no packed vectors")
    numbers = struct.unpack(f"<{sum(lengths)}{kind}", data)
    rows, begin = list[list[float]](), 0
    for length in lengths:
        rows.append(list(numbers[begin : begin + length]))
        begin += length
    return rows


def are_short(numbers: list[float]) -> bool:
    """Return whether no number changes in 4 bytes. One that is not a number may, in bits that nobody sees."""
    if not all(map(math.isfinite, numbers)):
        return False
    try:
        short = struct.pack(f"<{len(numbers)}f", *numbers)
    except OverflowError:
        return False
    return list(struct.unpack(f"<{len(numbers)}f", short)) == numbers
