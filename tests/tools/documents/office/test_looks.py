"""Letters that nobody sees are in the ledger; what replaces struck text is told from it."""

import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.looks import color_code, is_unseen
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.packages import NAMESPACES, package, relations
from tests.tools.documents.office.test_open_document import file

SEEN, UNSEEN = "The price is on request.", "three hidden words"
DARK = '<w:shd w:val="clear" w:fill="1F4E79"/>'
WHITE = '<w:color w:val="FFFFFF"/>'
W_STYLES = f"""<w:styles {NAMESPACES}>
<w:style w:type="paragraph" w:styleId="Pale"><w:name w:val="Pale"/><w:rPr>{WHITE}</w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Box"><w:name w:val="Box"/><w:pPr>{DARK}</w:pPr><w:rPr>{WHITE}</w:rPr></w:style>
<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/><w:tblStylePr w:type="firstRow"><w:tcPr>{DARK}</w:tcPr>
</w:tblStylePr></w:style></w:styles>"""


def hidden(document: Document) -> int:
    return sum(loss.words or 0 for loss in document.losses if loss.kind is LossKind.HIDDEN)


def word(body: str, before: str = "") -> Document:
    content = f"<w:document {NAMESPACES}>{before}<w:body>{body}</w:body></w:document>"
    parts: dict[str, str | bytes] = {
        "word/document.xml": content,
        "word/styles.xml": W_STYLES,
        "word/_rels/document.xml.rels": relations(("s", "styles", "styles.xml")),
    }
    return read_document("paper.docx", package("word/document.xml", parts))


def paragraph(text: str, of_run: str = "", of_paragraph: str = "") -> str:
    run = f'<w:r><w:rPr>{of_run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'
    return f"<w:p><w:pPr>{of_paragraph}</w:pPr>{run}</w:p>"


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


@pytest.mark.parametrize(
    ("of_run", "of_paragraph"),
    [
        (WHITE, ""),
        ('<w:color w:val="FEFEFE"/>', ""),
        ('<w:color w:val="FFFFFF" w:themeColor="background1"/>', ""),
        ('<w:sz w:val="2"/>', ""),
        ("", '<w:pStyle w:val="Pale"/>'),
        ('<w:color w:val="000000"/><w:highlight w:val="black"/>', ""),
        ('<w:color w:val="1F4E79"/>', DARK),
    ],
)
def test_a_document_of_word_hides_letters(of_run: str, of_paragraph: str):
    document = word(paragraph(UNSEEN, of_run, of_paragraph) + paragraph(SEEN))
    assert (document.text, hidden(document)) == (SEEN, 3)


@pytest.mark.parametrize(
    "body",
    [
        paragraph(SEEN, WHITE + DARK),
        paragraph(SEEN, f'{WHITE}<w:highlight w:val="darkBlue"/>'),
        paragraph(SEEN, WHITE, DARK),
        paragraph(SEEN, "", '<w:pStyle w:val="Box"/>'),
        paragraph(SEEN, '<w:color w:val="auto"/>', '<w:pStyle w:val="Pale"/>'),
        f"<w:tbl><w:tr>{cell(paragraph(SEEN, WHITE), DARK)}</w:tr></w:tbl>",
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/></w:tblPr><w:tr>{cell(paragraph(SEEN, WHITE))}</w:tr></w:tbl>',
        f"<w:p><w:r><w:pict><w:txbxContent>{paragraph(SEEN, WHITE)}</w:txbxContent></w:pict></w:r></w:p>",
        f'<w:p><w:r><w:drawing><wp:anchor behindDoc="1"/></w:drawing></w:r></w:p>{paragraph(SEEN, WHITE)}',
    ],
)
def test_white_letters_of_word_on_another_color_are_seen(body: str):
    document = word(body)
    assert (document.text, hidden(document)) == (SEEN, 0)


def test_white_letters_on_colored_pages_are_seen():
    assert word(paragraph(SEEN, WHITE), '<w:background w:color="102030"/>').text == SEEN


