"""Guesses the encoding of text that declares none and is not Unicode.

charset-normalizer says in which encodings bytes are text without a mess. Often several are left, such as Windows-1250
and Windows-1252 for one Polish text: the languages that are written in each decide, by their letters and words.
"""

import codecs
import re
from typing import NamedTuple

from outlast.tools.documents.characters.language import stop_word_counts
from outlast.tools.documents.characters.language_words import FREQUENT_LETTERS, LATIN_LETTERS

WESTERN = "cp1252"
"""The encoding to assume without evidence: by far the most frequent one of text that is not Unicode."""
SAMPLE_BYTES = 32 * 1024
MIN_EVIDENCE = 6
"""The fewest characters beyond ASCII from which another encoding than Windows-1252 is concluded."""
MIN_FIT = 0.5
MIN_LEAD = 0.1
"""By how much another encoding must fit better than Windows-1252."""

ENCODINGS: dict[str, tuple[str, ...]] = {
    WESTERN: ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "is", "et"),
    "cp1250": ("pl", "cs", "sk", "hu", "hr", "ro"),
    "iso8859_2": ("pl", "cs", "sk", "hu", "hr", "ro"),
    "cp1251": ("ru", "uk", "bg", "sr"),
    "koi8_r": ("ru", "bg"),
    "koi8_u": ("uk",),
    "cp866": ("ru", "bg"),
    "iso8859_5": ("ru", "uk", "bg", "sr"),
    "mac_cyrillic": ("ru", "uk", "bg", "sr"),
    "cp1253": ("el",),
    "cp1254": ("tr",),
    "cp1255": ("he",),
    "cp1256": ("ar",),
    "cp1257": ("lt", "lv", "et"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "mac_roman": ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "is"),
    "cp850": ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi"),
    "cp852": ("pl", "cs", "sk", "hu", "hr", "ro"),
    "gb18030": ("zh",),
    "big5hkscs": ("zh",),
    "cp932": ("ja",),
    "euc_jp": ("ja",),
    "cp949": ("ko",),
}
"""Python's codecs, the likelier ones first, and the languages that are written in each."""
MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"})
NAMES = {"cp949": "euc-kr", "cp932": "shift_jis", "cp874": "windows-874", "big5hkscs": "big5", "mac_roman": "macintosh"}
NORMALIZER_NAMES = {"big5hkscs": "big5"}
"""What charset-normalizer calls these: the standard's Big5 is a superset of the one that it tries."""

BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
TYPOGRAPHY = frozenset("\u00a0«»„“”‚‘’‹›–—…•·§°©®€£²³½¼™№×¡¿¨´º")
"""Characters of any language, which say nothing about the encoding but that they are plausible."""
CAPITAL_INSIDE = re.compile(r"[a-zß-öø-ÿа-яё][À-ÖØ-ÞŠŽŸА-ЯЁ]")
"""Letters of the wrong case, as a text in KOI8 has them when it is read in Windows-1251."""
CAPITALS_WEIGHT, USUAL_CAPITALS = 0.15, 0.3
"""Of two encodings that differ in case, the one that reads small letters is likelier."""


class _Fit(NamedTuple):
    share: float
    """Of the characters beyond ASCII: how many are letters that the best fitting language uses, from 0 to 1."""
    language: float
    """How much the words say that it is that language, from 0 to 1."""

    @property
    def total(self) -> float:
        return self.share * (0.7 + 0.3 * self.language)


def guess_encoding(content: bytes) -> str:
    """Return Python's name of the codec of bytes that are text, but not UTF-8; Windows-1252 without enough evidence.

    The answer is no more than a guess. `content` should hold only the lines that are not UTF-8.
    """
    sample = content[:SAMPLE_BYTES]
    if len(content) > SAMPLE_BYTES:  # not in the middle of a character, which no encoding would decode
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    fits = {codec: fit for codec in _plausible(sample) if (fit := _fit(sample, codec)) is not None}
    best = max(fits, key=lambda codec: fits[codec], default=WESTERN)
    if best == WESTERN or fits[best] < MIN_FIT:
        return WESTERN
    return best if fits[best] >= fits.get(WESTERN, 0.0) + MIN_LEAD else WESTERN


def encoding_name(codec: str) -> str:
    """Return the name by which people know a codec of Python: `windows-1251`."""
    if codec in NAMES:
        return NAMES[codec]
    return codec.replace("cp125", "windows-125").replace("_", "-").replace("iso8859", "iso-8859")


def _plausible(sample: bytes) -> list[str]:
    """Return the encodings in which the bytes are text by charset-normalizer; all that decode them if it finds none."""
    names = {NORMALIZER_NAMES.get(codec, codec): codec for codec in ENCODINGS}
    from charset_normalizer import from_bytes  # noqa: PLC0415 - importing it takes 20 ms, and few files need it

    matches = from_bytes(sample, cp_isolation=list(names), enable_fallback=False)
    found = {names[match.encoding] for match in matches if match.encoding in names}
    return [codec for codec in ENCODINGS if codec in found or codec == WESTERN] if found else list(ENCODINGS)


def _fit(sample: bytes, codec: str) -> float | None:
    """Return how well the bytes fit an encoding, from 0 to 1; None if they cannot be in it, or say nothing."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    beyond = BEYOND_ASCII.findall(text)
    telling = [character for character in beyond if character not in TYPOGRAPHY]
    if len(telling) < (MIN_EVIDENCE // 2 if codec in MULTIBYTE else 1) or (
        codec != WESTERN and codec not in MULTIBYTE and len(telling) < MIN_EVIDENCE
    ):
        return None
    found, _ = stop_word_counts(text)
    most = max(found.values(), default=0) or 1
    fits = [_Fit(_share(telling, language), found[language] / most) for language in ENCODINGS[codec]]
    wrong_case = len(CAPITAL_INSIDE.findall(text)) / len(telling)
    capitals = sum(map(str.isupper, telling)) / len(telling)
    return max(fit.total for fit in fits) - min(wrong_case, 0.5) - CAPITALS_WEIGHT * max(0.0, capitals - USUAL_CAPITALS)


def _share(telling: list[str], language: str) -> float:
    if language in LATIN_LETTERS:
        letters = LATIN_LETTERS[language] + LATIN_LETTERS[language].upper()
        return sum(character in letters for character in telling) / len(telling)
    letters, usual = FREQUENT_LETTERS[language]
    frequent = sum(character in letters or character.lower() in letters for character in telling)
    return min(1.0, frequent / len(telling) / usual)
