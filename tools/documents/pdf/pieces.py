"""What PDFium finds on a page: pieces of text with their positions, sizes and fonts."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class Piece:
    """Text on one line without a wide gap in it. Measures are in points; heights count up from the page's bottom."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    """Whether the font is one of fixed width, as in listings."""
    cut: bool
    """Whether its last word is cut at the end of the line by a hyphen, which `text` leaves out."""


@dataclass(slots=True)
class PdfPage:
    """A page with its pieces of text."""

    number: int
    """Counts from 1."""
    height: float
    pieces: list[Piece]
    """In the order of the file, which may differ from the order of reading."""
    entries: int = 0
    """The number of contents entries, which lead to a page by a row of dots. They are not among the pieces."""


class Bookmark(NamedTuple):
    """An entry of the outline. `page` counts from 1; `level` 1 is the outermost."""

    title: str
    level: int
    page: int
    height: float | None
    """The height on the page to which it leads; None if it names none."""
