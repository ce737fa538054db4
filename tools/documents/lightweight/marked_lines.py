"""What the readers of AsciiDoc and Org share: text that is the file itself, without the lines that no reader sees."""

import re
from collections import Counter

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Table

CELL_SEPARATOR = " | "
WORD = re.compile(r"\w+")


class MarkedLines:
    """Lines that are kept or left out. `keep`, `keep_heading` and `leave_out` are called for each line in order."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self._lines: list[str] = []
        self._length = 0
        self._left_out = Counter[tuple[LossKind, str]]()
        self._named = list[Loss]()

    def keep(self, line: str) -> None:
        if not line.strip() and (not self._lines or not self._lines[-1].strip()):
            return  # left-out lines leave no gaps
        self._lines.append(line)
        self._length += len(line) + 1

    def keep_heading(self, words: str, level: int) -> None:
        words = words.strip()
        if not words:
            return
        if self._lines:
            self.keep("")
        self.headings.append(Heading(start=self._length, end=self._length + len(words), level=level))
        self.keep(words)
        self.keep("")

    def keep_table(self, rows: list[list[str]], header_rows: int) -> None:
        """Keep a table, one line a row. The first rows are its headers."""
        if not rows:
            return
        self.keep("")
        start, headers = self._length, list[tuple[int, int]]()
        for number, row in enumerate(rows):
            line = CELL_SEPARATOR.join(row)
            if number < header_rows:
                headers.append((self._length, self._length + len(line)))
            self._lines.append(line)
            self._length += len(line) + 1
        self.tables.append(Table(start=start, end=self._length - 1, headers=tuple(headers)))
        self.keep("")

    def leave_out(self, kind: LossKind, place: str, line: str) -> None:
        if count := len(WORD.findall(line)):
            self._left_out[kind, place] += count

    def name(self, kind: LossKind, place: str) -> None:
        """Note a picture or a file that belongs into the document and is not in its text."""
        self._named.append(Loss(kind=kind, place=place))

    def text(self) -> str:
        return "\n".join(self._lines).rstrip() + "\n" if self._lines else ""

    def losses(self) -> tuple[Loss, ...]:
        counted = (Loss(kind=kind, place=place, words=words) for (kind, place), words in self._left_out.items())
        return (*counted, *dict.fromkeys(self._named))
