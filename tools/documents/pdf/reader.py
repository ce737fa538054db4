"""PDF to the text that a reader sees: whole paragraphs, in order, without what repeats on every page."""

import re

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.pdf.blocks import Block, Kind, blocks_of
from outlast.tools.documents.pdf.headings import mark_headings
from outlast.tools.documents.pdf.lines import Line, body_size, lines_of
from outlast.tools.documents.pdf.margins import without_contents, without_running_lines
from outlast.tools.documents.pdf.writing import written

EXTRACTOR = "pdf/1"

MOST_PAGES = 10_000
NO_TITLE = re.compile(r"untitled|microsoft word|\.(?:docx?|odt|tex|dvi|indd|pptx?|html?|pdf)$|^\W*$", re.IGNORECASE)
LONGEST_TITLE = 200


def read(content: bytes, stem: str) -> Document:
    """`stem` is the title where the document has none. Raises Unreadable."""
    from outlast.tools.documents.pdf.pdfium import ONE_AT_A_TIME, Pdf  # noqa: PLC0415 - it is 0.1 s to load, and not for all

    with ONE_AT_A_TIME:
        pdf = Pdf(content)
        try:
            if pdf.page_count > MOST_PAGES:
                raise Unreadable(f"it has {pdf.page_count:,} pages, more than {MOST_PAGES:,}: split it")
            pages = [
                (lines_of(page), page.entries) for number in range(pdf.page_count) for page in [pdf.page(number + 1)]
            ]
            bookmarks, title = list(pdf.bookmarks()), pdf.title()
        finally:
            pdf.close()
    if not any(lines for lines, _ in pages):
        raise Unreadable("it has no text: it seems to be a scan")
    running = without_running_lines([lines for lines, _ in pages])
    kept = [without_contents(lines, entries) for lines, (_, entries) in zip(running, pages, strict=True)]
    mark_headings(kept, bookmarks)
    blocks = blocks_of(kept)
    done = written(blocks, len(pages))
    return Document(
        text=done.text,
        title=_title(title, kept, blocks) or stem,
        media_type="application/pdf",
        headings=done.headings,
        extractor=EXTRACTOR,
        places=done.places,
    )


def _title(declared: str, pages: list[list[Line]], blocks: list[Block]) -> str:
    """What the document calls itself, or the largest words of its first page that has any."""
    if declared and len(declared) <= LONGEST_TITLE and not NO_TITLE.search(declared):
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
        return " ".join(line.text for line in lines)[:LONGEST_TITLE]
    heading = next((block for block in blocks if block.kind is Kind.HEADING), None)
    return " ".join(line.text for line in heading.lines) if heading and heading.lines[0].page == 1 else ""
