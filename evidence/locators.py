"""Locators: the place of a quote in its document, as people cite it."""

from bisect import bisect_right
from collections.abc import Iterable

from outlast.evidence.sources import Heading, Places, Quote, Source

LINE_NUMBERED_MEDIA_TYPES = frozenset({"text/plain", "text/markdown", "text/x-rst"})
"""Media types whose snapshots have the same lines as the file."""
MAX_HEADING_CHARACTERS = 100


def locator_of(source: Source, text: str, quote: Quote) -> str:
    """Return the locator of `quote` in `text`, such as `12.3 Locking, page 45` or `"finally" clause, lines 88-90`.

    It has the heading over the quote and the part that a reader can turn to: the page, row or cell; if the format has
    none of these, the line, if the snapshot has the lines of the file. Without heading and part, it is a line of the
    extracted text, which a reader can find in the snapshot at least.
    """
    heading = heading_at(source.headings, text, quote.start)
    if source.places is not None and (part := part_range(source.places, quote)):
        return f"{heading}, {part}" if heading else part
    lines = unit_range("line", line_number(text, quote.start), line_number(text, quote.end - 1))
    if source.media_type in LINE_NUMBERED_MEDIA_TYPES:
        return f"{heading}, {lines}" if heading else lines
    return heading or f"{lines} of the extracted text"


def part_range(places: Places, quote: Quote) -> str:
    """Return the parts that a quote is in, such as `page 12` or `rows 7-9`; "" before the first part."""
    first, last = (bisect_right(places.starts, offset) for offset in (quote.start, quote.end - 1))
    if not first:
        return ""
    if places.names and (name := places.names[first - 1]):
        other = places.names[max(first, last) - 1]
        return f"{places.unit} {name}-{other}" if other not in ("", name) else f"{places.unit} {name}"
    return unit_range(places.unit, first, last)


def unit_range(unit: str, first: int, last: int) -> str:
    return f"{unit} {first}" if first >= last else f"{unit}s {first}-{last}"


def line_number(text: str, offset: int) -> int:
    """Return the line of a character of `text`, counted from 1; an offset outside counts as the nearest one inside."""
    return text.count("\n", 0, max(offset, 0)) + 1


def heading_at(headings: Iterable[Heading], text: str, offset: int) -> str:
    """Return the text of the innermost heading over a character: the last one that starts at or before it, or ""."""
    before = [heading for heading in headings if heading.start <= offset]
    if not before:
        return ""
    nearest = max(before, key=lambda heading: heading.start)
    words = " ".join(text[nearest.start : nearest.end].split())
    return words if len(words) <= MAX_HEADING_CHARACTERS else f"{words[:MAX_HEADING_CHARACTERS].rstrip()}…"
