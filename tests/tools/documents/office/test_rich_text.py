"""RTF: what a program shows of it is read, and the rest is in the ledger."""

import pytest

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document
from tests.tools.documents.office.marked import Marks, lost_words

FONTS = (
    r"{\fonttbl{\f0\froman\fcharset0{\*\panose 02020603}Times;}{\f1\fcharset204 Times Cyr;}{\f2\fcharset2 Symbol;}"
    r"{\f3\fcharset128 MS Mincho;}}"
)
STYLES = r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\*\cs10 Default;}}"


def read(body: str, head: str = "") -> Document:
    return read_document(
        "letter.rtf", rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{STYLES}{head} {body}}}".encode("latin-1")
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"The keeper lights the lamp.", "The keeper lights the lamp."),
        (r"One.\par Two.\line Three.\par", "One.\n\nTwo.\nThree."),
        (r"caf\'e9 \u8364? 5 \emdash  \ldblquote yes\rdblquote", "café € 5 — “yes”"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\f3 \'93\'fa\'96\'7b}", "日本"),
        (r"\uc2 \u26085\'93\'fa\uc1 x", "日x"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"{\f2 a\'b0}", "α°"),
        (r"10{\super 6} cells, H{\sub 2}O", "10^6 cells, H2O"),
        (r"10{\up8 6} cells", "10^6 cells"),
        (r"a\~b well\_known soft\-ware \{\}", "a b well-known software {}"),
        (r"{\listtext 1.\tab}\pard First\par{\listtext 2.\tab}Second\par", "1. First\n2. Second"),
        (r"{\pntext\f2\'b7\tab}\f0 Dot\par", "- Dot"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt a link}}", "a link"),
        (r"{\field{\*\fldinst SYMBOL 97 \\f Symbol}{\fldrslt}}", "α"),
        (r"{\field{\*\fldinst FORMCHECKBOX{\*\formfield{\fftype1\ffres1}}}{\fldrslt}} insured", "☒ insured"),
        (r"{\pict\wmetafile8\bin4 }}}}}after", "after"),
        (r"{\v secret}{\deleted gone}left", "left"),
        (r"{\f0\fs24\b0\*\cs7 The deposit is 1800 euros.}", "The deposit is 1800 euros."),
        (r"a{\*\unknown b}c", "ac"),
        (r"{\upr{ansi}{\*\ud unicode}}", "unicode"),
        (
            r"\pard\pvpara\dropcapli3\dropcapt1{\fs116\dn10 D\par}\pard elivery.\par\pard\dropcapli0 Go.\par Two.",
            "Delivery.\n\nGo.\n\nTwo.",
        ),
        (r"\pard\dropcapli3 A\par\pard  boat.\par\pard\dropcapli3 Z\par", "A boat.\n\nZ"),
    ],
)  # fmt: skip
def test_text(body: str, text: str):
    assert read(body).text == text


def test_headings_and_the_title():
    document = read(
        r"{\s1 Tides\par}\pard When they turn.\par\pard\s2 Ebb\par\pard x", r"{\info{\title Of Tides}{\author Ada}}"
    )
    assert [(each.level, document.text[each.start : each.end]) for each in document.headings] == [
        (1, "Tides"),
        (2, "Ebb"),
    ]
    assert document.title == "Of Tides"


def test_tables_have_every_cell_in_its_place():
    rows = (
        r"\trowd\trhdr\cellx1\cellx2\pard\intbl Port\cell Tonnes\cell\row"
        r"\trowd\clvmgf\cellx1\cellx2\intbl Norby\cell 14\cell\row"
        r"\trowd\clvmrg\cellx1\cellx2\intbl\cell 15\par tonnes\cell\row"
        r"\trowd\cellx1\cellx2\intbl Aust\cell\cell\row\pard After.\par"
    )
    document = read(f"Before.\\par {rows}")
    assert document.text == "Before.\n\nPort | Tonnes\nNorby | 14\nNorby | 15 tonnes\nAust | \n\nAfter."
    assert [document.text[start:end] for start, end in document.tables[0].headers] == ["Port | Tonnes"]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (r"{\mr E=m}{\msSup{\msSupPr{\mctrlPr\f1}}{\me{\mr c}}{\msup{\mr 2}}}", "E = mc^2"),
        (r"{\mf{\mnum{\mr a+b}}{\mden{\mr 2c}}}", "(a + b)/(2c)"),
        (
            r"{\mnary{\mnaryPr{\mchr \u8721 ?}{\mlimLoc undOvr}}{\msub{\mr i=1}}{\msup{\mr n}}{\me{\mr i}}}",
            "∑_(i=1)^n i",
        ),
        (r"{\mrad{\mradPr{\mdegHide on}}{\mdeg}{\me{\mr x+1}}}", "√(x + 1)"),
        (r"{\mr{\mrPr\mnor}well-known rate}", "well-known rate"),
        (r"{\me x{\v hidden}}", "x"),
        ("{\\me " * 3000 + "x" + "}" * 3000, "x"),
    ],
)
def test_formulas_stand_on_one_line(formula: str, text: str):
    picture = r"{\mmathPict copy}"
    assert read(rf"so {{\mmath{{\*\moMathPara{{\*\moMath{formula}}}}}{picture}}} holds").text == f"so {text} holds"


