"""Spreadsheets: what their sheets show is read, and the rest is in the ledger."""

import io
import zipfile
from itertools import zip_longest

import pytest

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import Marks, lost_words
from tests.tools.documents.office.packages import OFFICE_RELATIONS, package, relations

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="#,##0.00\\ &quot;€&quot;"/>
<numFmt numFmtId="165" formatCode=";;;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>
<xf numFmtId="9"/><xf numFmtId="165"/></cellXfs></styleSheet>"""
GENERAL, DATE, EUROS, PERCENT, INVISIBLE = range(5)


def cell(address: str, value: object, style: int = GENERAL, kind: str = "") -> str:
    if isinstance(value, str) and not kind:
        return f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c r='{address}' s='{style}' t='{kind}'><v>{value}</v></c>".replace(" t=''", "")


def row(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}" {more}>{"".join(cells)}</row>'


def workbook(*sheets: str, states: tuple[str, ...] = (), names: tuple[str, ...] = (), **parts: str) -> bytes:
    """Return a workbook of sheets, each the content of a worksheet. `parts` are `name__xml` in the folder `xl`."""
    names = names or tuple(f"Sheet{number}" for number in range(1, len(sheets) + 1))
    listed = "".join(
        f'<sheet name="{name}" r:id="s{number}" state="{state}"/>'
        for number, (name, state) in enumerate(zip_longest(names, states, fillvalue="visible"))
    )
    members: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE_RELATIONS}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/styles.xml": STYLES,
        "xl/_rels/workbook.xml.rels": relations(
            ("styles", "styles", "styles.xml"),
            *((f"s{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in range(len(sheets))),
            *((name, name, f"{name}.xml") for name in parts if name in ("sharedStrings", "person")),
        ),
    }
    for number, sheet in enumerate(sheets):
        members[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    members |= {f"xl/{name.replace('__', '/')}.xml": content for name, content in parts.items()}
    if "comments" in parts:
        members["xl/worksheets/_rels/sheet0.xml.rels"] = relations(
            ("c", "comments", "../comments.xml"), ("d", "drawing", "../drawing.xml")
        )
    return package("xl/workbook.xml", members)


def read(*sheets: str) -> Document:
    return read_document("catch.xlsx", workbook(*sheets))


def data(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


def test_sheets_are_headings_and_their_cells_are_written_as_they_are_shown():
    first = data(
        row(1, cell("A1", "Port"), cell("B1", "Since"), cell("C1", "Fee"), cell("D1", "Share")),
        row(2, cell("A2", "Norby"), cell("B2", 45292, DATE), cell("C2", 1800, EUROS), cell("D2", 0.25, PERCENT)),
        row(3, cell("A3", "Aust"), cell("D3", 0.5, PERCENT)),
    )
    document = read_document(
        "catch.xlsx", workbook(first, data(row(1, cell("A1", "Nothing more."))), names=("Fees", "Notes"))
    )
    assert document.text == (
        "Fees\n\nPort | Since | Fee | Share\nNorby | 2024-01-01 | 1,800.00 € | 25%\nAust |  |  | 50%"
        "\n\nNotes\n\nNothing more."
    )
    assert [document.text[each.start : each.end] for each in document.headings] == ["Fees", "Notes"]
    (table,) = document.tables
    assert [document.text[start:end] for start, end in table.headers] == ["Port | Since | Fee | Share"]
    assert document.places is not None
    assert [document.text[start:][:4] for start in document.places.starts] == ["Fees", "Note"]
    assert document.title == "catch"


def test_empty_rows_part_tables_and_empty_columns_are_left_out():
    document = read(
        data(
            row(1, cell("A1", "Catch of 2020")),
            row(3, cell("B3", "Port"), cell("F3", "Tonnes")),
            row(4, cell("B4", "Norby"), cell("F4", 14)),
            row(9, cell("A9", "Port"), cell("B9", 2019), cell("C9", 2020)),
            row(10, cell("A10", "Aust"), cell("B10", 8), cell("C10", 9)),
        )
    )
    assert document.text == ("Sheet1\n\nCatch of 2020\n\nPort | Tonnes\nNorby | 14\n\nPort | 2019 | 2020\nAust | 8 | 9")
    assert [len(table.headers) for table in document.tables] == [1, 1]


def test_merged_cells_repeat_their_value():
    merged = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="A3:A4"/></mergeCells>'
    rows = data(
        row(1, cell("A1", "Catch")),
        row(2, cell("A2", "Port"), cell("B2", "Tonnes")),
        row(3, cell("A3", "Norby"), cell("B3", 14)),
        row(4, cell("B4", 15)),
    )
    document = read(rows + merged)
    assert document.text == "Sheet1\n\nCatch | Catch\nPort | Tonnes\nNorby | 14\nNorby | 15"
    assert len(document.tables[0].headers) == 2


def test_each_word_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>{new("shared string")}</t></si>'
        f"<si><r><t>{new('rich text')} 10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>6</t></r>"
        f"<rPh><t>{new('reading')}</t></rPh></si></sst>"
    )
    rows = data(
        row(1, cell("A1", 0, kind="s"), cell("B1", 1, kind="s"), cell("C1", new("result"), kind="str")),
        row(2, cell("A2", new("inline")), cell("C2", new("cell of a hidden column")), cell("D2", new("wide"))),
        row(3, cell("A3", new("hidden row")), more='hidden="1"'),
        row(
            4,
            cell("A4", new("invisible format"), INVISIBLE, "str"),
            '<c r="B4"><f>A1+1</f></c>',
            cell("D4", 1, kind="b"),
        ),
    )
    sheet = (
        '<cols><col min="3" max="3" hidden="1"/></cols>'
        + rows
        + f'<dataValidations><dataValidation prompt="{new("prompt")}"/></dataValidations>'
        + f"<headerFooter><oddHeader>&amp;L&amp;B{new('margin')}&amp;CPage &amp;P</oddHeader></headerFooter>"
    )
    comments = (
        f'<comments xmlns="{MAIN}"><authors><author>Ada</author></authors><commentList><comment ref="B1" authorId="0">'
        f"<text><r><t>Ada: </t></r><r><t>{new('comment')}</t></r></text></comment></commentList></comments>"
    )
    drawing = (
        f"<xdr:wsDr {DRAWING}><xdr:sp><xdr:nvSpPr><xdr:cNvPr descr='{new('description')}'/></xdr:nvSpPr><xdr:txBody>"
        f"<a:p><a:r><a:t>{new('text box')}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"
    )
    hidden = data(row(1, cell("A1", new("hidden sheet"))))
    content = workbook(
        sheet, hidden, states=("visible", "veryHidden"), sharedStrings=strings, comments=comments, drawing=drawing
    )
    document = read_document("catch.xlsx", content)
    assert marks.repeated(document) == []
    assert marks.lost(document) == [
        "reading", "result", "cell of a hidden column", "hidden row", "invisible format", "prompt", "description",
        "hidden sheet",
    ]  # fmt: skip
    assert lost_words(document) == {
        "HIDDEN readings of East Asian words": 1,
        "HIDDEN sheet “Sheet1”": 1,
        "UNREAD formulas of sheet “Sheet1” that nobody has computed": None,
        "HIDDEN prompts of sheet “Sheet1”": 1,
        "HIDDEN hidden rows of sheet “Sheet1”": 1,
        "HIDDEN hidden columns of sheet “Sheet1”": 2,
        "PICTURE under “Sheet1”": 1,
        "HIDDEN sheet “Sheet2”": 2,
    }
    assert "10^6" in document.text
    assert "Comment by Ada on B1: mark" in document.text


def test_a_damaged_sheet_is_in_the_ledger_and_the_others_are_read():
    document = read(data(row(1, cell("A1", "Read."))) + "<broken", data(row(1, cell("A1", "Read too."))))
    assert document.text == "Sheet1\n\nRead.\n\nSheet2\n\nRead too."
    assert lost_words(document) == {"DAMAGED sheet “Sheet1”": None}


def test_a_scattered_sheet_does_not_grow():
    rows = "".join(row(number, f'<c r="{_letters(number)}{number}"><v>{number}</v></c>') for number in range(1, 3_000))
    assert len(read(data(rows)).text) < 20_000


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def test_what_is_no_spreadsheet_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(Unreadable, match=r"^it is not a spreadsheet, or it is damaged: it has no main part"):
        read_document("a.xlsx", out.getvalue())
