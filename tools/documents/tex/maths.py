"""Mathematics of TeX on one line, as people type it: `(a+b)/(2c)`, `x^2`, `√(x+1)`, `∑_(i=1)^n`."""

import re
import unicodedata

from outlast.tools.documents.tex.symbols import ALPHABETS, FUNCTIONS, MATHS, MATHS_ACCENTS

TOKEN = re.compile(
    r"\\(?P<name>[A-Za-z]+)\*?(?P<space>[ \t\n]*)|\\(?P<sign>.)|(?P<open>\{)|(?P<close>\})|(?P<script>[_^])"
    r"|(?P<other>.)",
    re.DOTALL,
)
SIMPLE = re.compile(r"\w+|[^\W_]['′*]*|∞|[+−*′-]|\w?-?\d+(?:\.\d+)?")
ATOM = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_](?:[_^]\w)?|∞|\([^()]*\)")
FENCES = frozenset("left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr".split())
TEXT_COMMANDS = frozenset(
    """
    text textrm textbf textit textsf emph mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak operatorname mbox
    hbox boldsymbol bm ensuremath mathop mathbin mathrel underline boxed fbox
    """.split()
)
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"})
STRUCTURES = frozenset({"sqrt", "binom", "dbinom", "tbinom"})
SPACES = frozenset(",:;! >")
DROPPED_ARGUMENTS = {"label": 1, "hspace": 1, "vspace": 1, "color": 1, "begin": 1, "end": 1, "phantom": 1, "tag": 0}
WITHOUT_SIGN = frozenset(
    "displaystyle textstyle scriptstyle limits nolimits nonumber notag hfill bf it rm centering hline par left".split()
)
"""Commands of mathematics that print nothing. An unknown one prints its name: it stands for a sign of the author."""
MAX_DEPTH = 200


def linear(source: str) -> str:
    """Return the mathematics on one line. `source` is what stands between the dollars, without comments."""
    text = _Maths(source).group(0)
    text = re.sub(r"[ \t\n]*\n[ \t\n]*", " ", text)
    return re.sub(r" {2,}", " ", text).strip()


class _Maths:
    """Reads tokens one after another; a group ends at its closing brace."""

    def __init__(self, source: str) -> None:
        self._tokens = list(TOKEN.finditer(source))
        self._position = 0

    def group(self, depth: int) -> str:
        """Return the text up to the end of the group that is open, or to the end."""
        written = list[str]()
        while self._position < len(self._tokens):
            token = self._tokens[self._position]
            self._position += 1
            if token.group("close"):
                if depth:
                    break
                continue
            if token.group("script"):
                written.append(_script(token.group("script"), self._argument(depth)))
            else:
                written.append(self._write(token, depth))
        return "".join(written)

    def _write(self, token: re.Match[str], depth: int) -> str:
        if token.group("open"):
            return self._deeper(depth)
        if (sign := token.group("sign")) is not None:
            return "; " if sign == "\\" else " " if sign in SPACES else MATHS.get(sign, sign)
        if (other := token.group("other")) is not None:
            return {"&": " ", "~": " ", "'": "′"}.get(other, other)
        name = token.group("name")
        printed = self._sign_of(name) or self._command(name, depth)
        return f"{printed} " if token.group("space") and printed else printed

    def _sign_of(self, name: str) -> str:
        """Return the sign or the name that a command without arguments prints; "" for other commands."""
        if name in FUNCTIONS:
            return f" {'mod' if name == 'pmod' else name} "
        return MATHS.get(name, "")

    def _command(self, name: str, depth: int) -> str:
        if name in FRACTIONS:
            return f"{_bracketed(self._argument(depth))}/{_bracketed(self._argument(depth))}"
        if name in TEXT_COMMANDS:
            return self._argument(depth, keep_spaces=True)
        if name in MATHS_ACCENTS or name == "mathbb":
            return self._letter(name, self._argument(depth))
        if name in STRUCTURES:
            return self._structure(name, depth)
        for _ in range(DROPPED_ARGUMENTS.get(name, 0)):
            self._argument(depth)
        is_known = name in WITHOUT_SIGN or name in FENCES or name in DROPPED_ARGUMENTS
        return "" if is_known else f" {name} "

    def _structure(self, name: str, depth: int) -> str:
        if name == "sqrt":
            degree = self._optional(depth)
            root = {"": "√", "3": "∛", "4": "∜"}.get(degree, f"{degree}√")
            return f"{root}{_bracketed(self._argument(depth))}"
        return f"({self._argument(depth)} choose {self._argument(depth)})"

    @staticmethod
    def _letter(name: str, letters: str) -> str:
        """Return letters of a special alphabet, or with an accent, which stands over one letter only."""
        if name == "mathbb":
            return ALPHABETS.get(letters, letters)
        return unicodedata.normalize("NFC", letters + MATHS_ACCENTS[name]) if len(letters) == 1 else letters

    def _argument(self, depth: int, *, keep_spaces: bool = False) -> str:
        while self._position < len(self._tokens) and self._tokens[self._position].group() in (" ", "\n", "\t"):
            self._position += 1
        if self._position >= len(self._tokens):
            return ""
        token = self._tokens[self._position]
        if token.group("close"):
            return ""
        self._position += 1
        text = self._deeper(depth) if token.group("open") else self._write(token, depth)
        return text if keep_spaces else text.strip()

    def _deeper(self, depth: int) -> str:
        if depth >= MAX_DEPTH:
            raise RecursionError
        return self.group(depth + 1)

    def _optional(self, depth: int) -> str:
        if self._position >= len(self._tokens) or self._tokens[self._position].group() != "[":
            return ""
        self._position += 1
        written = list[str]()
        while self._position < len(self._tokens) and self._tokens[self._position].group() != "]":
            token = self._tokens[self._position]
            self._position += 1
            if not token.group("close"):
                written.append(token.group() if token.group("script") else self._write(token, depth))
        self._position += 1
        return "".join(written).strip()


def _script(mark: str, text: str) -> str:
    if text in ("∘", "°") and mark == "^":
        return "°"
    if text and set(text) <= {"′"}:
        return text
    return f"{mark}{text}" if SIMPLE.fullmatch(text) else f"{mark}({text})"


def _bracketed(text: str) -> str:
    return text if ATOM.fullmatch(text) else f"({text})"
