"""Tables of a page: one line a row, each cell in its place, and the rows that name the columns."""

import pytest

from outlast.tools.documents.document import Document
from outlast.tools.documents.markup import html, tables


def read(body: str) -> Document:
    return html.read(f"<h1>t</h1>{body}".encode(), "x")


def rows_of(body: str) -> list[str]:
    return read(body).text.split("\n")[2:]


def headers_of(document: Document) -> list[list[str]]:
    return [[document.text[start:end] for start, end in table.headers] for table in document.tables]


RATES = """<table><tr><th rowspan=2>Harbour<th colspan=2>Summer<th colspan=2>Winter<tr><th>day<th>night<th>day<th>night
<tr><td>Norby<td>12<td>8<td>9<td>5<tr><td>Sund<td>14<td>9<td>10<td>6</table>"""


def test_spanned_cells_are_repeated_and_header_rows_are_known():
    document = read(RATES)
    assert document.text.split("\n")[2:] == [
        "Harbour | Summer | Summer | Winter | Winter",
        "Harbour | day | night | day | night",
        "Norby | 12 | 8 | 9 | 5",
        "Sund | 14 | 9 | 10 | 6",
    ]
    assert headers_of(document) == [
        ["Harbour | Summer | Summer | Winter | Winter", "Harbour | day | night | day | night"]
    ]
    table = document.tables[0]
    assert document.text[table.start : table.end] == "\n".join(document.text.split("\n")[2:])


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("<tr><th>a<th>b<th>c<tr><td>1<td><td>3<tr><td><td>2<td>", ["a | b | c", "1 |  | 3", " | 2 | "]),
        ("<tr><th>a<th>b<tr><td rowspan=2>x<td>1<tr><td>2<tr><td>y<td>3", ["a | b", "x | 1", "x | 2", "y | 3"]),
        ("<tr><th>a<th>b<tr><td>1<td rowspan=0>x<tr><td>2<tr><td>3", ["a | b", "1 | x", "2 | x", "3 | x"]),
        ("<tr><th>a<th>b<tr><td>1<br>2<td><p>3<p>4", ["a | b", "1 2 | 3 4"]),
        ("<tr><th>a<th>b<tr><td><ul><li>1<li>2</ul><td>3", ["a | b", "- 1 - 2 | 3"]),
        ("<tr><td>a<td>b<tr><td><td><tr><td>1<td>2", ["a | b", "1 | 2"]),
        ("<tr><th>a<th>b<tr><td colspan=2>all<tr><td>1<td>2", ["a | b", "all | all", "1 | 2"]),
        ("<tr><th>a<th>b<tr><td colspan=-3 rowspan=x>1<td>2", ["a | b", "1 | 2"]),
    ],
)
def test_each_cell_has_its_place(body: str, rows: list[str]):
    assert rows_of(f"<table>{body}</table>") == rows


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("<thead><tr><td>a<td>b</thead><tbody><tr><td>1<td>2</tbody>", ["a | b"]),
        ("<tr><th><th>b<tr><th>1<td>2", [" | b"]),
        ("<tr><td><b>a</b><td><p><strong>b</strong><tr><td>1<td>2", ["a | b"]),
        ("<tr><td>a<td>b<tr><td>1<td>2", []),
        ("<tr><th>a<th>b<tr><th>c<th>d", ["a | b"]),
        ("<tr><th>a<td>1<tr><th>b<td>2", []),
    ],
)
def test_header_rows(body: str, headers: list[str]):
    assert headers_of(read(f"<table>{body}</table>")) == [headers]


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>a<tr><td>b</table>",
        "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>",
        "<table><tr><td>a<td><h2>b</h2><tr><td>c<td>d</table>",
        f"<table><tr><td>a<td>{'<p>words' * 70}<tr><td>c<td>d</table>",
    ],
)
def test_tables_that_lay_out_text_are_none(body: str):
    assert read(body).tables == ()


def test_a_table_inside_another_one():
    document = read("<table><tr><td>menu<td><table><tr><th>a<th>b<tr><td>1<td>2</table></table>")
    assert headers_of(document) == [["a | b"]]
    assert document.text.endswith("a | b\n1 | 2")


def test_the_caption_stands_above_the_rows():
    document = read("<table><caption>Rates</caption><tr><th>a<th>b<tr><td>1<td>2</table>")
    assert document.text == "t\n\nRates\na | b\n1 | 2"
    assert document.tables[0].start == len("t\n\nRates\n")


def test_repeated_text_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "MAX_REPEATED_CHARACTERS", 10)
    assert rows_of("<table><tr><th colspan=4>abcde<tr><td>1<td>2<td>3<td>4</table>") == [
        "abcde | abcde | abcde | ",
        "1 | 2 | 3 | 4",
    ]


def test_a_row_has_a_limited_number_of_cells():
    row = rows_of("<table><tr><th colspan=9999>a<th>b<tr><td>1<td>2</table>")[0]
    assert row.count(" | ") == tables.MAX_COLUMNS - 1


def test_rows_and_cells_that_are_drawn_by_roles_or_styles():
    roles = (
        "<div role=table><div role=row><span role=columnheader>Harbour</span><span role=columnheader>Fee</span></div>"
        "<div role=row><span role=cell>Norby</span><span role=cell>12</span></div></div>"
    )
    assert html.parse_markup(roles).text == "Harbour | Fee\nNorby | 12"
    cells = "".join(f"<{tag} style='display:table-cell'>{{}}</{tag}>" for tag in ("b", "span"))
    row = f"<div style='display:table-row'>{cells}</div>"
    assert html.parse_markup(row.format("Norby", 12) + row.format("Sund", 14)).text == "Norby | 12\nSund | 14"
    assert html.parse_markup("<span style='display:block'>a</span><span style='display:block'>b</span>").text == "a\nb"
