"""Accents that are drawn over a letter as characters of their own, as older TeX writes them: `¨o` is read as `ö`.

An accent that stands beside a letter, such as an acute accent in place of an apostrophe, stays what it is.
"""

import re
from unicodedata import normalize

COMBINING = {
    "´": "\u0301",
    "`": "\u0300",
    "¨": "\u0308",
    "ˆ": "\u0302",
    "^": "\u0302",
    "˜": "\u0303",
    "~": "\u0303",
    "¯": "\u0304",
    "˘": "\u0306",
    "˙": "\u0307",
    "˚": "\u030a",
    "˝": "\u030b",
    "ˇ": "\u030c",
}
DOTLESS = {"ı": "i", "ȷ": "j"}
ACCENTED = re.compile(r"[´`¨ˆ^˜~¯˘˙˚˝ˇ][^\W\d_]")


def composed(accent_and_letter: str) -> str:
    """Return the letter with its accent as one character; "" if there is no such character."""
    accent, letter = accent_and_letter
    both = normalize("NFC", DOTLESS.get(letter, letter) + COMBINING[accent])
    return both if len(both) == 1 else ""
