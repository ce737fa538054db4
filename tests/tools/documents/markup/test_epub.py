import re
import zlib

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document
from outlast.tools.documents.xml_tree import parse_xml
from tests.tools.documents.every_format import CONTAINER, epub

PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="b" href="sub/b%20c.xhtml#x" media-type="application/xhtml+xml"/>
<item id="a" href="../a.xhtml" media-type="application/xhtml+xml"/>
<item id="p" href="p.png" media-type="image/png"/>
<item id="g" href="gone.xhtml" media-type="application/xhtml+xml"/>
</manifest><spine><itemref idref="n"/><itemref idref="b"/><itemref idref="p"/><itemref idref="a"/><itemref idref="g"/>
<itemref idref="b"/></spine></package>"""
PAGES = {
    "book__nav.xhtml": "<p>navigation</p>",
    "book__sub__b c.xhtml": "<h1>Second</h1><p>b</p>",
    "a.xhtml": "<p>a</p>",
}


def read(**added: str) -> Document:
    return read_document("shelf/book.epub", epub(**added))


def test_the_spine_gives_the_order():
    document = read(book__package=PACKAGE, **{"book__package.opf": PACKAGE}, **PAGES)
    assert document.text == "Second\n\nb\n\na"
    assert document.title == "Second"
    assert [(loss.kind, loss.place) for loss in document.losses] == [
        (LossKind.DAMAGED, "book/gone.xhtml"),
        (LossKind.NAVIGATION, "nav.xhtml"),
        (LossKind.PICTURE, "p.png"),
    ]


def test_a_damaged_page_is_named_and_the_others_are_read():
    content = epub(**{"book__package.opf": PACKAGE.replace('<itemref idref="g"/>', ""), **PAGES})
    position = content.index(zlib.compress(b"<p>a</p>")[2:-4])
    damaged = content[:position] + b"\x00" + content[position + 1 :]
    document = read_document("book.epub", damaged)
    assert document.text == "Second\n\nb"
    assert Loss(kind=LossKind.DAMAGED, place="a.xhtml") in document.losses


@pytest.mark.parametrize("name", ["book__sub__b c.xhtml", "book__sub__b%20c.xhtml"])
def test_names_with_percent_signs(name: str):
    pages = {"a.xhtml": "<p>a</p>", name: "<p>b</p>"}
    assert read(**{"book__package.opf": PACKAGE}, **pages).text == "b\n\na"


MARKED = """<html lang="de"><body><h1>w1</h1><p>w2<sup>w3</sup></p><!-- w4 --><table><tr><th>w5</th><th>w6</th></tr>
<tr><td>w7</td><td>w8</td></tr></table><p hidden="hidden">w9</p><img src="c.png" alt="w10"/></body></html>"""


def test_each_word_of_a_page_is_in_the_text_or_the_ledger():
    document = read(**{"book__package.opf": PACKAGE}, **(PAGES | {"a.xhtml": MARKED}))
    found = [int(word) for word in re.findall(r"w(\d+)", document.text)]
    assert found == [1, 2, 3, 5, 6, 7, 8, 10]
    assert [(loss.place, loss.words) for loss in document.losses if loss.kind is LossKind.HIDDEN] == [
        ("a.xhtml: comments", 1),
        ("a.xhtml: hidden elements", 1),
    ]
    table = document.tables[0]
    assert document.text[table.start : table.end] == "w5 | w6\nw7 | w8"
    assert [document.text[start:end] for start, end in table.headers] == ["w5 | w6"]
    assert [document.text[each.start : each.end] for each in document.headings] == ["Second", "w1"]


def test_a_book_says_its_language():
    language = '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:language>de-AT</dc:language></metadata>'
    assert read(**{"book__package.opf": PACKAGE.replace("<metadata/>", language)}, **PAGES).language == "de"


def test_xml_in_a_charset_that_libxml2_knows_by_another_name():
    xml = '<?xml version="1.0" encoding="x-cp1251"?><title>Привет</title>'
    assert parse_xml(xml.encode("cp1251"), "package").text == "Привет"


@pytest.mark.parametrize("tag", ["<title/>", "<script/>", "<title />", "<style type='a'/>"])
def test_elements_that_are_closed_at_once(tag: str):
    page = f"<?xml version='1.0'?><html><head>{tag}</head><body><p>a<br/>b</p></body></html>"
    document = read(**{"book__package.opf": PACKAGE}, **(PAGES | {"a.xhtml": page}))
    assert document.text.endswith("a\nb")


def encryption(uri: str) -> str:
    reference = (
        f'<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherReference URI="{uri}"/></EncryptedData>'
    )
    return f'<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">{reference}</encryption>'


def test_encrypted_pages_are_named_and_scrambled_fonts_are_not():
    assert read(**{"META-INF__encryption.xml": encryption("book/font.otf")}).text
    with pytest.raises(Unreadable, match="it is encrypted, as bought books are"):
        read(**{"META-INF__encryption.xml": encryption("book/page1.xhtml")})


@pytest.mark.parametrize(
    ("part", "content", "reason"),
    [
        ("META-INF__container.xml", "<container/>", "it names no package document"),
        ("META-INF__container.xml", "<container", "its part META-INF/container.xml is damaged: "),
        (
            "META-INF__container.xml",
            CONTAINER.replace("package.opf", "other.opf"),
            "its part book/other.opf is missing",
        ),
        ("book__package.opf", "<a>" * 5000, "its part book/package.opf is damaged: "),
        ("book__package.opf", "<package/>", "it has no text"),
    ],
)
def test_why_it_cannot_be_read(part: str, content: str, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}") as raised:
        read(**{part: content})
    assert "\n" not in str(raised.value)


def test_entities_are_not_expanded():
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"boom" * 1000}"><!ENTITY b "{"&a;" * 1000}">]>'
    title = '<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">&b;</dc:title>'
    with pytest.raises(Unreadable, match="its part book/package\\.opf is damaged"):
        read(**{"book__package.opf": bomb + PACKAGE.replace("<metadata/>", title)}, **PAGES)
    quiet = '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/hostname">]>'
    assert read(**{"book__package.opf": quiet + PACKAGE.replace("<metadata/>", title)}, **PAGES).title == "&b;"


def test_the_styles_of_a_book_count():
    sheet = ".up { vertical-align: super } .away { display: none } @media amzn-mobi { .kept { display: none } }"
    page = (
        '<html><head><link rel="stylesheet" href="../st%20yle.css"/></head><body>'
        '<p>10<span class="up">6</span> cells</p>'
        '<p class="away">two words</p><p class="kept">Kept.</p></body></html>'
    )
    pages = {"a.xhtml": "<p>a</p>", "book__sub__b c.xhtml": page, "book__st yle.css": sheet}
    document = read(**{"book__package.opf": PACKAGE}, **pages)
    assert document.text == "10^6 cells\n\nKept.\n\na"
    assert Loss(kind=LossKind.HIDDEN, place="b c.xhtml: hidden elements", words=2) in document.losses


def test_books_that_name_their_parts_loosely_are_read():
    package = PACKAGE.replace("../a.xhtml", "/A.XHTML").replace("sub/b%20c.xhtml#x", "SUB/b c.xhtml")
    assert read(**{"book__package.opf": package}, **PAGES).text == "Second\n\nb\n\na"
    without_order = PACKAGE.partition("<spine>")[0] + "<spine/></package>"
    assert read(**{"book__package.opf": without_order}, **PAGES).text == "Second\n\nb\n\na"
    entities = "<!DOCTYPE html [<!ENTITY k 'knot'>]><html><body><p>a reef</p></body></html>"
    assert read(**{"book__package.opf": PACKAGE}, **{**PAGES, "a.xhtml": entities}).text == "Second\n\nb\n\na reef"
