"""A reader of CSV and TSV. Each row becomes a paragraph that labels its values: `Name: Ada; Born: 1815`.

What stands above the header, such as a title and a source, is written as it stands. Each paragraph has the whole row,
so that a question by row and column ("the catch at Norby in 2020") is answered by one paragraph.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice

from outlast.evidence.sources import Places
from outlast.evidence.table_groups import names_other_columns
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.records.table_shape import (
    COMMENT_MARKS,
    MAX_KEY_CHARACTERS,
    SAMPLED_LINES,
    Shape,
    comment_lines,
    find_shape,
    guess_separator,
    is_number,
    largest_width,
    separator_line,
    usual_width,
)

EXTRACTOR = "separated_values/4"

MAX_ROWS = 200_000
VALUE_SEPARATOR = "; "
MAX_KEY_COLUMNS = 3
MAX_QUOTED_LINES = 3
"""Of a value with more lines, most of them with the separators of a row, the quotation mark was never closed."""
KEY_INTERVAL_CHARACTERS = 600
"""In a row with many columns, the key of the row is written again after this many characters, in a new paragraph: a
search finds passages, which are about as long, and a value without its row says nothing."""


class _OpenQuoteError(Exception):
    """Raised if a value goes on over rows: a quotation mark in it is no more than a sign."""


def read(content: bytes, stem: str) -> Document:
    """Read a table. Rows are numbered as in a spreadsheet: the first one is row 1. Raises Unreadable."""
    text = decode(content)
    try:
        writer = _write(text, has_quotes=True)
    except _OpenQuoteError:
        writer = _write(text, has_quotes=False)
    return Document(
        text="".join(writer.parts),
        title=stem,
        media_type="text/csv",
        headings=(),
        extractor=EXTRACTOR,
        places=Places(unit="row", starts=tuple(writer.starts)),
    )


def _write(text: str, *, has_quotes: bool) -> "_Writer":
    separator, skipped = separator_line(text)
    comments = comment_lines(text[skipped:])
    skipped_lines, table = (1 if skipped else 0), text[skipped + sum(map(len, comments)) :]
    delimiter = separator or guess_separator(table)
    source = csv.reader(
        io.StringIO(table, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if has_quotes else csv.QUOTE_NONE,
        skipinitialspace=delimiter != "\t",
    )
    rows = (_plain(row, delimiter, table, has_quotes=has_quotes) for row in source)
    try:
        first = list(islice(rows, SAMPLED_LINES))
        writer = _Writer(largest_width(first))
        for _ in range(skipped_lines):
            writer.starts.append(0)
        names = writer.add_comments(comments, delimiter, first)
        for row in chain(names, first, rows):
            writer.add(row)
        writer.end()
    except csv.Error as error:
        raise Unreadable(f"its line {source.line_num:,} is malformed, or a quote in it never ends: {error}") from error
    return writer


def _plain(row: list[str], delimiter: str, table: str, *, has_quotes: bool) -> list[str]:
    """Return the values on one line each, without empty ones at the end."""
    if not has_quotes:
        row = [value.strip().removeprefix('"').removesuffix('"') for value in row]
    elif any("\n" in value and _is_never_closed(value, len(row), delimiter, table) for value in row):
        raise _OpenQuoteError
    values = [" ".join(value.split()) for value in row]
    while values and not values[-1]:
        values.pop()
    return values


def _is_never_closed(value: str, width: int, delimiter: str, table: str) -> bool:
    """Return whether the quotation mark of a value over several lines was never closed, or only by a later row's."""
    lines = value.split("\n")[1:-1]
    are_rows = width > 1 and sum(line.count(delimiter) == width - 1 for line in lines) > len(lines) / 2
    return table.endswith(value) or (len(lines) >= MAX_QUOTED_LINES and are_rows)


