"""The rows of a table in a Word document, with the text of their cells; deleted and hidden ones are in the ledger."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.grid import Cell
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.looks import UNKNOWN
from outlast.tools.documents.office.word.blocks import TRANSPARENT_ELEMENTS, blocks_of, is_drop_cap, is_hidden
from outlast.tools.documents.office.word.numbering import Numbering
from outlast.tools.documents.office.word.runs import Runs
from outlast.tools.documents.office.word.styles import Styles, W, switch, value_of

MAX_SPAN = 1_000


class TableRows:
    """Reads rows. What stands in a cell besides its text, such as a table, is added to a list for later."""

    def __init__(self, styles: Styles, numbering: Numbering, runs: Runs) -> None:
        self._styles, self._numbering, self._runs = styles, numbering, runs

    @contextmanager
    def on_ground(self, ground: str | None) -> Generator[None]:
        """Read with another color behind the paragraphs, if it is one."""
        outer = self._runs.ground
        self._runs.ground = outer if ground is None else ground
        yield
        self._runs.ground = outer

    def ground_of(self, table: Any) -> str:
        """Return the color behind the cells of a table that have none of their own."""
        properties = table.find(W + "tblPr")
        is_colored = properties is not None and next(properties.iter(W + "shd"), None) is not None
        is_colored = is_colored or self._styles.colors_tables(value_of(properties, "tblStyle"))
        return UNKNOWN if is_colored else self._runs.ground

    def rows_of(self, table: Any) -> Iterator[Any]:
        for child in table:
            if child.tag == W + "tr":
                properties = child.find(W + "trPr")
                if properties is not None and properties.find(W + "del") is not None:
                    self._runs.leave_out(child, LossKind.DELETED)
                elif switch(properties, "hidden"):
                    self._runs.leave_out(child, LossKind.HIDDEN)
                else:
                    yield child
            elif child.tag in TRANSPARENT_ELEMENTS:
                yield from self.rows_of(child)

    def cells_of(self, row: Any, nested: list[Any]) -> list[Cell]:
        properties = row.find(W + "trPr")
        cells = [Cell() for _ in range(_count(properties, "gridBefore"))]
        for cell in cells_in(row):
            of_cell = cell.find(W + "tcPr")
            if of_cell is not None and of_cell.find(W + "cellDel") is not None:
                self._runs.leave_out(cell, LossKind.DELETED)
                continue
            merge = of_cell.find(W + "vMerge") if of_cell is not None else None
            continues = merge is not None and merge.get(W + "val") != "restart"
            with self.on_ground(self._styles.ground(of_cell)):
                text = self._cell_text(cell, nested)
            cells.append(Cell(text, max(1, _count(of_cell, "gridSpan")), continues=continues and not text))
        return cells + [Cell() for _ in range(_count(properties, "gridAfter"))]

    def _cell_text(self, cell: Any, nested: list[Any]) -> str:
        texts: list[str] = []
        begun = ""  # the large first letters of the next paragraph
        for block in blocks_of(cell, self._runs):
            if block.tag == W + "tbl":
                nested.append(block)
            elif block.tag == W + "p":
                inline = Inline()
                self._runs.read(block, inline)
                text, begun = f"{begun}{inline.text()}".strip(), ""
                properties = block.find(W + "pPr")
                if is_drop_cap(properties):
                    begun = text
                elif text or not is_hidden(properties):
                    mark, _ = self._numbering.mark(properties)
                    texts.append(f"{mark}{text}" if text or mark.strip("- ") else "")
            else:
                nested.append(block)
        return " ".join(filter(None, (*texts, begun)))


def cells_in(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in TRANSPARENT_ELEMENTS:
            yield from cells_in(child)


def _count(properties: Any | None, name: str) -> int:
    value = value_of(properties, name)
    return min(int(value[:6]), MAX_SPAN) if value.isdecimal() else 0
