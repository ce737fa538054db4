"""What PDFium finds on a page: pieces of text with their places, sizes and faces."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class Piece:
    """Text on one line without a wide gap in it. Measures are in points; heights count from the page's bottom up."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    """Are all its letters equally wide, as in listings?"""
    cut: bool
    """Is its last word cut at the end of the line, by a hyphen that `text` does not show?"""


@dataclass(slots=True)
class PdfPage:
    number: int
    """From 1."""
    height: float
    pieces: list[Piece]
    """In the order of the file, which need not be that of reading."""
    entries: int = 0
    """How many lines led to another page by a row of dots; they are not among the pieces."""


class Bookmark(NamedTuple):
    """An entry of the outline. `page` counts from 1; `level` 1 is the outermost."""

    title: str
    level: int
    page: int
    height: float | None
    """Where on the page it leads; None where it does not say."""
