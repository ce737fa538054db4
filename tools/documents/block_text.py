"""A writer of text in blocks, which writes the separators between blocks and reports where each heading stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Break(IntEnum):
    """The separators between two pieces of text. If several are requested, the strongest is written."""

    NONE = 0
    SPACE = 1
    CELL = 2
    LINE = 3
    BLANK_LINE = 4


SEPARATORS = {Break.NONE: "", Break.SPACE: " ", Break.CELL: " | ", Break.LINE: "\n", Break.BLANK_LINE: "\n\n"}

# Soft hyphens, zero-width spaces and word joiners: they say where a word may be broken, are invisible, and would split
# it for search.
INVISIBLE_CHARACTERS = {ord("\u00ad"): None, ord("\u200b"): None, ord("\u2060"): None, ord("\ufeff"): None}
ENDING_CHARACTERS = 80


@dataclass
class _Item:
    """An open list item or table cell. Blocks at its start continue its line."""

    start: int
    breaks: bool = False  # whether it has line breaks inside


@dataclass(frozen=True)
class Savepoint:
    """A state of the text to which `BlockText.roll_back` can return."""

    length: int
    parts: int
    pending: Break
    item_marker: str
    held_lines: str
    breaks: bool


class BlockText:
    """Text in blocks. A separator is written only when text follows, so that empty lines never accumulate."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pending = Break.NONE
        self._mark = ""
        self._held_lines = ""
        self._items: list[_Item] = []
        self._heading: int | None = None  # of the open heading, the number of its first part

    def text(self) -> str:
        return "".join(self._parts)

    @property
    def length(self) -> int:
        """The length of the text so far, in characters."""
        return self._length

    @property
    def pending(self) -> Break:
        """The separator that is requested before the next text."""
        return self._pending

    def savepoint(self) -> Savepoint:
        breaks = self._items[-1].breaks if self._items else False
        return Savepoint(self._length, len(self._parts), self._pending, self._mark, self._held_lines, breaks)

    def roll_back(self, savepoint: Savepoint) -> None:
        """Remove what was written since `savepoint`. Items and headings opened since then must have been closed."""
        del self._parts[savepoint.parts :]
        self._length, self._mark, self._held_lines = savepoint.length, savepoint.item_marker, ""
        self._pending = savepoint.pending
        if not self._items:
            self.separate(Break.BLANK_LINE)
            return
        self._items[-1].breaks = savepoint.breaks
        if self._length > self._items[-1].start:
            self.separate(Break.LINE)

    def since(self, savepoint: Savepoint, max_parts: int | None = None) -> str:
        """Return the text written since `savepoint`, without the separator and the mark that were requested before.

        `max_parts` limits it to the text that was written first.
        """
        end = None if max_parts is None else savepoint.parts + max_parts
        return "".join(self._parts[savepoint.parts + 1 : end]).removeprefix(savepoint.item_marker)

    def take_back(self, savepoint: Savepoint) -> str:
        """Remove and return the text written since `savepoint`, whose separator and mark are requested again.

        Items and headings opened since then must have been closed.
        """
        text = self.since(savepoint)
        del self._parts[savepoint.parts :]
        self._length, self._mark, self._held_lines = savepoint.length, savepoint.item_marker, savepoint.held_lines
        self._pending = savepoint.pending
        if self._items:
            self._items[-1].breaks = savepoint.breaks
        return text

    def ending(self) -> str:
        """Return the last characters of the text before what is written next; "" if that begins a block or a cell."""
        if self._mark or self._pending > Break.SPACE:
            return ""
        found, length = [self._held_lines or SEPARATORS[self._pending]], 0
        for part in reversed(self._parts):
            found.append(part)
            length += len(part)
            if length >= ENDING_CHARACTERS:
                break
        return "".join(reversed(found))

    def separate(self, strength: Break) -> None:
        self._pending = max(self._pending, strength)
        self._held_lines = ""

    def separate_block(self) -> None:
        """Request a blank line, except at the very start of an item: `<li><p>` is one line."""
        if not self._items or self._length > self._items[-1].start:
            self.separate(Break.BLANK_LINE)

    def separate_inside(self) -> None:
        """Request a blank line, or only a new line inside an item, so that a nested list stays close to its item."""
        self.separate(Break.LINE if self._items else Break.BLANK_LINE)

    def end_line(self) -> None:
        """End the line. Two ends of line in a row leave a blank line, as two `<br>` do."""
        self.separate(Break.BLANK_LINE if self._pending is Break.LINE else Break.LINE)

    def open_item(self, mark: str = "") -> None:
        """Open a list item or table cell. `mark` is written before its first words, if it has any."""
        self._mark = mark
        self._items.append(_Item(self._length))

    def close_item(self, short: Break, long: Break) -> None:
        """Close the item. The text after it is separated by `short` if the item has one line, else by `long`."""
        item = self._items.pop()
        self._mark = ""
        self._pending = long if item.breaks else short
        if self._items:
            outer = self._items[-1]
            outer.breaks = outer.breaks or item.breaks or item.start > outer.start

    def begin_heading(self) -> None:
        self._mark = ""
        self.separate(Break.BLANK_LINE)
        self._heading = len(self._parts)

    def end_heading(self) -> tuple[str, int]:
        """Close the heading, and return its words as written and the offset of their start; "" if it has no words."""
        words = "" if self._heading is None else "".join(self._parts[self._heading + 1 :])
        self._heading = None
        self.separate(Break.BLANK_LINE)
        return words, self._length - len(words)

    def write(self, text: str) -> None:
        """Write text in which each run of white space counts as one space."""
        words = (text if text.isascii() else text.translate(INVISIBLE_CHARACTERS)).split()
        if not words or text[0].isspace():
            self.separate(Break.SPACE if text else Break.NONE)
        if words:
            self._emit(" ".join(words))
            if text[-1].isspace():
                self.separate(Break.SPACE)

    def write_preformatted(self, text: str) -> None:
        """Write text and keep its white space. White space at its end is held back until more text follows."""
        if self._pending is Break.BLANK_LINE:
            text = text.lstrip("\n")
        text = self._held_lines + (text if text.isascii() else text.translate(INVISIBLE_CHARACTERS))
        stripped = text.rstrip()
        if stripped:
            self._emit(stripped)
        self._held_lines = text[len(stripped) :]

    def write_exact(self, text: str) -> None:
        """Write text as it is, such as a row of a table; a space at its beginning or end is only requested."""
        words = text.strip(" ")
        self.separate(Break.SPACE if text.startswith(" ") else Break.NONE)
        if words:
            self._emit(words)
            self.separate(Break.SPACE if text.endswith(" ") else Break.NONE)

    def write_row(self, cells: Sequence[str]) -> tuple[int, int]:
        """Write a line of cells, of which each keeps its place even if it is empty. Return its start and end."""
        self.separate(Break.LINE)
        row = SEPARATORS[Break.CELL].join(cells)
        self._emit(row)
        self.separate(Break.LINE)
        return self._length - len(row), self._length

    def _emit(self, text: str) -> None:
        if self._length and self._pending >= Break.LINE and self._items and self._length > self._items[-1].start:
            self._items[-1].breaks = True
        before = SEPARATORS[self._pending] if self._length else ""
        text = self._mark + text
        self._parts += (before, text)
        self._length += len(before) + len(text)
        self._pending, self._mark, self._held_lines = Break.NONE, "", ""
