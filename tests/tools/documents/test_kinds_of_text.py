"""The readers of kinds of text: each word of a document, marked by its number, is in the text or in the ledger."""

import gzip
import random
import re
from collections.abc import Callable

import pytest

from outlast.evidence.losses import LossKind
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
    "a.csv": 'sep=;\nw1;w2\nw3;w4;w5\n;w6\n"w7\nw8";w9\n# w10\n',
    "b.csv": "w1 w2\nw3: w4\n\n,w5,w6\nw7,1,2\nw8,3,4\n,,\nTotal w9,5,6\n\nw10 note\n",
    "a.tsv": "2019\t\t2020\t\nw1\tw2\tw3\tw4\n1\t2\tw5\t4\n",
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
