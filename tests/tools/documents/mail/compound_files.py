"""Makes compound files, the container of Outlook's mails: a folder is a dict of folders and contents."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

SECTOR, MINI, CUTOFF = 512, 64, 4_096
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF

Folder = Mapping[str, "Folder | bytes"]


class _Writer:
    def __init__(self) -> None:
        self.sectors, self.fat = list[bytes](), list[int]()
        self.mini, self.mini_fat = bytearray(), list[int]()
        self.entries: list[_Entry] = []

    def chain(self, content: bytes) -> int:
        """Write whole sectors, and return the first one."""
        parts = [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]
        if not parts:
            return END
        first = len(self.sectors)
        self.sectors += parts
        self.fat += [*range(first + 1, first + len(parts)), END]
        return first

    def mini_chain(self, content: bytes) -> int:
        count = -(-len(content) // MINI)
        if not count:
            return END
        first = len(self.mini) // MINI
        self.mini += content.ljust(count * MINI, b"\0")
        self.mini_fat += [*range(first + 1, first + count), END]
        return first

    def add(self, folder: Folder) -> int:
        """Write what is in a folder, each beside the other, and return the first entry."""
        numbers = list[int]()
        for name, content in folder.items():
            number = len(self.entries)
            numbers.append(number)
            if isinstance(content, bytes):
                start = self.chain(content) if len(content) >= CUTOFF else self.mini_chain(content)
                self.entries.append(_Entry(name, 2, start, len(content)))
            else:
                entry = _Entry(name, 1)
                self.entries.append(entry)
                entry.child = self.add(content)
        for number, following in pairwise(numbers):
            self.entries[number].right = following
        return numbers[0] if numbers else NONE


def compound_file(root: Folder) -> bytes:
    """Return a compound file of version 3 with up to 109 sectors of its table, which are 7 MB."""
    writer = _Writer()
    entry = _Entry("Root Entry", 5)
    writer.entries.append(entry)
    entry.child = writer.add(root)
    entry.start, entry.size = writer.chain(bytes(writer.mini)), len(writer.mini)
    directory = writer.chain(b"".join(each.encoded() for each in writer.entries))
    mini_fat = writer.chain(struct.pack(f"<{len(writer.mini_fat)}I", *writer.mini_fat))
    count = 1
    while (len(writer.fat) + count) * 4 > count * SECTOR:
        count += 1
    first = len(writer.sectors)
    table = [*writer.fat, *[FAT_SECTOR] * count]
    table += [FREE] * (count * SECTOR // 4 - len(table))
    places = [*range(first, first + count), *[FREE] * (109 - count)]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, count, directory, 0, CUTOFF, mini_fat, 1, END, 0) + struct.pack("<109I", *places)
    return b"".join((header, *writer.sectors, struct.pack(f"<{len(table)}I", *table)))


@dataclass
class _Entry:
    name: str
    kind: int
    start: int = 0
    size: int = 0
    right: int = NONE
    child: int = NONE

    def encoded(self) -> bytes:
        name = self.name.encode("utf-16-le")
        head = name.ljust(64, b"\0") + struct.pack("<HBB3I", len(name) + 2, self.kind, 1, NONE, self.right, self.child)
        return head + bytes(36) + struct.pack("<2I", self.start, self.size) + bytes(4)
