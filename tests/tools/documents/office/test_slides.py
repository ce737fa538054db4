"""Presentations: what their slides show is read, with the notes, and the rest is in the ledger."""

from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import Marks, lost_words
from tests.tools.documents.office.packages import NAMESPACES, package, relations

BODY, IN_BODY = 'type="body"', 'idx="1"'


def lines(*texts: str, properties: str = "") -> str:
    paragraphs = "".join(f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    return f"<p:txBody>{paragraphs}</p:txBody>"


def shape(content: str, placeholder: str = "", more: str = "") -> str:
    mark = f"<p:ph {placeholder}/>" if placeholder else ""
    return f"<p:sp><p:nvSpPr><p:cNvPr {more}/><p:nvPr>{mark}</p:nvPr></p:nvSpPr>{content}</p:sp>"


def presentation(*slides: str, links: dict[int, str] | None = None, **parts: str) -> bytes:
    """Return a presentation. `links` are the relations of slides, by number; `parts` are in the folder `ppt`."""
    listed = "".join(f'<p:sldId r:id="s{number}"/>' for number in range(len(slides)))
    members: dict[str, str | bytes] = {
        "ppt/presentation.xml": f"<p:presentation {NAMESPACES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            ("a", "commentAuthors", "authors.xml"),
            *((f"s{number}", "slide", f"slides/slide{number}.xml") for number in range(len(slides))),
        ),
        "ppt/authors.xml": f'<p:cmAuthorLst {NAMESPACES}><p:cmAuthor id="0" name="Ada"/></p:cmAuthorLst>',
    }
    for number, content in enumerate(slides):
        more, _, tree = content.rpartition("|")
        members[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {NAMESPACES} {more}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        )
        if links and number in links:
            members[f"ppt/slides/_rels/slide{number}.xml.rels"] = links[number]
    members |= {f"ppt/{name.replace('__', '/')}.xml": content for name, content in parts.items()}
    return package("ppt/presentation.xml", members)


def test_slides_are_places_and_their_titles_headings():
    first = shape(lines("Fish and tides"), 'type="ctrTitle"') + shape(lines("A talk"), 'type="subTitle" idx="1"')
    second = shape(lines("Spring tides come twice."), 'idx="1"') + shape(lines("When they turn"), 'type="title"')
    document = read_document("talk.pptx", presentation(first, second))
    assert document.text == "Fish and tides\n\nA talk\n\nWhen they turn\n\nSpring tides come twice."
    assert [document.text[each.start : each.end] for each in document.headings] == ["Fish and tides", "When they turn"]
    assert document.places is not None
    assert [document.text[start:][:4] for start in document.places.starts] == ["Fish", "When"]
    assert document.title == "Fish and tides"


def test_bullets_and_numbers_are_those_that_are_shown():
    numbered = '<a:pPr><a:buAutoNum type="alphaLcParenR" startAt="2"/></a:pPr>'
    plain = "<a:pPr><a:buNone/></a:pPr>"
    runs = [f"<a:p>{each}<a:r><a:t>cod</a:t></a:r></a:p>" for each in (numbered, numbered, plain, numbered)]
    content = presentation(shape(f"<p:txBody>{''.join(runs)}</p:txBody>"))
    assert read_document("talk.pptx", content).text == "b) cod\nc) cod\n\ncod\n\nb) cod"


def test_a_body_has_the_bullets_of_its_master():
    styles = '<p:txStyles><p:bodyStyle><a:lvl1pPr><a:buChar char="•"/></a:lvl1pPr></p:bodyStyle></p:txStyles>'
    slide = (
        f"<p:sld {NAMESPACES}><p:cSld><p:spTree>{shape(lines('cod', 'herring'), IN_BODY)}</p:spTree></p:cSld></p:sld>"
    )
    content = package(
        "ppt/presentation.xml",
        {
            "ppt/presentation.xml": f'<p:presentation {NAMESPACES}><p:sldId r:id="s"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(("s", "slide", "slide.xml")),
            "ppt/slide.xml": slide,
            "ppt/_rels/slide.xml.rels": relations(("l", "slideLayout", "layout.xml")),
            "ppt/layout.xml": f"<p:sldLayout {NAMESPACES}/>",
            "ppt/_rels/layout.xml.rels": relations(("m", "slideMaster", "master.xml")),
            "ppt/master.xml": f"<p:sldMaster {NAMESPACES}>{styles}</p:sldMaster>",
        },
    )
    assert read_document("talk.pptx", content).text == "- cod\n- herring"


