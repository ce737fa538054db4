"""The parts of a page that are read, with their offsets. There is no process and no network here."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.markup import html
from outlast.tools.web.pages.declared import Declared
from outlast.tools.web.pages.extracting import read_page
from tests.tools.web.pages.site import ARTICLE, PAPER

SENTENCE = "The mole is nine hundred metres long, of granite, and was begun in the year of the great storm. "
UMLAUTS = "Die Mole ist größer als zuvor. "


def read(content: str | bytes, media_type: str = "text/html", charset: str = "") -> Document:
    declared = Declared(media_type=media_type, charset=charset, stem="stem")
    return read_page(declared.model_dump_json(), content.encode() if isinstance(content, str) else content)


def test_the_main_text_with_its_headings() -> None:
    document = read(ARTICLE)
    assert document.title == "The harbour crane"
    assert document.media_type == "text/html"
    assert document.text.startswith("The harbour crane\n\nThe harbour crane was built in 1904 by the engineers")
    assert "Year | Load\n1904 | eleven tons" in document.text
    for words in ("About us", "All rights", "secret"):
        assert words not in document.text
    named = [document.text[heading.start : heading.end] for heading in document.headings]
    assert named == ["The harbour crane", "The motors"]
    assert document.extractor.startswith(f"page/3, {html.EXTRACTOR}, trafilatura/")


def test_what_stands_beside_the_main_text_is_left_out() -> None:
    aside = (
        '<div class="sidebar"><h3>Most read</h3><p>A recipe for soup</p></div><div id="comments"><p>First!</p></div>'
    )
    document = read(
        f"<body><article><h1>The mole</h1><p>{SENTENCE * 6}</p><p>{SENTENCE * 3}</p></article>{aside}</body>"
    )
    assert SENTENCE.strip() in document.text
    assert "First!" not in document.text


PRECISE = f"""<body><nav><a href=/>Home</a> <a href=/x>About us</a></nav><article><h1>The mole</h1>
<p>{SENTENCE} It holds 10<sup>6</sup> stones of H<sub>2</sub>O, and so it is <del>nine</del> ten times as heavy.</p>
<math display=block><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><mn>4</mn></math><p>{SENTENCE * 3}</p>
<p style="visibility:hidden">{SENTENCE.replace("granite", "marble")}</p><ol start=7><li>Seventh stone of it</ol><table>
<tr><th rowspan=2>Harbour<th colspan=2>Summer<tr><th>day<th>night<tr><td>Norby<td>12<td><tr><td>Sund<td>14<td>9</table>
<p>{SENTENCE * 2}</p></article><footer>All rights reserved by nobody</footer></body>"""


def test_the_main_text_is_as_precise_as_a_file() -> None:
    document = read(PRECISE)
    lines = document.text.split("\n")
    for line in (
        "x^2 = 4",
        "7. Seventh stone of it",
        "Harbour | Summer | Summer",
        "Harbour | day | night",
        "Norby | 12 | ",
    ):
        assert line in lines
    assert "It holds 10^6 stones of H2O, and so it is ~~nine~~ ten times" in document.text
    assert "Home" not in document.text
    assert "marble" not in document.text
    table = document.tables[0]
    assert document.text[table.start : table.end].endswith("Sund | 14 | 9")
    assert [document.text[start:end] for start, end in table.headers] == [
        "Harbour | Summer | Summer",
        "Harbour | day | night",
    ]
    assert [document.text[each.start : each.end] for each in document.headings] == ["The mole"]
    assert {loss.kind for loss in document.losses} == {LossKind.NAVIGATION, LossKind.HIDDEN}


def test_all_of_it_where_the_main_text_would_be_a_small_part_of_it() -> None:
    cells = "".join(f"<div><b>Part {number}</b>: {number * 7} crowns, iron</div>" for number in range(400))
    document = read(f"<html><body><h1>Prices</h1><div>{cells}</div><article><p>{SENTENCE}</p></article></body></html>")
    assert "Part 399: 2793 crowns, iron" in document.text


@pytest.mark.parametrize(
    ("content", "media_type", "charset"),
    [
        (UMLAUTS.encode("latin-1"), "text/plain", "iso-8859-1"),
        (UMLAUTS.encode("utf-16-le"), "text/plain", "utf-16le"),
        (UMLAUTS.encode("utf-16"), "text/plain", ""),
        (UMLAUTS.encode(), "text/plain", "utf-8"),
        (UMLAUTS.encode("latin-1"), "text/plain", "utf-8"),  # declared as UTF-8, but it is not
        (UMLAUTS.encode(), "text/plain", "no-such-charset"),
        (UMLAUTS.encode(), "text/plain", "unicode_escape"),
        (UMLAUTS.encode("utf-8-sig"), "text/plain", "iso-8859-1"),
        (f"<p>{UMLAUTS}".encode("cp1252"), "text/html", ""),
        (f"<meta charset=utf-8><p>{UMLAUTS}".encode("latin-1"), "text/html", "ISO-8859-1"),
        (f"<meta charset=iso-8859-2><p>{UMLAUTS}".encode("latin-1"), "text/html", ""),
        (f'<?xml version="1.0" encoding="utf-8"?><html><p>{UMLAUTS}</p></html>'.encode(), "application/xhtml+xml", ""),
    ],
)
def test_encodings(content: bytes, media_type: str, charset: str) -> None:
    assert read(content, media_type, charset).text.strip() == UMLAUTS.strip()


def test_japanese_by_the_header_alone() -> None:
    text = "港のクレーンは1904年に造られた。"
    assert read(f"<p>{text}</p>".encode("shift_jis"), charset="Shift_JIS").text == text


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("gb2312", "gbk", "朱镕基"),
        ("GBK", "gb18030", "㐀 and 𠀀"),
        ("Shift_JIS", "cp932", "①髙﨑"),
        ("x-sjis", "cp932", "①髙﨑"),
        ("euc-kr", "cp949", "펲시콜라"),
        ("big5", "big5hkscs", "嘅咗"),
        ("windows-874", "cp874", "ท่าเรือ"),
    ],
)
def test_charsets_of_asia_as_browsers_read_them(charset: str, codec: str, text: str) -> None:
    assert read(f"<p>{text}".encode(codec), charset=charset).text == text
    assert read(f"{text}\n".encode(codec), "text/plain", charset).text.strip() == text
    assert read(f"<meta charset={charset}><p>{text}".encode(codec)).text == text


@pytest.mark.parametrize("media_type", ["application/pdf", "application/octet-stream", "", "text/html"])
def test_a_pdf_is_known_by_its_content(media_type: str) -> None:
    document = read(PAPER, media_type)
    assert document.media_type == "application/pdf"
    assert "The lock gates are of greenheart" in document.text
    assert document.places is not None
    assert document.places.unit == "page"


def test_a_page_that_is_declared_as_a_pdf_or_as_nothing() -> None:
    for media_type in ("application/pdf", "", "application/octet-stream"):
        assert read(ARTICLE, media_type).title == "The harbour crane"


def test_text_and_markdown() -> None:
    assert read("a < b\n\nand so on\n", "text/plain").text == "a < b\n\nand so on\n"
    assert read("# The mole\n\nIt is long.\n", "text/markdown").title == "The mole"


@pytest.mark.parametrize(
    ("content", "media_type", "why"),
    [
        ("", "text/html", "it has no text"),
        ("<html><body></body></html>", "text/html", "it has no text"),
        ("<div id=app></div><script>run()</script>", "text/html", "without the scripts that it runs in a browser"),
        ("<form>Sign in<input type=Password></form>", "text/html", "it requires a login"),
        ("<ul>" + "<li><a href=/>A page of ours</a>" * 9 + "</ul>", "text/html", "it has only links to other pages"),
        ("just bytes", "", "it is neither a page nor a PDF nor text"),
        ("\0\0\0\0", "text/plain", "it looks like a binary file"),
        ("%PDF-1.7 and no more", "application/pdf", "it is not a PDF"),
    ],
)
def test_what_cannot_be_read(content: str, media_type: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(content, media_type)


def test_a_long_article_may_have_a_field_for_a_password() -> None:
    assert SENTENCE.strip() in read(f"<p>{SENTENCE * 20}</p><form><input type=password></form>").text


@pytest.mark.parametrize("tag", ["div", "b", "table", "blockquote"])
def test_a_page_that_is_nested_without_end(tag: str) -> None:
    assert SENTENCE.strip() in read(f"<p>{SENTENCE}" + f"<{tag}>" * 10_000 + "inside").text
