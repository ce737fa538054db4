"""What the control words of RTF mean for a reader of the words."""

# fmt: off
SIGNS = {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": " ", "enspace": " ", "qmspace": " ", "tab": " ", "line": "\n", "lbr": "\n", "softline": "\n",
    "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f",
}
ESCAPED = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\", "\t": " "}
"""Signs after a backslash, and what is shown."""
INSTRUCTIONS = frozenset("""
    fonttbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping latentstyles
    datastore xmlnstbl filetbl revtbl info mmathPr pgptbl wgrffmtfilter passwordhash userprops docvar mailmerge
    listpicture template panose falt bkmkstart bkmkend aftnsep aftnsepc aftncn ftnsep ftnsepc ftncn atnid atnref atndate
    atrfstart atrfend atntime datafield objclass objname fldtype formfield ffname xe tc rxe pnseclvl pn background
    nonesttables upr mmathPict
""".split())
"""Groups that hold no words of the document."""
READ_IN_SKIPPED = frozenset(("result", "title", "ud", "sn", "sv"))
"""Groups that are read although the group around them is not."""
DOCUMENT_WORDS = frozenset("shpinst shppict do ud moMathPara".split())
"""Groups that are read although a program need not know them."""
MARGINS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())
BREAKS = frozenset("par page column sect softpage".split())
ENDS_IN_TABLES = frozenset(("cell", "nestcell", "nestrow", "row"))
ROW_WORDS = frozenset("trowd trhdr clvmrg clmrg clvmgf clmgf cellx".split())
LOOKS = {
    "cf": "color", "fs": "half_points", "cb": "ground", "chcbpat": "ground", "highlight": "ground",
    "cbpat": "paragraph_ground", "clcbpat": "", "red": "", "green": "", "blue": "",
}
"""The words for colors and sizes, and the name under which the state of a group has them."""
# fmt: on
CODECS_OF_COMPUTERS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
SYMBOL_CHARSET = 2
UNDEFINED_RESULT = 25
"""The result of a form field that stands for its default."""
