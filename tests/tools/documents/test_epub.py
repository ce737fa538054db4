import pytest

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document
from outlast.tools.documents.xml_tree import parse_xml
from tests.tools.documents.manual import CONTAINER, epub

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
