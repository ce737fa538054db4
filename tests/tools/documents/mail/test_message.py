from base64 import b64encode
from binascii import b2a_uu
from email.message import EmailMessage

import pytest

from outlast.evidence.losses import LossKind
from outlast.evidence.words import words
from outlast.tools.documents.containers import flatten
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail.text import unflow
from outlast.tools.documents.reading import read_document


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in ({"Subject": "Tides", "From": "Ada <ada@example.org>"} | headers).items():
        made[name] = value
    return made


def read(content: EmailMessage | bytes) -> Document:
    return read_document("box/mail.eml", content if isinstance(content, bytes) else content.as_bytes())


def test_the_subject_is_the_title_and_a_heading():
    mail = message(To="keepers@example.org", Date="Tue, 03 Mar 2026 09:00:00 +0000")
    mail.set_content("They turn twice.\n\nAlways.\n")
    document = read(mail)
    assert document.title == "Tides"
    [heading] = document.headings
    assert (document.text[heading.start : heading.end], heading.level) == ("Tides", 1)
    assert document.text == (
        "Tides\n\nFrom: Ada <ada@example.org>\nTo: keepers@example.org\nDate: Tue, 03 Mar 2026 09:00:00 +0000\n\n"
        "They turn twice.\n\nAlways."
    )


def test_plain_text_is_preferred_and_attachments_are_named():
    mail = message()
    mail.set_content("plain words")
    mail.add_alternative("<p>marked words</p>", subtype="html")
    mail.add_attachment(
        b"%PDF", maintype="application", subtype="pdf", filename="chart of\ntides.pdf".replace("\n", " ")
    )
    mail.add_attachment("other words", filename="notes.txt")
    text = read(mail).text
    assert text.endswith("plain words\n\nAttached: chart of tides.pdf, notes.txt")
    assert "marked words" not in text


def test_a_page_is_read_as_pages_are():
    mail = message()
    mail.set_content(
        "<meta charset='koi8-r'><h1>Grüße</h1><nav>no</nav><p>An alle.</p>", subtype="html", charset="utf-8"
    )
    document = read(mail)
    assert document.text.endswith("\n\nGrüße\n\nAn alle.")
    assert [(each.level, document.text[each.start : each.end]) for each in document.headings] == [
        (1, "Tides"),
        (2, "Grüße"),
    ]


