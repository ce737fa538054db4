"""Text that is written block by block: it knows what separates what, and where everything came to stand."""

from dataclasses import dataclass
from enum import IntEnum


class Break(IntEnum):
    """What stands between two pieces of text. Where several are asked for, the strongest is written."""

    NONE = 0
    SPACE = 1
    CELL = 2
    LINE = 3
    BLANK_LINE = 4


SEPARATORS = {Break.NONE: "", Break.SPACE: " ", Break.CELL: " | ", Break.LINE: "\n", Break.BLANK_LINE: "\n\n"}

# Places where a word may be broken at a line's end: nobody sees them, and they would split the word for search.
INVISIBLE_CHARACTERS = {ord("\u00ad"): None, ord("\u200b"): None}


@dataclass
class _Item:
    """A list item or a table cell: blocks at its start continue its line."""

    start: int
    breaks: bool = False  # has it lines of its own?


@dataclass(frozen=True)
class Savepoint:
    """A point of the text to which it can be taken back."""

    length: int
    parts: int
    pending: Break
    item_marker: str
    breaks: bool


class BlockText:
    """Nothing is written before, after or between blocks until there is text for it: no empty lines pile up."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._pending = Break.NONE
        self._mark = ""
        self._held_lines = ""
        self._items: list[_Item] = []
        self._heading: list[str] | None = None  # the parts of the open heading

    def text(self) -> str:
        return "".join(self._parts)

    @property
    def length(self) -> int:
        return self._length

    def savepoint(self) -> Savepoint:
        around = self._items[-1].breaks if self._items else False
        return Savepoint(self._length, len(self._parts), self._pending, self._mark, around)

    def roll_back(self, mark: Savepoint) -> None:
        """Unwrites a block, what was written since. No item and no heading may have been left open between."""
        del self._parts[mark.parts :]
        self._length, self._mark, self._held_lines = mark.length, mark.item_marker, ""
        self._pending = mark.pending
        if not self._items:
            self.separate(Break.BLANK_LINE)
            return
        self._items[-1].breaks = mark.breaks
        if self._length > self._items[-1].start:
            self.separate(Break.LINE)

    def separate(self, strength: Break) -> None:
        self._pending = max(self._pending, strength)
        self._held_lines = ""

    def separate_block(self) -> None:
        """A blank line, except at the very start of an item: `<li><p>` is one line."""
        if not self._items or self._length > self._items[-1].start:
            self.separate(Break.BLANK_LINE)

    def separate_inside(self) -> None:
        """A blank line, but only a new line inside an item: a list in a list stays close to its item."""
        self.separate(Break.LINE if self._items else Break.BLANK_LINE)

    def end_line(self) -> None:
        """A second end of line in a row leaves a blank line, as two <br> do."""
        self.separate(Break.BLANK_LINE if self._pending is Break.LINE else Break.LINE)

    def open_item(self, mark: str = "") -> None:
        """`mark` is written before the item's first words, if any come."""
        self._mark = mark
        self._items.append(_Item(self._length))

    def close_item(self, short: Break, long: Break) -> None:
        """What follows is separated by `short` after an item of one line, else by `long`."""
        item = self._items.pop()
        self._mark = ""
        self._pending = long if item.breaks else short
        if self._items:
            around = self._items[-1]
            around.breaks = around.breaks or item.breaks or item.start > around.start

    def begin_heading(self) -> None:
        self._mark = ""
        self.separate(Break.BLANK_LINE)
        self._heading = []

    def end_heading(self) -> tuple[str, int]:
        """The heading's words as they stand in the text, and where they start; no words where it has none."""
        words, self._heading = "".join(self._heading or ()), None
        self.separate(Break.BLANK_LINE)
        return words, self._length - len(words)

    def write(self, text: str) -> None:
        """Text whose white space means no more than a space."""
        words = (text if text.isascii() else text.translate(INVISIBLE_CHARACTERS)).split()
        if not words or text[0].isspace():
            self.separate(Break.SPACE if text else Break.NONE)
        if words:
            self._emit(" ".join(words))
            if text[-1].isspace():
                self.separate(Break.SPACE)

    def write_preformatted(self, text: str) -> None:
        """Text whose white space stays. Lines at its end wait for more of it to come."""
        if self._pending is Break.BLANK_LINE:
            text = text.lstrip("\n")
        text = self._held_lines + text
        stripped = text.rstrip()
        if stripped:
            self._emit(stripped)
        self._held_lines = text[len(stripped) :]

    def _emit(self, text: str) -> None:
        if self._length and self._pending >= Break.LINE and self._items and self._length > self._items[-1].start:
            self._items[-1].breaks = True
        before = (SEPARATORS[self._pending] if self._length else "") + self._mark
        if self._heading is not None:
            self._heading.append(before + text if self._heading else text)
        self._parts += (before, text)
        self._length += len(before) + len(text)
        self._pending, self._mark, self._held_lines = Break.NONE, "", ""
