"""A reader of PDF. Its text is whole paragraphs in the order of reading; running headers and footers are there once."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.containers import Children
from outlast.tools.documents.document import Child, Document, Unreadable
from outlast.tools.documents.pdf.blocks import Block, BlockKind, blocks_of
from outlast.tools.documents.pdf.contents import cells_of, entries_to_keep, with_entries
from outlast.tools.documents.pdf.damage import has_damaged_stream, lacks_contents
from outlast.tools.documents.pdf.headings import mark_headings
from outlast.tools.documents.pdf.line_numbers import without_line_numbers
from outlast.tools.documents.pdf.lines import Line, body_size, lines_of
from outlast.tools.documents.pdf.margins import (
    Margins,
    count_words,
    remove_contents,
    remove_repeated_asides,
    remove_running_lines,
)
from outlast.tools.documents.pdf.writing import write_text

if TYPE_CHECKING:
    from outlast.tools.documents.pdf.pdfium import Pdf

EXTRACTOR = "pdf/6"

MAX_PAGES = 10_000
NO_TITLE = re.compile(r"untitled|microsoft word|\.(?:docx?|odt|tex|dvi|indd|pptx?|html?|pdf)$|^\W*$", re.IGNORECASE)
MAX_TITLE_CHARACTERS = 200


def read(content: bytes, stem: str) -> Document:
    """Read a PDF. `stem` is the title if the document has none. Raises Unreadable."""
    from outlast.tools.documents.pdf.pdfium import PDFIUM_LOCK, Pdf  # noqa: PLC0415 - 0.1 s to import, only PDFs need it

    with PDFIUM_LOCK:
        pdf = Pdf(content)
        try:
            if pdf.page_count > MAX_PAGES:
                raise Unreadable(f"it has {pdf.page_count:,} pages, more than {MAX_PAGES:,}: split it")
            pages = list(_read_pages(pdf))
            bookmarks, title, attachments = list(pdf.bookmarks()), pdf.title(), list(pdf.attachments())
        finally:
            pdf.close()
    children = _read_attachments(attachments)
    if not any(page.lines for page in pages) and not children:
        raise Unreadable("it has no text: it seems to be a scan")
    margins = remove_running_lines([page.lines for page in pages])
    remove_repeated_asides(margins)
    kept = _without_contents(pages, margins)
    mark_headings(kept, bookmarks)
    _keep_entries(pages, kept)
    blocks = blocks_of(kept)
    written = write_text(blocks, len(pages))
    return Document(
        text=written.text,
        title=_title(title, kept, blocks) or stem,
        media_type="application/pdf",
        headings=written.headings,
        extractor=EXTRACTOR,
        places=written.places,
        tables=written.tables,
        losses=(*_losses_of_pages(pages), *_repeated(margins), *_damage(content)),
        children=children,
    )


@dataclass(slots=True)
class _Page:
    """The lines of a page, and how many words of it are not among them."""

    number: int
    lines: list[Line]
    entry_count: int
    entries: list[str]
    """Of contents lists and indexes."""
    navigation_words: int
    hidden_words: int
    is_picture: bool
    has_pictures: bool
    is_damaged: bool
    has_unread: bool


def _read_pages(pdf: "Pdf") -> Iterator[_Page]:
    for number in range(1, pdf.page_count + 1):
        page = pdf.page(number)
        page.pieces, line_numbers = without_line_numbers(page.pieces)
        page.pieces = list(cells_of(page.pieces))
        yield _Page(
            number=number,
            lines=lines_of(page),
            entry_count=page.entry_count,
            entries=page.entries,
            navigation_words=line_numbers,
            hidden_words=page.hidden_words,
            is_picture=page.is_picture,
            has_pictures=page.has_pictures,
            is_damaged=page.is_damaged,
            has_unread=page.has_unread,
        )


def _read_attachments(attachments: list[tuple[str, bytes | None]]) -> tuple[Child, ...]:
    children = Children()
    for name, content in attachments:
        if content is None:
            children.refuse(name, "it cannot be taken out of the PDF")
        else:
            children.add(name, content)
    return children.found


def _losses_of_pages(pages: Iterable[_Page]) -> Iterator[Loss]:
    for page in pages:
        place = f"page {page.number}"
        if page.is_damaged:
            yield Loss(kind=LossKind.DAMAGED, place=place)
        if page.has_unread:
            yield Loss(kind=LossKind.UNREAD, place=place)
        if page.is_picture:
            yield Loss(kind=LossKind.SCAN, place=place)
        if page.has_pictures:
            yield Loss(kind=LossKind.PICTURE, place=place)
        if page.hidden_words:
            yield Loss(kind=LossKind.HIDDEN, place=place, words=page.hidden_words)
        if page.navigation_words:
            yield Loss(kind=LossKind.NAVIGATION, place=place, words=page.navigation_words)


def _damage(content: bytes) -> Iterator[Loss]:
    if has_damaged_stream(content) or lacks_contents(content):
        yield Loss(kind=LossKind.DAMAGED, place="a part of the file that cannot be decoded")


def _repeated(margins: Margins) -> Iterator[Loss]:
    if margins.repeated_words:
        pages = f"pages {margins.first_page} to {margins.last_page}"
        place = pages if margins.first_page < margins.last_page else f"page {margins.first_page}"
        yield Loss(kind=LossKind.REPEATED, place=place, words=margins.repeated_words)


def _without_contents(pages: list[_Page], margins: Margins) -> list[list[Line]]:
    """Return the lines of each page that are no entries of contents lists and indexes."""
    kept: list[list[Line]] = []
    for page, lines in zip(pages, margins.pages, strict=True):
        text = remove_contents(lines, page.entry_count)
        if len(text) < len(lines):
            left = set(map(id, text))
            page.entries[:0] = [line.text for line in lines if id(line) not in left]  # such as the list's title
        kept.append(text)
    return kept


def _keep_entries(pages: list[_Page], kept: list[list[Line]]) -> None:
    """Put entries that say what the text does not below the text of their pages, and count the words of the others."""
    entries = [(page.number, entry) for page in pages for entry in page.entries]
    size = body_size(line for lines in kept for line in lines)
    to_keep: dict[int, list[str]] = {}
    for number, entry in entries_to_keep(kept, entries):
        to_keep.setdefault(number, []).append(entry)
    for page in pages:
        below = to_keep.get(page.number, [])
        page.navigation_words += sum(map(count_words, page.entries)) - sum(map(count_words, below))
        if below:
            kept[page.number - 1] = with_entries(kept[page.number - 1], page.number, below, size)


def _title(declared: str, pages: list[list[Line]], blocks: list[Block]) -> str:
    """Return the declared title, or the largest text of the first page with text, or the first heading of page 1."""
    if declared and len(declared) <= MAX_TITLE_CHARACTERS and not NO_TITLE.search(declared):
        return declared
    first = next((lines for lines in pages if lines), list[Line]())
    largest = max((line.size for line in first), default=0.0)
    if largest > 1.2 * body_size(line for lines in pages for line in lines):
        start = next(number for number, line in enumerate(first) if line.size == largest)
        lines = [first[start]]
        for line in first[start + 1 :]:
            if abs(line.size - largest) > 0.5 or lines[-1].baseline - line.baseline > 1.6 * largest:
                break
            lines.append(line)
        return " ".join(line.text for line in lines)[:MAX_TITLE_CHARACTERS]
    heading = next((block for block in blocks if block.kind is BlockKind.HEADING), None)
    return " ".join(line.text for line in heading.lines) if heading and heading.lines[0].page == 1 else ""
