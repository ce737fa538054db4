"""A reader of mails as Outlook saves them (`.msg`). Its text is that of a mail; attachments are documents of their own.

As specified by [MS-OXMSG]: each folder of a compound file has the properties of the mail, a recipient or an attachment.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.containers import Children
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail.body import Body
from outlast.tools.documents.mail.compound_file import Storage, read_compound_file
from outlast.tools.documents.mail.compressed_rtf import decompress_rtf
from outlast.tools.documents.mail.text import choose_form, decode_part, words_only_in
from outlast.tools.documents.markup import html

EXTRACTOR = "outlook/2"

PROPERTIES = "__properties_version1.0"
MAIL_HEADER_BYTES, INNER_MAIL_HEADER_BYTES, PART_HEADER_BYTES = 32, 24, 8
UNICODE, BYTES, TEXT, TIME, INNER = 0x001F, 0x0102, 0x001E, 0x0040, 0x000D

SUBJECT, BODY, BODY_RTF, BODY_HTML = 0x0037, 0x1000, 0x1009, 0x1013
SENDER, SENDER_ADDRESS, SENDER_SMTP, SENT, RECEIVED = 0x0C1A, 0x0C1F, 0x5D01, 0x0039, 0x0E06
START, END, CLASS = 0x0060, 0x0061, 0x001A
RECIPIENT_KIND, NAME, ADDRESS, SMTP = 0x0C15, 0x3001, 0x3003, 0x39FE
DATA, METHOD, LONG_FILE_NAME, FILE_NAME, MEDIA_TYPE, IS_HIDDEN = 0x3701, 0x3705, 0x3707, 0x3704, 0x370E, 0x7FFE
TEXT_ENCODING, HTML_ENCODING = 0x3FFD, 0x3FDE
INNER_MAIL, OLE_OBJECT = 5, 6
RECIPIENT_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
# fmt: off
CHARSETS = {
    65001: "utf-8", 20127: "ascii", 28591: "iso-8859-1", 28592: "iso-8859-2", 28595: "iso-8859-5", 28597: "iso-8859-7",
    28605: "iso-8859-15", 20866: "koi8-r", 21866: "koi8-u", 936: "gbk", 54936: "gb18030", 52936: "hz",
    50220: "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr",
}
"""Numbers of encodings that have another name than `cp` and the number."""
# fmt: on


def read(content: bytes, stem: str) -> Document:
    """Read a mail, an appointment or a note of Outlook. `stem` is the title if it has no subject. Raises Unreadable."""
    root = read_compound_file(content)
    if PROPERTIES not in root.streams:
        raise Unreadable("it is not a mail of Outlook: it has no properties")
    return read_storage(root, MAIL_HEADER_BYTES, stem)


class _Properties:
    """The properties of a mail, a recipient or an attachment, by their numbers."""

    def __init__(self, storage: Storage, header_bytes: int, charset: str = "") -> None:
        self.storage = storage
        entries = storage.streams.get(PROPERTIES, b"")[header_bytes:]
        self._fixed: dict[int, bytes] = {}
        for tag, _, value in struct.iter_unpack("<II8s", entries[: len(entries) // 16 * 16]):
            self._fixed[tag] = value
        number = self.number(TEXT_ENCODING)
        self.charset = _charset(number) if number else charset

    def number(self, name: int) -> int:
        """Return a number or a truth value; 0 if it is missing."""
        value = self._fixed.get(name << 16 | 0x0003) or self._fixed.get(name << 16 | 0x000B)
        return int.from_bytes(value[:4], "little") if value else 0

    def time(self, name: int) -> str:
        """Return a time as mails write it; "" if it is missing."""
        ticks = int.from_bytes(self._fixed.get(name << 16 | TIME, b""), "little")
        try:
            moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return format_datetime(moment) if ticks else ""

    def content(self, name: int) -> bytes:
        return self.storage.streams.get(f"__substg1.0_{name:04X}{BYTES:04X}", b"")

    def text(self, name: int) -> str:
        """Return a text, whose lines end in a newline; "" if it is missing or cannot be decoded."""
        unicode = self.storage.streams.get(f"__substg1.0_{name:04X}{UNICODE:04X}")
        if unicode is not None:
            found = unicode.decode("utf-16-le", "replace")
        else:
            content = decode_part(self.storage.streams.get(f"__substg1.0_{name:04X}{TEXT:04X}", b""), self.charset)
            try:
                found = decode(content)
            except Unreadable:
                return ""
        return found.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").rstrip("\n")

    def line(self, name: int) -> str:
        return " ".join(self.text(name).split())


def read_storage(storage: Storage, header_bytes: int, stem: str) -> Document:
    """Read a mail from its folder. `header_bytes` come before the properties of its root."""
    mail = _Properties(storage, header_bytes)
    subject, body = mail.line(SUBJECT), Body()
    if subject:
        body.add_heading(subject)
    body.add("\n".join(f"{name}: {value}" for name, value in _headers(mail)))
    _add_body(mail, body)
    children, names = Children(), list[str]()
    for name, part in sorted(storage.storages.items()):
        if name.startswith("__attach_version1.0_#"):
            _add_attachment(_Properties(part, PART_HEADER_BYTES, mail.charset), body, children, names)
    kind = mail.line(CLASS)
    if kind and not kind.startswith(("IPM.Note", "REPORT", "IPM.Post")):
        body.losses.append(Loss(kind=LossKind.UNREAD, place=f"fields of the kind {kind}"))
    return body.document(subject or stem, "application/vnd.ms-outlook", EXTRACTOR, names, children)


def _headers(mail: _Properties) -> Iterator[tuple[str, str]]:
    address = mail.line(SENDER_SMTP) or mail.line(SENDER_ADDRESS)
    yield from _named("From", [_person(mail.line(SENDER), address)])
    people: dict[str, list[str]] = {}
    for name, part in sorted(mail.storage.storages.items()):
        if name.startswith("__recip_version1.0_#"):
            recipient = _Properties(part, PART_HEADER_BYTES, mail.charset)
            kind = RECIPIENT_KINDS.get(recipient.number(RECIPIENT_KIND), "To")
            address = recipient.line(SMTP) or recipient.line(ADDRESS)
            people.setdefault(kind, []).append(_person(recipient.line(NAME), address))
    for kind in RECIPIENT_KINDS.values():
        yield from _named(kind, people.get(kind, []))
    yield from _named("Date", [mail.time(SENT) or mail.time(RECEIVED)])
    if mail.line(CLASS).startswith(("IPM.Appointment", "IPM.Schedule")):
        yield from _named("Start", [mail.time(START)])
        yield from _named("End", [mail.time(END)])


def _named(name: str, values: list[str]) -> Iterator[tuple[str, str]]:
    if line := ", ".join(value for value in values if value):
        yield name, line


def _person(name: str, address: str) -> str:
    if "@" not in address or name == address:  # inside a company, it is a path in a directory
        return name or address
    return f"{name} <{address}>" if name else address


def _add_body(mail: _Properties, body: Body) -> None:
    plain = mail.text(BODY)
    page = _page(mail)
    keeps_plain, keeps_page = choose_form(plain, page.text) if page else (bool(plain), False)
    if keeps_plain:
        body.append(Document(plain, "", "text/plain", (), EXTRACTOR))
    elif plain and page:
        body.leave_out("the plain form of the body", words_only_in(plain, page.text))
    if page and keeps_page:
        body.append(page)
    elif page:
        body.leave_out("the HTML form of the body", words_only_in(page.text, plain))
    if not plain.strip() and not page:
        _add_rich_body(mail, body)


def _page(mail: _Properties) -> Document | None:
    text, content = mail.text(BODY_HTML), mail.content(BODY_HTML)
    if not text and not content:
        return None
    number = mail.number(HTML_ENCODING)
    if text:
        content = b"\xef\xbb\xbf" + text.encode("utf-8", "replace")
    else:
        content = decode_part(content, _charset(number) if number else mail.charset)
    try:
        return html.parse_page(content, "")
    except Unreadable:
        return None


def _add_rich_body(mail: _Properties, body: Body) -> None:
    """Add the body of a mail that has nothing but RTF."""
    from outlast.tools.documents.reading import read_document  # noqa: PLC0415 - it loads the readers, and this is one

    if not (content := mail.content(BODY_RTF)):
        return
    try:
        body.append(read_document("body.rtf", decompress_rtf(content)))
    except Unreadable as error:
        if str(error) != "it has no text":
            body.losses.append(Loss(kind=LossKind.UNREAD, place=f"the body in RTF: {error}"))


def _add_attachment(part: _Properties, body: Body, children: Children, names: list[str]) -> None:
    name = part.line(LONG_FILE_NAME) or part.line(FILE_NAME) or part.line(NAME) or "attachment"
    method = part.number(METHOD)
    if part.line(MEDIA_TYPE).startswith("image/") and part.number(IS_HIDDEN):
        body.losses.append(Loss(kind=LossKind.PICTURE, place=name))
        return
    names.append(name)
    inner = part.storage.storages.get(f"__substg1.0_{DATA:04X}{INNER:04X}")
    if method == INNER_MAIL and inner is not None:
        content = b"".join(inner.streams[stream] for stream in sorted(inner.streams))
        title = name.replace("/", "-")
        shown = title if title.lower().endswith(".msg") else f"{title}.msg"
        children.add(shown, content, lambda: read_storage(inner, INNER_MAIL_HEADER_BYTES, name))
    elif method == OLE_OBJECT:
        children.refuse(name, "it is an object of another program")
    else:
        children.add(name.replace("/", "-"), part.content(DATA))


def _charset(number: int) -> str:
    return CHARSETS.get(number, f"cp{number}")
