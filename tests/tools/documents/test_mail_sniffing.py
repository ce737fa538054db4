"""Mails and mailboxes whose names say nothing."""

import pytest

from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document

MAIL = b"Return-Path: <a@b.example>\nFrom: Ada <a@b.example>\n (at the pier)\nSubject: The buoy\n\nIt drifts."
BARE = b"From: Ada <a@b.example>\nDate: Mon, 3 Mar 2025\nSubject: The buoy\n\nIt drifts."
BOX = b"From a@b.example Mon Mar  3 10:00:00 2025\n" + MAIL + b"\n"


@pytest.mark.parametrize(
    "name",
    [
        "box/cur/1700000000.M1P1.mail.example:2,S",
        "box/cur/1700000000.M1P1.mail.example.org:2,S",
        "box/new/1700000000.M1P1.mail.example.com",
        "box/new/1700000000.M1P1.mail.example.org",
        "letter",
        "letter.2025",
    ],
)
@pytest.mark.parametrize("content", [MAIL, BARE])
def test_mails_of_a_maildir(name: str, content: bytes) -> None:
    document = read_document(name, content)
    assert (document.media_type, document.title) == ("message/rfc822", "The buoy")


@pytest.mark.parametrize("name", ["Inbox", "Archives.2024", "2025-March.txt", "saved.sbd/Sent"])
def test_mailboxes_of_thunderbird_and_of_lists(name: str) -> None:
    [child] = read_document(name, BOX).children
    assert isinstance(child.outcome, Document)
    assert child.name == "1 The buoy.eml"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"From: me\nTo: you\n\nA poem."),
        ("a.txt", b"From here on 2025\nnote: nothing is free."),
        ("a.md", MAIL),
        ("notes", b"From now on, nothing is free.\nSubject: x"),
        ("notes", b"Dear Ada,\nFrom: the pier\nReceived: nothing"),
    ],
)
def test_what_is_a_text(name: str, content: bytes) -> None:
    document = read_document(name, content)
    assert document.media_type != "message/rfc822"
    assert document.children == ()


def test_a_mail_that_was_saved_as_text() -> None:
    assert read_document("mail.txt", MAIL).media_type == "message/rfc822"
