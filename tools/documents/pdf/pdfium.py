"""An open PDF: its pages with their pieces of text, and its outline. Only this module and `measuring` call PDFium."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pypdfium2
import pypdfium2.raw

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.pdf.additions import with_additions
from outlast.tools.documents.pdf.annotations import Addition, PageAdditions, read_additions
from outlast.tools.documents.pdf.glyphs import SKEWED, Glyphs
from outlast.tools.documents.pdf.layers import may_have_layers
from outlast.tools.documents.pdf.measuring import PageMeasurer, visible_text
from outlast.tools.documents.pdf.pieces import Bookmark, PdfPage
from outlast.tools.documents.pdf.visibility import PageSight

PDFIUM_LOCK = threading.RLock()
"""PDFium keeps its state in globals: two threads that call it at once crash the process."""

MAX_BOOKMARKS = 20_000
MAX_ATTACHMENTS = 1_000
MAX_STAMPED_WORDS = 12
"""A page of a scan may have so many words of its own, as a fax has its number: it is a scan all the same."""
MIN_PICTURE_SHARE = 0.6
"""Of the area of a page with words, which pictures of a scan cover."""

PDFIUM: Any = pypdfium2.raw  # its generated types are too vague to check
PASSWORD_ERRORS = (PDFIUM.FPDF_ERR_PASSWORD, PDFIUM.FPDF_ERR_SECURITY)


class Pdf:
    """An open document. Hold PDFIUM_LOCK while using it. Raises Unreadable if it cannot be opened."""

    def __init__(self, content: bytes) -> None:
        try:
            self._document: Any = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) in PASSWORD_ERRORS:
                raise Unreadable("it is encrypted: save a copy that opens without a password") from error
            raise Unreadable("it is not a PDF, or it is damaged or cut off") from error
        with suppress(pypdfium2.PdfiumError):  # then the values are read without their form
            self._document.init_forms()
        self._form: Any = self._document.formenv.raw if self._document.formenv else None
        self._may_have_layers = may_have_layers(content)
        self.page_count = len(self._document)

    def close(self) -> None:
        self._document.close()

    def title(self) -> str:
        """Return the title in its metadata; "" if they have none."""
        return " ".join(visible_text(str(self._document.get_metadata_value("Title"))).split())

    def page(self, number: int) -> PdfPage:
        """Return page `number`, counted from 1. A damaged page is returned empty, so that the others can be read."""
        found = PdfPage(number, 0, [])
        try:
            with self._open_page(number) as page:
                additions = read_additions(page.raw, self._form)
                if not additions.is_redrawn:
                    self._read(page, additions, found)
                    return found
            with self._open_page(number) as page:
                self._read(page, additions, found)
        except pypdfium2.PdfiumError:
            found.is_damaged = True
        return found

    @contextmanager
    def _open_page(self, number: int) -> Generator[Any]:
        page: Any = self._document.get_page(number - 1)
        try:
            yield page
        finally:
            page.close()

    def _read(self, page: Any, additions: PageAdditions, found: PdfPage) -> None:
        text: Any = page.get_textpage()
        try:
            glyphs, sight = Glyphs(text), PageSight(page, may_have_layers=self._may_have_layers)
            measurer = PageMeasurer(glyphs, sight, self.page_count, additions.seen)
            main, *asides = measurer.flows() or [[]]
        finally:
            text.close()
        found.height = float(page.get_height())
        turned = [_turned(addition, measurer.turn, mirrored=glyphs.is_mirrored) for addition in additions.seen]
        found.pieces, found.asides = with_additions(main, turned) if turned else main, asides
        found.entry_count, found.entries = measurer.entry_count, measurer.entries
        found.has_unread = additions.has_unread
        found.hidden_words = measurer.hidden_words + additions.hidden_words
        word_count = sum(len(words.split()) for words in (*measurer.entries, *(piece.text for piece in main)))
        if word_count <= MAX_STAMPED_WORDS:
            shows = sight.image_share() >= MIN_PICTURE_SHARE if word_count else sight.has_drawings()
            found.is_picture = shows and not sight.has_recognized
        found.has_pictures = sight.pictures > 0 and not found.is_picture and not sight.has_recognized

    def attachments(self) -> Iterator[tuple[str, bytes | None]]:
        """Yield the files inside the document, by name; None for a file that cannot be read or is too large."""
        for number in range(min(int(self._document.count_attachments()), MAX_ATTACHMENTS)):
            attachment: Any = self._document.get_attachment(number)
            try:
                name = str(attachment.get_name())
            except pypdfium2.PdfiumError:
                name = ""
            try:
                yield name or f"attachment {number + 1}", bytes(attachment.get_data())
            except pypdfium2.PdfiumError:
                yield name or f"attachment {number + 1}", None

    def bookmarks(self) -> Iterator[Bookmark]:
        """Yield the entries of the outline that lead to a page, in order."""
        for count, entry in enumerate(self._document.get_toc(max_depth=6)):
            if count == MAX_BOOKMARKS:
                return
            target: Any = entry.get_dest()
            if target is not None and (page := target.get_index()) is not None:
                title = " ".join(visible_text(str(entry.get_title())).split())
                yield Bookmark(title, int(entry.level) + 1, int(page) + 1, _height(*target.get_view()))


def _turned(addition: Addition, turn: int, *, mirrored: bool) -> Addition:
    """Return the addition in the directions of the page's text, as the pieces of text are."""
    left, bottom, right, top = addition.left, addition.bottom, addition.right, addition.top
    if turn == 1:
        left, bottom, right, top = bottom, -right, top, -left
    elif turn == 2:
        left, bottom, right, top = -right, -top, -left, -bottom
    elif turn not in (0, SKEWED):
        left, bottom, right, top = -top, left, -bottom, right
    if mirrored:
        left, right = -right, -left
    return replace(addition, left=left, bottom=bottom, right=right, top=top)


def _height(mode: int, values: list[float]) -> float | None:
    """Return the height of a destination if it names a point (left, top, zoom) or only a top."""
    if mode == PDFIUM.PDFDEST_VIEW_XYZ and len(values) > 1:
        return values[1]
    if mode in (PDFIUM.PDFDEST_VIEW_FITH, PDFIUM.PDFDEST_VIEW_FITBH) and values:
        return values[0]
    return None