def test_each_word_is_in_the_text_or_in_the_ledger():
    marks = Marks()
    new = marks.new
    body = (
        rf"{new('paragraph')} {{\v {new('hidden')}}} {{\deleted {new('deleted')}}} {{\revised {new('inserted')}}}"
        rf"{{\footnote {new('footnote')}}}"
        rf"{{\*\atnid A}}{{\*\atnauthor Ada}}{{\chatn{{\*\annotation {new('comment')}}}}}\par "
        rf"{{\shp{{\*\shpinst{{\sp{{\sn x}}{{\sv 1}}}}{{\shptxt {new('text box')}\par}}}}{{\shprslt copy}}}}"
        rf"{{\field{{\*\fldinst {new('instruction')}}}{{\fldrslt {new('field')}}}}}\par"
        rf"{{\*\unknown {new('unknown group')}}}"
        rf"{{\mmath{{\*\moMath{{\mf{{\mnum {new('numerator')}}}{{\mden{{\mr {new('denominator')}}}}}}}}}}}"
        rf"{{\object{{\*\objdata 00}}{{\result {new('picture of an object')}}}}}\par"
        rf"\trowd\cellx1\cellx2\intbl {new('cell')}\cell{{\itap2 {new('nested')}\nestcell\nestrow}}"
        rf"{new('cell 2')}\cell\row\pard"
        rf"{{\header {new('header')}}}{{\footerr {new('footer')} of the keeper}}"
        rf"{{\footer Page {{\field{{\*\fldinst PAGE}}{{\fldrslt 3}}}}}}"
    )
    document = read(body)
    assert marks.repeated(document) == []
    assert marks.lost(document) == ["hidden", "deleted", "instruction", "unknown group"]
    assert lost_words(document) == {
        "HIDDEN": 1,
        "DELETED": 1,
        "MARKUP fields": 2,
        "MARKUP": 1,
        "UNREAD an embedded object": None,
        "REPEATED page numbers": 2,
    }
    assert "Comment by Ada: mark" in document.text


def test_a_file_that_is_cut_off_is_read_to_its_end():
    document = read_document("a.rtf", rb"{\rtf1 {\b The keeper sleeps.\par Th")
    assert document.text == "The keeper sleeps.\n\nTh"
    assert lost_words(document) == {"DAMAGED the end of the file": None}


@pytest.mark.parametrize("content", [b"no RTF", b"{\\rt"])
def test_what_is_no_rtf_is_refused(content: bytes):
    with pytest.raises(Unreadable, match=r"^it is not RTF"):
        read_document("a.rtf", content)


def test_deep_nesting_is_refused():
    with pytest.raises(Unreadable, match=r"^it is nested too deeply"):
        read_document("a.rtf", b"{\\rtf1 " + b"{" * 20_000)


@pytest.mark.parametrize(
    "shape",
    [
        r"{\shp{\*\shpinst\shpleft0%s}{\shprslt copy}}",
        r"{\*\shppict{\pict{\*\picprop\shplid1%s}\pngblip 89504e47}}",
        r"{\v {\*\shppict{\pict{\*\picprop\shplid1%s}\pngblip 89504e47}}}",
    ],
)
def test_letters_that_are_drawn_follow_the_paragraph(shape: str):
    properties = (
        r"{\sp{\sn shapeType}{\sv 136}}{\sp{\sn gtextUNICODE}{\sv Grand Sale \u8364? 5}}{\sp{\sn gtextFont}{\sv Arial}}"
        r"{\sp{\sn wzDescription}{\sv A red sign}}"
    )
    document = read(rf"Before. {shape % properties}\par After.\par")
    is_hidden = shape.startswith(r"{\v")
    assert document.text.split("\n\n") == ["Before.", *([] if is_hidden else ["Grand Sale € 5"]), "After."]
    lost = lost_words(document)
    assert lost["PICTURE"] == 3
    assert lost.get("HIDDEN") == (4 if is_hidden else None)
