"""Numbers of spreadsheets as they are shown: 0.125 is `12.5%` in one format and `3:00` in another."""

import re

from outlast.tools.documents.office.sheets.format_codes import Token, choose, literal, sections_of
from outlast.tools.documents.office.sheets.moments import moment_of, write_moment

GENERAL_DIGITS = 11
EXACT_DIGITS = 15
MAX_DENOMINATOR = 9_999
NUMBER_CODE = re.compile(
    r"(?P<whole>[0#?,]*)(?:\.(?P<decimals>[0#?]*))?(?P<exponent>E[+-]0+)?(?P<scale>,*)", re.IGNORECASE
)
FRACTION_CODE = re.compile(r"(?P<whole>[0#?]+\s+)?(?P<above>[0#?]+)\s*/\s*(?P<below>[0#?]+|\d+)")


def format_value(value: float, code: str, *, from_1904: bool = False) -> str:
    """Return the number as a spreadsheet shows it in the format. `from_1904` is the way of old Macs to count days."""
    sections = sections_of(code)
    section, shows_minus = choose(sections, value)
    if section is None:
        return general(value)
    if section.is_date:
        moment = moment_of(abs(value) if len(sections) > 1 else value, from_1904=from_1904)
        return general(value) if moment is None else write_moment(moment, value, section.tokens)
    text = _write_number(abs(value), section.tokens)
    has_digit = re.search(r"[1-9]", text) is not None
    return f"-{text}" if shows_minus and has_digit else text


def format_text(text: str, code: str) -> str:
    """Return a text as a spreadsheet shows it in the format: its fourth section is for texts."""
    sections = sections_of(code)
    section = (
        sections[3]
        if len(sections) > 3
        else sections[-1]
        if any(t == Token("other", "@") for t in sections[-1].tokens)
        else None
    )
    if section is None:
        return text
    shown = {"quoted", "escaped", "currency"}
    return "".join(text if t == Token("other", "@") else t.text if t.kind in shown else "" for t in section.tokens)


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


def _write_number(value: float, tokens: tuple[Token, ...]) -> str:
    if any(token == Token("other", "@") for token in tokens):
        return general(value)  # a format for texts shows a number as it is
    if any(token.kind == "general" for token in tokens):
        return "".join(general(value) if t.kind == "general" else literal(t) for t in tokens)
    pattern = "".join(t.text for t in tokens if t.kind in ("digits", "other"))
    percent = sum(t == Token("other", "%") for t in tokens)
    value *= 100**percent
    if "/" in pattern and FRACTION_CODE.search(pattern):
        return _write_fraction(value, pattern)
    places = [n for n, t in enumerate(tokens) if t.kind in ("digits", "exponent", "fraction") or t.text in (".", ",")]
    if not any(t.kind in ("digits", "fraction") for t in tokens):
        return "".join(literal(t) for t in tokens).strip()
    first, last = places[0], places[-1]
    code = "".join(
        t.text for t in tokens[first : last + 1] if t.kind in ("digits", "exponent", "fraction") or t.text in (".", ",")
    )
    inside = [t for t in tokens[first : last + 1] if t.kind == "digits" or literal(t)]
    is_spread = any(literal(t) for t in inside) and not any(mark in code for mark in ".,E")
    number = _spread(_digits(value, code), inside) if is_spread else _digits(value, code)
    return ("".join(map(literal, tokens[:first])) + number + "".join(map(literal, tokens[last + 1 :]))).strip()


def _spread(digits: str, tokens: list[Token]) -> str:
    """Put digits into the places between literals, from the right, as of a telephone number."""
    parts: list[str] = []
    first = next(token for token in tokens if token.kind == "digits")
    for token in reversed(tokens):
        if token.kind != "digits":
            parts.append(literal(token))
        elif token is first:
            parts.append(digits)
        else:
            parts.append(digits[-len(token.text) :])
            digits = digits[: -len(token.text)]
    return "".join(reversed(parts))


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
