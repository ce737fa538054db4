"""A reader of mail. Its text is the subject, sender and date, then the body, then the names of attached files.

Attached files and forwarded mails are documents of their own, inside this one.
"""

import codecs
import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import EmailPolicy
from io import BytesIO
from typing import Any, cast

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.characters.encoding_guess import guess_encoding
from outlast.tools.documents.containers import Children
from outlast.tools.documents.decoding import browser_codec, decode, unicode_codec
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.mail import winmail
from outlast.tools.documents.mail.body import Body
from outlast.tools.documents.mail.text import is_no_charset
from outlast.tools.documents.mail.transfer import transferred

EXTRACTOR = "mail/6"

SHOWN_HEADERS = (
    "From", "Organization", "To", "Cc", "Bcc", "Reply-To", "Newsgroups", "Date", "Keywords", "Summary", "Comments"
)  # fmt: skip
"""What mail programs show, and readers of news. The others are the post office's, such as the stations of its way."""
MAX_HEADER_CHARACTERS = 2_000  # some mails are addressed to hundreds of people
MAX_NESTED_PARTS = 100
MAX_PARTS = 1_000
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BEFORE_HEADERS = re.compile(rb"\A\s+(?=[!-9;-~]{1,70}:[^\n]*\n(?:[ \t][^\n]*\n)*[!-9;-~]{1,70}:)")
"""Empty lines before at least two headers."""
ENCODED_WORD = re.compile(r"=\?([\w.:-]{1,40})(?=(?:\*[\w-]*)?\?([bq])\?([^?]*))", re.IGNORECASE | re.ASCII)
# fmt: off
SUFFIXES = {
    "message/rfc822": ".eml", "message/global": ".eml", "text/rfc822-headers": ".eml", "application/mbox": ".mbox",
    "application/vnd.ms-outlook": ".msg", "application/ms-tnef": ".tnef", "text/calendar": ".ics",
    "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv", "text/markdown": ".md", "text/xml": ".xml",
    "text/rtf": ".rtf", "application/rtf": ".rtf", "application/xml": ".xml", "application/json": ".json",
    "application/pdf": ".pdf", "application/epub+zip": ".epub",
    "application/zip": ".zip", "application/x-zip-compressed": ".zip",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
"""The suffixes of attached files that have no name, or one without a suffix."""
# fmt: on


class _Policy(EmailPolicy):
    """A policy that replaces charset labels which Python's header parser does not know, for example `x-cp1251`.

    Headers that are not encoded at all, as old programs write them, are decoded as files are.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if not value.isascii() or "\x1b" in value:
            value = decode(value.encode("utf-8", "surrogateescape"))
        return super().header_fetch_parse(name, ENCODED_WORD.sub(_with_python_label, value))


POLICY = _Policy(refold_source="none")


def read(content: bytes, stem: str) -> Document:
    """Read a mail. `stem` is the title if there is no subject. Raises Unreadable."""
    if content.count(b"boundary=") > MAX_NESTED_PARTS:  # the parser's time grows with the depth of nested parts
        raise Unreadable(f"it has more than {MAX_NESTED_PARTS} nested parts")
    try:
        return _read(_as_bytes(content), stem)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # on malformed mail, the parser of the standard library raises a dozen kinds of errors
        raise Unreadable(f"it is damaged: its mail headers or parts cannot be read ({type(error).__name__})") from error


def _as_bytes(content: bytes) -> bytes:
    """Return a mail as it was sent: programs that save it as text may put a mark or empty lines before it."""
    if content.startswith(UTF_16_MARKS) or (content[:1] == b"\0" or content[1:2] == b"\0"):
        return decode(content).encode("utf-8", "replace")
    return BEFORE_HEADERS.sub(b"", content.removeprefix(codecs.BOM_UTF8))


def subject_of(content: bytes) -> str:
    """Return the subject of a mail of which `content` is the beginning; "" if it has none that can be read."""
    try:
        head = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
        return _header(cast("EmailMessage", message_from_bytes(head, policy=POLICY)), "Subject")[0]
    except Exception:  # noqa: BLE001 - the parser of the standard library raises a dozen kinds of errors
        return ""


def _read(mail: bytes, stem: str) -> Document:
    message = cast("EmailMessage", message_from_bytes(mail, policy=POLICY))
    headers = {name: _header(message, name) for name in (*SHOWN_HEADERS, "Subject")}
    subject, _ = headers.pop("Subject")
    lines = [f"{name}: {words}" for name, (words, _) in headers.items() if words]
    if not lines and not subject:
        raise Unreadable("it is not a mail: it has no sender, no date and no subject")
    body = Body()
    if subject:
        body.add_heading(subject)
    body.add("\n".join(lines))
    body.losses += [Loss(kind=LossKind.UNREAD, place=name, words=left) for name, (_, left) in headers.items() if left]
    attached = _Attached()
    for part in _parts(message, body):
        if not body.read(part):
            attached.add(part, body)
    for file in body.files:
        attached.names.append(file.name)
        attached.children.add(file.name, file.content)
    return body.document(subject or stem, "message/rfc822", EXTRACTOR, attached.names, attached.children)


def _header(message: EmailMessage, name: str) -> tuple[str, int]:
    """Return a header on one line, and how many of its words are left out because there are so many."""
    values = message.get_all(name, [])
    if name == "Date":  # as it was written: the parser of the standard library would write it anew
        values = [value for key, value in message.raw_items() if key.lower() == "date"]
    whole = " ".join(str(value) for value in values)
    line = " ".join(whole.replace("\0", "").encode("utf-8", "replace").decode().split())
    if len(line) <= MAX_HEADER_CHARACTERS:
        return line, 0
    kept = line[:MAX_HEADER_CHARACTERS].rpartition(" ")[0] or line[:MAX_HEADER_CHARACTERS]
    return kept, len(line[len(kept) :].split())


def _parts(message: EmailMessage, body: Body) -> Iterator[EmailMessage]:
    """Yield the parts that are not made of parts, in order, and of two forms of the same body the one to read."""
    pending, count = [message], 0
    while pending:
        part = pending.pop()
        count += 1
        if count > MAX_PARTS:
            body.losses.append(Loss(kind=LossKind.UNREAD, place=f"parts after the first {MAX_PARTS:,}"))
            return
        if part.get_content_maintype() != "multipart" or not part.is_multipart():
            yield part
        elif part.get_content_subtype() == "alternative":
            pending += reversed(body.choose(list(cast("Iterator[EmailMessage]", part.iter_parts()))))
        else:
            pending += reversed(list(cast("Iterator[EmailMessage]", part.iter_parts())))


class _Attached:
    """The attached files and forwarded mails, and what is attached but no document."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.children = Children()

    def add(self, part: EmailMessage, body: Body) -> None:
        name, media_type = " ".join((part.get_filename() or "").split()), part.get_content_type()
        if media_type == "message/external-body":
            body.losses.append(Loss(kind=LossKind.UNREAD, place=name or "a part that is kept elsewhere"))
            return
        if media_type in ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"):
            return  # it proves who wrote the words, and has none
        content = _content(part, body)
        if media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime") or (
            media_type == "application/octet-stream" and content.startswith(b"-----BEGIN PGP MESSAGE")
        ):
            body.losses.append(Loss(kind=LossKind.UNREAD, place=f"the encrypted part {name}".rstrip()))
            return
        if part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment":
            body.losses.append(Loss(kind=LossKind.PICTURE, place=name or str(part.get("Content-ID", "")).strip("<>")))
            self.names += [name] if name else []
            return
        child = _named(part, name, content)
        self.names.append(name or child)
        is_winmail = content.startswith(winmail.SIGNATURE)
        self.children.add(child, content, (lambda: winmail.read(content, child)) if is_winmail else None)


