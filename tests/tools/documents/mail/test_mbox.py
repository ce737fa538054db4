import time

import pytest

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail_sniffing import is_mailbox
from outlast.tools.documents.reading import read_document

FIRST = "From ada@example.org Mon Mar  3 10:00:00 2025"
HEAD = "From: Ada <ada@example.org>\nSubject: {}\n\n"


def mails(content: bytes) -> dict[str, str]:
    """The body of each mail in a mailbox, by the name of the mail."""
    children = read_document("archive.mbox", content).children
    outcomes = {child.name: child.outcome for child in children}
    return {
        name: outcome.text.partition("\n\nFrom: ")[2].partition("\n\n")[2] if isinstance(outcome, Document) else outcome
        for name, outcome in outcomes.items()
    }


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_mail_is_a_document_named_by_its_number_and_subject(line_end: str) -> None:
    box = (
        f"{FIRST}\n{HEAD.format('The buoy')}It was seen.\n\n"
        f"From ben@example.org Mon Mar  3 11:00:00 2025\n{HEAD.format('Re: The buoy / wreck')}It drifts.\n\n"
        f"From - Tue Mar 04 09:00:00 2025\nX-Mozilla-Status: 0001\n{HEAD.format('=?utf-8?q?Gr=C3=BC=C3=9Fe?=')}Hello.\n"
    )
    assert mails(box.replace("\n", line_end).encode()) == {
        "1 The buoy.eml": "It was seen.",
        "2 Re: The buoy - wreck.eml": "It drifts.",
        "3 Grüße.eml": "Hello.",
    }


def test_a_sentence_that_begins_with_from_opens_no_mail() -> None:
    body = (
        "Hello.\n\nFrom the pier we saw 3 boats in 2024\nand left.\n\nFrom here on:\n\n>From now on\n>>From x\nFrom: to"
    )
    opened = mails(f"{FIRST}\n{HEAD.format('s')}{body}\n".encode())
    assert opened == {"1 s.eml": body.replace(">From", "From")}


def test_mailboxes_that_programs_write_differently() -> None:
    no_blank_line = f"{FIRST}\n{HEAD.format('a')}one\nFrom b@x.example Tue Mar  4 10:00:00 2025\n{HEAD.format('b')}two"
    assert list(mails(no_blank_line.encode())) == ["1 a.eml", "2 b.eml"]
    bare = (
        f"\n\nFrom \n{HEAD.format('a')}one\n\nFrom \n{HEAD.format('a')}two\n\nFrom x@y.example\n{HEAD.format('c')}three"
    )
    assert mails(bare.encode()) == {"1 a.eml": "one", "2 a.eml": "two", "3 c.eml": "three"}
    listed = f"From ada at example.org  Mon Mar  3 10:00:00 2025\n{HEAD.format('a')}one"
    assert list(mails(listed.encode())) == ["1 a.eml"]
    no_subject = f"{FIRST}\nFrom: a@b.example\n\none"
    assert list(mails(no_subject.encode())) == ["1.eml"]


def test_a_broken_mail_keeps_none_from_being_read() -> None:
    box = f"{FIRST}\nX-Nothing: x\n\none\n\n{FIRST}\n{HEAD.format('b')}two\n"
    assert mails(box.encode()) == {
        "1.eml": "it is not a mail: it has no sender, no date and no subject",
        "2 b.eml": "two",
    }


@pytest.mark.parametrize("content", [b"Dear Ben,\n\nFrom now on", b"From now on\nnothing is free.", b"\n \n"])
def test_what_is_no_mailbox(content: bytes) -> None:
    assert not is_mailbox(content)
    with pytest.raises(Unreadable, match="mailbox"):
        read_document("a.mbox", content)


def test_ten_times_the_mails_take_ten_times_as_long() -> None:
    def seconds(count: int) -> float:
        box = f"{FIRST}\n{HEAD.format('same')}From x 2025\n{'From ' * 200}\nw: x\n\n".encode() * count
        began = time.process_time()
        assert len(read_document("a.mbox", box).children) == count
        return time.process_time() - began

    seconds(10)
    assert seconds(2_000) < 30 * max(seconds(200), 0.01)
