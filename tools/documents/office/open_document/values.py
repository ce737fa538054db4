"""What a cell of an OpenDocument table shows by its value, if its file has no words for it: programs leave them out."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from outlast.tools.documents.office.open_document.styles import OFFICE

MOMENT = re.compile(
    r"(?P<date>-?\d{4,6}-\d\d-\d\d)"
    r"(?:T(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)
DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,8})(?P<tenths>[.,]\d{1,9})?S)?)?"
)
MAX_DIGITS = 60
SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?E\+?\d{1,2}")
WHOLE = re.compile(r"-?\d{12,17}")


def shown_value(cell: Any) -> str:
    """Return the value of a cell as programs show it without a format: `2021-03-04 10:30`, `25.5%`, `12.5 EUR`."""
    kind = str(cell.get(OFFICE + "value-type") or "")
    value = str(cell.get(OFFICE + "value") or "").strip()
    if kind == "percentage":
        return _percentage(value)
    if kind == "currency":
        return f"{value} {cell.get(OFFICE + 'currency') or ''}".strip()
    if kind == "boolean" or (not kind and cell.get(OFFICE + "boolean-value")):
        return str(cell.get(OFFICE + "boolean-value") or value).strip().upper()
    date, time = (str(cell.get(f"{OFFICE}{name}-value") or "").strip() for name in ("date", "time"))
    return _moment(date) or _duration(time) or str(cell.get(OFFICE + "string-value") or "").strip() or value


def unshortened(words: str, cell: Any) -> str:
    """Return the words of a cell, or all digits of a long whole number that is shortened to fit the cell.

    An account number that is shown as `3.56938E+14` stands in full above the sheet: people look for it so.
    """
    value = str(cell.get(OFFICE + "value") or "").strip()
    return value if WHOLE.fullmatch(value) and SHORTENED.fullmatch(words) else words


def _percentage(value: str) -> str:
    try:
        number = Decimal(value[:MAX_DIGITS]) * 100
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        return value
    digits = f"{number:f}"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}%"


def _moment(value: str) -> str:
    found = MOMENT.fullmatch(value)
    if found is None or found["time"] is None:
        return value
    zone = " UTC" if found["zone"] == "Z" else f" {found['zone']}" if found["zone"] else ""
    return f"{found['date']} {_short(found['time'])}{zone}"


def _duration(value: str) -> str:
    """Return a time of the day, or a number of hours, which may be more than 24."""
    found = DURATION.fullmatch(value)
    if found is None:
        return value
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    whole = 3600 * (24 * int(found["days"] or 0) + hours) + 60 * minutes + seconds
    tenths = (found["tenths"] or "").replace(",", ".").rstrip("0").rstrip(".")
    return found["sign"] + _short(f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{tenths}")


def _short(time: str) -> str:
    """Return a time without seconds that are none."""
    return re.sub(r"(?<=\d\d:\d\d):00(?:\.0*)?$", "", time)