@pytest.mark.parametrize(
    ("properties", "is_seen"),
    [
        ('fo:color="#ffffff"', False),
        ('fo:font-size="1pt"', False),
        ('fo:color="#ffffff" fo:background-color="#102030"', True),
        ('fo:color="#ffffff" style:use-window-font-color="true"', True),
        ('fo:color="#202020"', True),
    ],
)
def test_letters_of_open_document(properties: str, is_seen: bool):
    style = f'<style:style style:name="X" style:family="text"><style:text-properties {properties}/></style:style>'
    span = f'<text:p><text:span text:style-name="X">{UNSEEN}</text:span></text:p><text:p>{SEEN}</text:p>'
    document = read_document("paper.odt", file("text", span, f"<office:styles>{style}</office:styles>"))
    assert document.text == (f"{UNSEEN}\n\n{SEEN}" if is_seen else SEEN)
    assert hidden(document) == (0 if is_seen else 3)


@pytest.mark.parametrize(
    ("body", "is_seen"),
    [
        (r"{\cf1 three hidden words}", False),
        (r"{\fs2 three hidden words}", False),
        (r"{\cf1\highlight2 three hidden words}", True),
        (r"{\cf1\chcbpat2 three hidden words}", True),
        (r"\cbpat2{\cf1 three hidden words}", True),
        (r"{\cf2\highlight2 three hidden words}", False),
        (r"{\cf1\plain three hidden words}", True),
    ],
)
def test_letters_of_rich_text(body: str, is_seen: bool):
    colors = r"{\colortbl;\red255\green255\blue255;\red16\green32\blue48;}"
    document = read_document("a.rtf", rf"{{\rtf1\ansi{colors} {body}\par\pard {SEEN}}}".encode())
    assert document.text == (f"{UNSEEN}\n\n{SEEN}" if is_seen else SEEN)
    assert hidden(document) == (0 if is_seen else 3)


FILL = '<a:solidFill><a:srgbClr val="{}"/></a:solidFill>'
OFF_SLIDE = '<a:xfrm><a:off x="-900" y="0"/><a:ext cx="100" cy="100"/></a:xfrm>'


@pytest.mark.parametrize(
    ("of_run", "of_shape", "of_slide", "is_seen"),
    [
        (FILL.format("FFFFFF"), "", "", False),
        ('<a:solidFill><a:schemeClr val="bg1"/></a:solidFill>', "", "", False),
        (FILL.format("FFFFFF"), FILL.format("102030"), "", True),
        (FILL.format("FFFFFF"), "", f"<p:bg><p:bgPr>{FILL.format('102030')}</p:bgPr></p:bg>", True),
        (FILL.format("102030"), "", f"<p:bg><p:bgPr>{FILL.format('102030')}</p:bgPr></p:bg>", False),
        ("", OFF_SLIDE, "", False),
    ],
)
def test_letters_of_slides(of_run: str, of_shape: str, of_slide: str, is_seen: bool):
    run = f"<a:r><a:rPr>{of_run}</a:rPr><a:t>{UNSEEN}</a:t></a:r>"
    shapes = [
        f"<p:sp><p:spPr>{of_shape}</p:spPr><p:txBody><a:p>{run}</a:p></p:txBody><p:nvSpPr><p:cNvPr/></p:nvSpPr></p:sp>",
        f"<p:sp><p:txBody><a:p><a:r><a:t>{SEEN}</a:t></a:r></a:p></p:txBody></p:sp>",
    ]
    parts: dict[str, str | bytes] = {
        "ppt/p.xml": f'<p:presentation {NAMESPACES}><p:sldIdLst><p:sldId r:id="s"/></p:sldIdLst>'
        '<p:sldSz cx="1000" cy="500"/></p:presentation>',
        "ppt/_rels/p.xml.rels": relations(("s", "slide", "s.xml")),
        "ppt/s.xml": f"<p:sld {NAMESPACES}><p:cSld>{of_slide}<p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>",
    }
    document = read_document("talk.pptx", package("ppt/p.xml", parts))
    assert document.text == (f"{UNSEEN}\n\n{SEEN}" if is_seen else SEEN)
    assert hidden(document) == (0 if is_seen else 3)


