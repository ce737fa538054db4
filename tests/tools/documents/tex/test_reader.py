"""TeX as it is printed: mathematics, letters, commands of the author, tables, footnotes."""

import pytest

from outlast.tools.documents.reading import read_document


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
        (r"The fee is \sout{200}260.", "The fee is ~~200~~260."),
    ],
)
def test_tex_as_it_is_printed(source: str, printed: str) -> None:
    assert read_document("a.tex", source.encode()).text == printed


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


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (r"\SI{75}{\kilo\gram} and \qty{230}{\volt}", "75 kg and 230 V"),
        (r"\SIrange{1}{3}{\metre}, \numrange{10}{20}", "1 m to 3 m, 10 to 20"),
        (r"\numlist{3;5;7}; \SIlist{1;2}{\km}", "3, 5 and 7; 1 km and 2 km"),
        (r"\ang{45;30;}, \ang{90}", "45°30′, 90°"),
        (r"$\SI{3e8}{m/s}$ and $v = \qty{5}{\metre\per\second\squared}$", "3 × 10^8 m/s and v = 5 m/s^2"),
        (r"\num{1,2e-3}, \num{1.5 +- 0.1}, \num{e6}", "1,2 × 10^-3, 1.5 ± 0.1, 10^6"),
        (r"\qty[mode=text]{2}{\kilo\gram\per\cubic\metre}, \si{\joule\tothe{3}}", "2 kg/m^3, J^3"),
        (r"\SI{20}{\celsius}, \qty{10}{\percent}, \SI{4}{m.s^{-1}}", "20 °C, 10 %, 4 m s^-1"),
        (r"\foo{1}{3} and \foo{word}s", "1 3 and words"),
        (r"\sout{300} 200, \replaced{nine}{ten}", "~~300~~ 200, nine ~~ten~~"),
        (r"\iftrue A \else B \fi and \iffalse C \else D \fi", "A and D"),
        (
            r"\newenvironment{note}[1]{Note on #1. }{ End.}\begin{note}{ropes}Dry them.\end{note}",
            "Note on ropes. Dry them. End.",
        ),
    ],
)
def test_quantities_struck_text_and_environments_of_the_author(source: str, printed: str) -> None:
    document = rf"\documentclass{{article}}\begin{{document}}{source}\end{{document}}"
    assert read_document("a.tex", document.encode()).text == printed
