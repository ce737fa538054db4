"""An open PDF: its pages with their pieces of text, and its outline. Only this module and `measuring` call PDFium."""

import threading
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.pdf.measuring import PageMeasurer, visible_text
from outlast.tools.documents.pdf.pieces import Bookmark, PdfPage

PDFIUM_LOCK = threading.RLock()
"""PDFium keeps its state in globals: two threads that call it at once crash the process."""

MAX_BOOKMARKS = 20_000

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
        self.page_count = len(self._document)

    def close(self) -> None:
        self._document.close()

    def title(self) -> str:
        """Return the title in its metadata; "" if they have none."""
        return " ".join(visible_text(str(self._document.get_metadata_value("Title"))).split())

    def page(self, number: int) -> PdfPage:
        """Return page `number`, counted from 1. A damaged page is returned empty, so that the others can be read."""
        try:
            page: Any = self._document.get_page(number - 1)
        except pypdfium2.PdfiumError:
            return PdfPage(number, 0, [])
        try:
            text: Any = page.get_textpage()
        except pypdfium2.PdfiumError:
            page.close()
            return PdfPage(number, 0, [])
        try:
            measurer = PageMeasurer(text)
            return PdfPage(number, float(page.get_height()), measurer.pieces(), measurer.entries)
        finally:
            text.close()
            page.close()

    def bookmarks(self) -> Iterator[Bookmark]:
        """Yield the entries of the outline that lead to a page, in order."""
        for count, entry in enumerate(self._document.get_toc(max_depth=6)):
            if count == MAX_BOOKMARKS:
                return
            target: Any = entry.get_dest()
            if target is not None and (page := target.get_index()) is not None:
                title = " ".join(visible_text(str(entry.get_title())).split())
                yield Bookmark(title, int(entry.level) + 1, int(page) + 1, _height(*target.get_view()))


def _height(mode: int, values: list[float]) -> float | None:
    """Return the height of a destination if it names a point (left, top, zoom) or only a top."""
    if mode == PDFIUM.PDFDEST_VIEW_XYZ and len(values) > 1:
        return values[1]
    if mode in (PDFIUM.PDFDEST_VIEW_FITH, PDFIUM.PDFDEST_VIEW_FITBH) and values:
        return values[0]
    return None
