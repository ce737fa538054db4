"""What a reader of a Word document sees: powers, formulas, changes, comments, tables, numbers of clauses."""

import pytest

from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.packages import package
from tests.tools.documents.office.word.test_marks import document, paragraph, run, text_of

UP, DOWN = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([("The culture held 10", ""), ("6", UP), (" cells.", "")], "The culture held 10^6 cells."),
        ([("10", ""), ("1", UP), ("2", UP), (" bytes", "")], "10^12 bytes"),
        ([("10", ""), ("6", '<w:rStyle w:val="Power"/>'), (" cells", "")], "10^6 cells"),
        ([("10", ""), ("6", '<w:position w:val="8"/>'), (" cells", "")], "10^6 cells"),
        ([("a picture", '<w:position w:val="-2"/>'), (" set lower", "")], "a picture set lower"),
        ([("H", ""), ("2", DOWN), ("O freezes", "")], "H2O freezes"),
        ([("the tide", ""), ("1", UP), (" turns", "")], "the tide [1] turns"),
        ([("on the 3", ""), ("rd", UP), (" of May", "")], "on the 3rd of May"),
        ([("all of it is raised", UP)], "all of it is raised"),
    ],
)
def test_raised_and_lowered_runs(runs: list[tuple[str, str]], text: str):
    body = "".join(
        run(words, properties).replace(" </w:t>", "</w:t>", not words.endswith(" ")) for words, properties in runs
    )
    assert text_of(paragraph(body)) == text


def m(name: str, *parts: str, properties: str = "") -> str:
    inner = "".join(part if part.startswith("<") else f"<m:r><m:t>{part}</m:t></m:r>" for part in parts)
    return f"<m:{name}><m:{name}Pr>{properties}</m:{name}Pr>{inner}</m:{name}>"


def slot(name: str, *parts: str) -> str:
    return (
        f"<m:{name}>"
        + "".join(p if p.startswith("<") else f"<m:r><m:t>{p}</m:t></m:r>" for p in parts)
        + f"</m:{name}>"
    )


SUM = m("d", slot("e", "a", "+", "b"))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (m("f", slot("num", m("sSup", slot("e", SUM), slot("sup", "2"))), slot("den", "3")), "(a + b)^2/3"),
        (m("f", slot("num", "a+b"), slot("den", "2c")), "(a + b)/(2c)"),
        (m("f", slot("num", "n"), slot("den", "k"), properties='<m:type m:val="noBar"/>'), "(n over k)"),
        ("<m:r><m:t>E=m</m:t></m:r>" + m("sSup", slot("e", "c"), slot("sup", "2")), "E = mc^2"),
        (m("sSub", slot("e", "x"), slot("sub", "i+1")) + "<m:r><m:t>y</m:t></m:r>", "x_(i+1) y"),
        (m("sSubSup", slot("e", "x"), slot("sub", "i"), slot("sup", "2")), "x_i^2"),
        (m("rad", slot("deg"), slot("e", "x")), "√x"),
        (m("rad", slot("deg", "3"), slot("e", "x", "+", "1")), "∛(x + 1)"),
        (
            m("nary", slot("sub", "i=1"), slot("sup", "n"), slot("e", "i"), properties='<m:chr m:val="∑"/>'),
            "∑_(i=1)^n i",
        ),
        (m("func", slot("fName", "sin"), slot("e", "x")), "sin x"),
        (m("func", slot("fName", m("limLow", slot("e", "lim"), slot("lim", "n→∞"))), slot("e", "n")), "lim_(n→∞) n"),
        (
            m(
                "d",
                slot(
                    "e", m("m", slot("mr", slot("e", "1"), slot("e", "0")), slot("mr", slot("e", "0"), slot("e", "1")))
                ),
            ),
            "(1, 0; 0, 1)",
        ),
        ("<m:r><m:t>x=-1</m:t></m:r>", "x = -1"),
        ("<m:r><m:t>a -b</m:t></m:r>", "a - b"),
        ("<m:r><m:t>2</m:t></m:r>" + m("f", slot("num", "1"), slot("den", "3")), "2 1/3"),
        (m("sSup", slot("e", "e"), slot("sup", "kt")), "e^(kt)"),
        (m("sPre", slot("sub", "6"), slot("sup", "14"), slot("e", "C")), "14C"),
        ("<m:r><m:rPr><m:nor/></m:rPr><m:t>well-known rate</m:t></m:r>", "well-known rate"),
        (m("d", slot("e", "x"), properties='<m:begChr m:val="|"/><m:endChr m:val="|"/>'), "|x|"),
    ],
)
def test_formulas_are_written_in_one_line(formula: str, text: str):
    assert text_of(paragraph(f"<m:oMath>{formula}</m:oMath>")) == text


