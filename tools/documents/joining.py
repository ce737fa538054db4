"""Several pieces of text that become one document, such as the chapters of a book: offsets are moved along."""

from collections.abc import Iterable

from outlast.evidence.losses import Loss
from outlast.evidence.sources import Heading, Table

SEPARATOR = "\n\n"
MAX_LEVEL = 6


class JoinedText:
    """The text of the pieces that were added so far, with their headings, tables and losses."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.losses: list[Loss] = []
        self._parts: list[str] = []
        self.length = 0
        """The length of the text so far, in characters."""

    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str, headings: Iterable[Heading] = (), tables: Iterable[Table] = ()) -> None:
        """Add a piece, as a block of its own; one without words is left out."""
        if not text.strip():
            return
        if self.length:
            self._put(SEPARATOR)
        start = self.length
        self._put(text)
        self.headings += (moved_heading(heading, start) for heading in headings)
        self.tables += (moved_table(table, start) for table in tables)

    def lose(self, losses: Iterable[Loss], place: str) -> None:
        """Add the losses of a piece, which stands at `place`."""
        for loss in losses:
            where = f"{place}: {loss.place}" if loss.place else place
            self.losses.append(loss.model_copy(update={"place": where}))

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)


def moved_heading(heading: Heading, by: int, *, deeper: int = 0) -> Heading:
    """Return a heading that stands `by` characters further down, and `deeper` levels lower."""
    level = min(heading.level + deeper, max(heading.level, MAX_LEVEL))
    return Heading(start=heading.start + by, end=heading.end + by, level=level)


def moved_table(table: Table, by: int) -> Table:
    """Return a table that stands `by` characters further down."""
    headers = tuple((start + by, end + by) for start, end in table.headers)
    groups = tuple((start + by, end + by) for start, end in table.groups)
    return Table(start=table.start + by, end=table.end + by, headers=headers, groups=groups)
