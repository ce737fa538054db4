"""Formulas in one line: a fraction is `(a + b)^2/3`. The parts are put together here for all formats of formulas."""

import re
from enum import Enum
from typing import NamedTuple

RELATIONS = frozenset("=<>≤≥≠≈≡∼≅∝→←↔⇒⇔∈∉⊂⊆∪∩±∓×÷∧∨:")
SIGNS = frozenset("+-−")
AFTER_OPERAND = frozenset(")]}!%′″∞|°")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
WORD = re.compile(r"[^\W\d_]+")
SIMPLE_SCRIPT = re.compile(r"[-−+]?\w+|[-−+]?\d+(?:[.,]\d+)*|[*′″†+\-−∞]+")
SPACES_AROUND_OPERATOR = re.compile(r" ([^\w\s]) ")
RAISED_DIGITS = str.maketrans("0123456789n", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
OPENING, CLOSING = "([{|⌊⌈⟨", ")]}|⌋⌉⟩"


class Kind(Enum):
    """What a part of a formula ends with, which says how the next one may follow."""

    PLAIN = "plain"
    SCRIPT = "script"
    FRACTION = "fraction"


class Part(NamedTuple):
    text: str
    kind: Kind = Kind.PLAIN


class Line:
    """A formula that is written from left to right."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._last = ""  # the last sign that is not a space
        self._ends_with_space = True
        self._kind = Kind.PLAIN

    def part(self, part: Part) -> None:
        """Write a part. A space separates it where it would run into the part before it."""
        if not part.text:
            return
        touches = not self._ends_with_space and (self._last.isalnum() or self._last in AFTER_OPERAND)
        if touches and (part.kind is Kind.FRACTION or (self._kind is not Kind.PLAIN and part.text[0].isalnum())):
            self._put(" ")
        self._put(part.text)
        self._kind = part.kind

    def signs(self, text: str) -> None:
        """Write letters and operators, with spaces around the operators that have two sides."""
        if self._kind is not Kind.PLAIN and text[:1].isalnum() and not self._ends_with_space:
            self._put(" ")
        self._kind = Kind.PLAIN
        for sign in text:
            is_operator = sign in RELATIONS or (
                sign in SIGNS and (self._last.isalnum() or self._last in AFTER_OPERAND) and self._last != ""
            )
            if is_operator:
                self._put("" if self._ends_with_space else " ")
                self._put(f"{sign} ")
            elif sign.isspace():
                self._put("" if self._ends_with_space else " ")
            else:
                self._put(sign)

    def words(self, text: str) -> None:
        """Write words that stand in a formula, as they are."""
        self._put(text)
        self._kind = Kind.PLAIN

    def text(self) -> str:
        return "".join(self._parts).strip()

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._last = text.rstrip()[-1:] or self._last
            self._ends_with_space = text[-1].isspace()


def fraction(above: str, below: str) -> Part:
    below = below if _is_unit(below) else f"({below})"
    return Part(f"{above if _is_product(above) else f'({above})'}/{below}", Kind.FRACTION)


def script(base: str, lower: str = "", upper: str = "") -> Part:
    """Return a base with what stands lower and higher behind it: `x_i^2`."""
    base = base if _is_unit(base) or not base or WORD.fullmatch(base) else f"({base})"
    return Part(f"{base}{_script('_', lower)}{_script('^', upper)}", Kind.SCRIPT)


def large_operator(sign: str, lower: str, upper: str, body: str) -> Part:
    return Part(f"{script(sign, lower, upper).text if lower or upper else sign} {body}".rstrip())


def root(degree: str, body: str) -> Part:
    if degree and degree not in ROOTS and not re.fullmatch(r"\d+|n", degree):
        return script(body, upper=f"1/{degree if _is_unit(degree) else f'({degree})'}")
    sign = ROOTS.get(degree) or f"{degree.translate(RAISED_DIGITS)}√"
    return Part(f"{sign}{body if _is_unit(body) else f'({body})'}")


def function(name: str, argument: str) -> Part:
    is_bracketed = argument[:1] == "(" and _closes_at_end(argument)
    return Part(f"{name}{argument}" if is_bracketed else f"{name} {argument}".strip())


def accent(body: str, sign: str) -> Part:
    return Part(f"{body if len(body) == 1 else f'({body})'}{sign}")


def rows(found: list[list[str]]) -> Part:
    """Return the rows of a matrix: `[a, b; c, d]`."""
    return Part(f"[{'; '.join(', '.join(row) for row in found)}]")


def _script(sign: str, text: str) -> str:
    if not text:
        return ""
    text = SPACES_AROUND_OPERATOR.sub(r"\1", text)
    return f"{sign}{text}" if SIMPLE_SCRIPT.fullmatch(text) else f"{sign}({text})"


def _is_unit(text: str) -> bool:
    """Return whether the text is one number, one letter, one name with an index, or stands in brackets."""
    return (len(text) == 1 or NUMBER.fullmatch(text) is not None or _closes_at_end(text)) and bool(text)


def _is_product(text: str) -> bool:
    """Return whether the text has no operator outside its brackets that binds less than a division."""
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and (sign.isspace() or sign in SIGNS or sign in RELATIONS or sign in "/"):
            return False
    return True


def _closes_at_end(text: str) -> bool:
    """Return whether the bracket that opens the text is closed at its end."""
    if text[:1] not in ("(", "[", "{"):
        return False
    depth = 0
    for number, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:
            return number == len(text) - 1
    return False
