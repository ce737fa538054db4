"""Every construct of a Word document is read, or its words are in the ledger."""

from outlast.tools.documents.document import Document
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import Marks, lost_words
from tests.tools.documents.office.packages import NAMESPACES, package, relations

W_STYLES = f"""<w:styles {NAMESPACES}>
<w:style w:type="paragraph" w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Deeper"><w:name w:val="Deeper"/><w:basedOn w:val="Secret"/></w:style>
<w:style w:type="character" w:styleId="Whisper"><w:name w:val="Whisper"/><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Power"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Contents1"><w:name w:val="toc 1"/></w:style>
</w:styles>"""


def run(text: str, properties: str = "", tag: str = "t") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:{tag} xml:space='preserve'>{text} </w:{tag}></w:r>"


def paragraph(content: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


def document(body: str, *, links: tuple[tuple[str, str, str], ...] = (), **parts: str) -> Document:
    """Return the document with a body. `parts` are other parts of the folder `word`, which `links` refers to."""
    names = {f"word/{name}.xml": f"<w:{name} {NAMESPACES}>{content}</w:{name}>" for name, content in parts.items()}
    own = tuple((f"own-{name}", name, f"{name}.xml") for name in parts)
    members: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": W_STYLES,
        "word/_rels/document.xml.rels": relations(("styles", "styles", "styles.xml"), *own, *links),
        **names,
    }
    return read_document("paper.docx", package("word/document.xml", members))


def text_of(body: str) -> str:
    return document(body).text