DARK_FILL = '<patternFill patternType="solid"><fgColor rgb="FF102030"/></patternFill>'
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    ("font", "fill", "more", "is_seen"),
    [
        ('<color rgb="FFFFFFFF"/>', "", "", False),
        ('<color theme="0"/>', "", "", False),
        ('<sz val="1"/>', "", "", False),
        (
            '<color rgb="FFFFFFFF"/>',
            '<patternFill patternType="solid"><fgColor rgb="FF102030"/></patternFill>',
            "",
            True,
        ),
        ('<color rgb="FFFFFFFF"/>', "", "<conditionalFormatting/>", True),
        ('<color rgb="FFFFFFFF"/>', "", "<tableParts><tablePart/></tableParts>", True),
    ],
)
def test_letters_of_sheets(font: str, fill: str, more: str, is_seen: bool):
    styles = (
        f'<styleSheet xmlns="{SHEET}"><fonts><font/><font>{font}</font></fonts>'
        f"<fills><fill>{fill or '<patternFill/>'}</fill></fills>"
        '<cellXfs><xf/><xf fontId="1" fillId="0"/></cellXfs></styleSheet>'
    )
    rows = "".join(
        f'<row r="{number}"><c s="{style}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for number, style, text in ((1, 1, UNSEEN), (2, 0, SEEN))
    )
    parts: dict[str, str | bytes] = {
        "xl/w.xml": f'<workbook xmlns="{SHEET}" {NAMESPACES}><sheets><sheet name="S" r:id="s"/></sheets></workbook>',
        "xl/_rels/w.xml.rels": relations(("s", "worksheet", "s.xml"), ("t", "styles", "t.xml")),
        "xl/s.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{more}</worksheet>',
        "xl/t.xml": styles,
    }
    document = read_document("book.xlsx", package("xl/w.xml", parts))
    assert (UNSEEN in document.text, SEEN in document.text) == (is_seen, True)
    assert hidden(document) == (0 if is_seen else 3)


@pytest.mark.parametrize("mark", ["<w:strike/>", "<w:dstrike/>"])
def test_what_replaces_struck_text_is_told_from_it(mark: str):
    old, new = (f"<w:r><w:rPr>{each}</w:rPr><w:t>{text}</w:t></w:r>" for each, text in ((mark, "200"), ("", "260")))
    assert word(f'<w:p><w:r><w:t xml:space="preserve">The fee is </w:t></w:r>{old}{new}</w:p>').text == (
        "The fee is ~~200~~260"
    )
    assert read_document("a.rtf", rb"{\rtf1 The fee is {\strike 200}260}").text == "The fee is ~~200~~260"


def test_footnotes_of_rich_text_follow_their_paragraph():
    assert read_document("a.rtf", rb"{\rtf1 One{\footnote Below.} goes on.\par Two.}").text == (
        "One goes on.\n\nBelow.\n\nTwo."
    )


def test_a_merged_part_stands_in_a_cell_and_may_have_any_name():
    merged = cell('<w:altChunk r:id="c"/>')
    chunk = f"<w:tbl><w:tr>{merged}{cell(paragraph('Fee'))}</w:tr></w:tbl>"
    parts: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{chunk}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(("c", "aFChunk", "afchunk.dat")),
        "word/afchunk.dat": "<html><body><p>Dogs pay half.</p></body></html>",
    }
    assert "Dogs pay half." in read_document("a.docx", package("word/document.xml", parts)).text


@pytest.mark.parametrize(
    ("color", "ground", "points", "unseen"),
    [
        ("ffffff", "ffffff", 11, True),
        ("ffffff", "", 11, False),
        ("", "ffffff", 11, False),
        ("000000", "ffffff", 1, True),
    ],
)
def test_looks(color: str, ground: str, points: float, unseen: bool):
    assert is_unseen(color, ground, points) is unseen


def test_colors():
    assert [color_code(each) for each in ("#FFaa00", "FF102030", "auto", None)] == ["ffaa00", "102030", "", ""]
