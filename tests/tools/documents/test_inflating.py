"""Zip bombs and broken archives. A bomb must be refused before it grows: the tests watch how much is unpacked."""

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from outlast.tools.documents import inflating
from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import Archive, decompress
from outlast.tools.documents.reading import read_document


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_what_is_small_is_inflated():
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b"), ".gz") == b"ab"
    assert decompress(bz2.compress(b"a") + bz2.compress(b"b"), ".bz2") == b"ab"
    assert decompress(lzma.compress(b"a") + lzma.compress(b"b"), ".xz") == b"ab"
    archive = Archive(zipped({"a/b": b"words"}))
    assert archive.names == {"a/b"}
    assert archive.read("a/b") == b"words"


def test_what_repeats_itself_may_be_a_document_up_to_a_size():
    assert len(decompress(gzip.compress(b"0" * (4 << 20)), ".gz")) == 4 << 20


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "a.txt.gz": gzip.compress,
    "a.txt.bz2": bz2.compress,
    "a.txt.xz": lzma.compress,
    "a.epub": lambda zeros: zipped({"META-INF/container.xml": zeros}),
    "a.docx": lambda zeros: zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": zeros}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_grows(name: str):
    bomb = BOMBS[name](b"0" * (64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="more than 200 times its size"):
            read_document(name, bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 48 << 20


def test_however_well_it_compresses_there_is_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inflating, "MAX_UNPACKED_BYTES", 1 << 20)
    content = bytes(range(256)) * (8 << 10)
    with pytest.raises(Unreadable, match="larger than 1 MB when unpacked"):
        decompress(gzip.compress(content), ".gz")
    with pytest.raises(Unreadable, match="larger than 1 MB when unpacked"):
        Archive(zipped({"a": content[: 1 << 20], "b": content[: 1 << 20]}))


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_said():
    content = zipped({"a": b"0" * 100_000})
    size = (100_000).to_bytes(4, "little")
    with pytest.raises(Unreadable, match="part a is damaged"):
        Archive(content.replace(size, (10).to_bytes(4, "little"))).read("a")


def test_too_many_members(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inflating, "MAX_ARCHIVE_MEMBERS", 2)
    with pytest.raises(Unreadable, match="3 parts, more than 2"):
        Archive(zipped({"a": b"", "b": b"", "c": b""}))


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_an_encrypted_zip_is_named(name: str):
    content = bytearray(zipped({"a": b"words"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of encryption, in the directory of the archive
    with pytest.raises(Unreadable, match="it is encrypted"):
        read_document(name, bytes(content))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip", zipped({"a": b"words"})[:-5]])
def test_what_is_no_archive(content: bytes):
    with pytest.raises(Unreadable, match="it is not a zip archive"):
        Archive(content)


def test_members_that_are_missing_or_damaged():
    content = zipped({"a": b"words and words and words"})
    with pytest.raises(Unreadable, match="its part b is missing"):
        Archive(content).read("b")
    at = content.index(b"a", 30) + 3
    with pytest.raises(Unreadable, match="its part a is damaged"):
        Archive(content[:at] + b"\xff\xff" + content[at + 2 :]).read("a")
