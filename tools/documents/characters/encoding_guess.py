"""Guesses the encoding of text that declares none and is not Unicode.

charset-normalizer says in which encodings bytes are text without a mess. Often several are left, such as Windows-1250
and Windows-1252 for one Polish text: the languages that are written in each decide, by their letters and words.
"""

import codecs
import re
from collections import Counter
from typing import NamedTuple

from outlast.tools.documents.characters.language import stop_word_counts
from outlast.tools.documents.characters.language_words import FREQUENT_LETTERS, LATIN_LETTERS

WESTERN = "cp1252"
"""The encoding to assume without evidence: by far the most frequent one of text that is not Unicode."""
SAMPLE_BYTES = 32 * 1024
MIN_EVIDENCE = 6
"""The fewest characters beyond ASCII from which another encoding than Windows-1252 is concluded."""
MIN_EVIDENCE_OF_MESS = 2
"""The fewest ones if Windows-1252 makes a mess of them, such as a sign in the middle of a word."""
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
    "iso8859_6": ("ar",),
    "cp1257": ("lt", "lv", "et"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "mac_roman": ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "is"),
    "cp858": ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi"),
    "cp852": ("pl", "cs", "sk", "hu", "hr", "ro"),
    "gb18030": ("zh",),
    "big5hkscs": ("zh",),
    "cp932": ("ja",),
    "euc_jp": ("ja",),
    "cp949": ("ko",),
}
"""Python's codecs, the likelier ones first, and the languages that are written in each."""
COMMON_LEAD_BYTES = {
    "gb18030": (0xB0, 0xD7),
    "big5hkscs": (0xA4, 0xC6),
    "cp932": (0x82, 0x97),
    "euc_jp": (0xA4, 0xCF),
    "cp949": (0xB0, 0xC8),
}
"""The first bytes of the characters that each standard calls common. Another encoding's bytes, read in pairs, are rare
characters."""
COMMON_WEIGHT = {"zh": 0.8, "ja": 0.9, "ko": 0.9}
"""Common characters say a little less than frequent ones. All bytes of a Korean syllable are also those of a Chinese
character, but not the other way round."""
MULTIBYTE = frozenset(COMMON_LEAD_BYTES)
KANA = re.compile(r"[\u3041-\u30ff]")
EAST_ASIAN_SIGN = re.compile(r"[\u3000-\u303f\uff01-\uff60]")
OF_LANGUAGE = {
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ja": re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
}
NAMES = {"cp949": "euc-kr", "cp932": "shift_jis", "cp874": "windows-874", "big5hkscs": "big5", "mac_roman": "macintosh"}
NORMALIZER_NAMES = {"big5hkscs": "big5", "cp858": "cp850"}
"""What charset-normalizer tries in their place: the standard's Big5 is a superset of that one, and CP858 has a euro."""

BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
TYPOGRAPHY = frozenset("\u00a0«»„“”‚‘’‹›–—…•·§°©®€£²³½¼™№×¡¿¨´º")
"""Characters of any language, which say nothing about the encoding but that they are plausible."""
CAPITAL_INSIDE = re.compile(r"[a-zß-öø-ÿа-яё][À-ÖØ-ÞŠŽŸА-ЯЁ]")
"""Letters of the wrong case, as a text in KOI8 has them when it is read in Windows-1251."""
SIGN_INSIDE = re.compile(
    r"(?<=[A-Za-z\u00c0-\u00ff])"
    r"(?:[\u0080-\u009f\u20ac\u201a\u201e\u2020\u2021\u02c6\u2030\u2039\u02dc\u2122\u203a\u00a1-\u00bf\u00d7\u00f7]"
    r"(?=[A-Za-z\u00c0-\u00ff])|[\u201a\u201e\u00a1\u00bf])|[\u00a2\u00a3\u00a5\u00b3\u00b9](?=[a-z\u00e0-\u00ff]{3})"
)
"""A sign in a word, or an opening one at its end, as no language has them: `Op³ata`, `caf‚`, `£ukasz`."""
ALLOWED_INSIDE = frozenset("\u00ad·´¨ªº")
CAPITALS_WEIGHT, USUAL_CAPITALS = 0.15, 0.3
"""Of two encodings that differ in case, the one that reads small letters is likelier."""


