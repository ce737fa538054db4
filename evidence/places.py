"""Where in a document something stands, in words for people."""

from collections.abc import Iterable

from evidence.sources import Heading, Quote, Source


def place(source: Source, text: str, quote: Quote) -> str:
    """Where `quote` begins in `text`, such as `"finally" clause, line 88`.

    Lines are those of the snapshot's text, which only for plain text and Markdown are those of the document, so other
    formats say `line 88 of the extracted text`.
    """
    heading = heading_at(source.headings, text, quote.start)
    line = f"line {line_of(text, quote.start)}"
    if source.media_type not in {"text/plain", "text/markdown"}:
        line += " of the extracted text"
    return f"{heading}, {line}" if heading else line


def line_of(text: str, offset: int) -> int:
    """The line, from 1, of a character of `text`; offsets outside are taken as the nearest inside."""
    return text.count("\n", 0, max(offset, 0)) + 1


def heading_at(headings: Iterable[Heading], text: str, offset: int) -> str:
    """The words of the innermost heading over a character, the last that begins before or with it; "" if none does."""
    before = [heading for heading in headings if heading.start <= offset]
    if not before:
        return ""
    nearest = max(before, key=lambda heading: heading.start)
    return " ".join(text[nearest.start : nearest.end].split())
