"""The readers of kinds of text: each word of a document, marked by its number, is in the text or in the ledger."""

import gzip
import random
import re
from collections.abc import Callable

import pytest

from outlast.evidence.locators import part_range
from outlast.evidence.losses import LossKind
from outlast.evidence.sources import Quote
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

LAMP = "The keeper lights the lamp an hour before sunset."

TEX = r"""
\documentclass{w90} % w91
\newcommand{\own}[1]{w1 #1}
\newcommand{\space}{w2}
\title{w3 \emph{w4}}\author{w5 \and w6}
\begin{document}
\maketitle
\begin{abstract} w7 \end{abstract}
\section[w92]{w8}\label{w93} w9 \own{w10} \space{} \unknown{w11} \textbf{w12 {\it w13}}\footnote{w14 $w15$}
\begin{itemize}\item w16 \item[w17] w18\end{itemize}
$$w19 + \frac{w20}{w21}$$ \(w22\) \[w23\] \begin{align*} w24 &= \text{w25 w26} \\ w27 \end{align*}
\begin{table}[w94]\caption{w28}
\begin{tabular}{lr} w29 & \textbf{w30} \\ \hline \multicolumn{1}{c}{w31} & w32 \end{tabular}\end{table}
\verb|w33| \begin{verbatim} w34 % w35 \end{verbatim} \url{w36} \href{w95}{w37} \cite[w38]{w39} \ref{w40}
\iffalse w96 \fi \begin{comment} w97 \end{comment} \textcolor{w98}{w41}
\begin{tikzpicture} \node {w99}; \end{tikzpicture}
\begin{thebibliography}{9} \bibitem{w42} w43 \end{thebibliography}
\end{document} w100
"""
MANUAL = r"""
.\" w90
.TH w1 1 "w2" "w3 w4" "w5"
.SH w6 w7
w8 \fBw9\fR \(em w10 \" w91
.B w11 w12
.BR w13 (w14)
.TP
.B w15
w16
.IP w17 4
w18
.nf
  w19
.fi
.UR w20
w21
.UE
.de XX
w92
..
.XX w22
.if t w93
.ie n w23
.el w94
.TS
l l.
w24	T{
w25
T}
.TE
.SY w26
.OP \-w27 w28
.YS
.ad w95
"""
MDOC = r"""
.Dd w1
.Dt w2 1
.Os w90
.Sh NAME
.Nm w3
.Nd w4
.Sh w5
.Nm
.Op Fl w6 Ar w7
.Pq Dq w8 , w9
.Bl -tag -width w91
.It Fl w10 Ns Ar w11
w12
.Xr w13 3 ,
.El
.Bl -enum
.It
w14
.El
.Bd -literal
w15
.Ed
.Fn w16 w17 w18
.Lk w19 w20
.Rs
.%A w21
.Re
.Dl w22
"""
ASCIIDOC = """
= w1
:w90: w2
:author: w3
// w91
////
w92
////
w4 {w90} https://w93[w5] <<w94,w6>> image:w95[w7] footnote:[w8] [[w96]]

[w97]
----
w9 // w10
----
.w11
* w12
w13:: w14
|===
|w15 |w16

2+|w17
|===
include::w98[]
== w18 ==
w19
---
"""
ORG = """
#+TITLE: w1
#+OPTIONS: w90
# w91
* TODO w2 :w3:
:PROPERTIES:
:w4: w5
:END:
w6 [[w92][w7]] [fn:w8]
- w9 :: w10
#+BEGIN_COMMENT
w93
#+END_COMMENT
#+BEGIN_SRC w94
w11 # w12
#+END_SRC
| w13 | w14 |
|-----+-----|
| w15 |     |
** COMMENT w95
w96
** w16
#+CAPTION: w17
"""
XML = """<?xml version="1.0"?>
<!-- w90 --><?w91 w92?>
<book id="w95"><w1>w1</w1><info><w2>w3</w2><year>w4</year></info><title>w5 <b>w6</b></title>
<chapter><title class="w93">w7</title><p>w8 <i>w9</i><!-- w94 --> w10</p><![CDATA[w11]]></chapter>
<row a="w12" b="w13"/><pre>w14
  w15</pre><p>w16<sup>2</sup></p></book>
"""
JSON = """{"w1": "w2", "w3": {"w4": [1, "w5", null]}, "w6": [{"w7": "w8"}, ["w9", {"w10": true}]], "w11": "w12\\nw13"}
"""
SRT = "1\n00:00:01,000 --> 00:00:02,000\nw1 <i>w2</i>\n\n2\n00:01:02,500 --> 00:01:04,000 X1:90\nw3\nw4\n\nw5\n"
VTT = "WEBVTT w90\n\nNOTE w91\n\nw92\n00:01.000 --> 00:02.000 align:w93\n<v w1>w2 &amp; w3</v>\n"
BIB = """w90
@string{w91 = "w1"}
@article{w2, author = {w3 and {w4}}, title = "w5 {w6}", note = w91 # " w7", year = 1843}
@comment{w92}
@misc(w8, howpublished={\\url{w9}})
"""
CONSTRUCTS = {
    "a.tex": TEX,
    "a.man": MANUAL,
    "b.man": MDOC,
    "a.adoc": ASCIIDOC,
    "a.org": ORG,
    "a.xml": XML,
    "a.json": JSON,
    "a.srt": SRT,
    "a.vtt": VTT,
    "a.bib": BIB,
    "a.log": "w1 w2 # w3\n\n[w4]\nw5: w6\n",
    "a.py": '"""w1"""\n\ndef w2(w3):  # w4\n    return "w5"\n',
    "a.yaml": "# w1\nw2: w3\n",
    "README": "w1\n==\n\nw2\n",
}


