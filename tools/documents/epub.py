"""A reader of e-books (EPUB): zip archives of HTML pages, which are read in the order of the book's spine."""

import posixpath
import re
from typing import Any
from urllib.parse import unquote

from outlast.evidence.sources import Heading
from outlast.tools.documents import html
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.inflating import Archive

EXTRACTOR = "epub/3"

CONTAINER_PATH = "META-INF/container.xml"
ENCRYPTION_PATH = "META-INF/encryption.xml"
PAGE_MEDIA_TYPES = {"application/xhtml+xml", "text/html", "application/xml", "text/x-oeb1-document"}
# An HTML parser reads <title/> as the beginning of a title that never ends.
SELF_CLOSED_TAG = re.compile(rb"<(?!(?:br|hr|img|input|link|meta|col|area|base|wbr)\b)([a-zA-Z][\w:-]*)([^<>]*?)/>")


def read(content: bytes, stem: str) -> Document:
    """Read an e-book. `stem` is the title if the book has none. Raises Unreadable."""
    from outlast.tools.documents.xml_tree import parse_xml  # noqa: PLC0415 - lxml is slow to import, and most formats do not need it

    archive = Archive(content)
    package_path = _package_path(parse_xml(archive.read(CONTAINER_PATH), CONTAINER_PATH))
    package = parse_xml(archive.read(package_path), package_path)
    encrypted: set[str] = set()
    if ENCRYPTION_PATH in archive.names:
        encrypted = _encrypted_paths(parse_xml(archive.read(ENCRYPTION_PATH), ENCRYPTION_PATH))
    book = _Book()
    for page in _spine(package, posixpath.dirname(package_path)):
        if page in encrypted:
            raise Unreadable("it is encrypted, as bought books are")
        if page in archive.names:
            book.add(html.parse_page(SELF_CLOSED_TAG.sub(rb"<\1\2></\1>", archive.read(page)), ""))
    text, headings = "".join(book.parts), tuple(book.headings)
    title = _title(package) or title_of(text, headings, stem)
    return Document(text, title, "application/epub+zip", headings, EXTRACTOR)


class _Book:
    """The text and headings of the pages that were added so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.headings: list[Heading] = []
        self._length = 0

    def add(self, page: Document) -> None:
        if not page.text.strip():
            return
        if self._length:
            self._put("\n\n")
        start = self._length
        self._put(page.text)
        self.headings += (
            Heading(start=heading.start + start, end=heading.end + start, level=heading.level)
            for heading in page.headings
        )

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)


def _package_path(container: Any) -> str:
    for element in container.iter("{*}rootfile"):
        path = str(element.get("full-path") or "")
        if path:
            return path
    raise Unreadable("it names no package document: it is damaged")


def _spine(package: Any, folder: str) -> list[str]:
    """Return the paths of the book's pages in the order of reading, without its navigation page."""
    pages = {
        str(item.get("id")): _resolve_path(folder, str(item.get("href") or ""))
        for item in package.iter("{*}item")
        if item.get("media-type") in PAGE_MEDIA_TYPES and "nav" not in str(item.get("properties") or "").split()
    }
    listed = [str(item.get("idref")) for item in package.iter("{*}itemref")]
    return [pages[name] for name in dict.fromkeys(listed) if name in pages]


def _resolve_path(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _encrypted_paths(encryption: Any) -> set[str]:
    """Return the paths of encrypted files. A book with encrypted fonts alone can still be read."""
    return {unquote(str(element.get("URI") or "")) for element in encryption.iter("{*}CipherReference")}


def _title(package: Any) -> str:
    for element in package.iter("{http://purl.org/dc/elements/1.1/}title"):
        words = " ".join("".join(element.itertext()).split())
        if words:
            return words
    return ""
