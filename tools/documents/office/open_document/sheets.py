"""The sheets of an OpenDocument spreadsheet. Its cells hold their values as they are shown."""

from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.open_document.paragraphs import SHAPES
from outlast.tools.documents.office.open_document.styles import TABLE
from outlast.tools.documents.office.open_document.table_rows import count, rows
from outlast.tools.documents.office.open_document.text import OdfText
from outlast.tools.documents.office.open_document.values import shown_value, unshortened
from outlast.tools.documents.office.sheets.tables import Sheet

MAX_COLUMNS = 16_384
MAX_CELLS = 2_000_000
MAX_REPEATED_WORDS = 1_000
"""A cell or a row with words is not repeated more often: more is a sheet that is filled to its end."""
HIDDEN = frozenset(("collapse", "filter"))


class _Cells:
    """What hangs on the cells of a sheet, and how many cells it may still have."""

    def __init__(self, table: Any) -> None:
        self.comments: list[tuple[str, Any]] = []
        self.shapes: list[Any] = [shape for parent in table.iterchildren(TABLE + "shapes") for shape in parent]
        self.left = MAX_CELLS


def read_sheet(table: Any, text: OdfText, ledger: Ledger) -> tuple[Sheet, list[tuple[str, Any]], list[Any]]:
    """Return a sheet, its comments with the names of their cells, and its shapes."""
    sheet, cells, number = Sheet(str(table.get(TABLE + "name") or "")), _Cells(table), 1
    _read_columns(table, sheet)
    for row, _ in rows(table):
        found = _read_row(row, number, sheet, text, cells)
        repeated = count(row, "number-rows-repeated")
        if found:
            last = number + min(repeated, MAX_REPEATED_WORDS)
            cells.left -= len(found) * (last - number)
            if cells.left < 0:
                ledger.add(LossKind.UNREAD, f"sheet “{sheet.name}”, from row {number:,}")
                break
            sheet.rows |= {each: dict(found) for each in range(number, last)}
            if row.get(TABLE + "visibility") in HIDDEN:
                sheet.hidden_rows |= set(range(number, last))
        number += repeated
    return sheet, cells.comments, cells.shapes


def _read_row(row: Any, number: int, sheet: Sheet, text: OdfText, cells: _Cells) -> dict[int, str]:
    found: dict[int, str] = {}
    column = 1
    for cell in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
        repeated = count(cell, "number-columns-repeated")
        words = unshortened(text.cell_text(cell, []), cell) if len(cell) else shown_value(cell)
        for attached in text.paragraphs.take_attached():
            if attached.tag in SHAPES:
                cells.shapes.append(attached)
            else:
                cells.comments.append((f"{_letters(column)}{number}", attached))
        if words:
            last = min(column + min(repeated, MAX_REPEATED_WORDS), MAX_COLUMNS)
            found |= dict.fromkeys(range(column, last), words)
            width, height = count(cell, "number-columns-spanned"), count(cell, "number-rows-spanned")
            if width > 1 or height > 1:
                sheet.merged.append((column, number, column + width - 1, number + height - 1))
        column += repeated
    return found


def _read_columns(table: Any, sheet: Sheet) -> None:
    number = 1
    for column in table.iter(TABLE + "table-column"):
        repeated = count(column, "number-columns-repeated")
        if column.get(TABLE + "visibility") in HIDDEN:
            sheet.hidden_columns.append((number, number + repeated - 1))
        number += repeated


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
