"""The rows of a table that head those below them: group headings, and headers that stand again inside of it.

A group heading is a row of one value over all columns. It counts up to the next one, which replaces it: what stands
below `Lower canal` is not in the upper canal. A row that begins as the header does, but goes on with other names, heads
the rows below it: `Ship | Crew | Captain` below `Ship | Tonnage | Flag`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.sources import Lead, Span, Table
from outlast.evidence.wording import DIGIT, LETTER, is_emphasized_alone, split_cells

MAX_HEADS = 10_000
"""Of one table. The rows below more of them have no leads: better none than those of another group."""
ROW = re.compile(r"[^\n]*[^\s|+:=-][^\n]*")
"""A line that is no rule."""


@dataclass
class _Head:
    span: Span
    is_group: bool


def table_leads(text: str, table: Table) -> Iterator[Lead]:
    """Yield for each part of a table the rows that head it. Takes linear time."""
    groups = set(table.groups)
    headers = [_Head(_span(text, each), each in groups) for each in sorted(table.headers)]
    names = [head for head in headers if not head.is_group]
    columns = split_cells(names[-1].span.text) if names else []
    over = headers
    titles: list[_Head] = []
    begin, follows_head, is_first, count = headers[-1].span.end if headers else table.start, bool(headers), True, 0
    for match in ROW.finditer(text, begin, table.end):
        span = match.span()
        is_group = span in groups or ("|" in match.group() and is_emphasized_alone(split_cells(match.group())))
        if not (is_group or _is_other_header(match.group(), columns)):
            follows_head = is_first = False
            continue
        if is_first and is_group:  # the rows of one value above the header are the title of the whole table
            titles = [head for head in headers if head.is_group]
        if over and not follows_head:
            yield _lead(over, begin, span[0])
        if (count := count + 1) > MAX_HEADS:
            return
        head = _Head(_span(text, span), is_group)
        if is_group:
            above = over if follows_head else [*titles, *names]
            over = [*above, head]
        else:
            above = [each for each in over if each.is_group and (follows_head or each in titles)]
            names, over = [head], [*above, head]
        begin, follows_head, is_first = span[1], True, False
    if over:
        yield _lead(over, begin, table.end)


def _is_other_header(row: str, columns: Sequence[str]) -> bool:
    return bool(columns) and columns[0] in row and names_other_columns(columns, split_cells(row))


def names_other_columns(columns: Sequence[str], row: Sequence[str]) -> bool:
    """Return whether a row begins as the header of a table does, and has other names and no values behind that."""
    named = [cell for cell in row[1:] if cell]
    return (
        len(columns) > 1
        and bool(columns[0])
        and list(row[:1]) == [columns[0]]
        and bool(named)
        and list(row) != list(columns)
        and not any(DIGIT.search(cell) or not LETTER.search(cell) for cell in named)
    )


def _lead(heads: Sequence[_Head], start: int, end: int) -> Lead:
    ordered = sorted((head.span for head in heads), key=lambda span: span.start)
    return Lead(start=start, end=end, spans=tuple(ordered))


def _span(text: str, span: tuple[int, int]) -> Span:
    return Span(start=span[0], end=span[1], text=text[slice(*span)])