def _content(part: EmailMessage, body: Body) -> bytes:
    """Return the content of an attached file. Plain lines that a mailing list wrote beside it are added to the body."""
    if part.get_content_maintype() != "message" or not part.is_multipart():
        sent = transferred(part)
        for beside in (sent.above, sent.below):
            body.add(beside.strip())
        return sent.content
    inner = cast("EmailMessage", part.get_payload(0))
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        # The standard forbids it and programs do it: the parser then takes the encoded text for the body of a mail.
        encoded = EmailMessage()
        encoded["Content-Transfer-Encoding"] = part["Content-Transfer-Encoding"]
        encoded.set_payload(inner.get_payload())
        return transferred(encoded).content
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=POLICY).flatten(inner)
    return written.getvalue()


def _named(part: EmailMessage, name: str, content: bytes) -> str:
    """Return the name of an attached file with a suffix; that of a forwarded mail is its subject."""
    suffix = SUFFIXES.get(part.get_content_type(), "")
    if not name:
        subject = subject_of(content) if suffix == ".eml" else ""
        return f"{subject.replace('/', '-') or ('mail' if suffix == '.eml' else 'attachment')}{suffix}"
    base = re.split(r"[/\\]", name)[-1] or name
    is_mail = suffix == ".eml" and not base.lower().endswith(suffix)
    return f"{base}{suffix}" if is_mail or "." not in base[1:] else base


def _with_python_label(word: re.Match[str]) -> str:
    """Name the charset of encoded words as Python does. If it is unknown or plainly wrong, it is guessed."""
    label, form, encoded = word.groups()
    codec = browser_codec(label) or unicode_codec(label) or label
    try:
        content = a2b_base64(encoded + "=" * (-len(encoded) % 4)) if form in "bB" else a2b_qp(encoded, header=True)
    except BinasciiError:
        content = b""
    if is_no_charset(codec) or not _decodes(content, codec):
        codec = "utf-8" if _decodes(content, "utf-8") else guess_encoding(content)
    return f"=?{codec}"


def _decodes(content: bytes, codec: str) -> bool:
    try:
        # A word of UTF-8 may begin or end in the middle of a character: some programs cut long words anywhere.
        return content.decode(codec, "ignore" if codec == "utf-8" else "strict").isascii() == content.isascii()
    except (LookupError, ValueError):
        return codec not in ("ascii", "utf-7") and _is_charset(codec)


def _is_charset(label: str) -> bool:
    try:
        b"a".decode(label)
    except (LookupError, ValueError):
        return False
    return True
