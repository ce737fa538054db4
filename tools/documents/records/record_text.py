"""A writer of records, which people cite by their numbers. Each is a paragraph of `key: value`.

A short record is one line, as a row of a table is (`name: Norby; keeper: Ada`): a quote of it says of whom it speaks.
"""

from outlast.evidence.sources import Places
from outlast.tools.documents.document import Document

MAX_ROW_CHARACTERS = 400


def plain(value: str) -> str:
    """Return text without NUL and lone surrogates, which only escapes in a file can hold, with plain line ends."""
    value = value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return value.encode("utf-8", "replace").decode()


def record_paragraph(lines: list[str]) -> str:
    """Return the lines of a record, each `key: value`, as a paragraph: on one line if none is long or a sentence."""
    is_row = not any("\n" in line or ";" in line or line.endswith((".", "!", "?")) for line in lines)
    return ("; " if is_row and sum(map(len, lines)) <= MAX_ROW_CHARACTERS else "\n").join(lines)


class RecordText:
    """Create it, call `add` for each record in order, then `document`."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._length = 0

    def add(self, lines: list[str]) -> int:
        """Add a record, or one without lines, which keeps its number. Return the offset of its first character."""
        paragraph = record_paragraph(lines)
        if paragraph and self._length:
            self._parts.append("\n\n")
            self._length += 2
        start = self._length
        self._starts.append(start)
        self._parts.append(paragraph)
        self._length += len(paragraph)
        return start

    def document(self, title: str, media_type: str, extractor: str) -> Document:
        places = Places(unit=self._unit, starts=tuple(self._starts)) if self._starts else None
        return Document("".join(self._parts), title, media_type, (), extractor, places)
