"""The text of an office document as it grows: paragraphs, headings, list items, tables, and what was left out."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from outlast.evidence.sources import Heading, Places, Table
from outlast.tools.documents.block_text import INVISIBLE_CHARACTERS
from outlast.tools.documents.document import Child, Document, title_of
from outlast.tools.documents.joining import moved_heading, moved_table
from outlast.tools.documents.office.ledger import Ledger

MAX_PLACE_CHARACTERS = 60


class _Gap(IntEnum):
    NONE = 0
    LINE = 1
    BLANK_LINE = 2


class Output:
    """Builds a Document. Separators are written only when text follows, so that empty lines never accumulate."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.children: list[Child] = []
        self._parts: list[str] = []
        self._length = 0
        self._gap = _Gap.NONE
        self._headings: list[Heading] = []
        self._heading = ""
        self._tables: list[Table] = []
        self._starts: list[int] = []

    @property
    def place(self) -> str:
        """Where the text stands, for the ledger: under which heading; "" before the first."""
        return f"under “{self._heading}”" if self._heading else ""

    def begin_place(self) -> None:
        """Begin the next place by which people cite the document, such as a slide."""
        self._gap = max(self._gap, _Gap.BLANK_LINE)
        self._starts.append(self._length)

    def paragraph(self, text: str, mark: str = "") -> None:
        """Write a paragraph, and `mark` before its first word if it has any."""
        self._block(text, mark, _Gap.BLANK_LINE)

    def item(self, text: str, mark: str) -> None:
        """Write a list item: it has its own line, or blank lines around it if it has several."""
        self._block(text, mark, _Gap.LINE)

    def heading(self, text: str, level: int, mark: str = "") -> None:
        start, end = self._block(text, mark, _Gap.BLANK_LINE)
        if end > start:
            self._headings.append(Heading(start=start, end=end, level=level))
            words = " ".join(text.split())
            is_long = len(words) > MAX_PLACE_CHARACTERS
            self._heading = f"{words[:MAX_PLACE_CHARACTERS].rstrip()}…" if is_long else words

    def table(
        self,
        rows: Sequence[Sequence[str]],
        header_rows: int,
        headers: tuple[tuple[int, int], ...] = (),
        groups: Iterable[int] = (),
    ) -> tuple[tuple[int, int], ...]:
        """Write a table, a line a row, and return the spans of its header rows: its first `header_rows`, or `headers`.

        `headers` are those of a table that goes on. Rows without any text are left out. `groups` are the numbers of the
        rows, from 0, that are one cell over all columns.
        """
        heading, group_spans = frozenset(groups), list[tuple[int, int]]()
        self._gap = max(self._gap, _Gap.BLANK_LINE)
        table_start, spans = -1, list(headers)
        for number, row in enumerate(rows):
            cells = [" ".join(_visible(cell).split()) for cell in row]
            if any(cells):
                start = self._put(" | ".join(cells), _Gap.LINE)
                table_start = start if table_start < 0 else table_start
                if number < header_rows:
                    spans.append((start, self._length))
                if number in heading:
                    group_spans.append((start, self._length))
        if table_start >= 0:
            table = Table(start=table_start, end=self._length, headers=tuple(spans), groups=tuple(group_spans))
            self._tables.append(table)
        self._gap = _Gap.BLANK_LINE
        return tuple(spans)

    def embed(self, document: Document) -> None:
        """Write the text of another document that stands inside this one, with its headings, tables and losses."""
        text = document.text
        if text.strip():
            start = self._put(text, _Gap.BLANK_LINE)
            self._headings += (moved_heading(each, start) for each in document.headings)
            self._tables += (moved_table(each, start) for each in document.tables)
            self._gap = _Gap.BLANK_LINE
        self.children += document.children
        for loss in document.losses:
            self.ledger.add(loss.kind, loss.place, loss.words)

    def document(self, title: str, stem: str, media_type: str, extractor: str, unit: str = "") -> Document:
        """Return the document. `title` comes first, then the first heading, then `stem`. `unit` names its places."""
        text, headings = "".join(self._parts), tuple(self._headings)
        return Document(
            text=text,
            title=title or title_of(text, headings, stem),
            media_type=media_type,
            headings=headings,
            extractor=extractor,
            places=Places(unit=unit, starts=self._place_starts(text)) if unit else None,
            tables=tuple(self._tables),
            losses=self.ledger.losses(),
            children=tuple(self.children),
        )

    def _place_starts(self, text: str) -> tuple[int, ...]:
        """Return where each place's first character stands: behind the separator before it."""
        return tuple(
            start + len(text[start : start + 2]) - len(text[start : start + 2].lstrip("\n")) for start in self._starts
        )

    def _block(self, text: str, mark: str, gap: _Gap) -> tuple[int, int]:
        lines = [" ".join(line.split()) for line in _visible(text).split("\n")]
        lines = [line for line in lines if line]
        if not lines:
            return self._length, self._length
        start = self._put(mark + "\n".join(lines), gap)
        self._gap = gap if len(lines) == 1 else _Gap.BLANK_LINE
        return start, self._length

    def _put(self, text: str, gap: _Gap) -> int:
        """Write text and return the offset of its start."""
        separator = "\n" * max(self._gap, gap) if self._length else ""
        start = self._length + len(separator)
        self._parts += (separator, text)
        self._length = start + len(text)
        self._gap = _Gap.NONE
        return start


def _visible(text: str) -> str:
    return text if text.isascii() else text.translate(INVISIBLE_CHARACTERS)
