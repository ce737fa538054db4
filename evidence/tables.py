"""Tables in plain text and Markdown, found by the rule under or between their rows.

| Harbour | Night |        Harbour | Night       +---------+-------+       =======  =====
|---------|------:|        --------+------       | Harbour | Night |       Harbour  Night
| Sund    | 6     |        Sund    | 6           +=========+=======+       =======  =====
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from outlast.evidence.sources import Table
from outlast.evidence.wording import CELL_SEPARATOR, DIGIT, LETTER, split_cells

BAR_RULE = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:[|+][ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
"""The rule below the header of a table with bars; it has at least one bar or plus sign."""
DRAWN_RULE = re.compile(r"[ \t]*+\+(?:[-=]++\+)++[ \t]*+")
COLUMN_RULE = re.compile(r"[ \t]*+[=-]{2,}+(?:[ \t]++[=-]{2,}+)++[ \t]*+")
"""The rule of a table whose columns are aligned with spaces: a stroke for each column."""
RULE_CHARACTERS = " \t|+:-="
"""Any rule has these alone."""
MAX_TABLE_LINES = 2_000
MAX_HEADER_CHARACTERS = 2_000

Line = tuple[int, int]
"""The start and end of a line, without its line end."""


def find_ruled_tables(text: str) -> Iterator[Table]:
    """Yield the tables with a rule, in order, each with its headers. They do not overlap. Takes linear time."""
    lines = list(_lines(text))
    at = 0
    while at < len(lines):
        start, end = lines[at]
        rule = text[start:end]
        if rule.strip(RULE_CHARACTERS):  # as nearly all lines
            at += 1
            continue
        found = None
        if DRAWN_RULE.fullmatch(rule):
            found = _drawn_table(text, lines, at)
        elif COLUMN_RULE.fullmatch(rule):
            found = _column_table(text, lines, at)
        elif at and ("|" in rule or "+" in rule) and BAR_RULE.fullmatch(rule):
            found = _bar_table(text, lines, at)
        if found:
            table, at = found
            yield table
        at += 1


def _bar_table(text: str, lines: Sequence[Line], rule: int) -> tuple[Table, int] | None:
    header = lines[rule - 1]
    if "|" not in text[slice(*header)] or header[1] - header[0] > MAX_HEADER_CHARACTERS:
        return None
    last = rule
    while last + 1 < len(lines) and "|" in text[slice(*lines[last + 1])]:
        last += 1
    return Table(start=header[0], end=lines[last][1], headers=(_trim(text, header),)), last


def _drawn_table(text: str, lines: Sequence[Line], first: int) -> tuple[Table, int]:
    """Return a table with drawn rules, whose headers stand between the first rule and the first one of `=`."""
    last, double = first, None
    while last + 1 < len(lines) and text[slice(*lines[last + 1])].lstrip().startswith(("|", "+")):
        last += 1
        if double is None and "=" in (line := text[slice(*lines[last])]) and DRAWN_RULE.fullmatch(line):
            double = last
    if double is None:  # as psql and MySQL draw them: a header between the first two rules
        rules = [at for at in range(first, last + 1) if DRAWN_RULE.fullmatch(text[slice(*lines[at])])]
        double = rules[1] if len(rules) == 3 and rules[1] == first + 2 else first
    headers = [] if double == first else _rows(text, lines, first + 1, double)
    return Table(start=lines[first][0], end=lines[last][1], headers=tuple(headers)), last


def _column_table(text: str, lines: Sequence[Line], first: int) -> tuple[Table, int] | None:
    """Return a table between rules of strokes: above and below the header, and at its end."""
    rules, at = [first], first
    for at in range(first + 1, min(first + MAX_TABLE_LINES, len(lines))):
        line = text[slice(*lines[at])]
        if not line.strip() and len(rules) > 1:
            break
        if COLUMN_RULE.fullmatch(line):
            rules.append(at)
            if len(rules) == 3:
                break
    if len(rules) == 1 or rules[1] - first > 4 or lines[rules[1]][0] - lines[first][1] > MAX_HEADER_CHARACTERS:
        return None
    last = rules[2] if len(rules) == 3 else at - 1
    headers = _rows(text, lines, first + 1, rules[1]) if len(rules) == 3 else []
    return Table(start=lines[first][0], end=lines[last][1], headers=tuple(headers)), last


def _rows(text: str, lines: Sequence[Line], first: int, after: int) -> list[tuple[int, int]]:
    """Return the header between two rules as one row for each part between drawn rules."""
    edges = [first - 1, *(at for at in range(first, after) if DRAWN_RULE.fullmatch(text[slice(*lines[at])])), after]
    return [
        _trim(text, (lines[above + 1][0], lines[below - 1][1])) for above, below in pairwise(edges) if below - above > 1
    ]


def _trim(text: str, span: Line) -> Line:
    inside = text[slice(*span)]
    return span[0] + len(inside) - len(inside.lstrip()), span[0] + len(inside.rstrip())


def _lines(text: str) -> Iterator[Line]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def find_headed_tables(text: str) -> Iterator[Table]:
    """Yield the tables of rows with bars that have no rule, but a first row that names their columns.

    Rows of a PDF are such. The names have no digits, and each row below has as many cells, one of them with a number.
    A table of two columns may also be a form, so its first column must have numbers too.
    """
    rows: list[Line] = []
    for start, end in (*_lines(text), (len(text), len(text))):
        if CELL_SEPARATOR.search(text, start, end):
            rows.append((start, end))
            continue
        if len(rows) > 1 and _is_headed([split_cells(text[slice(*row)]) for row in rows]):
            yield Table(start=rows[0][0], end=rows[-1][1], headers=(_trim(text, rows[0]),))
        rows = []


def _is_headed(rows: Sequence[Sequence[str]]) -> bool:
    names, *others = rows
    if len(names) < 2 or any(len(row) != len(names) for row in others):
        return False
    if any(DIGIT.search(name) or not LETTER.search(name) for name in names):
        return False
    numbers = [[bool(DIGIT.search(cell)) for cell in row] for row in others]
    return all(map(any, numbers)) and (len(names) > 2 or all(map(all, numbers)))
