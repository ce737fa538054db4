"""A reader of `winmail.dat`, in which Outlook packs a mail with its attachments for programs that do not know it.

As specified by [MS-OXTNEF]: attributes, one after another, of the mail and then of each attachment. Most of them hold
the same properties as Outlook's own files, so they are put into the same folders and read in the same way.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail import outlook
from outlast.tools.documents.mail.compound_file import Storage
from outlast.tools.documents.mail.outlook import (
    BODY,
    BYTES,
    DATA,
    FILE_NAME,
    INNER,
    INNER_MAIL,
    INNER_MAIL_HEADER_BYTES,
    MAIL_HEADER_BYTES,
    METHOD,
    PART_HEADER_BYTES,
    PROPERTIES,
    SUBJECT,
    TEXT,
    TEXT_ENCODING,
    UNICODE,
)

EXTRACTOR = f"winmail/1, {outlook.EXTRACTOR}"

SIGNATURE = b"\x78\x9f\x3e\x22"
MAIL_PROPERTIES, PART_PROPERTIES, NEW_PART = 0x9003, 0x9005, 0x9002
OLD_NAMES = {0x8004: SUBJECT, 0x800C: BODY, 0x8010: FILE_NAME}
"""Attributes of the time before properties, with text in the encoding of the sender's machine."""
OLD_DATA, ENCODING = 0x800F, 0x9007
NUMBER, HAS_MANY, FIRST_NAMED = 0x0003, 0x1000, 0x8000
BYTES_OF_KIND = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
CUT_OFF = Loss(kind=LossKind.DAMAGED, place="what follows a damaged place in it")
MAX_PROPERTIES = 10_000
MAX_PARTS = 5_000
MAX_DEPTH = 8
"""A mail may be attached to a mail, and so on."""


class _Property(NamedTuple):
    name: int
    kind: int
    value: bytes


class _CutOffError(Exception):
    """Raised if the bytes end in the middle of a property."""


def read(content: bytes, stem: str) -> Document:
    """Read the mail and what is attached to it. Raises Unreadable."""
    if not content.startswith(SIGNATURE):
        raise Unreadable("it is no winmail.dat of Outlook, or it is damaged")
    damaged = list[Loss]()
    storage = _storage_of(content, MAIL_HEADER_BYTES, 1, damaged)
    document = outlook.read_storage(storage, MAIL_HEADER_BYTES, stem)
    return replace(document, extractor=EXTRACTOR, losses=(*document.losses, *dict.fromkeys(damaged)))


def _storage_of(content: bytes, header_bytes: int, depth: int, damaged: list[Loss]) -> Storage:
    """Return the folder in which Outlook would keep the mail, without what follows a damaged place."""
    mail, parts = list[_Property](), list[list[_Property]]()
    try:
        for name, value in _attributes(content):
            target = parts[-1] if parts else mail
            if name == NEW_PART and len(parts) < MAX_PARTS:
                parts.append([])
            elif name in (MAIL_PROPERTIES, PART_PROPERTIES):
                target += _properties(value, damaged)
            elif name in OLD_NAMES:
                target.append(_Property(OLD_NAMES[name], TEXT, value.rstrip(b"\0")))
            elif name == OLD_DATA:
                target.append(_Property(DATA, BYTES, value))
            elif name == ENCODING:
                mail.append(_Property(TEXT_ENCODING, NUMBER, value[:4]))
    except _CutOffError:
        damaged.append(CUT_OFF)
    storage = _folder(mail, header_bytes)
    for number, part in enumerate(parts):
        storage.storages[f"__attach_version1.0_#{number:08X}"] = _part_folder(part, depth, damaged)
    return storage


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(SIGNATURE) + 2  # a key that nobody needs
    while at < len(content):
        if at + 9 > len(content):
            raise _CutOffError
        _, name, _, length = struct.unpack_from("<BHHI", content, at)
        yield name, content[at + 9 : at + 9 + length]
        at += 9 + length + 2  # a checksum
    if at > len(content):
        raise _CutOffError


def _part_folder(part: list[_Property], depth: int, damaged: list[Loss]) -> Storage:
    inner = next((each.value for each in part if (each.name, each.kind) == (DATA, INNER)), b"")
    folder = _folder([each for each in part if each.kind != INNER], PART_HEADER_BYTES)
    if inner[16:].startswith(SIGNATURE) and depth < MAX_DEPTH:  # behind the name of the interface
        numbered = _Property(METHOD, NUMBER, struct.pack("<I", INNER_MAIL))
        folder = _folder([*(each for each in part if each.kind != INNER), numbered], PART_HEADER_BYTES)
        name = f"__substg1.0_{DATA:04X}{INNER:04X}"
        folder.storages[name] = _storage_of(inner[16:], INNER_MAIL_HEADER_BYTES, depth + 1, damaged)
    return folder


def _folder(properties: list[_Property], header_bytes: int) -> Storage:
    streams, fixed = dict[str, bytes](), bytearray(header_bytes)
    for name, kind, value in properties:
        if kind in BYTES_OF_KIND:
            fixed += struct.pack("<II8s", name << 16 | kind, 0, value[:8].ljust(8, b"\0"))
        else:
            streams.setdefault(f"__substg1.0_{name:04X}{kind:04X}", value)
    return Storage({**streams, PROPERTIES: bytes(fixed)})


def _properties(content: bytes, damaged: list[Loss]) -> Iterator[_Property]:
    """Yield the properties, up to the first one that is cut off. Those with several values, or named, are left out."""
    reader = _Reader(content)
    try:
        for _ in range(min(reader.number(), MAX_PROPERTIES)):
            kind, name = struct.unpack("<HH", reader.take(4))
            if name >= FIRST_NAMED:
                reader.skip_name()
            single = kind & ~HAS_MANY
            count = reader.number() if kind & HAS_MANY or single not in BYTES_OF_KIND else 1
            values = [reader.value(single) for _ in range(min(count, MAX_PROPERTIES))]
            if values and name < FIRST_NAMED and not kind & HAS_MANY:
                yield _Property(name, kind, values[0].rstrip(b"\0") if kind == TEXT else _ended(kind, values[0]))
    except _CutOffError:
        damaged.append(CUT_OFF)


def _ended(kind: int, value: bytes) -> bytes:
    return value.removesuffix(b"\0\0") if kind == UNICODE and len(value) % 2 == 0 else value


class _Reader:
    """Takes one value after another from bytes. Values are filled up to four bytes."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._content):
            raise _CutOffError
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def value(self, kind: int) -> bytes:
        length = BYTES_OF_KIND.get(kind) or self.number()
        value = self.take(length)
        self.take(-length % 4)
        return value

    def skip_name(self) -> None:
        self.take(16)
        if self.number():
            length = self.number()
            self.take(length + -length % 4)
        else:
            self.take(4)
