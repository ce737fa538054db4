"""A reader of e-books (EPUB): zip archives of HTML pages, which are read in the order of the book's spine."""

import posixpath
import re
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import quote, unquote

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode_html
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.inflating import Archive
from outlast.tools.documents.joining import JoinedText
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.styles import telling_rules

EXTRACTOR = "epub/5"

LANGUAGE_CHARACTERS = 2  # of a code of ISO 639-1
CONTAINER_PATH = "META-INF/container.xml"
ENCRYPTION_PATH = "META-INF/encryption.xml"
PAGE_MEDIA_TYPES = {"application/xhtml+xml", "text/html", "application/xml", "text/x-oeb1-document"}
# An HTML parser reads <title/> as the beginning of a title that never ends.
PACKAGE_SUFFIX = ".opf"
STYLE_LINK = re.compile(r"<link\b[^<>]{0,500}\bstylesheet\b[^<>]{0,500}>", re.IGNORECASE)
STYLE_ADDRESS = re.compile(r"\bhref\s*=\s*[\"'](?P<href>[^\"'<>]{1,300})[\"']", re.IGNORECASE)
INNER_DOCTYPE = re.compile(rb"(?<=<!DOCTYPE )[^<>\[]{0,300}\[[^\]]{0,5000}\]\s*(?=>)", re.IGNORECASE)
"""The part of a page that declares names of its own, which a parser of HTML takes for text."""
MAX_HEAD_CHARACTERS = 20_000
MAX_STYLES = 10
MAX_STYLE_BYTES = 500_000
SELF_CLOSED_TAG = re.compile(rb"<(?!(?:br|hr|img|input|link|meta|col|area|base|wbr)\b)([a-zA-Z][\w:-]*)([^<>]*?)/>")


def read(content: bytes, stem: str) -> Document:
    """Read an e-book. `stem` is the title if the book has none. Raises Unreadable."""
    from outlast.tools.documents.xml_tree import parse_xml  # noqa: PLC0415 - lxml is slow to import, and most formats do not need it

    archive = Archive(content)
    package_path = next((name for name in sorted(archive.names) if name.lower().endswith(PACKAGE_SUFFIX)), "")
    if CONTAINER_PATH in archive.names or not package_path:
        package_path = _package_path(parse_xml(archive.read(CONTAINER_PATH), CONTAINER_PATH))
    package = parse_xml(archive.read(package_path), package_path)
    encrypted: set[str] = set()
    if ENCRYPTION_PATH in archive.names:
        encrypted = _encrypted_paths(parse_xml(archive.read(ENCRYPTION_PATH), ENCRYPTION_PATH))
    book, parts = JoinedText(), _Parts(archive)
    for page in _spine(package, posixpath.dirname(package_path)):
        if unquote(page) in encrypted:
            raise Unreadable("it is encrypted, as bought books are")
        _add_page(book, parts, page)
    book.losses += _unread(package)
    text, headings = book.text(), tuple(book.headings)
    return Document(
        text=text,
        title=_title(package) or title_of(text, headings, stem),
        media_type="application/epub+zip",
        headings=headings,
        extractor=EXTRACTOR,
        tables=tuple(book.tables),
        losses=tuple(book.losses),
        language=_language(package),
    )


class _Parts:
    """The parts of a book by their names, which books do not always write as the archive does."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._in_lower_case = {name.lower(): name for name in archive.names}
        self._styles: dict[str, str] = {}

    def find(self, path: str) -> str:
        """Return the name of a part in the archive; the path itself if there is none."""
        spellings = (unquote(path), path, quote(unquote(path)))
        found = next((name for name in spellings if name in self._archive.names), None)
        return found or self._in_lower_case.get(unquote(path).lower(), path)

    def markup(self, name: str) -> str:
        """Return a page with the styles that it refers to. Raises Unreadable."""
        content = SELF_CLOSED_TAG.sub(rb"<\1\2></\1>", INNER_DOCTYPE.sub(b"", self._archive.read(name), count=1))
        markup = decode_html(content)
        folder = posixpath.dirname(name)
        links = (STYLE_ADDRESS.search(link) for link in STYLE_LINK.findall(markup[:MAX_HEAD_CHARACTERS]))
        paths = dict.fromkeys(_resolve_path(folder, unescape(link.group("href"))) for link in links if link)
        return markup + "".join(self._style(self.find(path)) for path in list(paths)[:MAX_STYLES])

    def _style(self, name: str) -> str:
        if name not in self._styles:
            self._styles[name] = ""
            if name in self._archive.names:
                with suppress(Unreadable):  # how a page looks tells little of what it says
                    sheet = self._archive.read(name)[:MAX_STYLE_BYTES].decode("utf-8", errors="replace")
                    self._styles[name] = f"<style>{telling_rules(sheet)}</style>"
        return self._styles[name]


def _add_page(book: JoinedText, parts: _Parts, page: str) -> None:
    """Add a page of the book. If it is missing or damaged, the ledger says so, and the other pages are read."""
    found = parts.find(page)
    try:
        document = html.parse_markup(parts.markup(found))
    except Unreadable:
        book.losses.append(Loss(kind=LossKind.DAMAGED, place=unquote(page)))
        return
    book.add(document.text, document.headings, document.tables)
    book.lose(document.losses, posixpath.basename(found))


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
        if item.get("media-type") in PAGE_MEDIA_TYPES and not _is_contents(item)
    }
    listed = [pages[name] for name in _listed(package) if name in pages]
    return listed or list(dict.fromkeys(pages.values()))


def _listed(package: Any) -> list[str]:
    return list(dict.fromkeys(str(item.get("idref")) for item in package.iter("{*}itemref")))


def _is_contents(item: Any) -> bool:
    return "nav" in str(item.get("properties") or "").split()


def _unread(package: Any) -> list[Loss]:
    """Return what is in the order of reading and is no page: the contents list, pictures, items that do not exist."""
    items = {str(item.get("id")): item for item in package.iter("{*}item")}
    losses: list[Loss] = []
    for name in _listed(package):
        item = items.get(name)
        if item is None:
            losses.append(Loss(kind=LossKind.DAMAGED, place=name))
        elif _is_contents(item):
            losses.append(Loss(kind=LossKind.NAVIGATION, place=unquote(str(item.get("href") or ""))))
        elif item.get("media-type") not in PAGE_MEDIA_TYPES:
            is_picture = str(item.get("media-type") or "").startswith("image/")
            kind = LossKind.PICTURE if is_picture else LossKind.UNREAD
            losses.append(Loss(kind=kind, place=unquote(str(item.get("href") or ""))))
    return losses


def _resolve_path(folder: str, href: str) -> str:
    """Return the path of a part as it is written, with percent signs: some books name their parts with these too."""
    return posixpath.normpath(posixpath.join(folder, href.partition("#")[0])).lstrip("/")


def _encrypted_paths(encryption: Any) -> set[str]:
    """Return the paths of encrypted files. A book with encrypted fonts alone can still be read."""
    return {unquote(str(element.get("URI") or "")) for element in encryption.iter("{*}CipherReference")}


def _title(package: Any) -> str:
    for element in package.iter("{http://purl.org/dc/elements/1.1/}title"):
        words = " ".join("".join(element.itertext()).split())
        if words:
            return words
    return ""


def _language(package: Any) -> str:
    for element in package.iter("{http://purl.org/dc/elements/1.1/}language"):
        code = (element.text or "").strip().lower().partition("-")[0]
        if len(code) == LANGUAGE_CHARACTERS and code.isascii() and code.isalpha():
            return code
    return ""