def test_tables_have_every_cell_in_its_place():
    def cell(text: str, more: str = "") -> str:
        return f"<a:tc {more}><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = [
        cell("Port") + cell("Catch", 'gridSpan="2"') + cell("", 'hMerge="1"'),
        cell("Norby", 'rowSpan="2"') + cell("2019") + cell("14"),
        cell("", 'vMerge="1"') + cell("2020") + cell(""),
    ]
    table = "<a:tbl><a:tblPr firstRow='1'/>" + "".join(f"<a:tr>{row}</a:tr>" for row in rows) + "</a:tbl>"
    frame = f"<p:graphicFrame><a:graphic><a:graphicData>{table}</a:graphicData></a:graphic></p:graphicFrame>"
    document = read_document("talk.pptx", presentation(frame))
    assert document.text == "Port | Catch | Catch\nNorby | 2019 | 14\nNorby | 2020 | "
    assert [document.text[start:end] for start, end in document.tables[0].headers] == ["Port | Catch | Catch"]


def test_each_word_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new
    power = '<a:p><a:r><a:t>10</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>6</a:t></a:r></a:p>'
    formula = f"<a:p><m:oMath><m:r><m:t>{new('formula')}</m:t></m:r></m:oMath></a:p>"
    footer = new("footer")
    tree = (
        shape(lines(new("title")), 'type="title"')
        + shape(f"<p:txBody>{power}{formula}</p:txBody>")
        + f"<p:grpSp>{shape(lines(new('in a group')))}"
        + f"<p:grpSp>{shape(lines(new('in a group in it')))}</p:grpSp></p:grpSp>"
        + shape(lines(new("hidden shape")), more='hidden="1"')
        + f"<p:pic><p:nvPicPr><p:cNvPr descr='{new('picture')}'/></p:nvPicPr></p:pic>"
        + "<mc:AlternateContent><mc:Choice Requires='a14'>"
        + shape(lines(new("choice")))
        + f"</mc:Choice><mc:Fallback>{shape(lines('fallback'))}</mc:Fallback></mc:AlternateContent>"
        + shape(lines(footer), 'type="ftr"')
        + shape(lines(new("page number")), 'type="sldNum"')
        + "<p:graphicFrame><a:graphic><c:chart r:id='chart'/></a:graphic></p:graphicFrame>"
    )
    links = relations(
        ("n", "notesSlide", "../notes.xml"),
        ("c", "comments", "../comments.xml"),
        ("chart", "chart", "../chart.xml"),
        ("l", "slideLayout", "../layout.xml"),
    )
    content = presentation(
        "|" + tree,
        f'show="0"|{shape(lines(new("hidden slide")))}',
        "|" + shape(lines(footer), 'type="ftr"'),
        links={0: links},
        notes=f"<p:notes {NAMESPACES}>{shape(lines(new('notes')), BODY)}</p:notes>",
        comments=f'<p:cmLst {NAMESPACES}><p:cm authorId="0"><p:text>{new("comment")}</p:text></p:cm></p:cmLst>',
        chart=f"<c:chartSpace {NAMESPACES}><c:ser><c:val><c:pt idx='0'><c:v>{new('value')}</c:v></c:pt></c:val></c:ser>"
        "</c:chartSpace>",
        layout=f"<p:sldLayout {NAMESPACES}>{shape(lines(new('layout')))}{shape(lines('Click here'), BODY)}"
        "</p:sldLayout>",
    )
    document = read_document("talk.pptx", content)
    assert marks.repeated(document) == []
    assert marks.lost(document) == ["hidden shape", "picture", "page number", "hidden slide"]
    assert lost_words(document) == {
        "HIDDEN slide 1": 1,
        "PICTURE slide 1": 1,
        "REPEATED page numbers": 1,
        "HIDDEN slide 2, which is hidden": 1,
    }
    assert "10^6" in document.text
    assert "Comment by Ada: mark" in document.text
    assert "Click" not in document.text


def test_a_damaged_slide_is_in_the_ledger_and_the_others_are_read():
    content = presentation("<broken", shape(lines("Read.")))
    document = read_document("talk.pptx", content)
    assert document.text == "Read."
    assert lost_words(document) == {"DAMAGED ppt/slides/slide0.xml": None}
