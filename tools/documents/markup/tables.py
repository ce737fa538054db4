"""The rows of tables, in which each cell has its place.

A table of data is written as one line a row: a cell that spans several rows or columns is repeated in each of them. The
cells of a table that lays out text are read one after another, as blocks.
"""

import re
from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborNode

from outlast.evidence.sources import Table
from outlast.tools.documents.block_text import BlockText, Break, Savepoint
from outlast.tools.documents.markup.lists import whole_number
from outlast.tools.documents.markup.table_shapes import TableShape, measure_tables

CELL_TAGS = frozenset({"td", "th"})
PART_TAGS = CELL_TAGS | {"caption", "tbody", "tfoot", "thead", "tr"}
MAX_GROUP_CHARACTERS = 200
"""A longer row of one cell is a text about the table."""
DIGIT = re.compile(r"\d")
MAX_COLUMNS = 1_000  # as browsers
MAX_REPEATED_CHARACTERS = 4_000_000
"""Of all spanned cells of a table; beyond it they are repeated as empty ones."""


class Tables:
    """The tables of a page: those that were read, and those that are open."""

    def __init__(self, output: BlockText) -> None:
        self.read: list[Table] = []
        self._output = output
        self._shapes: dict[int, TableShape] = {}  # by the `mem_id` of a table's node
        self._open: list[_OpenTable | None] = []  # None for a table that lays out text
        self._rows: list[int] = []  # of each open row of a table that lays out text, the number of cells so far
        self._cells: list[Savepoint] = []  # before each open cell of a table of data

    def enter(self, node: LexborNode) -> None:
        if not self._open:
            self._shapes.clear()  # another table may have got the same id
            measure_tables(node, self._shapes)
        shape = self._shapes.get(node.mem_id, TableShape())
        self._open.append(_OpenTable(shape) if shape.is_data else None)

    def leave(self) -> None:
        table = self._open.pop()
        if table is not None:
            self.read += table.tables()

    def enter_part(self, tag: str) -> None:
        """Enter a row, a cell, a caption, or a group of rows, such as <thead>."""
        table = self._open[-1] if self._open else None
        if tag in CELL_TAGS:
            self._enter_cell(table)
        elif tag == "caption":
            self._output.separate(Break.LINE)
        elif table is not None:
            table.in_head = tag == "thead" or (tag == "tr" and table.in_head)
        elif tag == "tr":
            self._output.separate(Break.LINE)
            self._rows.append(0)

    def leave_part(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        table = self._open[-1] if self._open else None
        if tag in CELL_TAGS:
            self._leave_cell(table, tag, attributes)
        elif tag == "caption":
            self._output.separate(Break.LINE)
        elif tag != "tr":
            if table is not None:
                table.end_group()
        elif table is not None:
            table.end_row(self._output)
        elif self._rows:
            self._rows.pop()
            self._output.separate(Break.LINE)

    def _enter_cell(self, table: "_OpenTable | None") -> None:
        output = self._output
        if table is not None:
            self._cells.append(output.savepoint())
            output.separate(Break.LINE)
        elif self._rows:
            if self._rows[-1]:
                output.separate(Break.CELL)
            self._rows[-1] += 1
        output.open_item()

    def _leave_cell(self, table: "_OpenTable | None", tag: str, attributes: Mapping[str, str | None]) -> None:
        self._output.close_item(short=Break.NONE, long=Break.BLANK_LINE)
        if table is not None:
            text = self._output.take_back(self._cells.pop())
            table.add_cell(tag, attributes, " ".join(text.split()))

    def forget_after(self, length: int) -> None:
        """Forget the tables beyond the first `length` characters of the text, which were taken back."""
        while self.read and self.read[-1].end > length:
            self.read.pop()


class _OpenTable:
    """A table of data whose rows are being written."""

    def __init__(self, shape: TableShape) -> None:
        self._shape = shape
        self._cells: list[str] = []  # of the open row
        self._is_header: list[bool] = []  # of its own cells, without empty ones
        self._spans: dict[int, tuple[int, str]] = {}  # by column, the rows that a cell above still spans, and its text
        self._rows: list[tuple[int, int]] = []
        self._headers: list[tuple[int, int]] = []
        self._groups: list[tuple[int, int]] = []
        self._own_cells = 0  # of the open row
        self._width = 0  # of the widest row that is no group's heading
        self.parts: list[Table] = []
        self._has_body = False
        self._repeated = 0
        self.in_head = False

    def add_cell(self, tag: str, attributes: Mapping[str, str | None], text: str) -> None:
        """Add a cell to the open row."""
        self._fill_spanned()
        self._own_cells += 1
        columns = min(max(whole_number(attributes.get("colspan"), 1), 1), MAX_COLUMNS)
        rows = whole_number(attributes.get("rowspan"), 1)
        if text or tag == "th":
            self._is_header.append(tag == "th")
        for number in range(columns):
            if len(self._cells) >= MAX_COLUMNS:
                return
            if rows != 1:  # 0 means to the end of the group
                self._spans[len(self._cells)] = (rows - 1 if rows > 0 else 1 << 30, text)
            self._cells.append(text if number == 0 else self._repeat(text))

    def end_row(self, output: BlockText) -> None:
        """Write the open row, unless it has no words."""
        self._fill_spanned()
        cells, is_header, self._cells, self._is_header = self._cells, self._is_header, [], []
        own_cells, self._own_cells = self._own_cells, 0
        if not any(cells):
            return
        is_group = own_cells == 1 and self._is_group(cells, is_header)
        for column in [column for column in self._spans if column >= len(cells)]:
            del self._spans[column]
        span = output.write_row(cells)
        is_first = not self._rows and self._shape.has_bold_header
        has_names = len(self._headers) > len(self._groups)
        names_columns = not has_names if is_group else bool(is_header) and all(is_header)
        if self._has_body and names_columns and not is_group and not any(map(DIGIT.search, cells[1:])):
            self._begin_part()
        if not self._has_body and (self.in_head or is_first or names_columns):
            self._headers.append(span)
        elif not is_group:
            self._has_body = True
        if is_group:
            self._groups.append(span)
        else:
            self._width = max(self._width, len(cells))
        self._rows.append(span)

    def _is_group(self, cells: Sequence[str], is_header: Sequence[bool]) -> bool:
        """Return whether a row of one cell heads the rows below it: it spans all columns, or stands alone."""
        spans_all = len(cells) > 1 and len(cells) >= self._width
        stands_alone = len(cells) == 1 and self._width > 1 and any(is_header)
        return (spans_all or stands_alone) and len(cells[0]) <= MAX_GROUP_CHARACTERS

    def _begin_part(self) -> None:
        """Begin a part with a header of its own; the headings of groups directly above the header belong to it."""
        kept: list[tuple[int, int]] = []
        while self._rows and self._groups and self._rows[-1] == self._groups[-1]:
            kept.insert(0, self._groups.pop())
            self._rows.pop()
        if (part := self._part()) is not None:
            self.parts.append(part)
        self._rows, self._headers, self._groups, self._has_body = [*kept], [*kept], [*kept], False

    def end_group(self) -> None:
        """End a group of rows, such as <tbody>: cells do not span beyond it."""
        self._spans.clear()
        self.in_head = False

    def tables(self) -> list[Table]:
        """Return the table that was written, in as many parts as it has headers apart; none if it has no rows."""
        part = self._part()
        return [*self.parts, part] if part is not None else self.parts

    def _part(self) -> Table | None:
        if not self._rows:
            return None
        headers = self._headers if self._has_body else self._headers[:1]  # a table of header cells alone has one header
        groups = tuple(self._groups)
        return Table(start=self._rows[0][0], end=self._rows[-1][1], headers=tuple(headers), groups=groups)

    def _fill_spanned(self) -> None:
        """Repeat the cells above that span the next columns of the open row."""
        while (column := len(self._cells)) in self._spans:
            rows, text = self._spans.pop(column)
            if rows > 1:
                self._spans[column] = (rows - 1, text)
            self._cells.append(self._repeat(text))

    def _repeat(self, text: str) -> str:
        self._repeated += len(text)
        return text if self._repeated <= MAX_REPEATED_CHARACTERS else ""
