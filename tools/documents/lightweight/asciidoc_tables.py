"""The tables of AsciiDoc: cells begin with a bar, and the first line, or an attribute, says how many are in a row."""

import re

from outlast.tools.documents.office.grid import Cell, Grid

CELL = re.compile(
    r"(?:(?<!\S)(?:(?P<factor>\d{1,4})?(?:\.(?P<rows>\d{1,4}))?(?P<sign>[+*]))?[<^>]?(?:\.[<^>])?[adehlmsv]?)?(?<!\\)\|",
    re.ASCII,
)
"""The bar before a cell, with how many columns and rows it spans (`2.3+`) or how often it is repeated (`3*`)."""
COLUMNS = re.compile(r"cols=\"?(?P<list>[^\"\]]*)")
REPEATED = re.compile(r"(\d+)\*")
MAX_COLUMNS = 1_000


def read_table(lines: list[str], attributes: str) -> tuple[list[list[str]], int]:
    """Return the rows and how many of them are headers. A cell that spans columns is repeated in each of them."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    width = _declared_width(attributes) or sum(cell.columns for cell in _cells(lines[first : first + 1]))
    cells = _cells(lines[first:])
    if not cells or not width:
        return [], 0
    rows = _laid_out(cells, width)
    has_gap = first + 1 < len(lines) and not lines[first + 1].strip()
    has_header = "header" in attributes or (has_gap and first == 0)
    return rows, int(has_header and len(rows) > 1 and "noheader" not in attributes)


def _declared_width(attributes: str) -> int:
    found = COLUMNS.search(attributes)
    if found is None:
        return 0
    columns = 0
    for column in re.split(r"[,;]", found.group("list")):
        repeated = REPEATED.match(column.strip())
        columns += int(repeated.group(1)[:4]) if repeated else 1
    return min(columns, MAX_COLUMNS)


def _laid_out(cells: list[Cell], width: int) -> list[list[str]]:
    """Put cells into rows of a width. A cell that spans rows or columns is repeated in each of them."""
    grid, row = Grid(), list[Cell]()
    taken = [0] * width  # of each column, for how many rows a cell from above spans it
    for cell in cells:
        row.append(cell)
        free = [column for column in range(width) if not taken[column]]
        used = sum(each.columns for each in row)
        if used < len(free):
            continue
        grid.add(row)
        for column in range(width):
            taken[column] = max(0, taken[column] - 1)
        position = 0
        for each in row:
            for column in free[position : position + each.columns]:
                taken[column] = each.rows - 1
            position += each.columns
        row = []
    if row:
        grid.add(row)
    return [[*each, *[""] * (width - len(each))][:width] for each in grid.rows]


def _cells(lines: list[str]) -> list[Cell]:
    text, cells = "\n".join(lines), list[Cell]()
    marks = list(CELL.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        words = " ".join(text[mark.end() : end].split()).replace("\\|", "|")
        factor, rows = (min(max(int(mark.group(name) or "1"), 1), MAX_COLUMNS) for name in ("factor", "rows"))
        if mark.group("sign") == "*":
            cells += [Cell(words)] * factor
        else:
            cells.append(Cell(words, factor, rows))
    return cells