@pytest.mark.parametrize(
    ("header", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", b"Gr\xfc\xdfe", "Grüße"),
        ("text/plain; charset=gb2312", "朱镕基".encode("gbk"), "朱镕基"),
        ("text/html; charset=shift_jis", "<p>髙﨑".encode("cp932"), "髙﨑"),
        ("text/plain; charset=x-cp1251", "Привет".encode("cp1251"), "Привет"),
        ("text/plain; charset=unicode_escape", rb"C:\u0041", r"C:\u0041"),
        ("text/plain; charset=no-such-charset", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=us-ascii", "Grüße".encode(), "Grüße"),
        ("text/plain", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", b"R3LDvMOfZQ==", "Grüße"),
        ("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable", b"Gr=C3=BC=C3=9Fe", "Grüße"),
        ("image/png", b"PNG", "Subject"),
    ],
)
def test_encodings(header: str, body: bytes, text: str):
    content = b"Subject: Subject\r\nContent-Type: " + header.encode() + b"\r\n\r\n" + body
    assert read(content).text.split("\n\n")[-1] == text


def test_encoded_headers():
    assert read(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_an_alle?=\r\n\r\nx").title == "Grüße an alle"


@pytest.mark.parametrize("content", [b"no mail at all", b"\0" * 100, b"\n\nFrom: too late"])
def test_what_is_no_mail(content: bytes):
    with pytest.raises(Unreadable, match="it is not a mail"):
        read(content)


def nested(depth: int) -> bytes:
    content = b"Subject: deep\r\n"
    for number in range(depth):
        content += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
    return content + b"\r\nwords"


def test_parts_in_parts():
    assert read(nested(20)).text == "deep\n\nwords"
    with pytest.raises(Unreadable, match="it has more than 100 nested parts"):
        read(nested(101))


def test_a_subject_in_a_charset_that_python_knows_by_another_name() -> None:
    subject = b"=?x-cp1251?B?z/Do4uXy?= =?utf-8*en?Q?_=C3=BC?= =?unicode_escape?Q?_=5Cud800?="
    document = read(b"Subject: " + subject + b"\nFrom: a@b.example\n\nwords")
    assert document.title == r"Привет ü \ud800"


def in_parts(subtype: str, *parts: str, subject: str = "The buoy") -> bytes:
    """A mail of parts, each with its headers, a blank line and its content."""
    head = f"From: Ada <ada@example.org>\nSubject: {subject}\nContent-Type: multipart/{subtype}; boundary=b\n"
    return "".join((head, *(f"\n--b\n{part}" for part in parts), "\n--b--\n")).encode()


def two_forms(plain: str, page: str) -> Document:
    return read(
        in_parts(
            "alternative", f"Content-Type: text/plain\n\n{plain}", f"Content-Type: text/html; charset=utf-8\n\n{page}"
        )
    )


def children_of(document: Document) -> dict[str, str]:
    """The text of each document inside it, or the reason why it was not read."""
    outcomes = {child.name: child.outcome for child in flatten(document.children)}
    return {name: outcome if isinstance(outcome, str) else outcome.text for name, outcome in outcomes.items()}


def body_of(document: Document) -> str:
    return document.text.split("\n\n", 2)[2]


BERTH = "<p>Your berth is number forty-one, on the north pier.</p>"
BERTH_WORDS = "Your berth is number forty-one, on the north pier."


@pytest.mark.parametrize(
    "plain",
    [
        "",
        "  \n\n ",
        "Your mail program cannot show HTML.",
        "To view this message, please use a program that shows HTML, or open it in your browser: https://x.example/1",
        "Ihr Programm kann HTML nicht anzeigen.",
    ],
)
def test_a_plain_part_that_says_nothing(plain: str) -> None:
    document = two_forms(plain, BERTH)
    assert body_of(document) == BERTH_WORDS
    left_out = len(set(words(plain)) - set(words(BERTH)))
    assert sum(loss.words or 0 for loss in document.losses if loss.kind == LossKind.HIDDEN) >= left_out


def test_the_form_that_says_more_is_read_and_both_where_they_differ() -> None:
    table = "<table><tr><th>Fee</th><th>Due</th></tr><tr><td>90 EUR</td><td>1 May 2025</td></tr></table>"
    more = two_forms("Dear Ben,\nyour berth is free.", f"<p>Dear Ben, your berth is free.</p>{table}")
    assert body_of(more) == "Dear Ben, your berth is free.\n\nFee | Due\n90 EUR | 1 May 2025"
    assert body_of(two_forms("Your berth is\nnumber forty-one.", "<p>Your berth is number forty-one.</p>")) == (
        "Your berth is\nnumber forty-one."
    )
    assert body_of(two_forms("Your berth is number forty-one.", "<p><img src='logo.png'></p>")).startswith("Your berth")
    assert body_of(two_forms("The lamp of the harbour is lit.", BERTH)) == (
        f"The lamp of the harbour is lit.\n\n{BERTH_WORDS}"
    )


def test_attached_files_and_forwarded_mails_are_documents_of_their_own() -> None:
    content = in_parts(
        "mixed",
        "\nSee below.",
        'Content-Type: text/plain; name="minutes.txt"\nContent-Transfer-Encoding: base64\n\n'
        "VGhlIGJvYXJkIGNob3NlIHRoZSBibHVlIHBhaW50Lg==",
        'Content-Type: text/plain; name="minutes.txt"\n\nThe crane is green.',
        "Content-Type: message/rfc822\n\nFrom: Cy <cy@example.org>\nSubject: Old/new letter\n\nNinety kilograms.",
        "Content-Type: application/pdf\n\nno pdf",
        'Content-Type: image/png; name="pier.png"\nContent-Disposition: inline\n\nPNG',
        "\nSent from the pier.",
    )
    document = read(content)
    assert body_of(document) == (
        "See below.\n\nSent from the pier.\n\n"
        "Attached: minutes.txt, minutes.txt, Old/new letter.eml, attachment.pdf, pier.png".replace("Old/new", "Old-new")
    )
    assert children_of(document) == {
        "minutes.txt": "The board chose the blue paint.",
        "minutes (2).txt": "The crane is green.",
        "Old-new letter.eml": "Old/new letter\n\nFrom: Cy <cy@example.org>\n\nNinety kilograms.",
        "attachment.pdf": "it is not a PDF, or it is damaged or cut off",
    }
    assert [(loss.kind, loss.place) for loss in document.losses] == [(LossKind.PICTURE, "pier.png")]


def test_a_forwarded_mail_that_was_encoded_although_that_is_forbidden() -> None:
    inner = b64encode(b"Subject: Inner\nFrom: c@d.example\n\nninety kilograms").decode()
    part = f"Content-Type: message/rfc822; name=old\nContent-Transfer-Encoding: base64\n\n{inner}"
    assert children_of(read(in_parts("mixed", part))) == {"old.eml": "Inner\n\nFrom: c@d.example\n\nninety kilograms"}


def test_mails_in_mails_end_somewhere_and_that_is_said() -> None:
    content = b"Subject: level 0\n\nThe innermost words."
    for level in range(1, 11):
        inner = f"Content-Type: message/rfc822\n\n{content.decode()}"
        content = in_parts("mixed", inner, subject=f"level {level}").replace(b"=b\n", b"=b%d\n" % level)
        content = content.replace(b"--b\n", b"--b%d\n" % level).replace(b"--b--\n", b"--b%d--\n" % level)
    names = children_of(read(content))
    assert len(names) == 9
    assert list(names.values())[-1] == "it is nested more than 8 documents deep"


def test_lines_that_flow_are_joined_and_quoted_replies_stay() -> None:
    content = (
        b"Subject: s\nContent-Type: text/plain; format=flowed\n\nThe buoy was seen \non Monday.\n"
        b"> It was said \n> here.\n>> older\n-- \nAda"
    )
    assert read(content).text == "s\n\nThe buoy was seen on Monday.\n> It was said here.\n>> older\n-- \nAda"
    assert unflow("Wort\nbildung \nen", delete_space=True) == "Wort\nbildungen"


def test_headers_are_lines_as_they_were_written() -> None:
    document = read("Subject: Grüße\nFrom: Zoë <z@x.example>\nBcc: b@x.example\nDate: Mon, 3 Mar 2025\n\nx".encode())
    assert document.text == "Grüße\n\nFrom: Zoë <z@x.example>\nBcc: b@x.example\nDate: Mon, 3 Mar 2025\n\nx"
    many = read(f"Subject: s\nTo: {', '.join(f'w{n}@x.example' for n in range(1_000))}\n\nx".encode())
    [loss] = many.losses
    assert (loss.kind, loss.place) == (LossKind.UNREAD, "To")
    assert loss.words == 1_000 - len(many.text.split("\n\n")[1].split()) + 1


@pytest.mark.parametrize(
    ("header", "body", "text"),
    [
        ("text/plain; charset=iso-8859-1", "Grüße an alle".encode(), "Grüße an alle"),
        ("text/plain", "浮標は月曜日に見えた。".encode("iso2022_jp"), "浮標は月曜日に見えた。"),
        ("text/plain; charset=iso-2022-jp", "浮標".encode("iso2022_jp"), "浮標"),
        ("text/plain; charset=windows-1252", b"caf\xe9", "café"),
    ],
)
def test_a_charset_that_is_wrong_or_missing(header: str, body: bytes, text: str) -> None:
    document = read(b"Subject: s\nContent-Type: " + header.encode() + b"\n\n" + body)
    assert document.text == f"s\n\n{text}"
    assert document.losses == ()


@pytest.mark.parametrize(
    ("header", "body", "text", "encoding"),
    [
        ("text/plain; charset=utf-8", b"caf\xe9 noir", "café noir", "windows-1252"),
        ("text/plain; charset=iso-8859-1", "Буй видели в понедельник у обломков.".encode("koi8-r"), "Буй", "koi8-r"),
        ("text/plain", "Буй видели в понедельник у обломков.".encode("cp1251"), "Буй", "windows-1251"),
        ("text/html; charset=windows-1252", "<p>浮標は月曜日に見えた。".encode("cp932"), "浮標", "shift_jis"),
    ],
)
def test_a_guess_is_noted(header: str, body: bytes, text: str, encoding: str) -> None:
    document = read(b"Subject: s\nContent-Type: " + header.encode() + b"\n\n" + body)
    assert document.text.startswith(f"s\n\n{text}")
    assert [(loss.kind, loss.place) for loss in document.losses] == [(LossKind.GUESSED_ENCODING, encoding)]


def test_an_invitation_is_read_with_the_mail() -> None:
    event = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:The board meets\nDTSTART:20250304T100000Z\nEND:VEVENT\nEND:VCALENDAR"
    )
    content = in_parts("alternative", "\nPlease come.", f"Content-Type: text/calendar; method=REQUEST\n\n{event}")
    assert body_of(read(content)) == "Please come.\n\nEvent: The board meets\nStart: 2025-03-04 10:00 UTC"


def test_every_word_of_a_mail_is_text_or_a_child_or_in_the_ledger() -> None:
    picture = 'Content-Type: image/png; name="w4.png"\nContent-ID: <1>\n\nPNG'
    related = (
        f"Content-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\nw3\n--c\n{picture}\n--c--"
    )
    content = in_parts(
        "mixed",
        "\nw1",
        "Content-Type: text/html\n\n<p>w2</p>",
        related,
        "Content-Type: text/plain\nContent-Disposition: attachment\n\nw5",
        "Content-Type: message/rfc822\n\nSubject: w6\n\nw7",
        "Content-Type: message/delivery-status\n\nReporting-MTA: w8\n\nStatus: w9\n",
        "Content-Type: application/octet-stream; name=w10.bin\n\nBIN\0",
        "Content-Type: message/external-body; name=w11\n\nContent-Type: text/plain\n\n",
        "Content-Type: application/pkcs7-mime; name=w12.p7m\n\nxx",
        subject="w0",
    )
    document = read(content)
    inside = children_of(document)
    found = " ".join([document.text, *inside, *inside.values(), *(loss.place for loss in document.losses)])
    assert [f"w{number}" for number in range(13) if f"w{number}" not in set(words(found))] == []
    assert {loss.kind for loss in document.losses} == {LossKind.PICTURE, LossKind.UNREAD}


APPLE = b"""From: Ada <ada@example.org>
Subject: The buoy
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="A"

--A
Content-Type: text/plain; charset=utf-8

The buoy drifts two miles a day.

The second half is below.
--A
Content-Type: multipart/mixed; boundary="B"

--B
Content-Type: text/html; charset=us-ascii

<p>The buoy drifts two miles a day.</p>
--B
Content-Disposition: inline; filename="notes.txt"
Content-Type: text/plain; name="notes.txt"

The chain weighs ninety kilograms.
--B
Content-Type: text/html; charset=us-ascii

<p>The second half is below.</p>
--B--
--A--
"""


def test_a_body_in_two_pages_around_a_file_is_one_form():
    document = read_document("a.eml", APPLE)
    assert document.text.count("second half") == 1
    assert [child.name for child in document.children] == ["notes.txt"]


@pytest.mark.parametrize("name", ["12345.emlx", "12345.partial.emlx"])
def test_mails_of_apple_have_a_number_before_them_and_settings_behind(name: str):
    settings = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD">\n<plist/>'
    document = read_document(name, b"%-10d\n%b%b\n" % (len(APPLE), APPLE, settings))
    assert document.text == read_document("a.eml", APPLE).text
    assert document.title == "The buoy"


@pytest.mark.parametrize("saved", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_mail_that_was_saved_as_text_of_another_encoding(saved: str):
    mail = "From: Ada <ada@example.org>\nSubject: The café\n\nThe café is closed.\n".encode(saved)
    assert "The café is closed." in read_document("a.eml", mail).text


def test_empty_lines_before_the_headers():
    assert read_document("a.eml", b"\r\nFrom: Ada <a@example.org>\r\nSubject: Hi\r\n\r\nHello.\r\n").title == "Hi"


def test_a_file_written_into_the_text_is_attached():
    note = b2a_uu(b"The bell rings at noon.").decode()
    mail = f"From: Ada <a@example.org>\n\nSee the file.\n\nbegin 644 note.txt\n{note}`\nend\n\nYours, Ada\n"
    document = read_document("a.eml", mail.encode())
    assert document.text == "From: Ada <a@example.org>\n\nSee the file.\n\n\n\nYours, Ada\n\nAttached: note.txt"
    (child,) = document.children
    assert not isinstance(child.outcome, str)
    assert child.outcome.text == "The bell rings at noon."


@pytest.mark.parametrize(
    ("end", "damage", "rest"),
    [("`\nend\n\nYours", "", "Yours"), ("", "", ""), ("\n\nYours, Ada", "", "Yours, Ada"), ("`\nend\n", "a#~\n", "")],
)
def test_a_damaged_file_in_the_text_is_attached_as_far_as_it_is_there(end: str, damage: str, rest: str):
    lines = [b2a_uu(b"The bell of the quay rings at noon, every day").decode() for _ in range(3)]
    mail = f"From: Ada <a@example.org>\n\nSee.\n\nbegin 644 note.txt\n{damage.join(lines)}{end}"
    document = read_document("a.eml", mail.encode())
    assert document.text.split() == f"From: Ada <a@example.org> See. {rest} Attached: note.txt".split()
    (child,) = document.children
    assert not isinstance(child.outcome, str)
    assert child.outcome.text.count("The bell") == 3
    is_whole = end.startswith("`") and not damage
    assert [(loss.kind, loss.place) for loss in document.losses] == [(LossKind.DAMAGED, "note.txt")] * (not is_whole)


def test_a_text_that_begins_something_keeps_its_lines():
    mail = b"From: Ada <a@example.org>\n\nbegin 644 words\nThis is what we planned for the summer.\nend\n"
    document = read_document("a.eml", mail)
    assert "what we planned" in document.text
    assert not document.children


def test_a_subject_in_seven_bits_that_nobody_encoded():
    mail = b"From: Ada <a@example.org>\nSubject: " + "灯台守".encode("iso2022_jp") + b"\n\nHi.\n"
    assert read_document("a.eml", mail).title == "灯台守"


@pytest.mark.parametrize("charset", ["x-unknown", "unknown-8bit", "foo-99", "utf8", "base64", "136"])
@pytest.mark.parametrize("words", ["=FCber_M=FCller", "=C3=BCber_M=C3=BCller"])
def test_words_in_a_charset_that_nobody_knows(charset: str, words: str):
    mail = f"From: =?{charset}?Q?J=C3=B6rg?= <a@b.example>\nSubject: =?{charset}*de?Q?{words}?=\n\nHi.\n"
    document = read_document("a.eml", mail.encode())
    assert document.text == "über Müller\n\nFrom: Jörg <a@b.example>\n\nHi."


def test_what_readers_of_news_see():
    mail = (
        b"Path: x!y\nFrom: a@b.example\nNewsgroups: rec.boats,sci.sea\nOrganization: Sund Yacht Club\n"
        b"Subject: Keels\nKeywords: lead\nSummary: They sink\nMessage-ID: <1@b.example>\n\nHi.\n"
    )
    assert read_document("a.eml", mail).text == (
        "Keels\n\nFrom: a@b.example\nOrganization: Sund Yacht Club\nNewsgroups: rec.boats,sci.sea\nKeywords: lead\n"
        "Summary: They sink\n\nHi."
    )
