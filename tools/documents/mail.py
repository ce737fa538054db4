"""A reader of mail. Its text is the subject, sender and date, then the body, then the names of attached files."""

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
MAX_HEADER_CHARACTERS = 500  # some mails are addressed to hundreds of people
MAX_PARTS = 100
ENCODED_WORD = re.compile(r"=\?([\w.:-]{1,40})(?=(?:\*[\w-]*)?\?[bq]\?)", re.IGNORECASE | re.ASCII)
NON_CHARSET_CODECS = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"})
"""Codecs of Python that are not charsets: decoding with them gives text that no mail program would show."""


class _Policy(EmailPolicy):
    """A policy that replaces charset labels which Python's header parser does not know, for example `x-cp1251`."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, ENCODED_WORD.sub(_with_python_label, value))


def read(content: bytes, stem: str) -> Document:
    """Read a mail. `stem` is the title if there is no subject. Raises Unreadable."""
    if content.count(b"boundary=") > MAX_PARTS:  # the parser's time grows with the depth of nested parts
        raise Unreadable(f"it has more than {MAX_PARTS} nested parts")
    try:
        return _read(content, stem)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # on malformed mail, the parser of the standard library raises a dozen kinds of errors
        raise Unreadable(f"it is damaged: its mail headers or parts cannot be read ({type(error).__name__})") from error


def _read(content: bytes, stem: str) -> Document:
    message = cast("EmailMessage", message_from_bytes(content, policy=_Policy()))
    lines = [f"{name}: {words}" for name in SHOWN_HEADERS if (words := _header(message, name))]
    subject = _header(message, "Subject")
    if not lines and not subject:
        raise Unreadable("it is not a mail: it has no sender, no date and no subject")
    body, headings, attached = _body(message)
    head = "\n\n".join(part for part in (subject, "\n".join(lines)) if part) + "\n\n"
    tail = f"\n\nAttached: {', '.join(attached)}" if attached else ""
    shift = len(head)
    found = [Heading(start=0, end=len(subject), level=1)] if subject else []
    found += [
        Heading(start=heading.start + shift, end=heading.end + shift, level=min(heading.level + 1, 6))
        for heading in headings
    ]
    return Document((head + body).rstrip() + tail, subject or stem, "message/rfc822", tuple(found), EXTRACTOR)


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").replace("\0", "").encode("utf-8", "replace").decode().split())[
        :MAX_HEADER_CHARACTERS
    ]


def _body(message: EmailMessage) -> tuple[str, tuple[Heading, ...], list[str]]:
    """Return the text of the body, its headings, and the names of attached files."""
    part = message.get_body(preferencelist=("plain", "html"))
    attached = [
        name
        for number, other in enumerate(message.walk())
        if number < MAX_PARTS and other is not part and (name := " ".join((other.get_filename() or "").split()))
    ]
    if part is None:
        return "", (), attached
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if part.get_content_type() == "text/html":
        page = html.parse_page(_to_utf_8(content, part.get_content_charset()), "")
        return page.text, page.headings, attached
    return decode(_to_utf_8(content, part.get_content_charset())).strip("\n"), (), attached


def _with_python_label(word: re.Match[str]) -> str:
    label = word.group(1)
    return f"=?{browser_codec(label) or unicode_codec(label) or ('ascii' if is_no_charset(label) else label)}"


def _to_utf_8(content: bytes, charset: str | None) -> bytes:
    """Convert to UTF-8 with a BOM by the declared charset; if that is missing or wrong, return `content` as it is."""
    try:
        codec = browser_codec(charset or "") or unicode_codec(charset or "") or charset or "ascii"
        return content if is_no_charset(codec) else codecs.BOM_UTF8 + content.decode(codec).encode()
    except (LookupError, ValueError):
        return content


def is_no_charset(label: str) -> bool:
    """Return whether Python has a codec of this name that is not a charset."""
    try:
        return codecs.lookup(label).name.replace("_", "-") in NON_CHARSET_CODECS
    except (LookupError, ValueError):
        return False
