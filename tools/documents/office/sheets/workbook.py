"""A reader of spreadsheets (.xlsx): each sheet is a heading with its tables, whose cells stand as they are shown.

Empty rows part the tables of a sheet. Hidden sheets, rows and columns are in the ledger; comments, charts and text
boxes follow the tables of their sheet.

"""

import math
import re
from io import BytesIO
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R, local_name
from outlast.tools.documents.office.sheets.cell_styles import formats, unseen_styles
from outlast.tools.documents.office.sheets.drawings import write_comments, write_drawings, write_margins
from outlast.tools.documents.office.sheets.format_codes import GENERAL
from outlast.tools.documents.office.sheets.number_formats import format_text, format_value, general
from outlast.tools.documents.office.sheets.tables import Sheet, column_number, write_sheet
from outlast.tools.documents.xml_tree import ETREE

EXTRACTOR = "xlsx/5"

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MAX_CELLS = 2_000_000
"""Of all sheets together. The rest is in the ledger as not read."""
ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,7})")
RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
ON = frozenset(("1", "true", "on"))
MAX_MERGED_RANGES = 10_000
MARGINS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
COLORED_BY = ("tablePart", "conditionalFormatting", "picture")
"""They color cells besides the styles of the cells."""
READ_ELEMENTS = tuple(f"{{*}}{name}" for name in ("row", "col", "mergeCell", "dataValidation", *MARGINS, *COLORED_BY))


def read(content: bytes, stem: str) -> Document:
    """Read a spreadsheet. `stem` is the title if the document has none. Raises Unreadable."""
    ledger = Ledger()
    package = Package(content, ledger, "a spreadsheet")
    output = Output(ledger)
    workbook = _Workbook(package, output)
    for sheet in package.main().iter(S + "sheet"):
        workbook.read_sheet(sheet)
    return output.document(package.title() or stem, stem, MEDIA_TYPE, EXTRACTOR, unit="sheet")


