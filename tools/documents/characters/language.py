"""The language of a text, by its script and its most frequent words. It is "" where a text is too short to say."""

import re
from collections import Counter

from outlast.tools.documents.characters.language_words import STOP_WORDS

SAMPLE_CHARACTERS = 20_000
MIN_STOP_WORDS = 1.5
"""The fewest frequent words; one that several languages share counts for a part of a word in each."""
MIN_STOP_WORD_SHARE = 0.08
"""Half of a running text consists of such words, and a tenth of a table with some remarks in it."""
MIN_LEAD = 1.15
"""By how much the best language must lead over the next one. Danish and Norwegian share most of their words."""
MIN_SCRIPT_SHARE = 0.3
"""Of all letters: a Japanese manual may be full of names in Latin letters."""
MIN_KANA_SHARE = 0.03
"""Of all Japanese and Chinese characters. Japanese has many kana, and Chinese has none but in names."""
MIN_SCRIPT_LETTERS = 4

SCRIPTS = {
    "latin": "A-Za-z\u00aa-\u024f\u1e00-\u1eff",
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0620-\u06ff\ufb50-\ufdff\ufe70-\ufefc",
    "han": "\u3400-\u9fff",
    "kana": "\u3041-\u30ff",
    "hangul": "\u1100-\u11ff\uac00-\ud7a3",
    "thai": "\u0e01-\u0e5b",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "hebrew": "\u05d0-\u05f4",
}
LANGUAGE_OF_SCRIPT = {"hangul": "ko", "thai": "th", "greek": "el", "hebrew": "he"}
LANGUAGES_OF_SCRIPT = {
    "cyrillic": ("ru", "uk", "bg", "sr"),
    "arabic": ("ar", "fa"),
    "latin": tuple("en de fr es it pt nl pl sv da no fi cs hu ro tr".split()),
}
TELLING_LETTERS = {
    "ru": "ыэё",
    "uk": "іїєґ",
    "sr": "ђјљњћџ",
    "fa": "پچژگ",
    "de": "ß",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "pl": "ąęłśźż",
    "sv": "åä",
    "da": "åæø",
    "no": "åæø",
    "fi": "ä",
    "cs": "ěřů",
    "hu": "őű",
    "ro": "ășț",
    "tr": "ğış",
}
"""Letters that few other languages of their script have. Each counts for a part of a frequent word."""
TELLING_LETTER_WEIGHT = 0.7
LETTERS = re.compile(f"[{''.join(SCRIPTS.values())}]")
OF_SCRIPT = {name: re.compile(f"[{letters}]") for name, letters in SCRIPTS.items()}
WORD = re.compile(r"[^\W\d_]+")
ASCII = re.compile(r"[\x00-\x7f]+")
_OTHER_THAN_ASCII_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_ASCII_LETTERS_ALONE = dict.fromkeys(_OTHER_THAN_ASCII_LETTERS, " ")

_LANGUAGES_OF_WORD: dict[str, tuple[str, ...]] = {}
for _language, _words in STOP_WORDS.items():
    for _word in _words:
        _LANGUAGES_OF_WORD[_word] = (*_LANGUAGES_OF_WORD.get(_word, ()), _language)


def detect_language(text: str) -> str:
    """Return the language of most of a text as ISO 639-1 (`de`); "" if there is too little of it, or two are as likely.

    It looks at the beginning and the middle of the text.
    """
    sample = text if len(text) <= SAMPLE_CHARACTERS else _sample(text)
    counts = _letters_by_script(sample)
    letters = sum(counts.values())
    east_asian = counts["han"] + counts["kana"]
    if east_asian >= max(MIN_SCRIPT_LETTERS, MIN_SCRIPT_SHARE * letters) and east_asian > counts["hangul"]:
        return "ja" if counts["kana"] >= max(1, MIN_KANA_SHARE * east_asian) else "zh"
    others = {name: count for name, count in counts.items() if name not in ("han", "kana")}
    script = max(others, key=lambda name: (name != "latin" and counts[name] > MIN_SCRIPT_SHARE * letters, counts[name]))
    if counts[script] < MIN_SCRIPT_LETTERS:
        return ""
    return LANGUAGE_OF_SCRIPT.get(script) or _by_words(sample, LANGUAGES_OF_SCRIPT[script])


def stop_word_counts(text: str) -> tuple[Counter[str], int]:
    """Return how many frequent words of each language a text has, and how many words in all.

    A word that several languages share counts for a part of a word in each of them.
    """
    found, words = Counter[str](), _words_of(text)
    for typed, count in Counter(words).items():  # a text has few different words, and each is looked up once
        languages = _LANGUAGES_OF_WORD.get(typed.lower(), ())
        for language in languages:
            found[language] += count / len(languages)  # pyright: ignore[reportArgumentType] - a Counter takes parts as well
    return found, len(words)


def _words_of(text: str) -> list[str]:
    if text.isascii():  # five times as fast as a search for words
        return text.translate(_ASCII_LETTERS_ALONE).split()
    return WORD.findall(text)


def _letters_by_script(sample: str) -> dict[str, int]:
    others = ASCII.sub("", sample)  # in most texts few characters are left, so that each script is looked for in those
    counts = {name: len(letters.findall(others)) for name, letters in OF_SCRIPT.items()}
    counts["latin"] += len(sample.encode("ascii", "ignore").translate(None, _OTHER_THAN_ASCII_LETTERS))
    return counts


def _by_words(sample: str, languages: tuple[str, ...]) -> str:
    found, words = stop_word_counts(sample)
    scores = {language: float(found[language]) for language in languages}
    if not sample.isascii():
        lowered = sample.lower()
        for language in scores.keys() & TELLING_LETTERS.keys():
            scores[language] += TELLING_LETTER_WEIGHT * sum(map(lowered.count, TELLING_LETTERS[language]))
    first, second = sorted(languages, key=lambda language: scores[language], reverse=True)[:2]
    is_enough = scores[first] >= MIN_STOP_WORDS and scores[first] >= MIN_STOP_WORD_SHARE * words
    return first if is_enough and scores[first] >= MIN_LEAD * scores[second] else ""


def _sample(text: str) -> str:
    half, middle = SAMPLE_CHARACTERS // 2, len(text) // 2
    return text[:half] + "\n" + text[middle : middle + half]