def marked(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"w(\d+)", text)}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_each_word_is_in_the_text_or_in_the_ledger(name: str) -> None:
    document = read_document(name, CONSTRUCTS[name].encode())
    everything, kept = marked(CONSTRUCTS[name]), marked(document.text)
    assert {number for number in everything if number < 90} <= kept
    left_out = {number for number in everything if number >= 90} - kept
    named = sum(len(marked(loss.place)) for loss in document.losses)
    assert sum(loss.words or 0 for loss in document.losses) + named >= len(left_out)
    assert kept <= everything


@pytest.mark.parametrize(
    ("name", "number", "kind"),
    [
        ("a.tex", 91, LossKind.HIDDEN),
        ("a.tex", 97, LossKind.HIDDEN),
        ("a.tex", 99, LossKind.PICTURE),
        ("a.man", 90, LossKind.HIDDEN),
        ("a.adoc", 92, LossKind.HIDDEN),
        ("a.adoc", 95, LossKind.PICTURE),
        ("a.adoc", 98, LossKind.UNREAD),
        ("a.org", 96, LossKind.HIDDEN),
        ("a.xml", 90, LossKind.HIDDEN),
        ("a.vtt", 91, LossKind.HIDDEN),
        ("a.bib", 92, LossKind.HIDDEN),
    ],
)
def test_what_no_reader_sees_is_not_evidence(name: str, number: int, kind: LossKind) -> None:
    document = read_document(name, CONSTRUCTS[name].encode())
    assert number not in marked(document.text)
    assert kind in {loss.kind for loss in document.losses}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_offsets_are_those_of_the_text(name: str) -> None:
    document = read_document(name, CONSTRUCTS[name].encode())
    for heading in document.headings:
        words = document.text[heading.start : heading.end]
        assert words == words.strip() != ""
    for table in document.tables:
        lines = document.text[table.start : table.end].split("\n")
        assert len({line.count(" |") for line in lines}) == 1
        for start, end in table.headers:
            assert document.text[start:end] in lines
    assert not document.places or list(document.places.starts) == sorted(document.places.starts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.tex", f"\\section{{Lamp}}{LAMP}"),
        ("lamp.7", f".TH lamp 7\n.SH NAME\nlamp \\- {LAMP}\n"),
        ("lamp.3pm", f'.\\" a comment\n.TH lamp 3\n.SH NAME\nlamp \\- {LAMP}\n'),
        ("k.adoc", f"= Lamp\n{LAMP}"),
        ("k.asciidoc", f"Lamp\n====\n\n{LAMP}"),
        ("k.org", f"* Lamp\n{LAMP}"),
        ("k.json", f'{{"rule":"{LAMP}"}}'),
        ("k.jsonl", f'{{"rule":"{LAMP}"}}\n'),
        ("k.ndjson", f'{{"rule":"{LAMP}"}}\n{{"rule": 2}}\n'),
        ("k.xml", f"<r><p>{LAMP}</p></r>"),
        ("k.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{LAMP}\n"),
        ("k.bib", f"@misc{{k, note={{{LAMP}}}}}"),
        ("k.py", f'"""{LAMP}"""'),
        ("k.rs", f"// {LAMP}\n"),
        ("README", LAMP),
    ],
)
def test_the_smallest_file_of_a_kind(name: str, content: str) -> None:
    for written in (
        read_document(name, content.encode()),
        read_document(f"{name}.gz", gzip.compress(content.encode())),
    ):
        assert LAMP in written.text
        assert written.language == "en"
    assert LAMP in read_document(name, b"\xef\xbb\xbf" + content.encode()).text


