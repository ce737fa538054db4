"""Word documents made by python-docx, and edited where python-docx cannot make something."""

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.document import Document as WordDocument

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import OLE_SIGNATURE
from outlast.tools.documents.reading import read_document

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def content_of(write: Callable[[WordDocument], object]) -> bytes:
    document = docx.Document()
    write(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(write: Callable[[WordDocument], object]) -> Document:
    return read_document("paper.docx", content_of(write))


def with_body(xml: str, before: str = "", **parts: str) -> Document:
    """Return a document with the body `xml`, text `before` its root, and other parts of the folder `word`."""
    source, out = zipfile.ZipFile(io.BytesIO(content_of(lambda document: document))), io.BytesIO()
    members = {name: source.read(name) for name in source.namelist()}
    members["word/document.xml"] = f"{before}<w:document {NAMESPACE}><w:body>{xml}</w:body></w:document>".encode()
    relations = members["word/_rels/document.xml.rels"].decode()
    for name, content in parts.items():
        if f"word/{name}.xml" not in members:
            relation = f'<Relationship Id="{name}" Type="{RELATIONS}/{name}" Target="{name}.xml"/></Relationships>'
            relations = relations.replace("</Relationships>", relation)
        members[f"word/{name}.xml"] = content.encode()
    members["word/_rels/document.xml.rels"] = relations.encode()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return read_document("paper.docx", out.getvalue())


def said(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_headings_have_the_levels_of_their_styles():
    def write(document: WordDocument):
        document.add_heading("Tides", 0)
        document.add_heading("When they turn", 1)
        document.add_paragraph("Twice a day.")
        document.add_heading("And why", 3)

    document = read(write)
    found = [(each.level, document.text[each.start : each.end]) for each in document.headings]
    assert found == [(1, "Tides"), (1, "When they turn"), (3, "And why")]
    assert document.text == "Tides\n\nWhen they turn\n\nTwice a day.\n\nAnd why"
    assert document.title == "Tides"


def test_the_declared_title_comes_first():
    def write(document: WordDocument):
        document.core_properties.title = "Of Tides"
        document.add_heading("Other", 1)

    assert read(write).title == "Of Tides"


def test_lists_have_their_marks():
    def write(document: WordDocument):
        document.add_paragraph("Before:")
        for style, text in [("List Number", "lamp"), ("List Number", "log"), ("List Bullet", "rest")]:
            document.add_paragraph(text, style=style)
        document.add_paragraph("After.")

    assert read(write).text == "Before:\n\n1. lamp\n2. log\n- rest\n\nAfter."


NUMBERS = f"""<w:numbering {NAMESPACE}>
<w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="Part %1"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2.%1"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum><w:num w:numId="9"><w:abstractNumId w:val="7"/></w:num></w:numbering>"""


def test_clauses_have_their_numbers():
    clauses = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="9"/></w:numPr></w:pPr>{said("x")}</w:p>'
        for level in [0, 1, 1, 2, 2, 0, 1, 2]
    )
    text = with_body(clauses, numbering=NUMBERS).text
    assert text.split("\n") == ["Part I x", "3.I x", "4.I x", "(a) x", "(b) x", "Part II x", "3.II x", "(a) x"]


def test_tables_are_rows():
    def write(document: WordDocument):
        document.add_paragraph("Seen:")
        table = document.add_table(2, 3)
        for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = f"cell\n{number}"
        document.add_paragraph("After.")

    assert read(write).text == "Seen:\n\ncell 0 | cell 1 | cell 2\ncell 3 | cell 4 | cell 5\n\nAfter."


def test_changes_are_read_as_accepted_and_controls_are_read_through():
    document = with_body(
        f"<w:p>{said('The lamp is ')}<w:del>{said('not ').replace('w:t', 'w:delText')}</w:del>"
        f"<w:ins>{said('always ')}</w:ins><w:hyperlink>{said('lit')}</w:hyperlink>{said('.')}</w:p>"
        f"<w:sdt><w:sdtContent><w:p>{said('In a control.')}</w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>Two</w:t><w:br/><w:t>lines</w:t><w:tab/><w:t>and a tab</w:t><w:noBreakHyphen/></w:r></w:p>"
        f"<w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert document.text == "The lamp is always lit.\n\nIn a control.\n\nTwo\nlines and a tab-"


def test_footnotes_follow_their_paragraph():
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p>{said('Tides turn')}{note}{said('.')}</w:p><w:p>{said('Next.')}</w:p>"
    notes = f'<w:footnote w:id="2"><w:p>{said("Twice a day.")}</w:p></w:footnote>'
    document = with_body(body, footnotes=f"<w:footnotes {NAMESPACE}>{notes}</w:footnotes>")
    assert document.text == "Tides turn.\n\nTwice a day.\n\nNext."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (OLE_SIGNATURE + b"\0" * 99 + "EncryptedPackage".encode("utf-16-le"), "it is encrypted"),
        (
            OLE_SIGNATURE + "WordDocument\0".encode("utf-16-le"),
            "it is in the format of an older Word: save it as .docx",
        ),
        (b"PK\x05\x06" + b"\0" * 18, "it is not a Word document, or it is damaged: it has no main part"),
        (b"no zip", "it is not a zip archive"),
    ],
)
def test_why_it_cannot_be_read(content: bytes, reason: str):
    with pytest.raises(Unreadable, match=f"^{reason}"):
        read_document("a.docx", content)


def test_deep_nesting_is_refused():
    with pytest.raises(Unreadable, match=r"its part word/document\.xml is damaged: Excessive depth"):
        with_body("<w:p><w:ins>" * 3000 + "</w:ins></w:p>" * 3000)


def test_entities_are_not_expanded():
    kind = '<!DOCTYPE d [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    assert with_body(f"<w:p>{said('quiet &b; &f;')}</w:p>", before=kind).text == "quiet"
