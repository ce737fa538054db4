"""OpenDocument files: what an office program shows of them is read, and the rest is in the ledger."""

import io
import zipfile

import pytest

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import Marks, lost_words

ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{ODF}:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing", "form": "form",
        "presentation": "presentation", "fo": "xsl-fo-compatible", "svg": "svg-compatible", "chart": "chart",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
STYLES = """
<style:style style:name="Up" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Down" style:family="text"><style:text-properties style:text-position="-33% 58%"/></style:style>
<style:style style:name="Secret" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Child" style:family="paragraph" style:parent-style-name="Hidden"/>
<style:style style:name="Hidden" style:family="paragraph"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Away" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="Off" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
<text:list-style style:name="L">
<text:list-level-style-number text:level="1" style:num-format="I" style:num-suffix="." text:start-value="3"/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/>
<text:list-level-style-bullet text:level="3"/></text:list-style>"""


def file(kind: str, body: str, styles: str = "", **members: str) -> bytes:
    """Return a file with a body of a kind. `styles` is the content of styles.xml, and members are other files of it."""
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{STYLES}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content)
        archive.writestr("styles.xml", f"<office:document-styles {NAMESPACES}>{styles}</office:document-styles>")
        for name, member in members.items():
            archive.writestr(name.replace("__", "/"), member)
    return out.getvalue()


def odt(body: str) -> Document:
    return read_document("letter.odt", file("text", body))


def p(content: str, more: str = "") -> str:
    return f"<text:p {more}>{content}</text:p>"


def styled(style: str, content: str) -> str:
    return f'<text:span text:style-name="{style}">{content}</text:span>'


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (f"The culture held 10{styled('Up', '6')} cells.", "The culture held 10^6 cells."),
        (f"H{styled('Down', '2')}O", "H2O"),
        ("a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d", "a b c\nd"),
        ("the <text:a>link</text:a> and\n a <text:bookmark-ref>field</text:bookmark-ref>", "the link and a field"),
        (
            "<text:ruby><text:ruby-base>日本</text:ruby-base><text:ruby-text>にほん</text:ruby-text></text:ruby>",
            "日本(にほん)",
        ),
        (f"seen{styled('Secret', 'unseen')}", "seen"),
    ],
)
def test_paragraphs(content: str, text: str):
    assert odt(p(content)).text == text


def test_headings_are_numbered_as_they_are_shown():
    outline = (
        "<text:outline-style><text:outline-level-style text:level='1' style:num-format='1'/>"
        "<text:outline-level-style text:level='2' style:num-format='1' text:display-levels='2'/></text:outline-style>"
    )
    body = "".join(f"<text:h text:outline-level='{level}'>Tides</text:h>" for level in (1, 2, 2, 1, 2))
    document = read_document("letter.odt", file("text", body, styles=outline))
    assert document.text.split("\n\n") == ["1 Tides", "1.1 Tides", "1.2 Tides", "2 Tides", "2.1 Tides"]
    assert [each.level for each in document.headings] == [1, 2, 2, 1, 2]


def test_lists_have_their_marks():
    def item(content: str, more: str = "") -> str:
        return f"<text:list-item {more}>{content}</text:list-item>"

    deepest = "<text:list>" + item(p("d")) + "</text:list>"
    inner = "<text:list>" + item(p("b")) + item(p("c") + deepest) + "</text:list>"
    body = (
        '<text:list text:style-name="L">' + item(p("a") + inner) + item(p("e"), "text:start-value='9'") + "</text:list>"
    )
    again = '<text:list text:style-name="L">' + item(p("f")) + "</text:list>"
    goes_on = '<text:list text:style-name="L" text:continue-numbering="true">' + item(p("g")) + "</text:list>"
    assert odt(body + again + goes_on).text.split("\n") == [
        "III. a", "III.a) b", "III.b) c", "- d", "IX. e", "III. f", "IV. g",
    ]  # fmt: skip


def test_tables_have_every_cell_in_its_place():
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}>{p(text)}</table:table-cell>"

    covered = "<table:covered-table-cell/>"
    table = (
        "<table:table><table:table-column table:number-columns-repeated='3'/><table:table-header-rows><table:table-row>"
        + cell("Port")
        + cell("Catch", "table:number-columns-spanned='2'")
        + covered
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell("Norby", "table:number-rows-spanned='2'")
        + cell("2019")
        + cell("14")
        + f"</table:table-row><table:table-row>{covered}"
        + cell("2020")
        + cell("")
        + "</table:table-row></table:table>"
    )
    document = odt(table)
    assert document.text == "Port | Catch | Catch\nNorby | 2019 | 14\nNorby | 2020 | "
    assert [document.text[start:end] for start, end in document.tables[0].headers] == ["Port | Catch | Catch"]


