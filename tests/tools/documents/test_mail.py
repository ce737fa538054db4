from email.message import EmailMessage

import pytest

from outlast.tools.documents.document import Document, Unreadable
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
