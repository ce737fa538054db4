"""A reader of CSV and TSV. Each row becomes a paragraph that labels its values: `Name: Ada; Born: 1815`."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from outlast.evidence.sources import Places
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable

EXTRACTOR = "separated_values/1"

SEPARATORS = ",;\t|"
SAMPLED_LINES = 50
MAX_ROWS = 200_000
VALUE_SEPARATOR = "; "

Rows = Iterator[list[str]]


def read(content: bytes, stem: str) -> Document:
    """Read a table. Rows are numbered as in a spreadsheet: the header is row 1. Raises Unreadable."""
    text = decode(content)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_guess_separator(text))
    try:
        parts, starts = _paragraphs(rows)
    except csv.Error as error:
        raise Unreadable(f"its line {rows.line_num:,} is malformed, or a quote in it never ends: {error}") from error
    return Document(
        text="".join(parts),
        title=stem,
        media_type="text/csv",
        headings=(),
        extractor=EXTRACTOR,
        places=Places(unit="row", starts=tuple(starts)),
    )


def _guess_separator(text: str) -> str:
    """Return the separator that splits most of the first lines into the same number of values, more than one."""
    lines = [line for line in text.split("\n", SAMPLED_LINES)[:SAMPLED_LINES] if line.strip()]
    best, separator = 0, ","
    for candidate in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=candidate))
        except csv.Error:
            continue
        agreeing = max((count for width, count in widths.items() if width > 1), default=0)
        if agreeing > best:
            best, separator = agreeing, candidate
    return separator


def _paragraphs(rows: Rows) -> tuple[list[str], list[int]]:
    parts: list[str] = []
    starts: list[int] = []
    length, names = 0, list[str]()
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise Unreadable(f"it has more than {MAX_ROWS:,} rows: split it")
        values = [" ".join(value.split()) for value in row]
        if number == 0 and _is_header(values):
            names, values = values, []
        paragraph = VALUE_SEPARATOR.join(
            _label_value(names, column, value) for column, value in enumerate(values) if value
        )
        if paragraph and length:
            parts.append("\n\n")
            length += 2
        starts.append(length)
        parts.append(paragraph)
        length += len(paragraph)
    return parts, starts


def _is_header(values: list[str]) -> bool:
    """Return whether the values name columns: none is empty, all differ, and none is a number."""
    return len(values) > 1 and all(values) and len(set(values)) == len(values) and not any(map(_is_number, values))


def _is_number(value: str) -> bool:
    try:
        float(value.replace(",", "."))
    except ValueError:
        return False
    return True


def _label_value(names: list[str], column: int, value: str) -> str:
    return f"{names[column]}: {value}" if column < len(names) else value
