"""Numbers of spreadsheets as they are shown: 0.125 is `12.5%` in one format and `3:00` in another."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
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
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
START_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no time zone
START_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
LEAP_DAY_1900 = 60  # 29 February 1900, which never was
MAX_FORMAT_CHARACTERS = 255  # the limit of Excel
MAX_SERIAL = 2_958_466  # the day after 9999-12-31
GENERAL_DIGITS = 11
EXACT_DIGITS = 15
MAX_DENOMINATOR = 9_999

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[^\]]*)\]|(?P<ampm>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<date>y+|m+|d+|h+|s+|e+(?![+-])|g+|b+)|(?P<exponent>E[+-]0+)|(?P<digits>[0#?]+(?:,[0#?]+)*)"
    r"|(?P<fraction>\.0+(?![0#?]))|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
NUMBER_CODE = re.compile(
    r"(?P<whole>[0#?,]*)(?:\.(?P<decimals>[0#?]*))?(?P<exponent>E[+-]0+)?(?P<scale>,*)", re.IGNORECASE
)
FRACTION_CODE = re.compile(r"(?P<whole>[0#?]+\s+)?(?P<above>[0#?]+)\s*/\s*(?P<below>[0#?]+|\d+)")
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")


class _Token(NamedTuple):
    kind: str
    text: str


class _Section(NamedTuple):
    tokens: tuple[_Token, ...]
    condition: str
    is_date: bool


def format_value(value: float, code: str, *, from_1904: bool = False) -> str:
    """Return the number as a spreadsheet shows it in the format. `from_1904` is the way of old Macs to count days."""
    sections = _sections(code[:MAX_FORMAT_CHARACTERS])
    section, shows_minus = _choose(sections, value)
    if section is None:
        return general(value)
    if section.is_date:
        moment = _moment(abs(value) if len(sections) > 1 else value, from_1904=from_1904)
        return general(value) if moment is None else _write_moment(moment, value, section.tokens)
    text = _write_number(abs(value), section.tokens)
    has_digit = re.search(r"[1-9]", text) is not None
    return f"-{text}" if shows_minus and has_digit else text


def format_text(text: str, code: str) -> str:
    """Return a text as a spreadsheet shows it in the format: its fourth section is for texts."""
    sections = _sections(code[:MAX_FORMAT_CHARACTERS])
    section = (
        sections[3]
        if len(sections) > 3
        else sections[-1]
        if any(t == _Token("other", "@") for t in sections[-1].tokens)
        else None
    )
    if section is None:
        return text
    shown = {"quoted", "escaped", "currency"}
    return "".join(text if t == _Token("other", "@") else t.text if t.kind in shown else "" for t in section.tokens)


def general(value: float) -> str:
    """Return the number with as many digits as a cell without a format shows; of a whole number all that are stored.

    A spreadsheet shortens whole numbers of more than 11 digits to fit the cell, and shows them in full above the sheet:
    they are numbers of accounts and devices, and people look for them as a whole.
    """
    if value == int(value) and abs(value) < 10**EXACT_DIGITS:
        return str(int(value))
    text = f"{value:.{GENERAL_DIGITS - 1}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent and -5 <= int(exponent) < 0:
        return f"{value:.9f}".rstrip("0")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}E{exponent}" if exponent else mantissa


@lru_cache(maxsize=512)
def _sections(code: str) -> Sequence[_Section]:
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition = ""

    def close() -> None:
        is_date = any(t.kind in ("date", "elapsed", "ampm") for t in tokens)
        sections.append(_Section(tuple(tokens), condition, is_date))

    for found in TOKEN.finditer(code or GENERAL):
        kind, text = str(found.lastgroup), found.group(found.lastgroup or 0)
        if kind == "other" and text == ";":
            close()
            tokens, condition = [], ""
        elif kind == "condition":
            condition = text if CONDITION.fullmatch(text) else condition  # else a colour
        else:
            tokens.append(_Token(kind, text))
    close()
    return tuple(sections)


def _choose(sections: Sequence[_Section], value: float) -> tuple[_Section | None, bool]:
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


def _write_number(value: float, tokens: tuple[_Token, ...]) -> str:
    if any(token == _Token("other", "@") for token in tokens):
        return general(value)  # a format for texts shows a number as it is
    if any(token.kind == "general" for token in tokens):
        return "".join(general(value) if t.kind == "general" else _literal(t) for t in tokens)
    pattern = "".join(t.text for t in tokens if t.kind in ("digits", "other"))
    percent = sum(t == _Token("other", "%") for t in tokens)
    value *= 100**percent
    if "/" in pattern and FRACTION_CODE.search(pattern):
        return _write_fraction(value, pattern)
    places = [n for n, t in enumerate(tokens) if t.kind in ("digits", "exponent", "fraction") or t.text in (".", ",")]
    if not any(t.kind in ("digits", "fraction") for t in tokens):
        return "".join(_literal(t) for t in tokens).strip()
    first, last = places[0], places[-1]
    code = "".join(
        t.text for t in tokens[first : last + 1] if t.kind in ("digits", "exponent", "fraction") or t.text in (".", ",")
    )
    inside = [t for t in tokens[first : last + 1] if t.kind == "digits" or _literal(t)]
    is_spread = any(_literal(t) for t in inside) and not any(mark in code for mark in ".,E")
    number = _spread(_digits(value, code), inside) if is_spread else _digits(value, code)
    return ("".join(map(_literal, tokens[:first])) + number + "".join(map(_literal, tokens[last + 1 :]))).strip()


def _spread(digits: str, tokens: list[_Token]) -> str:
    """Put digits into the places between literals, from the right, as of a telephone number."""
    parts: list[str] = []
    first = next(token for token in tokens if token.kind == "digits")
    for token in reversed(tokens):
        if token.kind != "digits":
            parts.append(_literal(token))
        elif token is first:
            parts.append(digits)
        else:
            parts.append(digits[-len(token.text) :])
            digits = digits[: -len(token.text)]
    return "".join(reversed(parts))


def _literal(token: _Token) -> str:
    if token.kind in ("quoted", "escaped", "currency"):
        return token.text
    if token.kind == "space":
        return " "
    return token.text if token.kind == "other" and token.text not in "@.,#?" else ""


def _digits(value: float, code: str) -> str:
    found = NUMBER_CODE.match(code)
    if found is None:
        return general(value)
    whole, decimals = found.group("whole") or "", found.group("decimals") or ""
    trailing = len(whole) - len(whole.rstrip(",")) if found.group("decimals") is None else 0
    value /= 1000.0 ** (len(found.group("scale") or "") + trailing)
    whole = whole.rstrip(",")
    fixed = max(len(decimals), 0)
    if found.group("exponent"):
        mantissa, _, exponent = f"{value:.{fixed}e}".partition("e")
        width = len(found.group("exponent")) - 2
        sign = "-" if exponent.startswith("-") else "+" if "+" in found.group("exponent") else ""
        return f"{mantissa}E{sign}{int(exponent.lstrip('+-')):0{width}}"
    rounded = _round(value, fixed)
    before, _, after = rounded.partition(".")
    least = whole.count("0")
    before = before.lstrip("0").rjust(least, "0") if least != 1 or before != "0" else before
    if "," in whole:
        before = f"{int(before):,}".rjust(least, "0") if before else before
    optional = len(decimals) - len(decimals.rstrip("#?"))
    while optional and after.endswith("0"):
        after, optional = after[:-1], optional - 1
    has_point = found.group("decimals") is not None
    return f"{before}.{after}" if after or (has_point and decimals == "") else before


def _round(value: float, decimals: int) -> str:
    """Return the number rounded as people round, half away from zero, by its shortest decimal form."""
    from decimal import ROUND_HALF_UP, Context, Decimal  # noqa: PLC0415 - few files need it

    number = Decimal(repr(value)) if abs(value) < 1e300 else Decimal(0)
    return str(number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, Context(prec=400)))


def _write_fraction(value: float, pattern: str) -> str:
    from fractions import Fraction  # noqa: PLC0415 - few files need it

    found = FRACTION_CODE.search(pattern)
    below = found.group("below") if found is not None else "?"
    fixed = int(below) if below.isdecimal() and int(below) else 0
    whole, rest = divmod(value, 1)
    if fixed:
        above, divisor = round(rest * fixed), fixed
    else:
        near = Fraction(rest).limit_denominator(min(10 ** len(below) - 1, MAX_DENOMINATOR))
        above, divisor = near.numerator, near.denominator
    if above == divisor:
        whole, above = whole + 1, 0
    if not above:
        return str(int(whole))
    if found is not None and not found.group("whole"):
        return f"{int(whole) * divisor + above}/{divisor}"
    return f"{int(whole)} {above}/{divisor}" if whole else f"{above}/{divisor}"


def _moment(serial: float, *, from_1904: bool) -> datetime | None:
    if not 0 <= serial < MAX_SERIAL:
        return None
    start = START_1904 if from_1904 else START_1900 if serial >= LEAP_DAY_1900 else START_1900 + timedelta(days=1)
    milliseconds = round((serial % 1) * 86_400_000)
    try:
        return start + timedelta(days=int(serial), milliseconds=milliseconds)
    except OverflowError:
        return None


def _write_moment(moment: datetime, serial: float, tokens: tuple[_Token, ...]) -> str:
    tenths = any(token.kind == "fraction" for token in tokens)
    if not tenths:
        moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    twelve = any(token.kind == "ampm" for token in tokens)
    dates = [n for n, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    parts: list[str] = []
    for number, token in enumerate(tokens):
        text = token.text.lower()
        if token.kind == "elapsed":
            seconds = round(serial * 86_400)
            parts.append(str(seconds // {"h": 3600, "m": 60, "s": 1}[text[0]]).rjust(len(text), "0"))
        elif token.kind == "ampm":
            parts.append("AM" if moment.hour < 12 else "PM")
        elif token.kind == "fraction":
            parts.append("." + f"{moment.microsecond // 1000:03}"[: len(text) - 1])
        elif token.kind == "date":
            at = dates.index(number)
            before = tokens[dates[at - 1]].text.lower() if at else ""
            after = tokens[dates[at + 1]].text.lower() if at + 1 < len(dates) else ""
            is_minute = text[0] == "m" and len(text) <= 2 and (before[:1] == "h" or after[:1] == "s")
            parts.append(_part(moment, text, is_minute=is_minute, twelve=twelve))
        elif token.kind == "digits":
            parts.append(token.text)
        else:
            parts.append(
                _literal(token) or ("" if token.kind in ("fill", "space") or token.text == "@" else token.text)
            )
    return "".join(parts).strip()


def _part(moment: datetime, code: str, *, is_minute: bool, twelve: bool) -> str:  # noqa: PLR0911 - a case each
    if is_minute:
        return str(moment.minute).rjust(len(code), "0")
    hour = moment.hour % 12 or 12 if twelve else moment.hour
    width = min(len(code), 2)
    match code[0]:
        case "y" | "e":
            return f"{moment.year % 100:02}" if len(code) <= 2 and code[0] == "y" else str(moment.year)
        case "m" if len(code) > 2:
            name = MONTHS[moment.month - 1]
            return name[:1] if len(code) == 5 else name[:3] if len(code) == 3 else name
        case "m":
            return str(moment.month).rjust(width, "0")
        case "d" if len(code) > 2:
            name = DAYS[moment.weekday()]
            return name[:3] if len(code) == 3 else name
        case "d":
            return str(moment.day).rjust(width, "0")
        case "h":
            return str(hour).rjust(width, "0")
        case "s":
            return str(moment.second).rjust(width, "0")
        case _:
            return ""
