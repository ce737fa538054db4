"""The marks of AsciiDoc inside a line, such as `*bold*`, which the printed page does not show."""

import re
from collections.abc import Callable

from outlast.tools.documents.struck import struck

MAX_WORDS = 500
"""Characters between two marks."""
CODE = re.compile(
    rf"``(?P<double>[^`\n]{{1,{MAX_WORDS}}})``"
    rf"|(?<![\w`\"'])`(?P<single>[^`\s](?:[^`\n]{{0,{MAX_WORDS}}}[^`\s])?)`(?![\w`\"'])"
)
LITERAL = re.compile(rf"(?<![\w+])\+{{1,3}}(?P<words>[^+\s](?:[^+\n]{{0,{MAX_WORDS}}}[^+\s])?)\+{{1,3}}(?![\w+])")
ROLE = re.compile(r"\[(?:\.(?P<role>[\w.-]{1,60})|#[\w.-]{1,60})\](?=[#*_`])")
STRUCK = re.compile(rf"\[\.?(?:line-through|strike)\](?P<marks>\#\#?)(?P<words>[^#\n]{{1,{MAX_WORDS}}})(?P=marks)")
QUOTED = {'"': ("“", "”"), "'": ("‘", "’")}
QUOTES = re.compile(rf"(?P<sign>[\"'])`(?P<words>[^`\s](?:[^`\n]{{0,{MAX_WORDS}}}[^`\s])?)`(?P=sign)")
ESCAPE = re.compile(r"\\(?=[*_`#^~{\[])")


def _pair(sign: str) -> re.Pattern[str]:
    """Return what finds words between doubled signs anywhere, and between single ones around whole words."""
    s = re.escape(sign)
    return re.compile(
        rf"(?<!\\){s}{s}(?P<inside>[^{s}\n]{{1,{MAX_WORDS}}}){s}{s}"
        rf"|(?<![\w\\{s};:}}/]){s}(?P<words>[^\s{s}](?:[^{s}\n]{{0,{MAX_WORDS}}}[^\s{s}])?){s}(?![\w{s}])"
    )


PAIRS = tuple(map(_pair, "*_#"))


def without_marks(line: str, render: Callable[[str], str]) -> str:
    """Return a line without marks. `render` renders what stands between pieces of code, which stay as they are."""
    if not any(sign in line for sign in "*_#`+"):
        return render(line)
    line = QUOTES.sub(lambda found: found.group("words").join(QUOTED[found.group("sign")]), line)
    parts: list[str] = []
    position = 0
    for code in CODE.finditer(line):
        parts += (_plain(line[position : code.start()], render), _literal(code.group("double") or code.group("single")))
        position = code.end()
    return "".join((*parts, _plain(line[position:], render)))


def _literal(code: str) -> str:
    return code[1:-1] if len(code) > 2 and code[0] == code[-1] == "+" else code


def _plain(text: str, render: Callable[[str], str]) -> str:
    text = STRUCK.sub(lambda found: struck(found.group("words")), text)
    text = ROLE.sub("", text)
    for pair in PAIRS:
        text = pair.sub(lambda found: found.group("inside") or found.group("words"), text)
    return ESCAPE.sub("", render(LITERAL.sub(lambda found: found.group("words"), text)))
