import random
import re
import struct
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.containers import flatten
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail.compressed_rtf import decompress_rtf
from outlast.tools.documents.reading import read_document
from tests.tools.documents.mail.compound_files import Folder, compound_file

SENT = datetime(2025, 3, 3, 10, 0, tzinfo=UTC)


def properties(header_bytes: int, numbers: dict[int, int]) -> bytes:
    """The properties of a fixed size, by their tags."""
    return bytes(header_bytes) + b"".join(struct.pack("<IIQ", tag, 6, value) for tag, value in numbers.items())


def text(name: int, value: str) -> Folder:
    return {f"__substg1.0_{name:04X}001F": value.encode("utf-16-le")}


def mail(*parts: Folder, header_bytes: int = 32, subject: str = "The buoy", **numbers: int) -> Folder:
    ticks = int((SENT - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
    made: dict[str, Folder | bytes] = {
        "__properties_version1.0": properties(header_bytes, {0x00390040: ticks, 0x3FDE0003: numbers.get("html", 1252)}),
        **text(0x0037, subject),
        **text(0x0C1A, "Ada"),
        **text(0x5D01, "ada@example.org"),
    }
    for part in parts:
        made |= part
    return made


def recipient(number: int, kind: int, name: str, address: str) -> Folder:
    inside = {
        "__properties_version1.0": properties(8, {0x0C150003: kind}),
        **text(0x3001, name),
        **text(0x39FE, address),
    }
    return {f"__recip_version1.0_#{number:08X}": inside}


def attachment(number: int, name: str, content: bytes | Folder, method: int = 1, **more: str) -> Folder:
    hidden = 1 if more else 0
    inside: dict[str, Folder | bytes] = {
        "__properties_version1.0": properties(8, {0x37050003: method, 0x7FFE000B: hidden}),
        **text(0x3707, name),
        **text(0x370E, more.get("kind", "")),
        f"__substg1.0_3701{'0102' if isinstance(content, bytes) else '000D'}": content,
    }
    return {f"__attach_version1.0_#{number:08X}": inside}


def read(folder: Folder) -> Document:
    return read_document("letter.msg", compound_file(folder))


def test_a_mail_with_all_that_it_may_have() -> None:
    inner = mail(text(0x1000, "The chain weighs ninety kilograms."), header_bytes=24, subject="Old letter")
    document = read(
        mail(
            text(0x1000, "The minutes are attached.\r\n\r\nAda\r\n"),
            recipient(0, 1, "Ben", "ben@example.org"),
            recipient(1, 2, "Cy", "/O=EXCHANGE/CN=CY"),
            attachment(0, "minutes.txt", b"The board chose the blue paint."),
            attachment(1, "large.txt", b"The lamp is lit. " * 1_000),
            attachment(2, "Old letter", inner, method=5),
            attachment(3, "pier.png", b"PNG", kind="image/png"),
            attachment(4, "chart", b"OLE", method=6),
        )
    )
    assert document.title == "The buoy"
    assert document.text == (
        "The buoy\n\nFrom: Ada <ada@example.org>\nTo: Ben <ben@example.org>\nCc: Cy\n"
        "Date: Mon, 03 Mar 2025 10:00:00 +0000\n\nThe minutes are attached.\n\nAda\n\n"
        "Attached: minutes.txt, large.txt, Old letter, chart"
    )
    inside = {child.name: child.outcome for child in flatten(document.children)}
    texts = {name: each.text if isinstance(each, Document) else each for name, each in inside.items()}
    assert texts.pop("large.txt") == "The lamp is lit. " * 1_000
    assert texts.pop("Old letter.msg").endswith("\n\nThe chain weighs ninety kilograms.")
    assert texts == {"minutes.txt": "The board chose the blue paint.", "chart": "it is an object of another program"}
    assert [(loss.kind, loss.place) for loss in document.losses] == [(LossKind.PICTURE, "pier.png")]


def test_each_word_is_in_the_text_or_in_the_ledger() -> None:
    inner = mail(text(0x1000, "w13"), recipient(0, 1, "w14", ""), header_bytes=24, subject="w12")
    document = read(
        mail(
            text(0x0C1A, "w2"),
            text(0x1000, "w7 w8 w18"),
            {"__substg1.0_10130102": b"<p>w7 w8 <i>w90</i></p>"},
            text(0x001A, "IPM.w15"),
            recipient(0, 1, "w3", "w4@example.org"),
            recipient(1, 2, "w5", ""),
            recipient(2, 3, "w6", ""),
            attachment(0, "w9.txt", b"w10"),
            attachment(1, "w11", inner, method=5),
            attachment(2, "w16.png", b"PNG", kind="image/png"),
            attachment(3, "w17", b"OLE", method=6),
            subject="w1",
        )
    )
    inside = list(flatten(document.children))
    texts = [document.text, *(child.outcome.text for child in inside if isinstance(child.outcome, Document))]
    named = [*(child.name for child in inside), *(loss.place for loss in document.losses)]
    assert set(re.findall(r"w\d+", " ".join(texts))) == {f"w{number}" for number in (*range(1, 15), 17, 18)}
    assert set(re.findall(r"w\d+", " ".join(named))) >= {"w9", "w11", "w15", "w16", "w17"}
    assert {(loss.kind, loss.place, loss.words) for loss in document.losses} == {
        (LossKind.HIDDEN, "the HTML form of the body", 1),
        (LossKind.UNREAD, "fields of the kind IPM.w15", None),
        (LossKind.PICTURE, "w16.png", None),
    }


def test_a_body_in_html_and_texts_in_an_old_encoding() -> None:
    page = {"__substg1.0_10130102": "<p>Причал сорок один.</p>".encode("cp1251")}
    assert read(mail(page, html=1251)).text.endswith("\n\nПричал сорок один.")
    old = {"__substg1.0_1000001E": "Grüße".encode("cp1252"), "__substg1.0_0037001E": b"Old"}
    folder = {name: content for name, content in mail(old).items() if name != "__substg1.0_0037001F"}
    assert read(folder).text.endswith("\n\nGrüße")


def test_what_is_no_mail_or_is_damaged() -> None:
    with pytest.raises(Unreadable, match="it is not a compound file"):
        read_document("a.msg", b"no mail")
    with pytest.raises(Unreadable, match="it has no properties"):
        read({"WordDocument": b"x"})
    whole = compound_file(mail(text(0x1000, "words " * 2_000), attachment(0, "a.txt", b"text")))
    chance = random.Random(1)
    for _ in range(300):
        broken = bytearray(whole[: chance.choice((len(whole), chance.randrange(len(whole))))])
        for _ in range(chance.randrange(1, 20)):
            broken[chance.randrange(len(broken))] = chance.randrange(256) if broken else 0
        with suppress(Unreadable):
            read_document("a.msg", bytes(broken))


def test_rtf_is_decompressed() -> None:
    example = bytes.fromhex(  # the first example of [MS-OXRTFCP]
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress_rtf(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    repeated = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompress_rtf(repeated) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    plain = struct.pack("<4I", 20, 8, 0x414C454D, 0) + b"{\\rtf1 }"
    assert decompress_rtf(plain) == b"{\\rtf1 }"
    with pytest.raises(Unreadable):
        decompress_rtf(b"short")