def text_of(name: str, content: str | bytes) -> str:
    return read_document(name, content if isinstance(content, bytes) else content.encode()).text


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("$2^{64}$ rows", "2^64 rows"),
        ("$x^{a+b}$", "x^(a+b)"),
        ("$(a + b)^2$", "(a + b)^2"),
        (r"$\frac{a+b}{2c}$", "(a + b)/(2c)"),
        ("$x^{n-1}$ and $2\\frac13$", "x^(n-1) and 2 1/3"),
        ("$1{,}5$, $10^6$ and $f''(x,y)$", "1,5, 10^6 and f′′(x, y)"),
        (r"$\begin{pmatrix}1&2\\3&4\end{pmatrix}$", "(1, 2; 3, 4)"),
        (r"$\mathrm{SO_4^{2-}}$ and $^{14}\mathrm{C}$", "SO4^2- and 14C"),
        (r"$x \text{ if well-known } y$", "x if well-known y"),
        (r"$\frac12$", "1/2"),
        (r"$\sqrt{n}$ and $\sqrt[3]{x+1}$", "√n and ∛(x + 1)"),
        (r"$\alpha \leq \beta_{ij}$", "α ≤ β_ij"),
        (r"$x \in \mathbb{R}$", "x ∈ ℝ"),
        (r"$\hat{x}$ at $90^\circ$", "x̂ at 90°"),
        (r"H\textsubscript{2}O, $\mathrm{H_2O}$", "H2O, H2O"),
        (r"caf\'e, stra\ss e, \v{S}koda, \c{c}a, \L\'od\'z", "café, straße, Škoda, ça, Łódź"),
        (r"``a'' --- b -- c~d 50\% \& \_ \# \{x\}", "“a” — b – c d 50% & _ # {x}"),
        (r"10\,000\,km", "10 000 km"),
        (r"\def\lamp#1{lit #1}\lamp{now}", "lit now"),
        (r"\newcommand{\a}{\b\b}\newcommand{\b}{x}\a", "xx"),
        (r"\newcommand{\bo}{\textbf}\bo{bold}", "bold"),
        (r"\newcommand{\loop}{\loop\loop}\loop end", "end"),
        ("a % b\nc", "a c"),
        ("a\n\n\nb", "a\n\nb"),
        (r"\begin{enumerate}\item a\item b\end{enumerate}", "1. a\n2. b"),
    ],
)
def test_tex_as_it_is_printed(source: str, printed: str) -> None:
    assert text_of("a.tex", source) == printed