class _Writer:
    """Writes one row after another, and knows which of them names the columns.

    An empty row ends a block: the next one may be another table, or more rows of the same one.
    """

    def __init__(self, widest: int) -> None:
        """`widest` is the width of the widest rows."""
        self.parts: list[str] = []
        self.starts: list[int] = []
        self._length = 0
        self._rows = 0
        self._widest = widest
        self._waiting: list[list[str]] = []
        """The first rows of a block whose shape is not known yet."""
        self._is_open = False
        """Whether rows belong to a block of a known shape."""
        self._shape = Shape(None)
        self._names: list[str] = []
        self._labels: list[str] = []
        self._unused = set[int]()
        self._key = ""

    def add_comments(self, comments: list[str], delimiter: str, first: list[list[str]]) -> list[list[str]]:
        """Write lines with a mark above the table as they stand. Return the last one if it names the columns."""
        names = comments[-1].lstrip(COMMENT_MARKS).strip() if comments else ""
        columns = [" ".join(name.split()) for name in names.split(delimiter)]
        row = first[0] if first else []
        named = len(columns) > 1 and len(columns) == len(row) and find_shape([row, *first[1:]], 0).header_row is None
        for comment in comments[: -1 if named else None]:
            self._start_row(comment.strip())
        return [columns] if named else []

    def add(self, values: list[str]) -> None:
        if self._rows >= MAX_ROWS:
            raise Unreadable(f"it has more than {MAX_ROWS:,} rows: split it")
        self._rows += 1
        if not values:
            self._begin_block()
            self._start_row("")
            self._is_open = False
        elif self._is_open:
            self._add_row(values)
        else:
            self._waiting.append(values)
            if len(self._waiting) == SAMPLED_LINES:
                self._begin_block()

    def end(self) -> None:
        """Write the rows that wait, and the names of columns without values: all others stand beside their values."""
        self._begin_block()
        self._end_table()

    def _begin_block(self) -> None:
        """Write the rows that wait for their shape."""
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        self._is_open = True
        shape = find_shape(rows, self._widest)
        if self._goes_on(rows, shape):
            shape = Shape(None)
        else:
            self._end_table()
            self._name_columns(shape)
        for number, row in enumerate(rows):
            if number in shape.rows_of_names:
                self._start_row("")
            elif shape.header_row is not None and number < shape.header_row:
                self._start_row(_as_pair(row) if len(row) == 2 else VALUE_SEPARATOR.join(filter(None, row)))
            else:
                self._add_row(row)

    def _name_columns(self, shape: Shape) -> None:
        self._shape, self._key = shape, ""
        self._names = _unique_names(shape.names)
        self._labels = [f"{name}: " if name else "" for name in self._names]
        self._unused = {column for column, name in enumerate(self._names) if name}

    def _goes_on(self, rows: list[list[str]], shape: Shape) -> bool:
        """Return whether the rows of a block are more rows of the table above it."""
        width = usual_width(rows)
        if not self._names or shape.is_strong or width > len(self._names) + (shape.header_row is None):
            return False
        return width == len(self._names) if shape.are_pairs else not (len(rows) == 1 and ": " in rows[0][0])

    def _add_row(self, values: list[str]) -> None:
        if self._shape.are_pairs:
            self._start_row(_as_pair(values))
        elif not self._names or (values[0] and _is_remark(values)):
            self._start_row(VALUE_SEPARATOR.join(filter(None, values)))
        elif values == self._names:  # the header is repeated on each page of a report
            self._start_row("")
        elif names_other_columns(self._names, values):
            self._end_table()
            self._name_columns(Shape(0, tuple(values)))
            self._start_row("")
        else:
            if self._shape.carries_key and len(values) > 1:
                self._key = values[0] or self._key
                values = [self._key, *values[1:]]
            self._start_row("\n\n".join(self._paragraphs(values)))

    def _end_table(self) -> None:
        if names := [self._names[column] for column in sorted(self._unused)]:
            self._start_row(VALUE_SEPARATOR.join(names))
            self.starts.pop()
        self._unused.clear()

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


def _as_pair(values: list[str]) -> str:
    """Return a key and its value, or several, as `key: value`."""
    key, *others = values
    rest = VALUE_SEPARATOR.join(filter(None, others))
    if not key or not rest or len(key) > MAX_KEY_CHARACTERS:
        return VALUE_SEPARATOR.join(filter(None, values))
    return f"{key.rstrip(':').rstrip()}: {rest}"


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


def _unique_names(names: Sequence[str]) -> list[str]:
    """Return the names of the columns. Those of the same name are numbered: `Value` and `Value (2)`."""
    seen, unique = Counter[str](), list[str]()
    for name in names:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return unique
