"""Tables with merged cells as rows of equal meaning: every cell of every row has its value."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NUMERIC = re.compile(r"[(+\-−–]?\s*[$€£¥]?\s*[\d.,’' \u00a0\u202f/:%-]*\d[\d.,’' \u00a0\u202f/:%-]*\s*[%€$£¥)]?")
MAX_FIGURE_CHARACTERS = 40
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
"""Years name columns, as figures do not."""
MIN_COLUMNS = 2
MAX_SPAN = 1_000
"""Of columns or rows; a larger span is an error or an attack."""
MAX_HEADER_ROWS = 5
MAX_GROUP_CHARACTERS = 200
"""A longer row of one cell is a text in a table."""


@dataclass
class Cell:
    """A cell of a row as the format stores it."""

    text: str = ""
    columns: int = 1
    """How many columns it spans."""
    rows: int = 1
    """How many rows it spans, where the format says that at its first row."""
    continues: bool = False
    """Whether it continues the cell above it, where the format says that at each row."""


class Grid:
    """The rows of a table. Add the rows in order."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.groups: set[int] = set()
        """The numbers of the rows that are one cell over all columns, from 0."""
        self._continued: list[bool] = []  # whether a row has a cell that continues one above
        self._spans: dict[int, tuple[str, int]] = {}  # by column: the value of a cell from above, and for how many rows

    def add(self, cells: Sequence[Cell]) -> None:
        """Add a row, and put the values of cells that span it from above into their columns."""
        above = self.rows[-1] if self.rows else []
        row: list[str] = []
        continued = False
        spans: dict[int, tuple[str, int]] = {}

        def fill() -> None:
            nonlocal continued
            while len(row) in self._spans:
                value, left = self._spans.pop(len(row))
                if left > 1:
                    spans[len(row)] = (value, left - 1)
                row.append(value)
                continued = True

        for cell in cells:
            fill()
            text = cell.text
            if cell.continues and len(row) < len(above):
                text, continued = above[len(row)], True
            for _ in range(min(cell.columns, MAX_SPAN)):
                if cell.rows > 1:
                    spans[len(row)] = (text, min(cell.rows, MAX_SPAN) - 1)
                row.append(text)
        fill()
        if len(cells) == 1 and cells[0].columns == len(row) > 1 and len(cells[0].text) <= MAX_GROUP_CHARACTERS:
            self.groups.add(len(self.rows))
        self._spans = spans
        self.rows.append(row)
        self._continued.append(continued)

    def header_rows(self, declared: int = 0) -> int:
        """Return how many of the first rows name the columns: as declared, else as far as they look like it."""
        if declared or len(self.rows) <= 1:
            return min(declared, len(self.rows))
        return guess_header_rows(self.rows, self._continued)


def guess_header_rows(rows: Sequence[Sequence[str]], continued: Sequence[bool] = ()) -> int:
    """Return how many of the first rows name the columns. A row does if it has words in (nearly) all its cells.

    A title across all columns above such a row belongs to it, and so does a row that continues its merged cells.
    """
    count = 0
    for row in rows[:MAX_HEADER_ROWS]:
        if len(row) > 1 and len(set(row)) == 1 and row[0]:
            count += 1
        else:
            break
    if count + 2 < len(rows) and _names_periods(rows[count], rows[count + 1]) and _names_columns(rows[count + 1]):
        return count + 2
    if count >= len(rows) or not _names_columns(rows[count]):
        return 0
    count += 1
    while count < min(len(rows) - 1, MAX_HEADER_ROWS) and count < len(continued) and continued[count]:
        if not _names_columns(rows[count]):
            break
        count += 1
    return count if count < len(rows) else 0


def _names_columns(row: Sequence[str]) -> bool:
    names = [cell.strip() for cell in row]
    if len(names) < MIN_COLUMNS or not all(names[1:]):
        return False
    if len(names) > MIN_COLUMNS and len(set(names)) == len(names) and all(map(YEAR.fullmatch, names[1:])):
        return not names[0].endswith(":")
    return not any(_is_figure(name) or name.endswith(":") for name in names if name)


def _names_periods(row: Sequence[str], below: Sequence[str]) -> bool:
    """Has a row years alone behind its first cell, each over several columns?"""
    if row[0].strip() not in ("", below[0].strip()) or not all(map(YEAR.fullmatch, row[1:])):
        return False
    years = Counter(row[1:])
    return len(years) > 1 and min(years.values()) > 1


def _is_figure(name: str) -> bool:
    return len(name) <= MAX_FIGURE_CHARACTERS and NUMERIC.fullmatch(name) is not None