def test_a_formula_stands_in_its_sentence():
    formula = "<m:oMath><m:r><m:t>F</m:t></m:r><m:r><m:t>=</m:t></m:r><m:r><m:t>12</m:t></m:r></m:oMath>"
    body = run("The load limit is") + formula + run(" kilonewton at the bow.")
    assert text_of(paragraph(body)) == "The load limit is F = 12 kilonewton at the bow."


def test_changes_are_read_as_accepted_and_what_is_deleted_is_counted():
    deleted, inserted = run("two hundred", tag="delText"), run("260")
    read = document(paragraph(f"{run('The fee is')}<w:del>{deleted}</w:del><w:ins>{inserted}</w:ins>{run('euros.')}"))
    assert read.text == "The fee is 260 euros."
    assert [(loss.kind.name, loss.words) for loss in read.losses] == [("DELETED", 2)]


def test_a_paragraph_whose_end_is_deleted_goes_on_in_the_next_one():
    end = "<w:rPr><w:del/></w:rPr>"
    assert text_of(paragraph(run("The keeper"), end) + paragraph(run("sleeps.")) + paragraph(run("Next."))) == (
        "The keeper sleeps.\n\nNext."
    )
    assert text_of(paragraph(run("The last one"), end)) == "The last one"


def test_comments_follow_their_paragraph_with_their_author():
    body = paragraph(run("The rent is due on the third.") + '<w:r><w:commentReference w:id="0"/></w:r>')
    comments = f'<w:comment w:id="0" w:author="Ada">{paragraph(run("The third is a holiday."))}</w:comment>'
    assert document(body + paragraph(run("Next.")), comments=comments).text == (
        "The rent is due on the third.\n\nComment by Ada: The third is a holiday.\n\nNext."
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val='1'/></w14:checkbox></w:sdtPr>"
         f"<w:sdtContent>{run('☒')}</w:sdtContent></w:sdt>", "☒ insured"),
        ("<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val='1'/></w14:checkbox></w:sdtPr><w:sdtContent/></w:sdt>",
         "☒insured"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☑insured"),
        ('<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>', "αinsured"),
        (run("m", '<w:rFonts w:ascii="Symbol"/>'), "μ insured"),
        ('<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar>'
         '<w:fldChar w:fldCharType="end"/></w:r>', "☒insured"),
        ('<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="not"/>'
         '<w:listEntry w:val="fully"/></w:ddList></w:ffData></w:fldChar><w:fldChar w:fldCharType="end"/></w:r>',
         "fullyinsured"),
    ],
)  # fmt: skip
def test_boxes_choices_and_symbols(content: str, text: str):
    assert text_of(paragraph(content + run("insured"))) == text


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text) if text else '')}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def test_every_cell_has_its_place_in_its_row():
    begin, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    read = document(
        "<w:tbl>"
        + row(cell("Port"), cell("Catch in tonnes", '<w:gridSpan w:val="2"/>'))
        + row(cell("Norby", begin), cell("2019"), cell("14"))
        + row(cell("", goes_on), cell("2020"), cell(""))
        + row(cell("Aust"), cell(""), cell("9"))
        + "</w:tbl>"
    )
    assert read.text == ("Port | Catch in tonnes | Catch in tonnes\nNorby | 2019 | 14\nNorby | 2020 | \nAust |  | 9")
    (table,) = read.tables
    assert [read.text[start:end] for start, end in table.headers] == ["Port | Catch in tonnes | Catch in tonnes"]
    assert read.text[table.start : table.end] == read.text


def test_header_rows_are_those_that_are_declared_or_that_name_the_columns():
    declared = document(
        "<w:tbl>"
        + row(cell("1"), cell("2"), properties="<w:tblHeader/>")
        + row(cell("a"), cell("b"), properties="<w:tblHeader/>")
        + row(cell("c"), cell("d"))
        + "</w:tbl>"
    )
    assert [declared.text[start:end] for start, end in declared.tables[0].headers] == ["1 | 2", "a | b"]
    figures = document("<w:tbl>" + row(cell("Rent"), cell("900")) + row(cell("Deposit"), cell("1800")) + "</w:tbl>")
    assert figures.tables[0].headers == ()


