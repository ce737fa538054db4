"""A reader of PDF. Its text is whole paragraphs in the order of reading, without running headers and footers."""

import re

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.pdf.blocks import Block, BlockKind, blocks_of
from outlast.tools.documents.pdf.headings import mark_headings
from outlast.tools.documents.pdf.lines import Line, body_size, lines_of
from outlast.tools.documents.pdf.margins import remove_contents, remove_running_lines
from outlast.tools.documents.pdf.writing import write_text

EXTRACTOR = "pdf/1"

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
            pages = [
                (lines_of(page), page.entries) for number in range(pdf.page_count) for page in [pdf.page(number + 1)]
            ]
            bookmarks, title = list(pdf.bookmarks()), pdf.title()
        finally:
            pdf.close()
    if not any(lines for lines, _ in pages):
        raise Unreadable("it has no text: it seems to be a scan")
    without_margins = remove_running_lines([lines for lines, _ in pages])
    kept = [remove_contents(lines, entries) for lines, (_, entries) in zip(without_margins, pages, strict=True)]
    mark_headings(kept, bookmarks)
    blocks = blocks_of(kept)
    written = write_text(blocks, len(pages))
    return Document(
        text=written.text,
        title=_title(title, kept, blocks) or stem,
        media_type="application/pdf",
        headings=written.headings,
        extractor=EXTRACTOR,
        places=written.places,
    )


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
