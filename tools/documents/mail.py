"""Mail: subject, sender and date, then what was written, then the names of what was attached."""

import codecs
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, cast

from outlast.evidence.sources import Heading
from outlast.tools.documents import html
from outlast.tools.documents.decoding import browser_codec, decode, unicode_codec
from outlast.tools.documents.document import Document, Unreadable

EXTRACTOR = "mail/3"

SHOWN_HEADERS = ("From", "To", "Cc", "Date")
MAX_HEADER_CHARACTERS = 500  # characters of a header: some go to hundreds of people
MAX_PARTS = 100
ENCODED_WORD = re.compile(r"=\?([\w.:-]{1,40})(?=(?:\*[\w-]*)?\?[bq]\?)", re.IGNORECASE | re.ASCII)
NON_CHARSET_CODECS = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"})
"""Codecs that Python has, and that would make of a mail what no reader of mail shows."""


class _Policy(EmailPolicy):
    """Python's parser of headers knows charsets by Python's labels: `x-cp1251` is none of them."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, ENCODED_WORD.sub(_with_python_label, value))


def read(content: bytes, stem: str) -> Document:
    """`stem` is the title where there is no subject. Raises Unreadable."""
    if content.count(b"boundary=") > MAX_PARTS:  # the parser takes ever longer for parts in parts
        raise Unreadable(f"it has more than {MAX_PARTS} parts in parts")
    try:
        return _read(content, stem)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # on malformed mail the standard library's parser raises a dozen kinds of error
        raise Unreadable(f"it is damaged: its mail headers or parts cannot be read ({type(error).__name__})") from error


def _read(content: bytes, stem: str) -> Document:
    message = cast("EmailMessage", message_from_bytes(content, policy=_Policy()))
    lines = [f"{name}: {words}" for name in SHOWN_HEADERS if (words := _header(message, name))]
    subject = _header(message, "Subject")
    if not lines and not subject:
        raise Unreadable("it is no mail: it has no sender, no date and no subject")
    body, headings, attached = _body(message)
    above = "\n\n".join(part for part in (subject, "\n".join(lines)) if part) + "\n\n"
    below = f"\n\nAttached: {', '.join(attached)}" if attached else ""
    shift = len(above)
    found = [Heading(start=0, end=len(subject), level=1)] if subject else []
    found += [
        Heading(start=heading.start + shift, end=heading.end + shift, level=min(heading.level + 1, 6))
        for heading in headings
    ]
    return Document((above + body).rstrip() + below, subject or stem, "message/rfc822", tuple(found), EXTRACTOR)


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").replace("\0", "").encode("utf-8", "replace").decode().split())[
        :MAX_HEADER_CHARACTERS
    ]


def _body(message: EmailMessage) -> tuple[str, tuple[Heading, ...], list[str]]:
    """What was written, the headings in it, and the names of what is attached."""
    part = message.get_body(preferencelist=("plain", "html"))
    attached = [
        name
        for number, each in enumerate(message.walk())
        if number < MAX_PARTS and each is not part and (name := " ".join((each.get_filename() or "").split()))
    ]
    if part is None:
        return "", (), attached
    payload = part.get_payload(decode=True)
    written = payload if isinstance(payload, bytes) else b""
    if part.get_content_type() == "text/html":
        page = html.parse_page(_to_utf_8(written, part.get_content_charset()), "")
        return page.text, page.headings, attached
    return decode(_to_utf_8(written, part.get_content_charset())).strip("\n"), (), attached


def _with_python_label(word: re.Match[str]) -> str:
    label = word.group(1)
    return f"=?{browser_codec(label) or unicode_codec(label) or ('ascii' if is_no_charset(label) else label)}"


def _to_utf_8(written: bytes, charset: str | None) -> bytes:
    """With a mark that says so, where its charset is declared and can be true; else as it stands, for guessing."""
    try:
        codec = browser_codec(charset or "") or unicode_codec(charset or "") or charset or "ascii"
        return written if is_no_charset(codec) else codecs.BOM_UTF8 + written.decode(codec).encode()
    except (LookupError, ValueError):
        return written


def is_no_charset(label: str) -> bool:
    try:
        return codecs.lookup(label).name.replace("_", "-") in NON_CHARSET_CODECS
    except (LookupError, ValueError):
        return False