def test_a_table_in_a_cell_follows_the_row_of_the_cell():
    inner = "<w:tbl>" + row(cell("x"), cell("y")) + row(cell("1"), cell("2")) + "</w:tbl>"
    read = document(
        "<w:tbl>"
        + row(cell("Name"), cell("More"))
        + row(cell("Ada"), f"<w:tc>{inner}{paragraph(run('see above'))}</w:tc>")
        + row(cell("Bo"), cell("none"))
        + "</w:tbl>"
    )
    assert read.text == "Name | More\nAda | see above\n\nx | y\n1 | 2\n\nBo | none"
    headers = [[read.text[start:end] for start, end in table.headers] for table in read.tables]
    assert headers == [["Name | More"], ["x | y"], ["Name | More"]]


def numbered(level: int, number: int = 1) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def test_numbers_of_clauses_begin_restart_and_are_written_as_word_shows_them():
    def level(depth: int, kind: str, text: str, more: str = "") -> str:
        start = "" if "<w:start" in more else '<w:start w:val="1"/>'
        return f'<w:lvl w:ilvl="{depth}">{start}<w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>{more}</w:lvl>'

    numbering = (
        '<w:abstractNum w:abstractNumId="1">'
        + level(0, "upperRoman", "§ %1", '<w:start w:val="4"/>')
        + level(1, "decimalZero", "%1.%2", "<w:isLgl/>")
        + level(2, "lowerLetter", "(%3)", '<w:lvlRestart w:val="0"/>')
        + '</w:abstractNum><w:abstractNum w:abstractNumId="2">'
        + level(0, "ordinal", "%1 rule", '<w:start w:val="0"/>')
        + "</w:abstractNum>"
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="1"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride></w:num>'
    )
    items = [(0, 1), (1, 1), (2, 1), (1, 1), (2, 1), (0, 1), (2, 1), (0, 3), (0, 1), (0, 2), (0, 2)]
    body = "".join(paragraph(run("x"), numbered(*each)) for each in items)
    assert document(body, numbering=numbering).text.split("\n") == [
        "§ IV x", "4.01 x", "(a) x", "4.02 x", "(b) x", "§ V x", "(c) x", "§ IX x", "§ VI x",
        "0th rule x", "1st rule x",
    ]  # fmt: skip


def test_damaged_parts_are_in_the_ledger_and_the_rest_is_read():
    body = paragraph(run("The keeper sleeps.") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
    read = document(body, footnotes="<w:footnote>")
    assert read.text == "The keeper sleeps."
    assert [(loss.kind.name, loss.place, loss.words) for loss in read.losses] == [
        ("DAMAGED", "word/footnotes.xml", None)
    ]


def test_a_word_document_is_read_under_the_name_of_an_older_one():
    strict = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    body = f"<w:document {strict}><w:body><w:p><w:r><w:t>The lamp.</w:t></w:r></w:p></w:body></w:document>"
    assert read_document("letter.doc", package("word/document.xml", {"word/document.xml": body})).text == "The lamp."
    assert read_document("letter.doc", b"The keeper lights the lamp.").text.strip() == "The keeper lights the lamp."


@pytest.mark.parametrize("kind", ["drop", "margin"])
def test_large_first_letters_belong_to_the_paragraph_that_they_begin(kind: str):
    def large(letters: str) -> str:
        lowered = run(letters, '<w:position w:val="-10"/><w:sz w:val="116"/>')
        return paragraph(lowered, f'<w:framePr w:dropCap="{kind}" w:lines="3"/>')

    body = large("D") + paragraph(run("elivery begins in May.")) + paragraph(run("The crane is green."))
    assert text_of(body) == "Delivery begins in May.\n\nThe crane is green."
    assert text_of(large("A") + paragraph(run(" boat.").replace("<w:t>", '<w:t xml:space="preserve">'))) == "A boat."
    cell = f"<w:tc>{large('N')}{paragraph(run('orby'))}</w:tc>"
    table = f"<w:tbl><w:tr>{cell}<w:tc>{paragraph(run('14'))}</w:tc></w:tr></w:tbl>"
    assert text_of(large("Z") + table) == "Z\n\nNorby | 14"


def test_other_frames_are_paragraphs_of_their_own():
    framed = paragraph(run("Aside."), '<w:framePr w:w="2000" w:hSpace="141"/>')
    assert text_of(framed + paragraph(run("The crane is green."))) == "Aside.\n\nThe crane is green."
