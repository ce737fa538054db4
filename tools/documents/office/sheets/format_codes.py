"""The codes of number formats, such as `#,##0.00;-#,##0.00`, which tell a spreadsheet how to show numbers and texts."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

GENERAL = "General"
# fmt: off
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0;-"$"#,##0', 6: '"$"#,##0;-"$"#,##0',
    7: '"$"#,##0.00;-"$"#,##0.00', 8: '"$"#,##0.00;-"$"#,##0.00', 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0;(#,##0);-", 42: '"$"#,##0;("$"#,##0);"$"-',
    43: "#,##0.00;(#,##0.00);-", 44: '"$"#,##0.00;("$"#,##0.00);"$"-', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", 49: "@",
}
"""The formats that a file names by number. 14 and 22 depend on the machine that shows them; here they are as in ISO."""
# fmt: on
MAX_FORMAT_CHARACTERS = 255  # the limit of Excel
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[^\]]*)\]|(?P<ampm>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<date>y+|m+|d+|h+|s+|e+(?![+-])|g+|b+)|(?P<exponent>E[+-]0+)|(?P<digits>[0#?]+(?:,[0#?]+)*)"
    r"|(?P<fraction>\.0+(?![0#?]))|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")


class Token(NamedTuple):
    kind: str
    text: str


class Section(NamedTuple):
    tokens: tuple[Token, ...]
    condition: str
    is_date: bool


@lru_cache(maxsize=512)
def sections_of(code: str) -> Sequence[Section]:
    """Return the sections of a format: for numbers above zero, below zero, for zero, and for texts."""
    sections: list[Section] = []
    tokens: list[Token] = []
    condition = ""

    def close() -> None:
        is_date = any(t.kind in ("date", "elapsed", "ampm") for t in tokens)
        sections.append(Section(tuple(tokens), condition, is_date))

    for found in TOKEN.finditer(code[:MAX_FORMAT_CHARACTERS] or GENERAL):
        kind, text = str(found.lastgroup), found.group(found.lastgroup or 0)
        if kind == "other" and text == ";":
            close()
            tokens, condition = [], ""
        elif kind == "condition":
            condition = text if CONDITION.fullmatch(text) else condition  # else a colour
        else:
            tokens.append(Token(kind, text))
    close()
    return tuple(sections)


def choose(sections: Sequence[Section], value: float) -> tuple[Section | None, bool]:
    """Return the section for a number, and whether a minus sign belongs before it."""
    if any(section.condition for section in sections):
        for section in sections:
            if not section.condition or _holds(section.condition, value):
                return section, value < 0
        return None, value < 0
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], value < 0


def _holds(condition: str, value: float) -> bool:
    found = CONDITION.fullmatch(condition)
    if found is None:
        return True
    limit = float(found.group(2))
    return {
        "<": value < limit, ">": value > limit, "=": value == limit,
        "<=": value <= limit, ">=": value >= limit, "<>": value != limit,
    }[found.group(1)]  # fmt: skip


def literal(token: Token) -> str:
    """Return what a token shows by itself, whatever the number is."""
    if token.kind in ("quoted", "escaped", "currency"):
        return token.text
    if token.kind == "space":
        return " "
    return token.text if token.kind == "other" and token.text not in "@.,#?" else ""
