"""Rows are understood with the heading of their own group, and with the header that stands over them."""

from collections.abc import Callable

import pytest

from outlast.evidence.facts import find_leads, leads_of
from outlast.evidence.wording import shown_text
from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.packages import package
from tests.tools.documents.office.test_workbook import cell, row, workbook

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LOCKS = (("Lock", "Depth"), ("Upper canal",), ("Orion", "4 m"), ("Lower canal",), ("Pavo", "5 m"))


def told(document: Document, part: str) -> str:
    """Return the row with a part of the text as a report shows it."""
    at = document.text.index(part)
    start, end = document.text.rfind("\n", 0, at) + 1, (document.text + "\n").index("\n", at)
    needed, _ = leads_of((start, end), find_leads(document.text, document.tables))
    return shown_text([span.text for lead in needed for span in lead.spans], document.text[start:end])


def as_html(rows: tuple[tuple[str, ...], ...], tag: str = "th", span: str = "colspan=2") -> Document:
    head, *others = rows
    lines = ["".join(f"<th>{name}</th>" for name in head)]
    lines += [
        f"<{tag} {span}>{each[0]}</{tag}>" if len(each) == 1 else "".join(f"<td>{value}</td>" for value in each)
        for each in others
    ]
    return read_document("a.html", f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>".encode())


def as_word(rows: tuple[tuple[str, ...], ...]) -> Document:
    def cells(values: tuple[str, ...]) -> str:
        span = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' if len(values) == 1 else ""
        return "".join(f"<w:tc>{span}<w:p><w:r><w:t>{value}</w:t></w:r></w:p></w:tc>" for value in values)

    table = "".join(f"<w:tr>{cells(values)}</w:tr>" for values in rows)
    body = f'<w:document xmlns:w="{W}"><w:body><w:tbl>{table}</w:tbl></w:body></w:document>'
    return read_document("a.docx", package("word/document.xml", {"word/document.xml": body}))


def as_sheet(rows: tuple[tuple[str, ...], ...]) -> Document:
    lines = [
        row(number, *(cell(f"{'AB'[column]}{number}", value) for column, value in enumerate(values)))
        for number, values in enumerate(rows, 1)
    ]
    merged = [f'<mergeCell ref="A{number}:B{number}"/>' for number, values in enumerate(rows, 1) if len(values) == 1]
    sheet = f"<sheetData>{''.join(lines)}</sheetData><mergeCells>{''.join(merged)}</mergeCells>"
    return read_document("a.xlsx", workbook(sheet))


def as_markdown(rows: tuple[tuple[str, ...], ...]) -> Document:
    head, *others = rows
    lines = [" | ".join(head), "--- | ---"]
    lines += [f"**{each[0]}** | " if len(each) == 1 else " | ".join(each) for each in others]
    return read_document("a.md", "".join(f"| {line} |\n" for line in lines).encode())


@pytest.mark.parametrize("make", [as_html, as_word, as_sheet, as_markdown])
def test_a_row_is_told_with_the_heading_of_its_own_group(
    make: Callable[[tuple[tuple[str, ...], ...]], Document],
) -> None:
    document = make(LOCKS)
    assert told(document, "Orion").replace("*", "") == "Upper canal: Lock: Orion; Depth: 4 m"
    assert told(document, "Pavo").replace("*", "") == "Lower canal: Lock: Pavo; Depth: 5 m"


@pytest.mark.parametrize(("tag", "span"), [("td", "colspan=2"), ("th", "colspan=9"), ("th", "scope=rowgroup")])
def test_headings_of_groups_as_web_pages_write_them(tag: str, span: str) -> None:
    document = as_html(LOCKS, tag, span)
    assert told(document, "Orion") == "Upper canal: Lock: Orion; Depth: 4 m"
    assert told(document, "Pavo") == "Lower canal: Lock: Pavo; Depth: 5 m"


def test_a_title_over_the_header_stays_and_a_first_group_over_it_is_replaced() -> None:
    titled = as_html((("Lock", "Depth"), *LOCKS[1:]))
    assert told(titled, "Orion").startswith("Upper canal: ")
    title = "<tr><th colspan=2>All locks</th></tr>"
    rows = "<tr><th>Lock</th><th>Depth</th></tr>{}<tr><td>Orion</td><td>4</td></tr>{}<tr><td>Pavo</td><td>5</td></tr>"
    upper, lower = "<tr><td colspan=2>Upper</td></tr>", "<tr><td colspan=2>Lower</td></tr>"
    whole = read_document("a.html", f"<table>{title}{rows.format(upper, lower)}</table>".encode())
    assert told(whole, "Pavo") == "All locks: Lower: Lock: Pavo; Depth: 5"
    first = read_document("a.html", f"<table>{upper}{rows.format('', lower)}</table>".encode())
    assert told(first, "Orion") == "Upper: Lock: Orion; Depth: 4"
    assert told(first, "Pavo") == "Lower: Lock: Pavo; Depth: 5"


def test_equal_cells_that_are_not_merged_are_no_heading() -> None:
    document = as_html((("Danish", "German"), ("Sund", "Sund"), ("Havn", "Hafen")))
    assert told(document, "Havn") == "Danish: Havn; German: Hafen"


def test_a_group_of_several_columns_alone_is_no_heading_of_rows() -> None:
    page = (
        "<table><tr><th>Lock</th><th>Depth</th><th>Width</th></tr><tr><td>Orion</td><td colspan=2>closed</td></tr>"
        "<tr><td>Pavo</td><td>5</td><td>9</td></tr></table>"
    )
    document = read_document("a.html", page.encode())
    assert told(document, "Pavo") == "Lock: Pavo; Depth: 5; Width: 9"


@pytest.mark.parametrize("other", [("Lock", "Keeper"), ("Bridge", "Height")])
def test_a_second_header_of_a_web_page_replaces_the_first(other: tuple[str, str]) -> None:
    head = "".join(f"<th>{name}</th>" for name in other)
    page = (
        "<table><tr><th>Lock</th><th>Depth</th></tr><tr><td>Orion</td><td>4</td></tr>"
        f"<tr>{head}</tr><tr><td>Pavo</td><td>Olsen</td></tr></table>"
    )
    document = read_document("a.html", page.encode())
    assert told(document, "Orion") == "Lock: Orion; Depth: 4"
    assert told(document, "Pavo") == f"{other[0]}: Pavo; {other[1]}: Olsen"


def test_a_second_header_that_begins_as_the_first_replaces_it_in_every_format() -> None:
    rows = (("Ship", "Tonnage"), ("Indus", "4000"), ("Ship", "Captain"), ("Karon", "Olsen"))
    for document in (as_word(rows), as_sheet(rows), as_markdown(rows)):
        assert told(document, "Indus") == "Ship: Indus; Tonnage: 4000"
        assert told(document, "Karon") == "Ship: Karon; Captain: Olsen"


def test_years_over_columns_of_the_same_names_are_a_header_of_a_sheet() -> None:
    names = dict(zip("ABCDE", "Harbour Ships Crew Ships Crew".split(), strict=True))
    boats = dict(zip("ABCDE", ("Fredericia", 55, 66, 77, 88), strict=True))
    others = dict(zip("ABCDE", ("Aarhus", 5, 6, 7, 8), strict=True))
    years = {"B": "2020", "D": "2021"}
    lines = [
        row(number, *(cell(f"{column}{number}", value) for column, value in values.items()))
        for number, values in enumerate((years, names, boats, others), 1)
    ]
    merged = '<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="D1:E1"/></mergeCells>'
    document = read_document("a.xlsx", workbook(f"<sheetData>{''.join(lines)}</sheetData>{merged}"))
    assert told(document, "Fredericia") == (
        "Harbour: Fredericia; 2020 Ships: 55; 2020 Crew: 66; 2021 Ships: 77; 2021 Crew: 88"
    )
