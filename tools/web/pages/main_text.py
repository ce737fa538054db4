"""The main text of a page: the lines of its whole text that trafilatura finds to be main.

trafilatura says what is main, but its output has lost formulas, the numbers of lists, and the places of cells. So it is
only compared with the page's own text, of which those lines stay that it has too.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.document import Document
from outlast.tools.documents.joining import moved_table

WORD = re.compile(r"\w+")
LIST_MARK = re.compile(r"(?:- |\w{1,6}\. )")
FORMULA_SIGNS = frozenset("=^_√∑∫≤≥±")
MAX_FORMULA_CHARACTERS = 200
MIN_SHARED = 0.6
"""Of the groups of three words of a line, and of the words of a table, that trafilatura has too."""
MIN_KEPT = 0.7  # of the words that trafilatura has; with fewer, the comparison has failed

Words = tuple[str, ...]


def select_main(full: Document, found: Document) -> Document:
    """Return the lines of `full` that are in `found`, the main text as trafilatura writes it; `found` if few are."""
    main = _Main(found)
    lines = list(_lines(full.text))
    tables = {line: table for table in full.tables for line in lines if table.start <= line[0] < table.end}
    kept_tables = {table.start for table in full.tables if main.has_table(full.text[table.start : table.end])}
    keeps = [
        tables[line].start in kept_tables if line in tables else main.has_line(full.text[slice(*line)])
        for line in lines
    ]
    _keep_formulas(full.text, lines, keeps)
    selected = _select(full, [line for line, keep in zip(lines, keeps, strict=True) if keep])
    return selected if len(WORD.findall(selected.text)) >= MIN_KEPT * main.count else found


class _Main:
    """The words of the main text."""

    def __init__(self, found: Document) -> None:
        words = _words(found.text)
        self.count = len(words)
        self._words = frozenset(words)
        self._groups = frozenset(zip(words, words[1:], words[2:], strict=False))
        cells = (cell for line in found.text.split("\n") for cell in (line, *line.split(" | ")))
        self._lines = frozenset(_words(LIST_MARK.sub("", cell, count=1)) for cell in cells)

    def has_line(self, line: str) -> bool:
        words = _words(LIST_MARK.sub("", line, count=1))
        if len(words) < 3:
            return bool(words) and words in self._lines
        groups = list(zip(words, words[1:], words[2:], strict=False))
        return sum(group in self._groups for group in groups) >= MIN_SHARED * len(groups)

    def has_table(self, table: str) -> bool:
        words = _words(table)
        return sum(word in self._words for word in words) >= MIN_SHARED * len(words)


def _words(text: str) -> Words:
    return tuple(WORD.findall(text.casefold()))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each line that has words."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def _keep_formulas(text: str, lines: list[tuple[int, int]], keeps: list[bool]) -> None:
    """Keep a short line with a formula between two lines of the main text: trafilatura drops formulas."""
    for number in range(1, len(lines) - 1):
        start, end = lines[number]
        is_short = end - start <= MAX_FORMULA_CHARACTERS
        if is_short and keeps[number - 1] and keeps[number + 1] and not FORMULA_SIGNS.isdisjoint(text[start:end]):
            keeps[number] = True


def _select(full: Document, kept: list[tuple[int, int]]) -> Document:
    """Return the document with these lines alone. Lines that stood in one block stay together."""
    parts: list[str] = []
    shifts: dict[int, int] = {}  # of the start of each kept line, how far it moves
    length = 0
    for before, line in pairwise([(0, 0), *kept]):
        if parts:
            parts.append("\n" if line[0] == before[1] + 1 else "\n\n")
            length += len(parts[-1])
        shifts[line[0]] = length - line[0]
        parts.append(full.text[slice(*line)])
        length += line[1] - line[0]
    return replace(
        full,
        text="".join(parts),
        headings=tuple(_moved_headings(full.headings, shifts)),
        tables=tuple(moved_table(table, shifts[table.start]) for table in _kept_tables(full.tables, shifts)),
    )


def _moved_headings(headings: tuple[Heading, ...], shifts: dict[int, int]) -> Iterator[Heading]:
    for heading in headings:
        if heading.start in shifts:
            by = shifts[heading.start]
            yield Heading(start=heading.start + by, end=heading.end + by, level=heading.level)


def _kept_tables(tables: tuple[Table, ...], shifts: dict[int, int]) -> Iterator[Table]:
    return (table for table in tables if table.start in shifts)