def test_each_word_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new

    def field(instructions: str, result: str) -> str:
        parts = ("begin", instructions, "separate", result, "end")
        return "".join(
            part if part.startswith("<") else f'<w:r><w:fldChar w:fldCharType="{part}"/></w:r>' for part in parts
        )

    shape = "<wps:txbx><w:txbxContent>{}</w:txbxContent></wps:txbx>"
    box, inner = new("text box"), new("text box in a text box")
    boxes = shape.format(
        paragraph(run(box)) + paragraph(f"<w:r><w:drawing>{shape.format(paragraph(run(inner)))}</w:drawing></w:r>")
    )
    fallback = f"<w:pict><v:textbox><w:txbxContent>{paragraph(run(box))}</w:txbxContent></v:textbox></w:pict>"
    cited = '<w:r><w:footnoteReference w:id="3"/></w:r>'
    axis_title = f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{new('axis')}</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    body = "".join(
        [
            paragraph(run(new("run")) + f"<w:hyperlink>{run(new('link'))}</w:hyperlink>"),
            paragraph(
                f"<w:smartTag>{run(new('smart tag'))}</w:smartTag><w:customXml>{run(new('custom'))}</w:customXml>"
            ),
            paragraph(
                f"<w:ins>{run(new('insertion'))}<w:del>{run(new('insertion deleted'), tag='delText')}</w:del></w:ins>"
            ),
            paragraph(f"<w:del>{run(new('deletion'), tag='delText')}</w:del><w:del>{run(new('odd deletion'))}</w:del>"),
            paragraph(
                f"<w:moveFrom>{run(new('moved away'))}</w:moveFrom><w:moveTo>{run(new('moved here'))}</w:moveTo>"
            ),
            f"<w:moveTo>{paragraph(run(new('moved paragraph')))}</w:moveTo>",
            paragraph(run(new("hidden"), "<w:vanish/>") + run(new("shown again"), '<w:vanish w:val="0"/>')),
            paragraph(run(new("hidden by character style"), '<w:rStyle w:val="Whisper"/>')),
            paragraph(run(new("hidden by paragraph style")), '<w:pStyle w:val="Secret"/>'),
            paragraph(run(new("hidden by a style's style")), '<w:pStyle w:val="Deeper"/>'),
            paragraph(run(new("twice hidden is shown"), '<w:rStyle w:val="Whisper"/>'), '<w:pStyle w:val="Secret"/>'),
            paragraph(run(new("contents line")), '<w:pStyle w:val="Contents1"/>'),
            paragraph(field(run(new("instruction"), tag="instrText"), run(new("field result")))),
            paragraph(field(run("IF", tag="instrText") + run(new("branch not taken")), run(new("branch taken")))),
            paragraph(
                f'<w:fldSimple w:instr="REF {new("simple instruction")}">{run(new("simple field"))}</w:fldSimple>'
            ),
            f"<w:sdt><w:sdtContent>{paragraph(run(new('block control')))}</w:sdtContent></w:sdt>",
            paragraph(f"<w:sdt><w:sdtContent>{run(new('inline control'))}</w:sdtContent></w:sdt>"),
            paragraph(
                f"<w:r><w:ruby><w:rt>{run(new('reading'))}</w:rt><w:rubyBase>{run(new('read'))}</w:rubyBase></w:ruby></w:r>"
            ),
            paragraph(f"<m:oMath><m:r><m:t>{new('formula')}</m:t></m:r></m:oMath>"),
            f"<m:oMathPara><m:oMath><m:r><m:t>{new('formula block')}</m:t></m:r></m:oMath></m:oMathPara>",
            paragraph(
                f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{boxes}</w:drawing></mc:Choice>"
                f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent></w:r>"
            ),
            paragraph(f"<w:r><w:pict><v:shape><v:textpath string='{new('drawn letters')}'/></v:shape></w:pict></w:r>"),
            paragraph(f"<w:r><w:drawing><wp:docPr descr='{new('picture')}'/><pic:pic/></w:drawing></w:r>"),
            paragraph('<w:r><w:drawing><c:chart r:id="chart"/><dgm:relIds r:dm="diagram"/></w:drawing></w:r>'),
            paragraph('<w:r><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/></w:r>'),
            paragraph('<w:r><w:commentReference w:id="0"/></w:r>'),
            "<w:tbl>"
            f"<w:tr><w:tc>{paragraph(run(new('cell')))}<w:tbl><w:tr>"
            f"<w:tc>{paragraph(run(new('inner cell')))}</w:tc><w:tc>{paragraph(run(new('inner cell 2')))}</w:tc>"
            f"</w:tr></w:tbl></w:tc><w:tc>{paragraph(cited)}</w:tc></w:tr>"
            f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph(run(new('deleted row')))}</w:tc></w:tr>"
            f"<w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{paragraph(run(new('hidden row')))}</w:tc></w:tr>"
            "</w:tbl>",
            '<w:altChunk r:id="merged"/>',
            '<w:sectPr><w:headerReference w:type="default" r:id="head"/>'
            '<w:headerReference w:type="first" r:id="first"/>'
            '<w:footerReference w:type="default" r:id="foot"/></w:sectPr>',
        ]
    )
    header, footer = new("header"), new("footer")
    members: dict[str, str | bytes] = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": W_STYLES,
        "word/footnotes.xml": f"<w:footnotes {NAMESPACES}>"
        f'<w:footnote w:id="2">{paragraph(run(new("footnote")))}</w:footnote>'
        f'<w:footnote w:id="3">{paragraph(run(new("footnote of a cell")))}</w:footnote>'
        f'<w:footnote w:id="9">{paragraph(run(new("footnote that is not cited")))}</w:footnote></w:footnotes>',
        "word/endnotes.xml": f"<w:endnotes {NAMESPACES}>"
        f'<w:endnote w:id="2">{paragraph(run(new("endnote")))}</w:endnote></w:endnotes>',
        "word/comments.xml": f"<w:comments {NAMESPACES}>"
        f'<w:comment w:id="0" w:author="Ada">{paragraph(run(new("comment")))}</w:comment>'
        f'<w:comment w:id="1">{paragraph(run(new("comment on nothing")))}</w:comment></w:comments>',
        "word/header1.xml": f"<w:hdr {NAMESPACES}>{paragraph(run(header))}</w:hdr>",
        "word/header2.xml": f"<w:hdr {NAMESPACES}>{paragraph(run(new('header of no page')))}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {NAMESPACES}>{paragraph(run(footer))}{paragraph(run(header))}"
        f"{paragraph(run('Page ') + field(run('PAGE', tag='instrText'), run('3')))}</w:ftr>",
        "word/charts/chart1.xml": f"<c:chartSpace {NAMESPACES}><c:chart>"
        f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{new('chart title')}</a:t></a:r></a:p></c:rich></c:tx></c:title>"
        f"<c:ser><c:tx><c:strRef><c:pt idx='0'><c:v>{new('series')}</c:v></c:pt></c:strRef></c:tx>"
        f"<c:cat><c:pt idx='0'><c:v>{new('category')}</c:v></c:pt></c:cat>"
        f"<c:val><c:pt idx='0'><c:v>{new('value')}</c:v></c:pt></c:val></c:ser>"
        f"<c:valAx>{axis_title}</c:valAx></c:chart></c:chartSpace>",
        "word/diagrams/data1.xml": f"<dgm:dataModel {NAMESPACES}><dgm:pt><dgm:t><a:p><a:r>"
        f"<a:t>{new('diagram')}</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>",
        "word/merged.html": f"<html><p>{new('merged page')}</p></html>",
        "word/_rels/document.xml.rels": relations(
            ("s", "styles", "styles.xml"),
            ("f", "footnotes", "footnotes.xml"),
            ("e", "endnotes", "endnotes.xml"),
            ("c", "comments", "comments.xml"),
            ("head", "header", "header1.xml"),
            ("first", "header", "header2.xml"),
            ("foot", "footer", "footer1.xml"),
            ("chart", "chart", "charts/chart1.xml"),
            ("diagram", "diagramData", "diagrams/data1.xml"),
            ("merged", "aFChunk", "merged.html"),
        ),
    }
    read = read_document("paper.docx", package("word/document.xml", members))
    assert marks.repeated(read) == []
    assert marks.lost(read) == [
        "insertion deleted",
        "deletion",
        "odd deletion",
        "moved away",
        "hidden",
        "hidden by character style",
        "hidden by paragraph style",
        "hidden by a style's style",
        "contents line",
        "instruction",
        "branch not taken",
        "simple instruction",
        "picture",
        "deleted row",
        "hidden row",
        "footnote that is not cited",
        "header of no page",
    ]
    assert lost_words(read) == {
        "DELETED": 5,
        "HIDDEN": 5,
        "NAVIGATION": 1,
        "MARKUP fields": 6,  # with IF, REF and PAGE
        "PICTURE": 1,
        "HIDDEN footnotes": 1,
        "HIDDEN headers and footers that no page has": 1,
        "REPEATED page numbers": 1,
    }
