"""Entries of contents lists and indexes: they are left out of the text, unless they say what it does not.

A contents list repeats headings, so nothing is lost without it. An index has words of its own: `trouble, known ... 9`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from outlast.tools.documents.pdf.lines import Line
from outlast.tools.documents.pdf.pieces import Piece, Role

LEADER = re.compile(r"(?:\s?[.…·_]){4,}\s*")
"""The dots between an entry and its page number."""
LEADER_DOTS = ("..", ". .", "……", "··", "· ·", "__")
WORD = re.compile(r"[^\W\d_]{2,}")
DISTANCE_SIZES = 10
"""How far below each other kept entries are put, in multiples of their size: each is a paragraph of its own."""


def cells_of(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces of a page. One with dots between a name and its value, as in a price list, is two cells."""
    for piece in pieces:
        found = LEADER.search(piece.text) if any(dots in piece.text for dots in LEADER_DOTS) else None
        if found is None or not piece.text[: found.start()].strip() or not piece.text[found.end() :].strip():
            yield piece
            continue
        width = (piece.right - piece.left) / len(piece.text)
        yield replace(piece, text=piece.text[: found.start()].strip(), right=piece.left + width * found.start())
        yield replace(piece, text=piece.text[found.end() :].strip(), left=piece.left + width * found.end())


def entries_to_keep(pages: Iterable[list[Line]], entries: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the entries, each with its page, that have words which stand nowhere in the text of the pages."""
    known = _words_of(pages) if entries else set[str]()
    for page, entry in entries:
        if any(word not in known for word in WORD.findall(entry.casefold())):
            yield page, entry


def with_entries(lines: list[Line], page: int, entries: Sequence[str], size: float) -> list[Line]:
    """Return the lines of a page with its kept entries below them. `size` is that of its text."""
    below = [
        Line(
            page=page,
            text=LEADER.sub(" ... ", entry).strip(),
            left=0.0,
            right=0.0,
            baseline=-DISTANCE_SIZES * size * place,
            size=size,
            bold=False,
            fixed=False,
            cut=False,
            role=Role.BOTTOM,
        )
        for place, entry in enumerate(entries, start=1)
    ]
    return [*lines, *below]


def _words_of(pages: Iterable[list[Line]]) -> set[str]:
    words = set[str]()
    for lines in pages:
        words.update(*(WORD.findall(line.text.casefold()) for line in lines))
        for line, following in pairwise(lines):
            if line.cut:
                words.update(WORD.findall(f"{line.text}{following.text}".casefold()))
    return words
