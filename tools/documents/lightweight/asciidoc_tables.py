"""The tables of AsciiDoc: cells begin with a bar, and the first line, or an attribute, says how many are in a row."""

import re

CELL = re.compile(
    r"(?:(?<!\S)(?:(?P<factor>\d+)(?:\.\d+)?[+*])?(?:\.\d+\+)?[<^>]?(?:\.[<^>])?[adehlmsv]?)?(?<!\\)\|", re.ASCII
)
"""The bar before a cell, with how many columns it spans (`2+`) or how often it is repeated (`3*`)."""
COLUMNS = re.compile(r"cols=\"?(?P<list>[^\"\]]*)")
REPEATED = re.compile(r"(\d+)\*")
MAX_COLUMNS = 1_000


def read_table(lines: list[str], attributes: str) -> tuple[list[list[str]], int]:
    """Return the rows and how many of them are headers. A cell that spans columns is repeated in each of them."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    width = _declared_width(attributes) or len(_cells(lines[first : first + 1]))
    cells = _cells(lines[first:])
    if not cells or not width:
        return [], 0
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    rows[-1] += [""] * (width - len(rows[-1]))
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


def _cells(lines: list[str]) -> list[str]:
    text, cells = "\n".join(lines), list[str]()
    marks = list(CELL.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        words = " ".join(text[mark.end() : end].split())
        cells += [words.replace("\\|", "|")] * min(int((mark.group("factor") or "1")[:4]), MAX_COLUMNS)
    return cells
