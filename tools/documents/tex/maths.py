"""Mathematics of TeX on one line, as people write it: `(a + b)/(2c)`, `x^2`, `√(x + 1)`, `∑_(i=1)^n i`."""

import re
import unicodedata
from enum import Enum

from outlast.tools.documents.linear_maths import (
    OPENING,
    RELATIONS,
    fraction,
    join,
    marked,
    matrix,
    root,
    with_scripts,
    with_scripts_before,
)
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.tex.symbols import ALPHABETS, FUNCTIONS, MATHS, MATHS_ACCENTS


class Kind(Enum):
    """How the inside of a group is written."""

    MATHS = "maths"
    TEXT = "text"
    """Its spaces stay as they are."""
    UPRIGHT = "upright"
    """A unit, a name, or a chemical formula."""


TOKEN = re.compile(
    r"\\(?P<name>[A-Za-z]+)\*?[ \t\n]*|\\(?P<sign>.)|(?P<open>\{)|(?P<close>\})|(?P<script>[_^])|(?P<prime>'+)"
    r"|(?P<other>\s+|.)",
    re.DOTALL,
)
NUMBER_SO_FAR = re.compile(r"\d[\d.,]*")
FENCES = frozenset("left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr".split())
TEXT_COMMANDS = (
    dict.fromkeys("text textrm textbf textit textsf emph mbox hbox fbox".split(), Kind.TEXT)
    | dict.fromkeys(("mathrm", "ce"), Kind.UPRIGHT)
    | dict.fromkeys(
        """
        mathbf mathit mathsf mathtt mathcal mathscr mathfrak operatorname boldsymbol bm ensuremath mathop mathbin
        mathrel underline boxed
        """.split(),
        Kind.MATHS,
    )
)
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"})
BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
SPACES = frozenset(",:; >")
POINTS = frozenset({".", ","})
BRACKETS_OF_MATRICES = {
    "matrix": "[]", "smallmatrix": "[]", "bmatrix": "[]", "pmatrix": "()", "Bmatrix": "{}", "vmatrix": "||",
    "Vmatrix": "‖‖",
}  # fmt: skip
ENDS_OF_CELLS = frozenset({"&", "\\\\", "\\end"})
DROPPED_ARGUMENTS = {"label": 1, "hspace": 1, "vspace": 1, "color": 1, "phantom": 1, "tag": 0}
WITHOUT_SIGN = frozenset(
    "displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill bf it rm centering hline par left".split()
)
"""Commands of mathematics that print nothing. An unknown one prints its name: it stands for a sign of the author."""
MAX_DEPTH = 200


def linear(source: str) -> str:
    """Return the mathematics on one line. `source` is what stands between the dollars, without comments."""
    return " ".join(_Maths(source).group(0).split())


