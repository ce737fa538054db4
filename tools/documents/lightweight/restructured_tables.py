"""The tables of reStructuredText: simple ones, whose columns are drawn by rows of `=`, and grids."""

import re
from itertools import pairwise
from typing import NamedTuple

SIMPLE_BORDER = re.compile(r"[ \t]*={2,}(?:[ \t]+={2,})+[ \t]*$")
SIMPLE_SPAN = re.compile(r"[ \t]*-{2,}(?:[ \t]+-{2,})*[ \t]*$")
GRID_BORDER = re.compile(r"[ \t]*\+(?:[-=]{1,}\+)+[ \t]*$")
HEADER_ROWS = re.compile(r"[ \t]+:header-rows:[ \t]*(\d{1,4})[ \t]*$")
LIST_ROW = re.compile(r"[ \t]+\*[ \t]+-(?P<words>(?:[ \t].*)?)$")
LIST_CELL = re.compile(r"[ \t]+-(?P<words>(?:[ \t].*)?)$")
MAX_LINES = 2_000
"""A longer table is read as lines."""


class TableFound(NamedTuple):
    rows: list[tuple[int, list[str]]]
    """Of each row, the number of its line below the start of the table, and its cells."""
    headers: int
    """How many of the rows name the columns."""
    lines: int
    """How many lines of the file the table has."""


def find_table(lines: list[str], start: int) -> TableFound | None:
    """Return the table that begins at line `start`; None if there is none, or if its cells span columns or rows."""
    line = lines[start]
    if "=" in line and SIMPLE_BORDER.match(line):
        return _simple_table(lines, start)
    if "+" in line and GRID_BORDER.match(line):
        return _grid_table(lines, start)
    return None


def _simple_table(lines: list[str], start: int) -> TableFound | None:
    columns = [found.span() for found in re.finditer(r"=+", lines[start])]
    rows: list[tuple[int, list[str]]] = []
    borders: list[int] = []  # how many rows are above each border
    for number in range(start + 1, min(len(lines), start + MAX_LINES)):
        line = lines[number]
        if SIMPLE_BORDER.match(line):
            borders.append(len(rows))
            is_last = len(borders) == 2 or number + 1 >= len(lines) or not lines[number + 1].strip()
            if is_last:
                headers = borders[0] if len(borders) == 2 else 0
                return TableFound(rows, headers, number + 1 - start)
        elif line.strip() and not SIMPLE_SPAN.match(line):
            cells = _cells_at(line, columns)
            if cells is None:
                return None
            if cells[0] or not rows:
                rows.append((number - start, cells))
            else:  # a row goes on where its first cell is empty
                rows[-1] = (rows[-1][0], [f"{a} {b}".strip() for a, b in zip(rows[-1][1], cells, strict=True)])
    return None


def _cells_at(line: str, columns: list[tuple[int, int]]) -> list[str] | None:
    """Cut a line into its cells; None if text stands between two columns, as that of a cell that spans both."""
    cells: list[str] = []
    for number, (left, right) in enumerate(columns):
        is_last = number == len(columns) - 1
        cells.append(line[left:] if is_last else line[left:right])
        if not is_last and line[right : columns[number + 1][0]].strip():
            return None
    return [cell.strip() for cell in cells]


def _grid_table(lines: list[str], start: int) -> TableFound | None:
    borders = [found.start() for found in re.finditer(r"\+", lines[start])]
    rows: list[tuple[int, list[str]]] = []
    headers, row_start, end = 0, start + 1, start
    cells = [""] * (len(borders) - 1)
    for number in range(start + 1, min(len(lines), start + MAX_LINES)):
        line = lines[number]
        if GRID_BORDER.match(line):
            if [found.start() for found in re.finditer(r"\+", line)] != borders:
                return None
            if any(cells):
                rows.append((row_start - start, cells))
            if "=" in line:
                headers = len(rows)
            cells, row_start, end = [""] * (len(borders) - 1), number + 1, number
        elif len(line) > borders[-1] and all(line[border] == "|" for border in borders):
            parts = [line[left + 1 : right].strip() for left, right in pairwise(borders)]
            cells = [f"{cell} {part}".strip() for cell, part in zip(cells, parts, strict=True)]
        elif line.strip() and line.lstrip()[0] in "|+":
            return None
        else:
            break
    return TableFound(rows, headers, end + 1 - start) if rows else None


def list_table(lines: list[str]) -> tuple[list[tuple[int, list[str]]], int]:
    """Return the rows of a `list-table`, each with the number of its first line, and how many of them are headers."""
    rows: list[tuple[int, list[str]]] = []
    headers = place = 0  # where the dashes of cells stand; others are lists inside cells
    for number, line in enumerate(lines):
        if header := HEADER_ROWS.match(line):
            headers = int(header.group(1))
        elif row := LIST_ROW.match(line):
            rows.append((number, [row.group("words").strip()]))
            place = row.start("words")
        elif rows and (cell := LIST_CELL.match(line)) and cell.start("words") == place:
            rows[-1][1].append(cell.group("words").strip())
        elif rows and line.strip():
            cells = rows[-1][1]
            cells[-1] = f"{cells[-1]} {line.strip()}".strip()
    return rows, headers