LATIN_9 = "iso8859_15"
LATIN_9_SIGNS = re.compile(rb"\xa4|(?<=[A-Za-z\xc0-\xff])[\xa6\xa8\xb4\xb8\xbc\xbd\xbe](?=[a-z\xe0-\xff])")
"""Where ISO 8859-15 has the euro and letters, Windows-1252 has signs that are rare, and never inside words."""
WINDOWS_BYTES = re.compile(rb"[\x80-\x9f]")


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
    evidence = MIN_EVIDENCE_OF_MESS if _is_mess(sample.decode(WESTERN, errors="replace")) else MIN_EVIDENCE
    fits = {codec: fit for codec in _plausible(sample) if (fit := _fit(sample, codec, evidence)) is not None}
    best = max(fits, key=lambda codec: fits[codec], default=WESTERN)
    if best != WESTERN and fits[best] >= max(MIN_FIT, fits.get(WESTERN, 0.0) + MIN_LEAD):
        return best
    return LATIN_9 if LATIN_9_SIGNS.search(content) and not WINDOWS_BYTES.search(content) else WESTERN


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


def _is_mess(text: str) -> bool:
    """Return whether a text in Windows-1252 is hardly one: characters that do not exist, or signs inside of words."""
    beyond = [character for character in BEYOND_ASCII.findall(text) if character != "\ufffd"]
    wrong = _wrong_case(text) + len(_signs_inside(text))
    return "\ufffd" in text or (wrong >= MIN_EVIDENCE_OF_MESS and wrong * 4 >= len(beyond))


def _wrong_case(text: str) -> int:
    return len(CAPITAL_INSIDE.findall(text))


def _signs_inside(text: str) -> list[str]:
    return [sign for sign in SIGN_INSIDE.findall(text) if sign not in ALLOWED_INSIDE]


def _fit(sample: bytes, codec: str, evidence: int) -> float | None:
    """Return how well the bytes fit an encoding, from 0 to 1; None if they cannot be in it, or say nothing.

    `evidence` is the fewest characters beyond ASCII that say something.
    """
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    beyond = BEYOND_ASCII.findall(text)
    telling = [character for character in beyond if character not in TYPOGRAPHY]
    if len(telling) < _least(codec, evidence):
        return None
    found, _ = stop_word_counts(text)
    most = max(found.values(), default=0) or 1
    fits = [_Fit(_share(telling, language, codec), found[language] / most) for language in ENCODINGS[codec]]
    wrong = (_wrong_case(text) + len(_signs_inside(text))) / len(telling)
    capitals = sum(map(str.isupper, telling)) / len(telling)
    return max(fit.total for fit in fits) - min(wrong, 0.5) - CAPITALS_WEIGHT * max(0.0, capitals - USUAL_CAPITALS)


def _least(codec: str, evidence: int) -> int:
    if codec == WESTERN:
        return 1
    return min(evidence, MIN_EVIDENCE // 2) if codec in MULTIBYTE else evidence


def _share(telling: list[str], language: str, codec: str) -> float:
    if language in LATIN_LETTERS:
        letters = LATIN_LETTERS[language] + LATIN_LETTERS[language].upper()
        return sum(character in letters for character in telling) / len(telling)
    letters, usual = FREQUENT_LETTERS[language]
    frequent = sum(character in letters or character.lower() in letters for character in telling)
    share = min(1.0, frequent / len(telling) / usual)
    return max(share, _common_share(telling, language, codec)) if codec in MULTIBYTE else share


def _common_share(telling: list[str], language: str, codec: str) -> float:
    """Return the weighted share of the characters that the standard of an East Asian encoding calls common.

    A text without frequent characters, such as the names and values of a table, is recognized by it.
    """
    if codec == "euc_jp" and not any(map(KANA.match, telling)):
        return 0.0  # Chinese has the same bytes
    first, last = COMMON_LEAD_BYTES[codec]
    common = sum(
        count
        for character, count in Counter(telling).items()
        if EAST_ASIAN_SIGN.match(character)
        or (OF_LANGUAGE[language].match(character) and first <= character.encode(codec, "replace")[0] <= last)
    )
    return COMMON_WEIGHT[language] * common / len(telling)
