"""A page that cannot be decoded is a loss, whatever the rest of the file says."""

import zlib

import pytest

from outlast.evidence.losses import LossKind, may_hide_words
from outlast.tools.documents.pdf.damage import has_damaged_stream
from outlast.tools.documents.reading import read_document

SAYS = ["The ferry sails at nine.", "The cat sleeps on the quay.", "The lamp burns all night."]


def stream_of(text: str) -> bytes:
    lines = "".join(f"1 0 0 1 72 {700 - 20 * line} Tm ({text} {line}.) Tj\n" for line in range(20))
    return zlib.compress(f"BT /F 12 Tf {lines} ET".encode())


def pdf_of(*streams: bytes, dictionary: str = "/Filter /FlateDecode") -> bytes:
    """Write a file without a table of objects: a reader finds them itself."""
    count = len(streams)
    kids = " ".join(f"{10 + number} 0 R" for number in range(count))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    parts = [
        b"%PDF-1.4\n",
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
        f"2 0 obj\n<< /Type /Pages /Count {count} /Kids [{kids}] /MediaBox [0 0 612 792] "
        f"/Resources << /Font << /F {font} >> >> >>\nendobj\n".encode(),
    ]
    for number, stream in enumerate(streams):
        parts += [
            f"{10 + number} 0 obj\n<< /Type /Page /Parent 2 0 R /Contents {50 + number} 0 R >>\nendobj\n".encode(),
            f"{50 + number} 0 obj\n<< {dictionary} /Length {len(stream)} >>\nstream\n".encode(),
            stream,
            b"\nendstream\nendobj\n",
        ]
    return b"".join([*parts, b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"])


def test_a_page_whose_stream_is_damaged_is_missed() -> None:
    streams = [stream_of(text) for text in SAYS]
    whole = read_document("a.pdf", pdf_of(*streams))
    assert "cat" in whole.text
    assert not whole.losses
    streams[1] = streams[1][:20] + b"?" * 40 + streams[1][60:]
    damaged = read_document("a.pdf", pdf_of(*streams))
    assert "ferry" in damaged.text
    assert "cat" not in damaged.text
    assert may_hide_words(damaged.losses)
    assert [loss.kind for loss in damaged.losses] == [LossKind.DAMAGED]


@pytest.mark.parametrize(
    ("stream", "dictionary"),
    [
        (stream_of("whole")[:-4] + b"\0\0\0\0", "/Filter /FlateDecode"),  # a wrong checksum, as some programs write
        (b"\xff\xd8 a picture", "/Filter /DCTDecode"),
        (b"not compressed", "/Filter /FlateDecode"),
        (stream_of("x")[:20] + b"?" * 40, "/Subtype /Image /Filter /FlateDecode"),
        (stream_of("x")[:20] + b"?" * 40, "/Filter [/FlateDecode /DCTDecode]"),
    ],
)
def test_what_is_no_damage(stream: bytes, dictionary: str) -> None:
    assert not has_damaged_stream(pdf_of(stream, dictionary=dictionary))


def test_an_encrypted_file_tells_nothing() -> None:
    content = pdf_of(stream_of("x")[:20] + b"?" * 40).replace(b"/Root", b"/Encrypt 9 0 R /Root")
    assert not has_damaged_stream(content)


def test_a_stream_that_grows_without_end_is_left() -> None:
    assert not has_damaged_stream(pdf_of(zlib.compress(b"\0" * 300_000_000, 1)))


def test_a_page_whose_contents_are_not_in_the_file_is_missed() -> None:
    whole = pdf_of(*(stream_of(text) for text in SAYS))
    damaged = read_document("a.pdf", whole.replace(b"51 0 obj", b"\0" * 8))
    assert "ferry" in damaged.text
    assert "cat" not in damaged.text
    assert [loss.kind for loss in damaged.losses] == [LossKind.DAMAGED]
    several = whole.replace(b"/Contents 51 0 R", b"/Contents [51 0 R 52 0 R]")
    assert read_document("a.pdf", several).losses == ()
    assert may_hide_words(read_document("a.pdf", several.replace(b"52 0 obj", b"\0" * 8)).losses)
