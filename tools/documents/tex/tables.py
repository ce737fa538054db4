"""The tables of TeX: rows end with two backslashes, cells with an ampersand."""

import re
from typing import NamedTuple

MAX_SPAN = 100
SPANNED = re.compile(r"\s*\\multicolumn\{(\d{1,3})\}\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
SPANNED_ROWS = re.compile(r"\s*\\multirow(?:\[[^\]]*\])?\{[^{}]*\}(?:\[[^\]]*\])?\{[^{}]*\}")
PART = re.compile(
    r"\\(?P<edge>begin|end)\{[^{}]*\}|\\(?P<rule>hline|midrule|toprule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot)\b"
    r"|(?P<partial>\\(?:cline|cmidrule)(?:\([^)]*\))?\{[^{}]*\})|(?P<row>\\\\\*?(?:\[[^\]]*\])?|\\tabularnewline\b)"
    r"|\\.|(?P<comment>(?<!\\)%[^\n]*\n?)|(?P<brace>[{}])|(?P<cell>&)",
    re.DOTALL,
)


class Cell(NamedTuple):
    source: str
    columns: int = 1
    """How many columns it spans."""


def split_table(source: str) -> tuple[list[list[str]], int]:
    """Return the source of the cells, row by row, and how many rows stand above the first rule below a row."""
    rows, cells = list[list[str]](), list[str]()
    start = depth = header_rows = 0
    for part in PART.finditer(source):
        if part.group("edge"):
            depth += 1 if part.group("edge") == "begin" else -1
        elif part.group("brace"):
            depth += 1 if part.group("brace") == "{" else -1
        elif depth <= 0 and (part.group("cell") or part.group("row")):
            cells.append(source[start : part.start()])
            start = part.end()
            if part.group("row"):
                rows.append(cells)
                cells = []
        elif depth <= 0 and (part.group("rule") or part.group("partial")):
            is_blank = not source[start : part.start()].strip() and not cells
            start = part.end() if is_blank else start
            header_rows = header_rows or (len(rows) if part.group("rule") and is_blank else 0)
    if cells or source[start:].strip():
        rows.append([*cells, source[start:]])
    return rows, header_rows if header_rows < len(rows) else 0


def split_cell(source: str) -> Cell:
    """Return a cell without the commands that say how many columns or rows it spans."""
    spanned = SPANNED.match(source)
    if spanned is not None:
        return Cell(source[spanned.end() :], min(int(spanned.group(1)), MAX_SPAN))
    spanned_rows = SPANNED_ROWS.match(source)
    return Cell(source[spanned_rows.end() :] if spanned_rows else source)