def test_each_word_of_a_text_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new
    cited = f"<text:note-citation>1</text:note-citation><text:note-body>{p(new('note'))}</text:note-body>"
    note = f"<text:note>{cited}</text:note>"
    comment = f"<office:annotation><dc:creator>Ada</dc:creator>{p(new('comment'))}</office:annotation>"
    box = f"<draw:frame><draw:text-box>{p(new('text box'))}</draw:text-box></draw:frame>"
    picture = f"<draw:frame><draw:image/><svg:desc>{new('picture')}</svg:desc></draw:frame>"
    body = "".join(
        [
            f"<text:tracked-changes><text:deletion>{p(new('deletion'))}</text:deletion></text:tracked-changes>",
            f"<text:table-of-content><text:index-body>{p(new('contents'))}</text:index-body></text:table-of-content>",
            p(f"{new('paragraph')}{note}{comment}{box}{picture}"),
            p(f"{styled('Secret', new('hidden'))} <text:change-start/>{new('inserted')}<text:change-end/>"),
            p(new("hidden by a style's style"), "text:style-name='Child'"),
            p(f"<text:hidden-paragraph text:is-hidden='true'/>{new('hidden paragraph')}"),
            p(f"<text:hidden-text text:is-hidden='true' text:string-value='{new('hidden field')}'/>"),
            f"<text:section text:display='none'>{p(new('hidden section'))}</text:section>",
            f"<text:section>{p(new('section'))}</text:section>",
            f"<draw:custom-shape>{p(new('shape'))}</draw:custom-shape>",
            f"<draw:g><draw:rect>{p(new('shape in a group'))}</draw:rect></draw:g>",
            "<draw:frame><draw:object xlink:href='./Object 1'/><draw:image/></draw:frame>",
            "<draw:frame><draw:object xlink:href='./Object 2'/></draw:frame>",
            "<draw:frame><draw:object xlink:href='./Object 3'/></draw:frame>",
        ]
    )
    math = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>'
        f"{new('formula')}</mi><annotation>copy</annotation></semantics></math>"
    )
    chart = (
        f"<office:document-content {NAMESPACES}><chart:chart><chart:title>{p(new('chart'))}</chart:title>"
        f"<table:table><table:table-row><table:table-cell>{p(new('chart value'))}</table:table-cell></table:table-row>"
        "</table:table></chart:chart></office:document-content>"
    )
    margins = (
        f"<style:master-page><style:header>{p(new('header'))}"
        f"{p('<text:page-number>1</text:page-number> of it')}</style:header>"
        f"<style:footer style:display='false'>{p(new('footer of no page'))}</style:footer></style:master-page>"
    )
    document = read_document(
        "letter.odt",
        file("text", body, styles=margins, **{"Object 1__content.xml": math, "Object 2__content.xml": chart}),
    )
    assert marks.repeated(document) == []
    assert marks.lost(document) == [
        "picture", "deletion", "contents", "hidden", "hidden by a style's style", "hidden paragraph", "hidden field",
        "hidden section", "footer of no page",
    ]  # fmt: skip
    assert lost_words(document) == {
        "DELETED": 1,
        "NAVIGATION": 1,
        "PICTURE": 1,
        "HIDDEN": 5,
        "UNREAD an embedded object": None,
        "REPEATED page numbers": 3,
        "HIDDEN headers and footers that no page has": 1,
    }
    assert "Comment by Ada: mark" in document.text
    assert "copy" not in document.text


