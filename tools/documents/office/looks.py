"""Whether people see letters, by their size, and by their color and the color behind them.

Colors are six hexadecimal digits in lower case; "" stands for a color that is not known, and hides nothing.
"""

import re

WHITE = "ffffff"
UNKNOWN = ""
HEX_COLOR = re.compile(r"#?(?:[0-9a-fA-F]{2})?([0-9a-fA-F]{6})")
"""Spreadsheets write the opacity before the color."""
MAX_TINY_POINTS = 1.5  # as in PDFs: no text that is to be read is that small
MIN_CONTRAST = 16  # of 255, of one of the three parts of a color


def color_code(value: str | None) -> str:
    """Return a color as six digits; UNKNOWN for `auto`, names and the like."""
    found = HEX_COLOR.fullmatch(value or "")
    return found.group(1).lower() if found else UNKNOWN


def is_unseen(color: str | None, ground: str | None, points: float | None) -> bool:
    """Return whether nobody sees letters of a color and a size (in points) on a ground. None is not known either."""
    if points is not None and points <= MAX_TINY_POINTS:
        return True
    if not color or not ground:
        return False
    parts = zip(_parts(color), _parts(ground), strict=True)
    return all(abs(one - other) < MIN_CONTRAST for one, other in parts)


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[:2], 16), int(color[2:4], 16), int(color[4:], 16)
