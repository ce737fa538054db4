"""The tables of a sheet of a spreadsheet: runs of rows without an empty row between them."""

from dataclasses import dataclass, field
from functools import cache

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.grid import guess_header_rows
from outlast.tools.documents.office.output import Output

MAX_EMPTY_SHARE = 20
"""A table with so many empty cells for each full one is a scattered sheet: its rows are written without empty cells."""
ALWAYS_WRITTEN_CELLS = 10_000
MAX_MERGED_CELLS = 100_000

Row = dict[int, str]
Range = tuple[int, int, int, int]


@dataclass
class Sheet:
    """A sheet: its texts by row and column, both from 1."""

    name: str
    is_hidden: bool = False
    rows: dict[int, Row] = field(default_factory=dict[int, Row])
    merged: list[Range] = field(default_factory=list[Range])
    """Left, top, right and bottom of merged cells, inclusive."""
    hidden_rows: set[int] = field(default_factory=set[int])
    hidden_columns: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    unseen: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """The rows and columns of cells whose letters nobody sees, such as white ones."""
    has_other_colors: bool = False
    """Whether something besides the styles of cells colors them, so that white letters may be seen."""
    margins: list[str] = field(default_factory=list[str])
    """The headers and footers of its printed pages, with their codes."""

    def hides_column(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self.hidden_columns)


def write_sheet(sheet: Sheet, output: Output) -> None:
    """Write the tables of a sheet, and note its hidden rows and columns in the ledger."""
    _hide_unseen(sheet, output)
    _fill_merged(sheet)
    columns = {column for row in sheet.rows.values() for column in row}
    hidden = {column for column in columns if sheet.hides_column(column)}

    wide = {top: (left, right) for left, top, right, bottom in sheet.merged if top == bottom and right > left}
    block: list[Row] = []
    groups: list[int] = []
    last = 0
    for number in sorted(sheet.rows):
        row = sheet.rows[number]
        if number in sheet.hidden_rows:
            output.ledger.add_text(LossKind.HIDDEN, f"hidden rows of sheet “{sheet.name}”", " ".join(row.values()))
            last = number if number == last + 1 else last
            continue
        unseen = [row.pop(column) for column in sorted(row) if column in hidden]
        output.ledger.add_text(LossKind.HIDDEN, f"hidden columns of sheet “{sheet.name}”", " ".join(unseen))
        if number > last + 1:
            _write_block(block, groups, output)
            block, groups = [], []
        if row:
            if number in wide and wide[number][0] <= min(row) and max(row) <= wide[number][1]:
                groups.append(len(block))
            block.append(row)
        last = number
    _write_block(block, groups, output)


def _hide_unseen(sheet: Sheet, output: Output) -> None:
    if not sheet.has_other_colors:
        words = [sheet.rows[row].pop(column) for row, column in sheet.unseen]
        output.ledger.add_text(LossKind.HIDDEN, f"sheet “{sheet.name}”", " ".join(words))


def _write_block(block: list[Row], groups: list[int], output: Output) -> None:
    """Write a table. `groups` are the numbers of its rows that are one merged cell."""
    columns = sorted({column for row in block for column in row})
    cells = sum(map(len, block))
    if len(columns) == 1:  # lines of text
        for row in block:
            output.item(row[columns[0]], "")
    elif len(columns) * len(block) > max(ALWAYS_WRITTEN_CELLS, MAX_EMPTY_SHARE * cells):
        for row in block:
            output.item(" | ".join(row[column] for column in sorted(row)), "")
    elif block:
        rows = [[row.get(column, "") for column in columns] for row in block]
        over_all = (number for number in groups if len(block[number]) == len(columns))
        output.table(rows, guess_header_rows(rows), groups=over_all)


def _fill_merged(sheet: Sheet) -> None:
    """Write the value of merged cells into each of them, as far as the sheet has rows."""
    left = MAX_MERGED_CELLS
    for first_column, first_row, last_column, last_row in sheet.merged:
        text = sheet.rows.get(first_row, {}).get(first_column, "")
        if not text or (last_column - first_column + 1) * (last_row - first_row + 1) > left:
            continue
        left -= (last_column - first_column + 1) * (last_row - first_row + 1)
        for number in range(first_row, last_row + 1):
            row = sheet.rows.get(number)
            if (
                row is not None and any(not first_column <= column <= last_column for column in row)
            ) or number == first_row:
                for column in range(first_column, last_column + 1):
                    sheet.rows[number].setdefault(column, text)


@cache
def column_number(letters: str) -> int:
    """Return the number of a column, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
