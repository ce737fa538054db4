"""Times as people write and read them."""

import re
from datetime import UTC, datetime, timedelta

from outlast.evidence.errors import Permanent

AGO_PATTERN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(seconds: float) -> str:
    """Such as "0.4 s", "2 m 05 s", "3 h 20 m", "2 d 4 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} m"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def parse_since(given: str, now: datetime) -> datetime:
    """`given` is a time ago (30m, 12h, 7d, 2w), a date, or a moment in ISO 8601; without a zone it is UTC."""
    text = given.strip()
    try:
        if ago := AGO_PATTERN.fullmatch(text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Permanent(
            f'"{given[:100]}" is no time. Give a time ago, such as 30m, 12h or 7d, or a date, such as 2026-01-31.'
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
