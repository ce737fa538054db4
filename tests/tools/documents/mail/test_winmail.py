"""A mail that Outlook packed into winmail.dat for programs that do not know it: the mail, and what is attached."""

import base64
import struct

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.containers import flatten
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document

TEXT, UNICODE, BYTES, INNER = 0x1E, 0x1F, 0x102, 0x0D


def padded(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value + b"\0" * (-len(value) % 4)


def variable(name: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHI", kind, name, 1) + padded(value)


def unicode(name: int, value: str) -> bytes:
    return variable(name, UNICODE, (value + "\0").encode("utf-16-le"))


def number(name: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x03, name, value)


def named(value: str) -> bytes:
    """Return a property with a name of its own: an identifier of 16 bytes, then the name."""
    name = "Mark\0".encode("utf-16-le")
    return (
        (struct.pack("<HH", UNICODE, 0x8001) + b"\1" * 16 + struct.pack("<I", 1) + padded(name))
        + struct.pack("<I", 1)
        + padded((value + "\0").encode("utf-16-le"))
    )


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(value)) + value + b"\0\0"


def winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\1\0" + b"".join(attributes)


INNER_MAIL = winmail(
    attribute(1, 0x9003, properties(unicode(0x37, "Old letter"), unicode(0x1000, "The chain weighs ninety."))),
)
PACKED = winmail(
    attribute(1, 0x9007, struct.pack("<II", 1251, 0)),
    attribute(1, 0x8004, "Буй\0".encode("cp1251")),
    attribute(
        1,
        0x9003,
        properties(
            named("unread"),
            number(0x3FDE, 65001),
            variable(0x1013, BYTES, b"<p>The buoy drifts <b>two miles</b> a day.</p>"),
            unicode(0x0C1A, "Ada"),
        ),
    ),
    attribute(2, 0x9002, b"\0" * 14),
    attribute(2, 0x8010, b"MINUTES.TXT\0"),
    attribute(2, 0x800F, b"The board chose the blue paint."),
    attribute(2, 0x9005, properties(unicode(0x3707, "Minutes of the board.txt"))),
    attribute(2, 0x9002, b"\0" * 14),
    attribute(2, 0x9005, properties(unicode(0x3001, "Old letter"), variable(0x3701, INNER, b"\2" * 16 + INNER_MAIL))),
)


def texts(document: Document) -> dict[str, str]:
    return {
        child.name: child.outcome if isinstance(child.outcome, str) else child.outcome.text
        for child in flatten(document.children)
    }


@pytest.mark.parametrize("name", ["winmail.dat", "letter.tnef", "ATT00001.dat"])
def test_the_mail_its_files_and_the_mail_in_it_are_read(name: str) -> None:
    document = read_document(name, PACKED)
    assert document.title == "Буй"
    assert document.text == (
        "Буй\n\nFrom: Ada\n\nThe buoy drifts two miles a day.\n\nAttached: Minutes of the board.txt, Old letter"
    )
    assert texts(document) == {
        "Minutes of the board.txt": "The board chose the blue paint.",
        "Old letter.msg": "Old letter\n\nThe chain weighs ninety.",
    }


@pytest.mark.parametrize("media_type", ["application/ms-tnef", "application/octet-stream"])
def test_a_mail_that_carries_it_has_them_as_its_own(media_type: str) -> None:
    mail = (
        f"From: Ada <ada@example.org>\nSubject: Buoy\nMIME-Version: 1.0\nContent-Type: {media_type}; "
        'name="winmail.dat"\nContent-Transfer-Encoding: base64\n\n'
    ).encode() + base64.encodebytes(PACKED)
    assert "blue paint" in texts(read_document("a.eml", mail))["winmail.dat#Minutes of the board.txt"]


@pytest.mark.parametrize("length", [len(PACKED) - 1, len(PACKED) - 100, 300, 200, 70])
def test_what_comes_before_a_damaged_place_is_read_and_the_damage_is_noted(length: int) -> None:
    document = read_document("winmail.dat", PACKED[:length])
    assert any(loss.kind is LossKind.DAMAGED for loss in document.losses)
    assert document.title == "Буй"