def test_each_word_of_a_spreadsheet_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new

    def cell(content: str, more: str = "") -> str:
        return f"<table:table-cell {more}>{content}</table:table-cell>"

    comment = f"<office:annotation><dc:creator>Ada</dc:creator>{p(new('comment'))}</office:annotation>"
    rows = [
        cell(p("Port")) + cell(p("Tonnes")) + cell(p(new("hidden column"))),
        cell(p(new("cell")) + comment) + cell(p("1,400.50"), "office:value='1400.5'"),
        cell(p(new("filtered"))),
        cell("", "table:number-columns-repeated='1020'"),
    ]
    states = ["", "", "table:visibility='filter'", "table:number-rows-repeated='1048000'"]
    sheet = "".join(
        f"<table:table-row {state}>{row}</table:table-row>" for state, row in zip(states, rows, strict=True)
    )
    columns = "<table:table-column table:number-columns-repeated='2'/><table:table-column table:visibility='collapse'/>"
    shapes = (
        f"<table:shapes><draw:frame><draw:text-box>{p(new('text box'))}</draw:text-box></draw:frame></table:shapes>"
    )
    hidden = f"<table:table-row>{cell(p(new('hidden sheet')))}</table:table-row>"
    body = (
        f"<table:table table:name='Fish'>{shapes}{columns}{sheet}</table:table>"
        f"<table:table table:name='Old' table:style-name='Away'>{hidden}</table:table>"
    )
    document = read_document("catch.ods", file("spreadsheet", body))
    assert document.text.startswith("Fish\n\nPort | Tonnes\nmark3 | 1,400.50\n\nComment by Ada on A2: mark1")
    assert marks.repeated(document) == []
    assert marks.lost(document) == ["hidden column", "filtered", "hidden sheet"]
    assert lost_words(document) == {
        "HIDDEN hidden columns of sheet “Fish”": 1,
        "HIDDEN hidden rows of sheet “Fish”": 1,
        "HIDDEN sheet “Old”": 2,
    }
    assert len(document.tables[0].headers) == 1


def test_each_word_of_a_presentation_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new

    def frame(words: str, kind: str = "") -> str:
        mark = f"presentation:class='{kind}'" if kind else ""
        return f"<draw:frame {mark}><draw:text-box>{p(words)}</draw:text-box></draw:frame>"

    slide = (
        frame(new("body"), "outline")
        + frame(new("title"), "title")
        + f"<presentation:notes>{frame(new('notes'), 'notes')}</presentation:notes>"
        + f"<office:annotation>{p(new('comment'))}</office:annotation>"
        + frame(new("number"), "page-number")
    )
    body = (
        f"<presentation:footer-decl>{new('footer')}</presentation:footer-decl>"
        f"<draw:page draw:master-page-name='M'>{slide}</draw:page>"
        f"<draw:page draw:style-name='Off'>{frame(new('hidden slide'))}</draw:page>"
    )
    masters = f"<style:master-page style:name='M'>{frame(new('master'))}{frame('Click', 'title')}</style:master-page>"
    document = read_document("talk.odp", file("presentation", body, styles=masters))
    assert marks.repeated(document) == []
    assert marks.lost(document) == ["number", "hidden slide"]
    assert lost_words(document) == {"REPEATED page numbers": 1, "HIDDEN slide 2, which is hidden": 1}
    assert "Click" not in document.text
    assert document.text.startswith("mark2\n\nmark1\n\nComment: mark4\n\nNotes: mark3")


def test_a_spreadsheet_in_a_text_is_read():
    cells = "".join(f"<table:table-cell>{p(text)}</table:table-cell>" for text in ("Port", "Tonnes"))
    sheet = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    inside = (
        f"<office:document-content {NAMESPACES}><office:body><office:spreadsheet>{sheet}</office:spreadsheet>"
        "</office:body></office:document-content>"
    )
    body = "<draw:frame><draw:object xlink:href='./Object 1'/><draw:image/></draw:frame>"
    document = read_document("letter.odt", file("text", body, **{"Object 1__content.xml": inside}))
    assert document.text == "Port | Tonnes"
    assert document.losses == ()


def test_a_flat_file_is_read_and_a_damaged_part_is_in_the_ledger():
    flat = (
        f"<office:document {NAMESPACES}><office:meta><dc:title>Of Tides</dc:title></office:meta>"
        f"<office:body><office:text>{p('Flat.')}</office:text></office:body></office:document>"
    )
    document = read_document("letter.fodt", flat.encode())
    assert (document.text, document.title) == ("Flat.", "Of Tides")
    damaged = read_document("letter.odt", file("text", p("Read."), **{"meta.xml": "<broken"}))
    assert damaged.text == "Read."
    assert lost_words(damaged) == {"DAMAGED meta.xml": None}


def test_why_it_cannot_be_read():
    encrypted = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}
    with pytest.raises(Unreadable, match=r"^it is encrypted"):
        read_document("a.odt", file("text", p("x"), **encrypted))
    with pytest.raises(Unreadable, match=r"^it is not an OpenDocument file"):
        read_document("a.fodt", b"<a/>")
