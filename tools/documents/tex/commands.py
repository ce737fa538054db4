"""What the commands and environments of LaTeX mean for a reader of the words."""

HEADING_LEVELS = {
    "part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5, "paragraph": 6, "subparagraph": 6,
}  # fmt: skip
DEFINITIONS = frozenset("newcommand renewcommand providecommand DeclareRobustCommand def gdef edef xdef".split())
DROPPED_ARGUMENTS = {
    "label": 1, "vspace": 1, "hspace": 1, "usepackage": 1, "RequirePackage": 1, "documentclass": 1, "pagestyle": 1,
    "thispagestyle": 1, "bibliographystyle": 1, "setlength": 2, "addtolength": 2, "setcounter": 2, "addtocounter": 2,
    "newcounter": 1, "stepcounter": 1, "refstepcounter": 1, "newlength": 1, "definecolor": 3, "color": 1,
    "textcolor": 1,
    "colorbox": 1, "fcolorbox": 2, "fontsize": 2, "rule": 2, "hypersetup": 1, "geometry": 1, "selectlanguage": 1,
    "foreignlanguage": 1, "raisebox": 1, "parbox": 1, "resizebox": 2, "scalebox": 1, "rotatebox": 1,
    "theoremstyle": 1, "pagenumbering": 1, "index": 1, "glossary": 1, "nocite": 1, "tikzset": 1,
    "lstset": 1, "phantom": 1, "vphantom": 1, "hphantom": 1, "graphicspath": 1, "hyphenation": 1, "markboth": 2,
    "markright": 1, "addcontentsline": 3, "captionsetup": 1, "sisetup": 1, "usetikzlibrary": 1, "hypertarget": 1,
    "hyperlink": 1, "pdfbookmark": 2, "linespread": 1, "enlargethispage": 1, "bibliographyunit": 1, "setmainfont": 1,
    "addbibresource": 1, "newtheorem": 2, "newif": 1, "let": 2, "fontfamily": 1, "fontseries": 1, "cline": 1,
}  # fmt: skip
"""Commands with arguments that are no words of the document, and how many. An optional one before them goes as well."""
ENVIRONMENT_DEFINITIONS = frozenset({"newenvironment", "renewenvironment", "provideenvironment"})
DELETED = frozenset({"sout", "xout", "st", "deleted"})
"""Commands of the packages ulem, soul and changes for text that is struck through."""
REFERENCES = frozenset({"ref", "eqref", "pageref", "autoref", "cref", "Cref", "nameref", "vref", "subref"})
INCLUDED_FILES = frozenset("input include subfile bibliography lstinputlisting verbatiminput includepdf".split())
PICTURES = frozenset({"includegraphics", "includesvg"})
FOOTNOTES = frozenset({"footnote", "footnotetext", "thanks", "sidenote", "marginpar", "todo", "endnote"})
FRONT_MATTER = frozenset({"title", "subtitle", "author", "date", "institute", "affiliation"})
VERBATIM_ENVIRONMENTS = frozenset({"verbatim", "Verbatim", "lstlisting", "minted", "alltt", "filecontents"})
MATHS_ENVIRONMENTS = frozenset(
    "math displaymath equation align alignat gather multline eqnarray flalign dmath split array".split()
)
PICTURE_ENVIRONMENTS = frozenset({"tikzpicture", "picture", "pspicture", "pgfpicture", "forest"})
TABLE_ARGUMENTS = {"tabular": 1, "longtable": 1, "tabularx": 2, "tabulary": 2, "tblr": 1, "supertabular": 1, "array": 1}
ENVIRONMENT_ARGUMENTS = {
    "minipage": 1, "multicols": 1, "wrapfigure": 2, "wraptable": 2, "thebibliography": 1, "adjustbox": 1, "spacing": 1,
    "column": 1, "tabbing": 0, "block": 0, "frame": 0,
}  # fmt: skip
LISTS = frozenset({"itemize", "enumerate", "description", "compactitem", "compactenum", "inparaenum"})
SIGNS = {sign: sign for sign in "&%$#_{} "} | {",": " ", "\n": " ", ";": " ", ":": " "}
"""Commands of one sign, and what is printed. All others, such as a hint where a word may be broken, print nothing."""
PUNCTUATION = {"~": " ", "``": "“", "''": "”", "`": "‘", "---": "—", "--": "–"}
