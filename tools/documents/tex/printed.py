"""What a TeX file has printed so far: paragraphs with their footnotes, headings, and tables."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.block_text import BlockText, Break

MAX_BASE_CHARACTERS = 80


class Printed:
    """The text that grows. Inside `aside`, it is the one line of a title, a cell or a footnote."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.base = ""
        """The last characters that were written, which tell what raised characters after them mean."""
        self._output = BlockText()
        self._is_aside = False
        self._footnotes: list[str] = []
        self._footnote_count = 0

    def text(self) -> str:
        return self._output.text()

    @contextmanager
    def aside(self) -> Generator[None]:
        """Collect what is written in the block apart from the text. `line` returns it."""
        outer, was_aside, base = self._output, self._is_aside, self.base
        self._output, self._is_aside, self.base = BlockText(), True, ""
        yield
        self._output, self._is_aside, self.base = outer, was_aside, base

    def line(self) -> str:
        """Return the text on one line."""
        return " ".join(self.text().split())

    def write(self, text: str) -> None:
        self._output.write(text)
        self.base = (self.base + text)[-MAX_BASE_CHARACTERS:]

    def begin_line(self) -> None:
        self._output.separate(Break.LINE)

    def break_line(self) -> None:
        """Break the line, as two backslashes do; in a line that stands aside, this is a space."""
        self._output.separate(Break.SPACE if self._is_aside else Break.LINE)

    def separate(self) -> None:
        """Begin a new paragraph without the footnotes of the one before."""
        self._output.separate(Break.BLANK_LINE)

    def separate_inside(self) -> None:
        """Begin a new block inside the paragraph, such as a formula that stands apart."""
        self._output.separate_inside()

    def end_paragraph(self) -> None:
        """End the paragraph. Its footnotes follow it."""
        self.separate_inside()
        if not self._is_aside:
            for note in self._footnotes:
                self.separate()
                self._output.write(note)
                self.separate()
            self._footnotes = []

    def begin_footnote(self) -> str:
        """Write the mark of a footnote, and return it."""
        self._footnote_count += 1
        self.write(f" [{self._footnote_count}]")
        return f"[{self._footnote_count}]"

    def end_footnote(self, mark: str, words: str) -> None:
        """Keep the words of a footnote for the end of its paragraph."""
        self._footnotes.append(f"{mark} {words}")

    def write_heading(self, words: str, level: int) -> None:
        if self._is_aside:
            self.write(words)
            return
        self._output.begin_heading()
        self._output.write(words)
        written, start = self._output.end_heading()
        if written:
            self.headings.append(Heading(start=start, end=start + len(written), level=level))

    def write_verbatim(self, text: str) -> None:
        self.separate()
        self._output.write_preformatted(text.strip("\n"))
        self.separate()

    def write_table(self, rows: Sequence[Sequence[str]], header_rows: int) -> None:
        """Write a table, a line a row. The first `header_rows` rows name the columns."""
        if not rows or self._is_aside:
            self.write("; ".join(" | ".join(row) for row in rows))
            return
        self.separate()
        width = max(map(len, rows))
        lines = [" | ".join([*row, *[""] * (width - len(row))]) for row in rows]
        lines[-1] = lines[-1].rstrip()
        self._output.write_preformatted("\n".join(lines))
        start = self._output.length - len("\n".join(lines))
        starts = [start + sum(len(line) + 1 for line in lines[:number]) for number in range(header_rows)]
        headers = tuple((begin, begin + len(line)) for begin, line in zip(starts, lines, strict=False))
        self.tables.append(Table(start=start, end=self._output.length, headers=headers))
        self.separate()
