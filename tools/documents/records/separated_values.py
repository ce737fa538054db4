"""A reader of CSV and TSV. Each row becomes a paragraph that labels its values: `Name: Ada; Born: 1815`.

What stands above the header, such as a title and a source, is written as it stands. Each paragraph has the whole row,
so that a question by row and column ("the catch at Norby in 2020") is answered by one paragraph.
"""

import csv
import io
from collections import Counter
from itertools import chain, islice

from outlast.evidence.sources import Places
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.records.table_shape import (
    SAMPLED_LINES,
    Shape,
    fill_groups,
    find_shape,
    guess_separator,
    is_number,
    separator_line,
)

EXTRACTOR = "separated_values/2"

MAX_ROWS = 200_000
VALUE_SEPARATOR = "; "
MAX_KEY_COLUMNS, MAX_KEY_CHARACTERS = 3, 60
KEY_INTERVAL_CHARACTERS = 600
"""In a row with many columns, the key of the row is written again after this many characters, in a new paragraph: a
search finds passages, which are about as long, and a value without its row says nothing."""


def read(content: bytes, stem: str) -> Document:
    """Read a table. Rows are numbered as in a spreadsheet: the first one is row 1. Raises Unreadable."""
    text = decode(content)
    separator, skipped = separator_line(text)
    source = csv.reader(io.StringIO(text[skipped:], newline=""), delimiter=separator or guess_separator(text[skipped:]))
    rows = ([" ".join(value.split()) for value in row] for row in source)
    try:
        first = list(islice(rows, SAMPLED_LINES))
        writer = _Writer(find_shape(first), first)
        if skipped:
            writer.add_empty_row()
        for row in chain(first, rows):
            writer.add(row)
        writer.end()
    except csv.Error as error:
        raise Unreadable(f"its line {source.line_num:,} is malformed, or a quote in it never ends: {error}") from error
    return Document(
        text="".join(writer.parts),
        title=stem,
        media_type="text/csv",
        headings=(),
        extractor=EXTRACTOR,
        places=Places(unit="row", starts=tuple(writer.starts)),
    )


class _Writer:
    """Writes one row after another, and knows which of them names the columns."""

    def __init__(self, shape: Shape, first: list[list[str]]) -> None:
        self.parts: list[str] = []
        self.starts: list[int] = []
        self._length = 0
        self._rows = 0
        self._header_row, self._has_groups = shape.header_row, shape.has_groups
        self._names = _names(shape, first)
        self._labels = [f"{name}: " if name else "" for name in self._names]
        self._unused = {column for column, name in enumerate(self._names) if name}

    def add_empty_row(self) -> None:
        """Count a line that is for programs alone."""
        self.starts.append(0)

    def add(self, values: list[str]) -> None:
        if self._rows >= MAX_ROWS:
            raise Unreadable(f"it has more than {MAX_ROWS:,} rows: split it")
        number, self._rows = self._rows, self._rows + 1
        is_preamble = self._header_row is not None and number < self._header_row
        if number == self._header_row or (self._has_groups and number + 1 == self._header_row):
            self._start_row("")
        elif is_preamble or not self._names or (values and values[0] and _is_remark(values)):
            self._start_row(VALUE_SEPARATOR.join(filter(None, values)))
        else:
            self._start_row("\n\n".join(self._paragraphs(values)))

    def end(self) -> None:
        """Write the names of columns without values: all others stand beside their values."""
        if names := [self._names[column] for column in sorted(self._unused)]:
            self._start_row(VALUE_SEPARATOR.join(names))
            self.starts.pop()

    def _start_row(self, paragraph: str) -> None:
        if paragraph and self._length:
            self.parts.append("\n\n")
            self._length += 2
        self.starts.append(self._length)
        self.parts.append(paragraph)
        self._length += len(paragraph)

    def _paragraphs(self, values: list[str]) -> list[str]:
        """Return the labelled values of a row: one paragraph, or several with the row's key in each."""
        labels, count = self._labels, len(self._labels)
        labelled = [(labels[column] if column < count else "") + value for column, value in enumerate(values) if value]
        if self._unused:
            self._unused -= {column for column, value in enumerate(values) if value}
        whole = VALUE_SEPARATOR.join(labelled)
        if len(whole) <= KEY_INTERVAL_CHARACTERS:
            return [whole] if whole else []
        key = VALUE_SEPARATOR.join((labels[column] if column < count else "") + value for column, value in _key(values))
        paragraphs, length = [[labelled[0]]], len(labelled[0])
        for label in labelled[1:]:
            if length + len(label) > KEY_INTERVAL_CHARACTERS:
                paragraphs.append([key])
                length = len(key)
            paragraphs[-1].append(label)
            length += len(VALUE_SEPARATOR) + len(label)
        return [VALUE_SEPARATOR.join(paragraph) for paragraph in paragraphs]


def _is_remark(values: list[str]) -> bool:
    """Return whether a row, of which the first value is not empty, is a line of text below the table: its source."""
    text = values[0]
    return (": " in text or len(text) > MAX_KEY_CHARACTERS) and not any(values[1:])


def _key(values: list[str]) -> list[tuple[int, str]]:
    """Return the columns and values that say which row it is: the first ones, up to a number behind words."""
    key = list[tuple[int, str]]()
    for column, value in enumerate(values[:MAX_KEY_COLUMNS]):
        has_words = any(not is_number(known) for _, known in key)
        if (has_words and is_number(value)) or len(value) > MAX_KEY_CHARACTERS:
            break
        key += [(column, value)] if value else []
    return key or [(column, value) for column, value in enumerate(values) if value][:1]


def _names(shape: Shape, first: list[list[str]]) -> list[str]:
    """Return the names of the columns, each after the name of its group: `2019 Cod`."""
    if shape.header_row is None:
        return []
    names = first[shape.header_row]
    if shape.has_groups:
        groups = fill_groups(first[shape.header_row - 1])
        names = [f"{group} {name}".strip() for group, name in zip(groups, names, strict=True)]
    return _unique_names(names)


def _unique_names(names: list[str]) -> list[str]:
    """Return the names of the columns. Those of the same name are numbered: `Value` and `Value (2)`."""
    seen, unique = Counter[str](), list[str]()
    for name in names:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return unique
