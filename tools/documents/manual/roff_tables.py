"""The tables of manual pages, as tbl(1) reads them: options, formats of the columns, then a line a row."""

import re
from collections import deque

OPTION = re.compile(r"tab\s*\((.)\)")
BOLD = re.compile(r"[bB]|f3|f\(CB")
BLOCK = re.compile(r"T\{\n(.*?)\nT\}", re.DOTALL)
RULE = re.compile(r"\s*[_=]\s*")
COLUMN_DETAILS = re.compile(r"\([^)]*\)|f[A-Z]\w?")
ROW_FORMAT = re.compile(r"[lrcnasLRCNAS^_=|]")


def read_table(lines: list[str]) -> tuple[list[list[str]], int]:
    """Return the rows of a table, as the cells' raw text, and how many rows at the top are set as headers.

    A cell that its format spans over several columns is repeated in each of them.
    """
    lines = [line for line in lines if not line.startswith(('.\\"', "'\\\""))]
    separator = "\t"
    if lines and lines[0].rstrip().endswith(";"):
        found = OPTION.search(lines.pop(0))
        separator = found.group(1) if found else separator
    body = deque(BLOCK.sub(_joined, "\n".join(lines)).split("\n"))
    formats = _take_formats(body)
    rows, headers, used = list[list[str]](), 0, 0
    while body:
        line = body.popleft()
        if line.startswith(".T&"):
            formats, used = _take_formats(body), 0
        elif RULE.fullmatch(line) or not line.strip():
            headers = headers or (len(rows) if len(rows) < 3 else 0)
        elif not line.startswith((".", "'")):
            layout = formats[min(used, len(formats) - 1)] if formats else ""
            if not rows and BOLD.search(layout):
                headers = 1
            rows.append(_spanned([" ".join(cell.split()) for cell in line.split(separator)], layout))
            used += 1
    return rows, headers if headers < len(rows) else 0


def _take_formats(body: deque[str]) -> list[str]:
    """Take the lines that say how the columns are set, up to the one that ends in a dot."""
    formats = list[str]()
    while body:
        line = body.popleft().rstrip()
        formats += line.removesuffix(".").split(",")
        if line.endswith("."):
            break
    return formats


def _joined(block: re.Match[str]) -> str:
    """Return the words of a cell of several lines, without the requests in it."""
    return " ".join(line for line in block.group(1).split("\n") if not line.startswith((".", "'")))


def _spanned(cells: list[str], layout: str) -> list[str]:
    columns = [
        column.lower() for column in ROW_FORMAT.findall(re.sub(r"\([^)]*\)|f[A-Z]\w?", "", layout)) if column != "|"
    ]
    values, remaining = list[str](), iter(cells)
    for column in columns:
        values.append((values[-1] if values else "") if column == "s" else next(remaining, ""))
    return values + list(remaining) if len(columns) >= len(cells) or "s" in columns else cells