def test_a_table_of_tex_has_its_headers() -> None:
    document = read_document(
        "a.tex",
        b"\\begin{tabular}{lr}\\toprule Harbour & \\multicolumn{2}{c}{Tonnes}\\\\ \\midrule Norby & 98 & \\\\"
        b"\\end{tabular}",
    )
    [table] = document.tables
    assert document.text == "Harbour | Tonnes | Tonnes\nNorby | 98 |"
    assert [document.text[start:end] for start, end in table.headers] == ["Harbour | Tonnes | Tonnes"]


@pytest.mark.parametrize(
    ("source", "title", "printed"),
    [
        (r"\title{Lamps\thanks{Paid by Sund.}}\maketitle Lit.", "Lamps", "Lamps [1]\n\nLit.\n\n[1] Paid by Sund."),
        ("a\\footnote{b}\n\\section{C\\footnote{d}}\ne", "C [2]", "a [1]\n\n[1] b\n\nC [2]\n\ne\n\n[2] d"),
    ],
)
def test_a_footnote_of_a_heading_stands_once_and_below_it(source: str, title: str, printed: str) -> None:
    document = read_document("a.tex", source.encode())
    assert (document.title, document.text) == (title, printed)


def test_a_log_that_is_numbered_like_a_page_of_a_manual() -> None:
    assert text_of("syslog.1", "Mar 1 lamp lit\nMar 2 lamp out\n") == "Mar 1 lamp lit\nMar 2 lamp out\n"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (".TH a 1\n.am X\ntext\n.  .\n.SH S\nkept", "a(1)\n\nS\n\nkept"),
        ("'\\\" t\n.TH a 1\nkept", "a(1)\n\nkept"),
        (".TH a 1\n.if t \\{\\\nprinted\n.\\}\nkept", "a(1)\n\nkept"),
        (".TH a 1\n.if n \\{\\\nshown\n.\\}\nkept", "a(1)\n\nshown kept"),
        (".TH a 1\n.ie t no\n.el yes", "a(1)\n\nyes"),
        (".TH a 1\nzosta\\(/la, sp\\('ob, \\[u0142]", "a(1)\n\nzostała, spób, ł"),
        (".TH a 1\n.ds Aq \\(aq\nit\\*(Aqs", "a(1)\n\nit's"),
        (".TH a 1\n.TS\nlB lB.\nT{\n.PP\nOne\nT}\tTwo\n.T&\nl l.\n1\t2\n.TE", "a(1)\n\nOne | Two\n1 | 2"),
        (".TH a 1\n.BR a (1),\n.BI b c d", "a(1)\n\na(1), bcd"),
    ],
)
def test_manual_pages_as_they_are_printed(source: str, printed: str) -> None:
    assert text_of("a.man", source) == printed


def test_records_of_json_are_cited_by_their_number() -> None:
    document = read_document(
        "a.jsonl", b'{"harbour": "Norby", "tonnes": 98.0}\n{"harbour": "Sund", "tonnes": 1e3}\nbroken\n'
    )
    assert document.text == "harbour: Norby; tonnes: 98.0\n\nharbour: Sund; tonnes: 1e3\n\nbroken"
    start = document.text.index("1e3")
    assert document.places is not None
    assert part_range(document.places, Quote(snapshot="", start=start, end=start + 3, text="1e3")) == "record 2"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('[{"a": 1}, {"a": 2, "b": {"c": "x"}}]', "a: 1\n\na: 2; b.c: x"),
        ('{"a": 1, "a": 2}', "a: 1; a: 2"),
        ('{"n": 1.10, "big": 123456789012345678901234567890}', "n: 1.10; big: 123456789012345678901234567890"),
        ('{"t": ["x", "y"], "e": [], "s": ""}', "t: x, y; e:; s:"),
        ('"\\ud800 \\u0000x"', "? x"),
        ('{"a": 1, // why\n}', '{"a": 1, // why\n}'),
        ("not json", "not json"),
    ],
)
def test_json_as_lines(content: str, text: str) -> None:
    assert text_of("a.json", content) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<d><b><t>A</t><y>1</y></b><b><t>B</t><y>2</y></b></d>", "t: A; y: 1\n\nt: B; y: 2"),
        ('<d><c h="Norby" t="98"/><c h="Sund" t="80"/></d>', "h: Norby; t: 98\n\nh: Sund; t: 80"),
        ("<p>one <b>two</b>three</p>", "one twothree"),
        ("<d><p>10<sup>6</sup></p></d>", "10^6"),
        ('<?xml version="1.0" encoding="koi8-r"?><r>Привет</r>'.encode("koi8-r"), "Привет"),
        ('<?xml version="1.0"?><r>'.encode("utf-16") + "Привет</r>".encode("utf-16-le"), "Привет"),
        ("<r><p>open <b>and never closed", "open and never closed"),
    ],
)
def test_xml_as_text(content: str | bytes, text: str) -> None:
    assert text_of("a.xml", content) == text


