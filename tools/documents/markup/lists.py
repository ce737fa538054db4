"""The marks of list items as a browser shows them: `- `, `3. `, `iv. `, `B. `."""

from collections.abc import Mapping
from dataclasses import dataclass

BULLET = "- "
NO_MARK = frozenset({"none"})
STYLES_BY_TYPE = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MAX_ROMAN = 3_999
MAX_DIGITS = 9
"""A `start` or `value` with more digits is ignored."""


@dataclass
class OpenList:
    """A list whose items are being read."""

    number: int | None = None
    """The number of its next item; None if its items are not numbered."""
    step: int = 1
    style: str = "decimal"

    def next_mark(self, attributes: Mapping[str, str | None]) -> str:
        """Return the mark of the next item, which may set its own number."""
        if self.number is None:
            return BULLET
        number = whole_number(attributes.get("value"), self.number)
        self.number = number + self.step
        return "" if self.style in NO_MARK else f"{written_number(number, self.style)}. "


def open_list(tag: str, attributes: Mapping[str, str | None], style: str, items: int) -> OpenList:
    """Return a list from its tag, its attributes, the `list-style-type` of its style, and the number of its items."""
    if tag != "ol":
        return OpenList()
    is_reversed = "reversed" in attributes
    first = whole_number(attributes.get("start"), items if is_reversed else 1)
    style = style or STYLES_BY_TYPE.get(attributes.get("type") or "1", "decimal")
    return OpenList(first, -1 if is_reversed else 1, style)


def whole_number(value: str | None, default: int) -> int:
    digits = (value or "").strip()
    is_number = digits.lstrip("+-").isdecimal() and len(digits) <= MAX_DIGITS and digits.isascii()
    return int(digits) if is_number else default


def written_number(number: int, style: str) -> str:
    """Return a number in a style of CSS; in digits if the style is unknown or has no sign for it."""
    if style.endswith("-roman") and 0 < number <= MAX_ROMAN:
        letters = ""
        for value, sign in ROMAN:
            letters += sign * (number // value)
            number %= value
    elif style.endswith(("-alpha", "-latin")) and number > 0:
        letters = ""
        while number:
            number, digit = divmod(number - 1, 26)
            letters = chr(ord("a") + digit) + letters
    else:
        return f"{number:02}" if style == "decimal-leading-zero" else str(number)
    return letters.upper() if style.startswith("upper-") else letters
