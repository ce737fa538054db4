"""The large values of a checkpoint in blocks, so that only what has changed since the last checkpoint costs anything.

A list of messages grows at its end: of its bytes, all blocks but the last stay as they are. A block that is equal to
last time's keeps its compressed frame, its digest and, if it is in an object store, its key. Comparing costs a
hundredth of compressing.
"""

import hashlib
import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import zstandard

COMPRESSION_LEVEL = 1
BLOCK_BYTES = 32 * 1024
MAX_UNDIVIDED_BYTES = 2 * BLOCK_BYTES
"""A value of at most this size is one piece."""
MIN_BLOCK_BYTES = 4 * 1024
"""Smaller pieces travel with the rest of the checkpoint, where they compress better than on their own."""
HEADER_BYTES = 5
"""The most that msgpack writes before the items of a list: their number, which changes when the list grows."""


@dataclass(slots=True, eq=False)
class Block:
    """A piece of a value, compressed."""

    frame: bytes
    size_bytes: int
    """Before compression."""
    digest: bytes
    """Of the frame."""
    survived: bool = False
    """Whether it was there in the checkpoint before too: then it will probably be there in the next one."""
    key: str = ""
    """Its key in the object store; "" if it is not there."""
    owner: bytes = b""
    """The phase that put it there: no other one deletes it."""


Compress = Callable[[bytes], bytes]
Piece = bytes | Block
"""Either as it is, because it is small or new, or compressed."""


@dataclass(slots=True, eq=False)
class Pieces:
    """A large value: `pieces` are its bytes from its beginning to its end, cut at `offsets(len(data))`."""

    data: bytes
    pieces: list[Piece]


@dataclass(slots=True)
class Blocks:
    """The large values of the last two checkpoints, and of the one that is being made."""

    _older: dict[Hashable, Pieces] = field(default_factory=dict[Hashable, Pieces])
    """What the last one did not have: some checkpoints have only a part, to find out how large the state is."""
    _last: dict[Hashable, Pieces] = field(default_factory=dict[Hashable, Pieces])
    _next: dict[Hashable, Pieces] = field(default_factory=dict[Hashable, Pieces])

    def divide(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Block]]:
        """Return the content of a checkpoint with `Pieces` in the place of its large values, and the blocks in them."""
        compress = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress  # one that is kept would hold 280 KB
        replaced = replace_values(content, partial(self._divide_value, compress))
        self._older = {place: value for place, value in self._last.items() if place not in self._next}
        self._last, self._next = self._next, {}
        pieces = itertools.chain.from_iterable(value.pieces for value in self._last.values())
        return replaced, [piece for piece in pieces if isinstance(piece, Block)]

    def adopt(self, content: Mapping[str, Any], pieces: Mapping[int, list[Piece]]) -> None:
        """Begin with a checkpoint that was read; `pieces` has those of its values by the values' `id`."""

        def adopt_value(place: Hashable, data: bytes) -> bytes:
            if found := pieces.get(id(data)):
                self._last[place] = Pieces(data, found)
            return data

        self._last.clear()
        replace_values(content, adopt_value)

    def _divide_value(self, compress: Compress, place: Hashable, data: bytes) -> Pieces:
        if place in self._next:  # a channel of which several versions are kept
            place = data
        if (made := self._next.get(place)) is None:
            known = self._last.get(place) or self._older.get(place)
            made = self._next[place] = Pieces(data, list(divided(data, known, compress)))
        return made


def divided(data: bytes, known: Pieces | None, compress: Compress) -> Iterator[Piece]:
    """Yield the pieces of a value, where possible those that the value in its place had last time."""
    known_ends = offsets(len(known.data)) if known else []
    start = 0
    for index, end in enumerate(offsets(len(data))):
        if known and known_ends[index : index + 1] == [end] and is_same(known, data, start, end):
            yield survivor(known.pieces[index], compress)
        else:
            piece = data[start:end]
            yield block_of(piece, compress) if len(piece) == BLOCK_BYTES else piece
        start = end


def survivor(piece: Piece, compress: Compress) -> Piece:
    if isinstance(piece, bytes):
        if len(piece) < MIN_BLOCK_BYTES:
            return piece
        piece = block_of(piece, compress)
    piece.survived = True
    return piece


def block_of(piece: bytes, compress: Compress) -> Block:
    frame = compress(piece)
    return Block(frame, len(piece), digest(frame))


def replace_values(content: Mapping[str, Any], replace: Callable[[Hashable, bytes], Any]) -> dict[str, Any]:
    """Return a copy of a checkpoint's content with `replace(place, value)` in the place of each large value.

    The place of a channel's value is its channel, because the value changes; that of any other value is the value.
    """

    def copy(value: Any) -> Any:
        if isinstance(value, bytes):
            return value if len(value) < MIN_BLOCK_BYTES else replace(value, value)
        if isinstance(value, list | tuple):
            return [each if isinstance(each, str) else copy(each) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {name: copy(each) for name, each in cast("dict[Any, Any]", value).items()}
        return value

    def copy_channel(row: Any) -> Any:
        thread, namespace, channel, version, (kind, data) = row
        if len(data) >= MIN_BLOCK_BYTES:
            data = replace((thread, namespace, channel), data)
        return [thread, namespace, channel, version, [kind, data]]

    def copy_saver(saver: dict[str, Any]) -> dict[str, Any]:
        return {
            name: [copy_channel(row) for row in rows] if name == "blobs" else copy(rows) for name, rows in saver.items()
        }

    return {name: copy_saver(part) if name == "saver" else copy(part) for name, part in content.items()}


def offsets(size_bytes: int) -> list[int]:
    """Return where the pieces of a value of that size end."""
    if size_bytes <= MAX_UNDIVIDED_BYTES:
        return [size_bytes]
    return [HEADER_BYTES, *range(HEADER_BYTES + BLOCK_BYTES, size_bytes, BLOCK_BYTES), size_bytes]


def is_same(known: Pieces, data: bytes, start: int, end: int) -> bool:
    # Comparing slices of memoryviews would be slower: it goes byte by byte.
    return known.data is data or data.startswith(known.data[start:end], start)


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
