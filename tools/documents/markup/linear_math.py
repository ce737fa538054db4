"""Formulas on one line, as people write them in plain text: `(a + b)^2`, `x_1`, `(a + b)/c`, `√(x + 1)`.

These functions take and return such text, whatever language of formulas a document uses.
"""

import re
from collections.abc import Iterable

SIMPLE = re.compile(r"[\w.,′″°∞∅]+|[^\w\s]")
BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|\|[^|]*\|")
FACTOR = re.compile(r"[^\W\d_]+(?:_\w+)?(?:\^\w+)?")  # b^2
PRODUCT = re.compile(r"\d+[^\W\d_]+")  # what divides by 2a is written 1/(2a)
SPACED_RELATION = re.compile(r" ([=→<>≤≥∈]) ")
FUNCTION_WORD = re.compile(r"[^\W\d_]{2,}\Z")
MARKS = {
    "¯": "\u0304", "‾": "\u0304", "_": "\u0332", "ˉ": "\u0304", "^": "\u0302", "ˆ": "\u0302", "~": "\u0303",
    "˜": "\u0303", "→": "\u20d7", "⃗": "\u20d7", "˙": "\u0307", ".": "\u0307", "¨": "\u0308", "˘": "\u0306",
    "ˇ": "\u030c", "´": "\u0301", "`": "\u0300",
}  # fmt: skip
"""Signs above a letter, and the characters that put them there in plain text."""
RAISED_SIGNS = frozenset("′″‴⁗'°∘")
"""They stand raised by themselves: f′, 90°."""

BINARY = frozenset("+-−±∓×÷·⋅*∗∘⊕⊗∪∩∧∨∖⊎")
RELATIONS = frozenset(
    "= < > ≤ ≥ ≠ ≈ ≡ ∼ ≃ ≅ ∝ ≪ ≫ ∈ ∉ ∋ ⊂ ⊃ ⊆ ⊇ → ← ↔ ⇒ ⇐ ⇔ ⟶ ⟹ ⟺ ↦ ⟼ ∣ ∥ ⊥ := ≔ == != <= >= && || ⊢ ⊨ ≜ ≐ ≺ ≻".split()
)
OPENING = frozenset("([{⟨⌈⌊")
CLOSING = frozenset(")]}⟩⌉⌋")
LARGE = frozenset("∑∏∫∬∭∮⋃⋂⨁⨂∐")
INVISIBLE = frozenset("\u2061\u2062\u2063\u2064\u200b")


def grouped(text: str) -> str:
    """Return `text` in parentheses if it is more than one number, name or bracket."""
    return text if SIMPLE.fullmatch(text) or BRACKETED.fullmatch(text) else f"({text})"


def fraction(numerator: str, denominator: str) -> str:
    above, below = (part if FACTOR.fullmatch(part) else grouped(part) for part in (numerator, denominator))
    return f"{above}/{f'({below})' if PRODUCT.fullmatch(below) else below}"


def power(base: str, exponent: str) -> str:
    if exponent and set(exponent) <= RAISED_SIGNS:
        return f"{grouped(base) if base else ''}{exponent.replace('∘', '°')}"
    signed = re.fullmatch(r"[+\-−]\d+", exponent)
    return f"{_base(base)}^{exponent if signed else grouped(exponent)}"


def index(base: str, below: str) -> str:
    close = SPACED_RELATION.sub(r"\1", below)
    return f"{_base(base)}_{grouped(close)}"


def root(inside: str, degree: str = "") -> str:
    return f"{grouped(inside)}^(1/{grouped(degree)})" if degree and degree != "2" else f"√{grouped(inside)}"


def marked(base: str, sign: str) -> str:
    """Return `base` with a sign above it: x̄."""
    mark = MARKS.get(sign)
    return f"{base}{mark}" if mark is not None and len(base) == 1 else power(base, sign)


def matrix(rows: Iterable[Iterable[str]]) -> str:
    return "; ".join(", ".join(cell for cell in row if cell) for row in rows)


def join(tokens: Iterable[str]) -> str:
    """Join the parts of a formula with the spaces that people write: `a + b`, `f(x, y)`, `−x`, `2x`, `sin x`."""
    parts: list[str] = []
    last = ""
    for token in tokens:
        if not token:
            continue
        parts.append(_space_between(last, token, len(parts)) + token)
        last = token if not (token in BINARY and _is_sign(last)) else "("  # what follows a sign stays close to it
    return "".join(parts)


def _space_between(last: str, token: str, count: int) -> str:
    if count == 0 or last[-1:].isspace() or token[:1].isspace() or last in OPENING:
        return ""
    if token in RELATIONS or last in RELATIONS or (token in BINARY and not _is_sign(last)) or last in BINARY:
        return " "
    if last in (",", ";") or ("/" in last and len(last) > 1 and token[0].isalnum()):
        return " "
    if token in CLOSING or token in (",", ";", "!", ".") or token in OPENING:
        return ""
    if last[0] in LARGE or FUNCTION_WORD.search(last.partition("^")[0].partition("_")[0]):
        return " " if token[0] not in "([{" else ""
    is_word = FUNCTION_WORD.match(token) is not None or token[0] in LARGE
    return " " if is_word and (last[-1].isalnum() or last in CLOSING or last[-1] in ")]") else ""


def _is_sign(last: str) -> bool:
    """Return whether + or - after `last` is a sign of what follows, rather than an operation."""
    return (
        last == "" or last in OPENING or last in RELATIONS or last in BINARY or last in (",", ";") or last[-1].isspace()
    )


def _base(text: str) -> str:
    """Return the base of a power or an index; a variable with an index needs no parentheses."""
    if not text:
        return ""
    return text if re.fullmatch(r"[\w\u0300-\u036f\u20d7′]+(?:_\([^()]*\))?|[∑∏∫⋃⋂].*", text) else grouped(text)
