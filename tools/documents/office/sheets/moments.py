"""Dates and times of spreadsheets, which are numbers: days since 1900, or since 1904 in files of old Macs."""

from datetime import datetime, timedelta

from outlast.tools.documents.office.sheets.format_codes import Token, literal

MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
START_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no time zone
START_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
LEAP_DAY_1900 = 60  # 29 February 1900, which never was
MAX_SERIAL = 2_958_466  # the day after 9999-12-31


def moment_of(serial: float, *, from_1904: bool) -> datetime | None:
    """Return the time that a number stands for; None if it stands for none."""
    if not 0 <= serial < MAX_SERIAL:
        return None
    start = START_1904 if from_1904 else START_1900 if serial >= LEAP_DAY_1900 else START_1900 + timedelta(days=1)
    milliseconds = round((serial % 1) * 86_400_000)
    try:
        return start + timedelta(days=int(serial), milliseconds=milliseconds)
    except OverflowError:
        return None


def write_moment(moment: datetime, serial: float, tokens: tuple[Token, ...]) -> str:
    """Return a time in the format of a section. `serial` is its number, for hours that go on after 24."""
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
            parts.append(literal(token) or ("" if token.kind in ("fill", "space") or token.text == "@" else token.text))
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
