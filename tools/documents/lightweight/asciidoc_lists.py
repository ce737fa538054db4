"""The items of lists in AsciiDoc: the number that the printed page shows, which the file does not have."""

import re

from outlast.tools.documents.markup.lists import written_number

ITEM = re.compile(r"[ \t]*(?P<marks>\.{1,5}|\*{1,5}|-|\d{1,4}\.|[a-zA-Z]\.)[ \t]+(?P<words>\S.*)")
START = re.compile(r"\bstart=\"?(?P<number>\d{1,6})")
STYLE = re.compile(r"\b(?P<name>arabic|decimal|loweralpha|upperalpha|lowerroman|upperroman)\b")
STYLES = {
    "loweralpha": "lower-alpha",
    "upperalpha": "upper-alpha",
    "lowerroman": "lower-roman",
    "upperroman": "upper-roman",
}
STYLES_BY_DEPTH = ("decimal", "lower-alpha", "lower-roman", "upper-alpha", "upper-roman")
BULLET = "- "


class Lists:
    """The open lists. Each has marks of its own, such as `**`; an item of an outer list ends the inner ones."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int, str]] = []  # marks, the number of the next item, and its style
        self._attributes = ""
        self._is_after_blank = self._is_attached = False

    def announce(self, attributes: str) -> None:
        """Take the attributes of the block that follows, such as `[start=4]`."""
        self._attributes = attributes

    def take(self, line: str) -> tuple[str, str] | None:
        """Return the mark of an item and its words; None for a line that is no item. Call it for each line of text."""
        item = ITEM.fullmatch(line)
        if item is None:
            if not line.strip():
                self._is_after_blank = True
            elif line.strip() == "+":
                self._is_attached = True
            else:
                if self._is_after_blank and not self._is_attached:
                    self._open.clear()
                self._is_after_blank = self._is_attached = False
            return None
        marks = item.group("marks")
        self._is_after_blank = self._is_attached = False
        if not marks.startswith((".", "*", "-")):
            return f"{marks} ", item.group("words")  # it has its number
        known = next((number for number, each in enumerate(self._open) if each[0] == marks), None)
        if known is None or "start=" in self._attributes:
            self._open = [*self._open[:known], (marks, *self._begin(marks))]
        else:
            del self._open[known + 1 :]
        self._attributes = ""
        _, number, style = self._open[-1]
        self._open[-1] = (marks, number + 1, style)
        return (f"{written_number(number, style)}. " if marks[0] == "." else BULLET), item.group("words")

    def _begin(self, marks: str) -> tuple[int, str]:
        start, style = START.search(self._attributes), STYLE.search(self._attributes)
        named = STYLES_BY_DEPTH[len(marks) - 1]
        if style is not None:
            named = style.group("name").replace("lower", "lower-").replace("upper", "upper-")
        return int(start.group("number")) if start else 1, named
