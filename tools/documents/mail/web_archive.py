"""A reader of pages that a browser saved as one file (MHTML: .mhtml, .mht): the page, its frames, and its styles."""

import re
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode, decode_html
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.joining import JoinedText
from outlast.tools.documents.mail.text import decode_part
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import count_words

EXTRACTOR = "mhtml/3"

TAG = re.compile(r"<[^<>]*>")
MAX_NESTED_PARTS = 100
MAX_PARTS = 5_000
PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html"})
STYLE_TYPE = "text/css"
TEXT_TYPE, DRAWING_TYPE = "text/plain", "image/svg+xml"
PARTS_OF_PAGES = (
    "application/javascript", "application/x-javascript", "audio/", "font/", "image/", "text/css", "text/javascript",
    "video/",
)  # fmt: skip
"""Kinds of parts that a page names itself: its pictures are in its own ledger."""


@dataclass(frozen=True)
class _Part:
    """A part of the file: a page, a frame in it, a file of styles, a picture."""

    kind: str
    address: str
    """Its address on the web, as a person knows it."""
    names: frozenset[str]
    """The addresses by which pages name it."""
    markup: str
    """The text of a page, of a file of styles, of plain text, or of a drawing; "" for all others."""


def read(content: bytes, stem: str) -> Document:
    """Read a saved page. `stem` is the title if it has none. Raises Unreadable."""
    if content.count(b"boundary=") > MAX_NESTED_PARTS:  # the parser's time grows with the depth of nested parts
        raise Unreadable(f"it has more than {MAX_NESTED_PARTS} nested parts")
    try:
        message = message_from_bytes(content.lstrip())
        parts = [_part(part) for part in message.walk() if not part.is_multipart()]
        subject = str(make_header(decode_header(str(message.get("Subject") or ""))))
        start = str(message.get_param("start") or "").strip("<> ")
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # on malformed mail, the parser of the standard library raises a dozen kinds of errors
        raise Unreadable(f"it is damaged: its parts cannot be read ({type(error).__name__})") from error
    parts, more = parts[:MAX_PARTS], parts[MAX_PARTS:]
    pages = [part for part in parts if part.kind in PAGE_TYPES]
    pages.sort(key=lambda page: f"cid:{start}" not in page.names)  # the page that was saved comes first
    if not pages:
        raise Unreadable("it holds no page: save the page again, as HTML or as one file")
    styles = "".join(f"<style>{part.markup}</style>" for part in parts if part.kind == STYLE_TYPE)
    document = _join(pages, parts, styles, " ".join(subject.split()) or stem)
    unread = (Loss(kind=LossKind.UNREAD, place=f"parts after the first {MAX_PARTS:,}"),) if more else ()
    return replace(document, losses=(*document.losses, *unread))


def _part(part: Message) -> _Part:
    kind = part.get_content_type()
    address = str(part.get("Content-Location") or "").strip()
    name = str(part.get("Content-ID") or "").strip("<> ")
    names = frozenset(each for each in (address, f"cid:{name}" if name else "") if each)
    if kind not in PAGE_TYPES | {STYLE_TYPE, TEXT_TYPE, DRAWING_TYPE}:
        return _Part(kind, address, names, "")
    payload = part.get_payload(decode=True)
    content = decode_part(payload if isinstance(payload, bytes) else b"", part.get_content_charset() or "")
    return _Part(kind, address, names, decode_html(content) if kind in PAGE_TYPES else decode(content))


def _join(pages: list[_Part], parts: list[_Part], styles: str, fallback: str) -> Document:
    """Return the page, and behind it what its frames show."""
    joined = JoinedText()
    texts = [part for part in parts if part.kind == TEXT_TYPE]
    frames = frozenset(name for page in (*pages, *texts) for name in page.names)
    documents = [html.parse_markup(page.markup + styles) for page in pages]
    for page, document in zip(pages, documents, strict=True):
        joined.add(document.text, document.headings, document.tables)
        losses = tuple(loss for loss in document.losses if not _is_read(loss, frames))
        if page is pages[0]:
            joined.losses += losses
        else:
            joined.lose(losses, page.address or "frame")
    for each in texts:
        joined.add(each.markup.strip("\n"))
    joined.losses += [
        Loss(kind=LossKind.UNREAD, place=part.address or part.kind)
        for part in parts
        if part.kind not in PAGE_TYPES | {TEXT_TYPE} and not part.kind.startswith(PARTS_OF_PAGES)
    ]
    joined.losses += [
        Loss(kind=LossKind.PICTURE, place=part.address or "drawing", words=words)
        for part in parts
        if part.kind == DRAWING_TYPE and (words := count_words(TAG.sub(" ", part.markup)))
    ]
    text, headings = joined.text(), tuple(joined.headings)
    return Document(
        text=text,
        title=documents[0].title or title_of(text, headings, fallback),
        media_type="multipart/related",
        headings=headings,
        extractor=EXTRACTOR,
        tables=tuple(joined.tables),
        losses=tuple(joined.losses),
        language=documents[0].language,
    )


def _is_read(loss: Loss, frames: frozenset[str]) -> bool:
    """Return whether a frame that a page has not read itself is another part of the file."""
    tag, _, address = loss.place.partition(" ")
    return loss.kind is LossKind.UNREAD and tag in ("frame", "iframe", "object") and address in frames
