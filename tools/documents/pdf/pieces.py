"""What PDFium finds on a page: pieces of text with their positions, sizes and fonts."""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Role(Enum):
    """How text belongs to the flow of its page."""

    TEXT = "text"
    NOTE = "note"
    """Added to the page: a remark or a stamp, which must not interrupt a paragraph."""
    TOP = "top"
    """At the top of the page, where running headers stand."""
    BOTTOM = "bottom"
    """At the bottom, where running footers stand, or beside the text, as watermarks and turned text are."""


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
    apart: bool = False
    """Whether it begins a column or the text beside a margin, however small the gap before it is."""
    role: Role = Role.TEXT


@dataclass(slots=True)
class PdfPage:
    """A page with its pieces of text."""

    number: int
    """Counts from 1."""
    height: float
    pieces: list[Piece]
    """In the order of the file, which may differ from the order of reading."""
    asides: list[list[Piece]] = field(default_factory=list[list[Piece]])
    """Text that runs in other directions, and watermarks: each list is read for itself."""
    entry_count: int = 0
    """The number of entries of contents lists and indexes, which lead to a page by a row of dots."""
    entries: list[str] = field(default_factory=list[str])
    """These entries, and the lines between them. They are not among the pieces."""
    hidden_words: int = 0
    """The number of words that no reader sees, which are not among the pieces either."""
    has_unread: bool = False
    """Whether so many notes and fields were added to it that some were not read."""
    has_pictures: bool = False
    """Whether it shows pictures besides its text."""
    is_damaged: bool = False
    is_picture: bool = False
    """Whether it shows something, but has no text of its own, or hardly any."""


class Bookmark(NamedTuple):
    """An entry of the outline. `page` counts from 1; `level` 1 is the outermost."""

    title: str
    level: int
    page: int
    height: float | None
    """The height on the page to which it leads; None if it names none."""