def test_entities_of_xml_are_not_resolved_and_said_so() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]><r>x &a; y &f;</r>'
    document = read_document("a.xml", bomb.encode())
    assert "root:" not in document.text
    assert {loss.kind for loss in document.losses} == {LossKind.UNREAD}


def test_subtitles_are_cited_by_their_time() -> None:
    document = read_document("a.srt", SRT.encode())
    assert document.places is not None
    start = document.text.index("w3")
    assert part_range(document.places, Quote(snapshot="", start=start, end=start + 2, text="w3")) == "time 00:01:02"
    whole = Quote(snapshot="", start=0, end=start + 2, text=document.text[: start + 2])
    assert part_range(document.places, whole) == "time 00:00:01-00:01:02"


HOSTILE: dict[str, Callable[[int], str]] = {
    "open.tex": lambda n: "\\textbf{" * n,
    "begin.tex": lambda n: "\\begin{itemize}" * n,
    "table.tex": lambda n: "\\begin{tabular}{l}" * n,
    "maths.tex": lambda n: "$" + "{" * n,
    "macro.tex": lambda n: "\\newcommand{\\a}{\\a x}\\a" + "\\a " * n,
    "cite.tex": lambda n: "\\cite[" * n,
    "accents.tex": lambda n: "\\'" * n,
    "deep.json": lambda n: "[" * n,
    "deep.xml": lambda n: "<a>" * n,
    "open.bib": lambda n: "@a{" * n + "x={" * n,
    "links.org": lambda n: "[[" * n,
    "links.adoc": lambda n: "<<" * n + "[[" * n + "^" * n,
    "escapes.man": lambda n: ".SH x\n" + "\\f[" * n + "\\*(" * n,
    "quotes.man": lambda n: ".B " + '"' * n,
    "arrows.srt": lambda n: "0:0" * n + "-->" * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_no_more_than_their_length(name: str) -> None:
    """A reader that backtracks, or that reads its input again and again, would take minutes here."""
    document = read_or_none(name, HOSTILE[name](20_000).encode())
    assert document is None or document.text


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_damaged_files_are_read_or_refused(name: str) -> None:
    chance = random.Random(7)
    for _ in range(30):
        content = bytearray(CONSTRUCTS[name].encode())
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(content))
            choice = chance.randrange(3)
            if choice == 0:
                content[at] = chance.randrange(256)
            elif choice == 1:
                del content[at : at + chance.randrange(1, 20)]
            else:
                content[at:at] = bytes(chance.choice(b"{}[]()\\$%<>\"'.:|\n") for _ in range(3))
            content = content or bytearray(b"x")
        document = read_or_none(name, bytes(content))
        if document is not None:
            document.text.encode()
            assert "\0" not in document.text
            assert all(0 <= each.start <= each.end <= len(document.text) for each in document.headings)


def read_or_none(name: str, content: bytes) -> Document | None:
    try:
        return read_document(name, content)
    except Unreadable:
        return None
