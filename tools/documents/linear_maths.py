"""Mathematics on one line, as people write it in plain text: `(a + b)^2`, `x_1`, `(a + b)/c`, `√(x + 1)`, `2 1/3`.

These functions take and return such text. They are the rules for every language of formulas that a document may use:
MathML, the formulas of Office, and TeX. A formula is `join` of its tokens, which are numbers, letters, names, signs,
and the parts that the other functions return.
"""

import re
from collections.abc import Iterable

from outlast.tools.documents.raised import ISOTOPE, SIMPLE_INDEX, SIMPLE_POWER

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
VARIABLE = re.compile(r"[^\W\d_][\u0300-\u036f\u20d7′″]*(?:_\w+)?|[∞∅]")
FACTOR = re.compile(r"(?:[d∂Δ]?[^\W\d_]|[^\W\d_]{3,})(?:_\w+)?(?:\^\w+)?")
"""What a fraction divides by without parentheses: c, b^2, dx, volume. What divides by 2a is written 1/(2a)."""
SIGNED_NUMBER = re.compile(r"[+\-−]\d+")
BASE = re.compile(r"[\w\u0300-\u036f\u20d7′]+(?:_\([^()]*\))?|[∑∏∫⋃⋂].*")
"""What needs no parentheses before a power or an index: a variable with an index, or a large sign."""
SPACED_SIGN = re.compile(r" ([^\w\s]|:=|==|!=|<=|>=) ")
FUNCTION_WORD = re.compile(r"[^\W\d_]{2,}\Z")
SIGNS_OF_TEXT = re.compile(r"\d+(?:[.,]\d+)*|\s+|:=|==|!=|<=|>=|&&|\|\||.", re.DOTALL)
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
RAISED_DIGITS = str.maketrans("0123456789n", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")
MARKS = {
    "¯": "\u0304", "‾": "\u0304", "_": "\u0332", "ˉ": "\u0304", "^": "\u0302", "ˆ": "\u0302", "~": "\u0303",
    "˜": "\u0303", "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", ".": "\u0307", "¨": "\u0308", "˘": "\u0306",
    "ˇ": "\u030c", "´": "\u0301", "`": "\u0300",
}  # fmt: skip
"""Signs above a letter, and the characters that put them there in plain text."""
COMBINING = re.compile(r"[\u0300-\u036f\u20d0-\u20ff]")
RAISED_SIGNS = frozenset("′″‴⁗'°∘")
"""They stand raised by themselves: f′, 90°."""

BINARY = frozenset("+-−±∓×÷·⋅*∗∘⊕⊗∪∩∧∨∖⊎")
RELATIONS = frozenset(
    """
    = < > ≤ ≥ ≠ ≈ ≡ ∼ ≃ ≅ ∝ ≪ ≫ ∈ ∉ ∋ ⊂ ⊃ ⊆ ⊇ → ← ↔ ⇒ ⇐ ⇔ ⟶ ⟹ ⟺ ↦ ⟼ ∣ ∥ ⊥ := ≔ == != <= >= && || ⊢ ⊨ ≜ ≐ ≺ ≻ ⩽ ⩾ ≲ ≳
    """.split()
)
OPENING = frozenset("([{⟨⌈⌊")
CLOSING = frozenset(")]}⟩⌉⌋")
LARGE = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂∐⋀⋁⨀⨄")
INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b")


def tokens_of(text: str) -> list[str]:
    """Return the tokens of text in which each letter is a variable, as in a formula that somebody typed: `E=mc`."""
    return SIGNS_OF_TEXT.findall(text)


def fraction(above: str, below: str) -> str:
    above = above if _is_product(above) else f"({above})"
    return f"{above}/{below if _is_unit(below) or FACTOR.fullmatch(below) else f'({below})'}"


def stacked(above: str, below: str) -> str:
    """Return what stands as a fraction does, but without its line, such as a binomial coefficient."""
    return f"({above} over {below})"


def with_scripts(base: str, below: str = "", above: str = "") -> str:
    """Return a base with what stands lower and higher behind it: `x_i^2`."""
    if below:
        base = f"{_base(base)}_{_script(below, SIMPLE_INDEX)}"
    if above and set(above) <= RAISED_SIGNS:
        return f"{_base(base)}{above.replace('∘', '°')}"
    return f"{_base(base)}^{_script(above, SIMPLE_POWER)}" if above else base


def with_scripts_before(base: str, below: str, above: str) -> str:
    """Return a base with what stands lower and higher in front of it. The isotope of an element is `14C`."""
    if above.isdecimal() and not below.strip("0123456789") and ISOTOPE.fullmatch(base):
        return f"{above}{base}"
    higher = f"^{_script(above, SIMPLE_POWER)}" if above else ""
    lower = f"_{_script(below, SIMPLE_INDEX)}" if below else ""
    return f"{higher}{lower}{base}"


def root(inside: str, degree: str = "") -> str:
    body = inside if _is_unit(inside) else f"({inside})"
    if degree and degree not in ROOTS and not re.fullmatch(r"\d+|n", degree):
        return with_scripts(inside, above=f"1/{degree if _is_unit(degree) else f'({degree})'}")
    return f"{ROOTS.get(degree) or f'{degree.translate(RAISED_DIGITS)}√'}{body}"


def marked(base: str, sign: str) -> str:
    """Return `base` with a sign above it (x̄). The sign may be one that is combined with the letter before it."""
    mark = sign if COMBINING.fullmatch(sign) else MARKS.get(sign, "")
    if len(base) == 1 and mark:
        return f"{base}{mark}"
    return f"({base}){mark}" if mark == sign else with_scripts(base, above=sign)


def matrix(rows: Iterable[Iterable[str]]) -> str:
    """Return the rows of a matrix, without its brackets: `1, 2; 3, 4`."""
    return "; ".join(", ".join(cell for cell in row if cell) for row in rows)


def join(tokens: Iterable[str]) -> str:
    """Join the tokens of a formula with the spaces that people write: `a + b`, `f(x, y)`, `−x`, `2x`, `sin x`."""
    parts: list[str] = []
    last, is_spaced = "", False
    for token in tokens:
        if not token or token.isspace():
            is_spaced = is_spaced or bool(token)
            continue
        space = _space_between(last, token) if parts else ""
        may_be_spaced = is_spaced and parts and last not in OPENING and token[0] not in CLOSING and token[0] not in ",;"
        parts.append((" " if may_be_spaced else space) + token)
        is_spaced = False
        last = token if not (token in BINARY and _is_sign(last)) else "("  # what follows a sign stays close to it
    if last in BINARY:
        parts[-1] = parts[-1].lstrip()  # the charge of an ion, 2+
    return "".join(parts)


def _space_between(last: str, token: str) -> str:  # noqa: PLR0911 - one case for each kind of neighbours
    if last[-1].isspace() or token[0].isspace() or last in OPENING:
        return ""
    if token in RELATIONS or last in RELATIONS or (token in BINARY and not _is_sign(last)) or last in BINARY:
        return " "
    if last in (",", ";") or (_has_parts(last) and token[0].isalnum()):
        return " "
    ends_operand = last[-1].isalnum() or last[-1] in CLOSING
    if "/" in token and len(token) > 1 and ends_operand:
        return " "  # 2 1/3
    if token[0] in CLOSING or token in (",", ";", "!", ".") or token in OPENING:
        return ""
    if last[0] in LARGE or FUNCTION_WORD.search(last.partition("^")[0].partition("_")[0]):
        return " " if token[0] not in "([{" else ""
    is_word = FUNCTION_WORD.match(token) is not None or token[0] in LARGE
    return " " if is_word and ends_operand else ""


def _has_parts(token: str) -> bool:
    """Return whether a token is a fraction or has a script, into which a letter after it would run."""
    return len(token) > 1 and any(sign in token for sign in "/^_")


def _is_sign(last: str) -> bool:
    """Return whether + or - after `last` is a sign of what follows, rather than an operation."""
    return (
        last == "" or last in OPENING or last in RELATIONS or last in BINARY or last in (",", ";") or last[-1].isspace()
    )


def _base(text: str) -> str:
    return text if not text or len(text) == 1 or BASE.fullmatch(text) or _closes_at_end(text) else f"({text})"


def _script(text: str, simple: re.Pattern[str]) -> str:
    close = SPACED_SIGN.sub(r"\1", text)
    is_simple = simple.fullmatch(close) or SIGNED_NUMBER.fullmatch(close) or len(close) == 1
    return close if is_simple or (close.startswith("(") and _closes_at_end(close)) else f"({close})"


def _is_unit(text: str) -> bool:
    """Return whether the text is one number, one letter, one letter with an index, or stands in brackets."""
    return (
        len(text) == 1
        or NUMBER.fullmatch(text) is not None
        or VARIABLE.fullmatch(text) is not None
        or _closes_at_end(text)
    )


def _is_product(text: str) -> bool:
    """Return whether the text has no operator outside its brackets that binds less than a division."""
    depth = 0
    for sign in text:
        depth += (sign in OPENING) - (sign in CLOSING)
        if depth == 0 and (sign.isspace() or sign in BINARY or sign in RELATIONS or sign == "/"):
            return False
    return bool(text)


def _closes_at_end(text: str) -> bool:
    """Return whether the bracket that opens the text is closed at its end."""
    if text[:1] not in OPENING:
        return text[:1] == "|" and text.endswith("|") and text.count("|") == 2
    depth = 0
    for number, sign in enumerate(text):
        depth += (sign in OPENING) - (sign in CLOSING)
        if depth == 0:
            return number == len(text) - 1
    return False
