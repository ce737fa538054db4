"""The container of old Office files and Outlook's mails: a file with folders ("storages") and files ("streams") in it.

As specified by [MS-CFB]. Nothing is trusted: chains of sectors are followed no further than the file has sectors.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import OLE_SIGNATURE

DAMAGED_REASON = "it is damaged or cut off"
HEADER_BYTES = 512
ENTRY_BYTES = 128
FREE = 0xFFFFFFFA  # this and larger numbers are no sectors
NO_ENTRY = 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5


@dataclass
class Storage:
    """A folder: its streams, and the folders in it, by their names."""

    streams: dict[str, bytes] = field(default_factory=dict[str, bytes])
    storages: "dict[str, Storage]" = field(default_factory=dict[str, "Storage"])


@dataclass(frozen=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


def read_compound_file(content: bytes) -> Storage:
    """Return the root folder with all that is in it. Raises Unreadable."""
    if not content.startswith(OLE_SIGNATURE) or len(content) < HEADER_BYTES:
        raise Unreadable("it is not a compound file, as this kind of file must be, or it is cut off")
    try:
        return _Reader(content).root()
    except (struct.error, IndexError, ValueError) as error:
        raise Unreadable(DAMAGED_REASON) from error


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        sector_shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if sector_shift not in (9, 12) or mini_shift != 6:
            raise Unreadable(DAMAGED_REASON)
        self._sector_bytes, self._mini_bytes = 1 << sector_shift, 1 << mini_shift
        self._max_sectors = len(content) // self._sector_bytes + 1
        first_directory, _, self._mini_cutoff, first_mini_fat = struct.unpack_from("<4I", content, 48)
        self._fat = self._read_fat()
        self._mini_fat = _numbers(self._read_chain(first_mini_fat))
        directory = self._read_chain(first_directory)
        self._entries = [_entry(directory, at) for at in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES)]
        self._mini_stream = self._read_chain(self._entries[0].start) if self._entries else b""

    def root(self) -> Storage:
        if not self._entries or self._entries[0].kind != ROOT:
            raise Unreadable(DAMAGED_REASON)
        root, seen = Storage(), {0}
        pending = [(root, self._entries[0].child)]
        left_bytes = len(self._content)  # streams that share sectors would grow without end
        while pending:
            storage, first = pending.pop()
            for number in self._siblings(first, seen):
                entry = self._entries[number]
                if entry.kind == STORAGE:
                    storage.storages[entry.name] = inner = Storage()
                    pending.append((inner, entry.child))
                elif entry.kind == STREAM:
                    storage.streams[entry.name] = stream = self._read_stream(entry)
                    left_bytes -= len(stream)
                    if left_bytes < 0:
                        raise Unreadable(DAMAGED_REASON)
        return root

    def _siblings(self, first: int, seen: set[int]) -> Iterator[int]:
        pending = [first]
        while pending:
            number = pending.pop()
            if number == NO_ENTRY or number in seen or number >= len(self._entries):
                continue
            seen.add(number)
            yield number
            pending += [self._entries[number].left, self._entries[number].right]

    def _read_fat(self) -> "array[int]":
        sectors = list(struct.unpack_from("<109I", self._content, 76))
        following, _ = struct.unpack_from("<2I", self._content, 68)
        visited = 0
        while following < FREE and visited < self._max_sectors:
            numbers = _numbers(self._sector(following))
            sectors += numbers[:-1]
            following, visited = numbers[-1], visited + 1
        used = [sector for sector in sectors if sector < FREE][: self._max_sectors]
        return _numbers(b"".join(self._sector(sector) for sector in used))

    def _read_stream(self, entry: _Entry) -> bytes:
        if entry.size >= self._mini_cutoff:
            return self._read_chain(entry.start, entry.size)
        parts, sector, size = list[bytes](), entry.start, self._mini_bytes
        while sector < FREE and len(parts) * size < entry.size:
            parts.append(self._mini_stream[sector * size : (sector + 1) * size])
            sector = self._mini_fat[sector]
        return b"".join(parts)[: entry.size]

    def _read_chain(self, start: int, size: int | None = None) -> bytes:
        parts, sector = list[bytes](), start
        wanted = self._max_sectors if size is None else -(-size // self._sector_bytes)
        while sector < FREE and len(parts) < min(wanted, self._max_sectors):
            parts.append(self._sector(sector))
            sector = self._fat[sector]
        return b"".join(parts)[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._sector_bytes
        return self._content[start : start + self._sector_bytes]


def _numbers(content: bytes) -> "array[int]":
    return array("I", struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))


def _entry(directory: bytes, at: int) -> _Entry:
    length, kind = struct.unpack_from("<HB", directory, at + 64)
    left, right, child = struct.unpack_from("<3I", directory, at + 68)
    start, size = struct.unpack_from("<2I", directory, at + 116)
    name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
    return _Entry(name, kind, left, right, child, start, size)