class _Workbook:
    def __init__(self, package: Package, output: Output) -> None:
        self._package = package
        self._output = output
        self._cells_left = MAX_CELLS
        main = package.main_name
        strings = package.related(main, "sharedStrings")
        self._strings = (
            [self._rich_text(each) for each in strings.iterchildren(S + "si")] if strings is not None else []
        )
        styles = package.related(main, "styles")
        self._formats = list(formats(styles)) if styles is not None else []
        self._unseen_styles = unseen_styles(styles) if styles is not None else frozenset[str]()
        properties = package.main().find(S + "workbookPr")
        self._from_1904 = properties is not None and properties.get("date1904") in ON
        persons = package.related(main, "person")
        self._persons = (
            {str(each.get("id")): str(each.get("displayName") or "") for each in persons.iter("{*}person")}
            if persons is not None
            else {}
        )

    def read_sheet(self, element: Any) -> None:
        name = str(element.get("name") or "")
        relation = self._package.relations(self._package.main_name).get(str(element.get(R + "id")))
        if relation is None or relation.is_external:
            return
        ledger, part = self._output.ledger, relation.target
        if relation.kind not in ("worksheet", "chartsheet", "dialogsheet"):
            ledger.add(LossKind.UNREAD, f"sheet “{name}”: it holds macros")
            return
        sheet = Sheet(name, is_hidden=element.get("state") in ("hidden", "veryHidden"))
        content = self._package.try_read(part)
        if content is None:
            return
        try:
            self._read_cells(content, sheet)
        except ETREE.XMLSyntaxError:
            ledger.add(LossKind.DAMAGED, f"sheet “{name}”")
        if sheet.is_hidden:
            words = sum(len(text.split()) for row in sheet.rows.values() for text in row.values())
            ledger.add(LossKind.HIDDEN, f"sheet “{name}”", words + len(name.split()))
            return
        self._output.begin_place()
        self._output.heading(name, 1)
        write_sheet(sheet, self._output)
        write_comments(self._package, part, self._persons, self._output)
        write_drawings(self._package, part, self._output)
        write_margins(sheet.margins, self._output)

    def _read_cells(self, content: bytes, sheet: Sheet) -> None:  # noqa: C901 - one case for each kind of element
        """Read a sheet piece by piece: as a tree, a large one takes ten times its size of memory."""
        events = ETREE.iterparse(
            BytesIO(content), events=("end",), tag=READ_ELEMENTS,
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        )  # fmt: skip
        next_row = 1
        for _, element in events:
            name = local_name(element)
            if name == "row":
                number = str(element.get("r") or "")
                next_row = int(number) if number.isdecimal() else next_row
                self._row(element, next_row, sheet)
                next_row += 1
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            elif name == "col" and element.get("hidden") in ON:
                first, last = str(element.get("min") or ""), str(element.get("max") or "")
                if first.isdecimal() and last.isdecimal():
                    sheet.hidden_columns.append((int(first), int(last)))
            elif name == "mergeCell" and len(sheet.merged) < MAX_MERGED_RANGES:
                if (found := RANGE.fullmatch(str(element.get("ref") or ""))) is not None:
                    left, top, right, bottom = found.groups()
                    sheet.merged.append((column_number(left), int(top), column_number(right), int(bottom)))
            elif name in COLORED_BY:
                sheet.has_other_colors = True
            elif name in MARGINS:
                sheet.margins.append(str(element.text or ""))
            elif name == "dataValidation":
                prompt = f"{element.get('promptTitle') or ''} {element.get('prompt') or ''}"
                self._output.ledger.add_text(LossKind.HIDDEN, f"prompts of sheet “{sheet.name}”", prompt)

    def _row(self, element: Any, number: int, sheet: Sheet) -> None:
        found: dict[int, str] = {}
        next_column = 1
        for cell in element.iterchildren("{*}c"):
            address = ADDRESS.fullmatch(str(cell.get("r") or ""))
            column = column_number(address.group(1)) if address is not None else next_column
            next_column = column + 1
            text = self._cell(cell, sheet)
            if text.strip():
                if self._cells_left <= 0:
                    self._output.ledger.add(LossKind.UNREAD, f"sheet “{sheet.name}”, from row {number:,}")
                    return
                self._cells_left -= 1
                found[column] = text
                if self._unseen_styles and cell.get("s") in self._unseen_styles:
                    sheet.unseen.append((number, column))
        if found:
            sheet.rows[number] = found
            if element.get("hidden") in ON:
                sheet.hidden_rows.add(number)

    def _cell(self, cell: Any, sheet: Sheet) -> str:
        kind, text, has_formula = cell.get("t") or "n", "", False
        for child in cell:  # faster than two searches: sheets have millions of cells
            tag = str(child.tag)
            if tag.endswith("}v"):
                text = child.text or ""
            elif tag.endswith("}f"):
                has_formula = True
        style = str(cell.get("s") or "")
        code = self._formats[int(style)] if style.isdecimal() and int(style) < len(self._formats) else GENERAL
        shown = self._shown(cell, kind, text, code)
        if text and not shown.strip():
            self._output.ledger.add_text(LossKind.HIDDEN, f"sheet “{sheet.name}”", text)
        elif has_formula and not text and not shown and kind != "str":
            self._output.ledger.add(LossKind.UNREAD, f"formulas of sheet “{sheet.name}” that nobody has computed")
        return shown

    def _shown(self, cell: Any, kind: str, text: str, code: str) -> str:
        match kind:
            case "s":
                text = self._strings[int(text)] if text.isdecimal() and int(text) < len(self._strings) else ""
            case "inlineStr":
                inline = cell.find("{*}is")
                text = self._rich_text(inline) if inline is not None else ""
            case "b":
                return "TRUE" if text in ON else "FALSE"
            case "n":
                return self._number(text, code)
            case _:
                pass
        return text if code == GENERAL or kind in ("e", "d") else format_text(text, code)

    def _number(self, text: str, code: str) -> str:
        try:
            value = float(text)
        except ValueError:
            return text
        if not math.isfinite(value):
            return text
        return general(value) if code == GENERAL else format_value(value, code, from_1904=self._from_1904)

    def _rich_text(self, element: Any) -> str:
        """Return a text whose runs may be raised. How East Asian words are read is small print, which is not shown."""
        inline = Inline()
        for child in element:
            name = local_name(child)
            if name == "t":
                inline.write(str(child.text or ""))
            elif name == "r":
                align = child.find("{*}rPr/{*}vertAlign")
                shift = {"superscript": 1, "subscript": -1}.get(str(align.get("val")), 0) if align is not None else 0
                inline.write("".join(str(each.text or "") for each in child.iterchildren("{*}t")), shift)
            elif name == "rPh":
                self._output.ledger.add_text(LossKind.HIDDEN, "readings of East Asian words", "".join(child.itertext()))
        return inline.text()
