"""A flow of paragraphs and tables in RTF: the body of a document, a footnote, a text box, or the head of its pages."""

from dataclasses import dataclass, field
from typing import NamedTuple

from outlast.tools.documents.office.grid import Cell, Grid
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.output import Output


class CellTraits(NamedTuple):
    """How a cell of a row is merged with others."""

    continues_above: bool = False
    continues_left: bool = False


@dataclass(eq=False)
class RowTraits:
    """What is said of a row before or after its cells."""

    cells: list[CellTraits] = field(default_factory=list[CellTraits])
    is_header: bool = False
    _next_cell: CellTraits = field(default_factory=CellTraits)

    def take(self, word: str) -> None:
        """Take what a control word says of the row or of its next cell, which `cellx` ends."""
        if word == "trhdr":
            self.is_header = True
        elif word == "clvmrg":
            self._next_cell = self._next_cell._replace(continues_above=True)
        elif word == "clmrg":
            self._next_cell = self._next_cell._replace(continues_left=True)
        elif word == "cellx":
            self.cells.append(self._next_cell)
            self._next_cell = CellTraits()


class _Paragraph(NamedTuple):
    text: str
    mark: str
    level: int


class _Table(NamedTuple):
    grid: Grid
    declared_headers: int


@dataclass(eq=False)
class Flow:
    """Collects blocks. `inline` is the paragraph that is being read, and `mark` its number or bullet."""

    inline: Inline = field(default_factory=Inline)
    mark: str = ""
    attached: list["Flow"] = field(default_factory=list["Flow"])
    """Footnotes, comments and boxes of the paragraph, which follow it."""
    prefix: str = ""
    """What the text begins with: a comment's author."""
    numbers_pages: bool = False
    """Whether it has the number of the page, which is left out."""
    _blocks: "list[_Paragraph | _Table | Flow]" = field(default_factory=list["_Paragraph | _Table | Flow"])
    _row: list[str] = field(default_factory=list[str])
    _cell: list[str] = field(default_factory=list[str])
    _table: _Table | None = None
    _attached_to_table: int = 0  # how many of `attached` belong to cells
    _nested_row: list[str] = field(default_factory=list[str])
    _nested: Grid = field(default_factory=Grid)

    def end_paragraph(self, level: int, *, in_table: bool) -> None:
        text, mark = self._take()
        if in_table:
            if text.strip():
                self._cell.append(f"{mark}{text}")
            return
        self._end_table()
        if text.strip():
            self._blocks.append(_Paragraph(text, mark, level))
        self._attach(len(self.attached))

    def go_on(self) -> None:
        """End a paragraph whose text goes on in the next one, on the line as it stands."""
        text = self.inline.text().strip()
        self.inline = Inline()
        self.inline.write(text)

    def end_cell(self) -> None:
        text, mark = self._take()
        if text.strip():
            self._cell.append(f"{mark}{text}")
        self._row.append(" ".join(self._cell))
        self._cell = []

    def end_nested_cell(self) -> None:
        text, mark = self._take()
        self._nested_row.append(f"{mark}{text}" if text.strip() else "")

    def end_nested_row(self) -> None:
        self._nested.add([Cell(text) for text in self._nested_row])
        self._nested_row = []

    def end_row(self, traits: RowTraits) -> None:
        """End a row of a table, whose cells have been read and have the traits, as far as these are given."""
        cells: list[Cell] = []
        for number, text in enumerate(self._row):
            trait = traits.cells[number] if number < len(traits.cells) else CellTraits()
            shown = cells[-1].text if trait.continues_left and cells and not text else text
            cells.append(Cell(shown, continues=trait.continues_above and not text))
        self._row = []
        self._attached_to_table = len(self.attached)
        if not cells:
            return
        if self._table is None:
            self._table = _Table(Grid(), 0)
            self._blocks.append(self._table)
        grid, declared = self._table
        if traits.is_header and declared == len(grid.rows):
            self._table = self._blocks[-1] = _Table(grid, declared + 1)
        grid.add(cells)

    def end(self) -> None:
        """End the flow: what has no end of its own ends here."""
        if self._row or self._cell:
            self.end_cell()
            self.end_row(RowTraits())
        self.end_paragraph(0, in_table=False)

    def is_empty(self) -> bool:
        return not self._blocks

    def lines(self) -> list[str]:
        """Return the texts of the paragraphs and the rows."""
        found: list[str] = []
        for block in self._blocks:
            if isinstance(block, _Paragraph):
                found.append(f"{block.mark}{block.text}")
            elif isinstance(block, _Table):
                found += [" | ".join(row) for row in block.grid.rows]
            else:
                found += block.lines()
        return found

    def write(self, output: Output) -> None:
        if self.prefix:
            output.paragraph(f"{self.prefix}{' '.join(' '.join(self.lines()).split())}")
            return
        for block in self._blocks:
            if isinstance(block, _Table):
                output.table(block.grid.rows, block.grid.header_rows(block.declared_headers), groups=block.grid.groups)
            elif isinstance(block, Flow):
                block.write(output)
            elif block.level:
                output.heading(block.text, block.level, block.mark)
            elif block.mark:
                output.item(block.text, block.mark)
            else:
                output.paragraph(block.text)

    def _take(self) -> tuple[str, str]:
        text, mark = self.inline.text(), self.mark
        self.inline, self.mark = Inline(), ""
        return text, f"{mark.strip()} " if mark.strip() else ""

    def _end_table(self) -> None:
        self._table = None
        if self._nested.rows:
            self._blocks.append(_Table(self._nested, 0))
            self._nested = Grid()
        self._attach(self._attached_to_table)

    def _attach(self, count: int) -> None:
        self._blocks += self.attached[:count]
        del self.attached[:count]
        self._attached_to_table = 0
