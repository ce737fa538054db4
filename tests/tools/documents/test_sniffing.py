"""Files whose names say nothing of their content, or something wrong."""

import gzip
import io
import zipfile

import pytest

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.kinds import reason_unopened
from outlast.tools.documents.reading import known_suffixes, read_document
from outlast.tools.documents.sniffing import recognize
from tests.tools.documents.every_format import EVERY

PAGE = b"<!DOCTYPE html><html><body><p>Please sign in to read this paper.</p></body></html>"
WORDS = b"The keeper lights the lamp an hour before sunset.\n"
ALL_BYTES = bytes(range(256))


@pytest.mark.parametrize(
    "name",
    [
        "README",
        "LICENSE",
        "Makefile",
        "notes.2024",
        "README.Debian",
        "a.foo",
        "docs/COPYING.gz",
        "x.1",
        "k.py",
        "a.conf",
    ],
)
def test_text_of_any_name_is_read(name: str) -> None:
    document = read_document(name, gzip.compress(WORDS) if name.endswith(".gz") else WORDS)
    assert document.text == WORDS.decode()
    assert document.title == name.rsplit("/", maxsplit=1)[-1].removesuffix(".gz")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("letter.doc", "manual.docx"),
        ("letter.pdf", "manual.docx"),
        ("letter.txt", "manual.docx"),
        ("letter", "manual.docx"),
        ("paper.txt", "manual.pdf"),
        ("paper.md", "manual.pdf"),
        ("paper.html", "manual.pdf"),
        ("paper.docx", "manual.pdf"),
        ("paper", "manual.pdf"),
        ("book.doc", "manual.epub"),
        ("book.docx", "manual.epub"),
        ("page", "manual.html"),
        ("page.doc", "manual.html"),
        ("page.xls", "manual.html"),
        ("page.csv", "manual.html"),
        ("page.xml", "manual.html"),
    ],
)
def test_a_file_is_read_as_what_it_is(name: str, made: str) -> None:
    content = EVERY[made]()
    right, document = read_document(made, content), read_document(name, content)
    assert (document.text, document.extractor) == (right.text, right.extractor)
    assert read_document(f"{name}.gz", gzip.compress(content)).text == right.text


def test_a_compressed_file_that_does_not_say_so() -> None:
    assert read_document("notes.txt", gzip.compress(WORDS)).text == WORDS.decode()


@pytest.mark.parametrize("name", ["paper.pdf", "paper.docx", "paper.epub"])
def test_a_web_page_in_place_of_a_document_is_refused(name: str) -> None:
    kind = name[-4:].lstrip(".").upper()
    with pytest.raises(Unreadable, match=f"^it is no {kind} but a web page"):
        read_document(name, b"\xef\xbb\xbf\n<!-- saved -->" + PAGE)
    with pytest.raises(Unreadable, match=f"^it is no {kind} but a web page"):
        read_document(name, b"<head><title>Log in</title></head><p>Your name</p>")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst"])
def test_markup_in_a_text_file_is_text(name: str) -> None:
    assert "<p>Please" in read_document(name, PAGE).text or name == "a.md"


MAIL = b"Return-Path: <ada@example.org>\nReceived: by tower\nSubject: Tides\nFrom: Ada <a@b.org>\n\nTwice.\n"


@pytest.mark.parametrize("name", ["1700000000.M1P1.tower:2,S", "letter", "letter.saved"])
def test_mails_of_a_maildir_have_names_without_a_suffix(name: str) -> None:
    document = read_document(name, MAIL)
    assert (document.media_type, document.title) == ("message/rfc822", "Tides")


def test_a_mailbox_without_a_suffix() -> None:
    document = read_document("Inbox", b"From ada@example.org Tue Mar  3 09:00:00 2026\n" + MAIL)
    assert "Twice." in document.text + "".join(str(child.outcome) for child in document.children)


def test_a_text_with_lines_like_headers_is_no_mail() -> None:
    text = b"From: the keeper\nTo: the harbour\n\nThe lamp is lit.\n"
    assert read_document("letter", text).media_type == "text/plain"
    assert read_document("letter", b"From here on, the lamp is lit.\n").media_type == "text/plain"


def test_text_about_a_format_is_not_of_that_format() -> None:
    assert read_document("a.txt", b"It begins with %PDF-1.7, and with PK, as it may.").text.startswith("It begins")


def test_a_program_has_no_titles() -> None:
    code = b"LAMP LIST\n\n    The lamps of the coast are listed here. There are nine of them.\n"
    assert read_document("NOTES", code).headings
    for name in ("lamps.py", "lamps.conf", "Makefile", "Dockerfile.dev"):
        assert not read_document(name, code).headings
    assert not read_document("lamps", b"#!/bin/sh\n\n" + code).headings


@pytest.mark.parametrize("name", ["a.jpg", "a.MP4", "a.rar", "a.7z.gz", "a.exe", "a.jpg.gz", "a.gz.gz"])
def test_photographs_and_programs_are_not_opened(name: str) -> None:
    assert "are not read yet" in reason_unopened(name, known_suffixes())


@pytest.mark.parametrize("name", ["a.txt", "README", "a.foo", "a.doc", "a.gz", "a.foo.gz"])
def test_other_files_are_opened(name: str) -> None:
    assert reason_unopened(name, known_suffixes()) == ""


@pytest.mark.parametrize("name", ["a", "a.foo", "a.doc", "a.txt", "a.pages"])
@pytest.mark.parametrize("content", [ALL_BYTES, b"\x7fELF\2\1\1" + bytes(9) + ALL_BYTES, b"PK\x03\x04" + ALL_BYTES])
def test_a_binary_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"binary file|are not read yet"):
        read_document(name, content)


def test_an_archive_that_is_no_document() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("visio/document.xml", "<x/>")
    with pytest.raises(Unreadable):
        read_document("a.vsd", made.getvalue())


@pytest.mark.parametrize(
    "above",
    [
        b"",
        b".\n",
        b".lf 1 stdin\n",
        b"'\\\" t\n" + b'.\\" A licence of many lines.\n' * 200,
        b'.\\" Made by a program.\n.de Vb\n.ft CW\n..\n' + b".if n .ad l\n" * 300,
        b".hw lamp-house\n",
    ],
)
def test_a_manual_page_is_told_by_its_requests_below_any_comments(above: bytes) -> None:
    page = above + b'.TH LAMP 1 "2024-05-01"\n.SH NAME\nlamp \\- light the \\s-1BPF\\s0 lamp\n'
    assert recognize(page) == ".man"
    assert recognize(b"Some text\n" + page) == ""


@pytest.mark.parametrize("text", [b".gitignore\nfoo\n", b".\nHello\n", b"\n" * 70_000, b'.\\" a\n' * 9_000])
def test_what_begins_like_a_manual_page_and_is_none(text: bytes) -> None:
    assert recognize(text) == ""
