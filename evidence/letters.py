"""One form of each letter and digit, so that words that are written alike for a reader are the same word.

Texts have soft hyphens and other characters that nobody sees inside words, raised and lowered digits, ligatures, digits
of other scripts, and the vowel signs of Arabic and Hebrew, which are mostly left out. Questions have them elsewhere.
"""

import re
import unicodedata

UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
"""Characters that Unicode calls ignorable: joiners, soft hyphens, marks of direction, variants of a glyph."""
VOWEL_SIGNS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
)
"""Hebrew points and accents, Arabic vowel signs, and the line that lengthens an Arabic word."""
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
RAISED_RUN = re.compile("[⁰¹²³⁴-⁹]+")
LETTERS = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h",
    "Ħ": "H", "ŀ": "l", "Ŀ": "L", "ĳ": "ij", "Ĳ": "IJ", "ŉ": "n", "ſ": "s", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi",
    "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
}  # fmt: skip
ZEROS = "٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０"
DIGITS = {chr(ord(zero) + digit): str(digit) for zero in ZEROS for digit in range(10)}
LOWERED = {chr(0x2080 + digit): str(digit) for digit in range(10)}
REPLACED = {**LETTERS, **DIGITS, **LOWERED}
TO_FOLD = re.compile(f"[{UNSEEN}{VOWEL_SIGNS}{''.join(REPLACED)}⁰¹²³⁴-⁹]+")


def fold_letters(text: str) -> str:
    """Return a text with one form of each letter and digit, for comparison: 10⁶ as 10^6, H₂O as H2O, Œuvre as OEuvre.

    The result may have another length.
    """
    return TO_FOLD.sub(_fold, unicodedata.normalize("NFC", text))


def _fold(found: re.Match[str]) -> str:
    raised = RAISED_RUN.sub(lambda run: f"^{run.group().translate(RAISED)}", found.group())
    return "".join(letter if letter.isascii() else REPLACED.get(letter, "") for letter in raised)