class _Maths:
    """Reads tokens one after another; a group ends at its closing brace."""

    def __init__(self, source: str) -> None:
        self._tokens = list(TOKEN.finditer(source))
        self._position = 0

    def group(self, depth: int, *, kind: Kind = Kind.MATHS) -> str:
        """Return the text up to the end of the group that is open, or to the end."""
        written = list[str]()
        while (token := self._next()) is not None:
            if not token.group("close"):
                self._take(token, written, depth, kind=kind)
            elif depth:
                break
        return join(written) if kind is Kind.MATHS else "".join(written)

    def _cell(self, depth: int) -> tuple[str, str]:
        """Return the text up to the end of a cell of a matrix, and what ends it; "" at the end of the source."""
        written = list[str]()
        while (token := self._next()) is not None:
            if token.group().strip() in ENDS_OF_CELLS:
                return join(written), token.group().strip()
            if not token.group("close"):
                self._take(token, written, depth)
        return join(written), ""

    def _take(self, token: re.Match[str], written: list[str], depth: int, *, kind: Kind = Kind.MATHS) -> None:
        """Add the tokens of the line that a token of the source stands for."""
        if token.group("script") or token.group("prime"):
            primes, below, above = self._scripts(token, depth)
            if kind is not Kind.MATHS:
                base = "".join(written)
                written.append(lowered(base, below) + raised(base + below, above))
                return
            base = _take_base(written) + primes
            if base or not above.isdecimal():
                written.append(with_scripts(base, below, above))
            else:
                written.append(with_scripts_before(self._argument(depth), below, above))
        elif token.group("open"):
            written.append(self._deeper(depth, kind=kind))
        elif (sign := token.group("sign")) is not None:
            written += ["; "] if sign == "\\" else " " if sign in SPACES else [MATHS.get(sign, sign).strip("!")]
        elif (other := token.group("other")) is not None:
            if kind is Kind.MATHS:
                _add(written, " " if other in "&~" or other.isspace() else other)
            elif other != "$" and not (kind is Kind.UPRIGHT and other.isspace()):
                written.append(" " if other in "~" else other)
        else:
            written += self._command(token.group("name"), depth)

    def _next(self) -> re.Match[str] | None:
        if self._position >= len(self._tokens):
            return None
        self._position += 1
        return self._tokens[self._position - 1]

    def _scripts(self, token: re.Match[str], depth: int) -> tuple[str, str, str]:
        """Return the primes behind a base, and what stands lower and higher."""
        primes = below = above = ""
        while True:
            if token.group("prime"):
                primes += "′" * len(token.group())
            elif token.group() == "_":
                below += self._argument(depth)
            else:
                above += self._argument(depth)
            following = self._tokens[self._position] if self._position < len(self._tokens) else None
            if following is None or not (following.group("script") or following.group("prime")):
                return primes, below, above
            token = following
            self._position += 1

    def _command(self, name: str, depth: int) -> list[str]:  # noqa: PLR0911 - one case for each kind
        if name in FUNCTIONS:
            return ["mod" if name in ("pmod", "bmod") else name]
        if name in MATHS:
            return [MATHS[name]]
        if name in FRACTIONS:
            return [fraction(self._argument(depth), self._argument(depth))]
        if name in BINOMIALS:
            return [f"({self._argument(depth)} choose {self._argument(depth)})"]
        if name == "sqrt":
            degree = self._optional(depth)
            return [root(self._argument(depth), degree)]
        if name in TEXT_COMMANDS:
            return [self._argument(depth, kind=TEXT_COMMANDS[name])]
        if name in MATHS_ACCENTS or name == "mathbb":
            return [_letter(name, self._argument(depth))]
        return self._environment(name, depth) if name in ("begin", "end") else self._other(name, depth)

    def _environment(self, edge: str, depth: int) -> list[str]:
        name = self._argument(depth, kind=Kind.TEXT).rstrip("*")
        if edge == "begin" and name == "array":
            self._argument(depth)
        if edge == "end" or name not in BRACKETS_OF_MATRICES:
            return []
        if depth >= MAX_DEPTH:
            raise RecursionError
        rows, end = [list[str]()], "&"
        while end in ("&", "\\\\"):
            text, end = self._cell(depth + 1)
            rows[-1].append(text)
            if end == "\\\\":
                rows.append([])
        self._argument(depth)
        opening, closing = BRACKETS_OF_MATRICES[name]
        return [f"{opening}{matrix(row for row in rows if any(row))}{closing}"]

    def _other(self, name: str, depth: int) -> list[str]:
        for _ in range(DROPPED_ARGUMENTS.get(name, 0)):
            self._argument(depth)
        is_known = name in WITHOUT_SIGN or name in FENCES or name in DROPPED_ARGUMENTS
        return [] if is_known else [" ", name, " "]

    def _argument(self, depth: int, *, kind: Kind = Kind.MATHS) -> str:
        while self._position < len(self._tokens) and self._tokens[self._position].group().isspace():
            self._position += 1
        if self._position >= len(self._tokens):
            return ""
        token = self._tokens[self._position]
        if token.group("close"):
            return ""
        self._position += 1
        if token.group("open"):
            return self._deeper(depth, kind=kind)
        if token.group("script") or token.group("prime"):
            return token.group()
        written = list[str]()
        self._take(token, written, depth)
        return join(written)

    def _deeper(self, depth: int, *, kind: Kind = Kind.MATHS) -> str:
        if depth >= MAX_DEPTH:
            raise RecursionError
        return self.group(depth + 1, kind=kind)

    def _optional(self, depth: int) -> str:
        if self._position >= len(self._tokens) or self._tokens[self._position].group() != "[":
            return ""
        self._position += 1
        written = list[str]()
        while (token := self._next()) is not None and token.group() != "]":
            if not token.group("close"):
                self._take(token, written, depth)
        return join(written)


def _take_base(written: list[str]) -> str:
    """Remove and return the token before a script; "" if there is none."""
    while written and written[-1].isspace():
        written.pop()
    return written.pop() if written and written[-1] not in OPENING and written[-1] not in RELATIONS else ""


def _add(written: list[str], sign: str) -> None:
    """Add a sign. A digit continues the number before it."""
    if sign.isdecimal() and written and NUMBER_SO_FAR.fullmatch(written[-1]):
        written[-1] += sign
    elif sign.isdecimal() and len(written) > 1 and written[-1] in POINTS and NUMBER_SO_FAR.fullmatch(written[-2]):
        point = written.pop()
        written[-1] += f"{point}{sign}"
    else:
        written.append(sign)


def _letter(name: str, letters: str) -> str:
    """Return letters of a special alphabet, or with an accent."""
    if name == "mathbb":
        return ALPHABETS.get(letters, letters)
    return unicodedata.normalize("NFC", marked(letters, MATHS_ACCENTS[name])) if letters else ""
