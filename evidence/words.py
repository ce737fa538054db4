"""Words as search and ranking use them: in lower case, stemmed, without stop words, in any script."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Protocol, cast

import Stemmer  # the name of PyStemmer's module

from outlast.evidence.letters import fold_letters
from outlast.evidence.stop_words import STOP_WORDS_BY_LANGUAGE, language_of_question
from outlast.evidence.unspaced import (
    LINE_BREAK,
    UNSPACED_RUN,
    asked_pairs,
    fold_widths,
    is_single_unit,
    is_unspaced,
    last_unit,
    pairs_of,
    without_asking,
)

# Python's \w has no combining marks, without which the words of most Indian scripts fall apart.
MARKS = "".join(chr(code) for code in range(0x0300, 0x1E00) if unicodedata.category(chr(code)).startswith("M"))
WORD = re.compile(rf"[\w{MARKS}]+")
MARK = re.compile(f"[{MARKS}]")
NAMES_LIKE_STOP_WORDS = re.compile(r"\b(?:AS|AT|CAN|IT|US|WHO)\b")
WORD_WITH_MARKS = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
WORD_WITHOUT_MARKS = re.compile(r"[^\W_]+")
ASCII_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}
LATIN_MARK = re.compile("[\u0300-\u036f]+")

ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""Snowball's algorithms by language (ISO 639-1). English, and every other language, has the one of Porter."""
DEFAULT_ALGORITHM = "porter"


MAX_KEPT_STEMS = 200_000  # of each language


class WordStemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - PyStemmer's name


class Stems(dict[str, str]):
    """The stems of the words of one language, each made when it is asked for first. Safe in threads."""

    def __init__(self, language: str) -> None:
        super().__init__()
        algorithm = ALGORITHMS.get(language, DEFAULT_ALGORITHM)
        self._stemmer = cast("WordStemmer", Stemmer.Stemmer(algorithm, 0))  # 0: it keeps no stems itself
        self._lock = threading.Lock()  # a stemmer has its current word as state: threads would mix their words up

    def __missing__(self, word: str) -> str:
        if len(self) >= MAX_KEPT_STEMS:
            self.clear()
        self[word] = stemmed = self._make(word)
        return stemmed

    def _make(self, word: str) -> str:
        if is_unspaced(word):
            return word
        with self._lock:
            stemmed = self._stemmer.stemWord(word.strip("_") or word)
        return stemmed if stemmed.isascii() else without_accents(stemmed)


@cache
def stems_in(language: str) -> Stems:
    return Stems(language)


def words(text: str) -> Iterator[str]:
    """Yield each word of `text`, folded for comparison. A word has letters, digits and underscores of any script.

    Of scripts in which spaces do not tell words apart, it yields overlapping pairs of characters.
    """
    for word, is_unspaced_run in _runs(text):
        if is_unspaced_run:
            yield from pairs_of(word)
        else:
            yield word


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each folded word of `text`, and each run of characters in a script without spaces, marked by True."""
    for part, is_unspaced_run in _split_scripts(text):
        if is_unspaced_run:
            yield part, True
        else:
            yield from ((word.casefold(), False) for word in WORD.findall(part))


def _split_scripts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text, with one form of each letter. Runs in a script without spaces are marked by True."""
    if text.isascii():
        yield text, False
        return
    composed = fold_widths(fold_letters(text))
    start = 0
    if UNSPACED_RUN.search(composed):
        composed = LINE_BREAK.sub("", composed)
        for run in UNSPACED_RUN.finditer(composed):
            yield composed[start : run.start()], False
            yield run.group(), True
            start = run.end()
    yield composed[start:], False


def content_words(text: str) -> list[str]:
    """Return the words that are no stop words of their language, in order of first appearance, without repeats.

    In a question that is not all in capitals, AT&T, IT, US and WHO are names, which look like stop words.
    """
    stop_words = STOP_WORDS_BY_LANGUAGE[language_of_question(text)]
    names = frozenset[str]() if text.isupper() else frozenset(map(str.casefold, NAMES_LIKE_STOP_WORDS.findall(text)))
    asked: dict[str, None] = {}
    for word, is_unspaced_run in _runs(without_asking(text) if UNSPACED_RUN.search(text) else text):
        if is_unspaced_run:
            asked.update(dict.fromkeys(asked_pairs(word)))
        elif (word not in stop_words or word in names) and word.strip("_"):
            asked[word] = None
    return list(asked)


def stem(word: str, language: str = "en") -> str:
    """Return the stem of one folded word in a language (ISO 639-1), without accents. Safe in threads."""
    return stems_in(language)[word]


def without_accents(word: str) -> str:
    """Return a word of the Latin, Greek or Cyrillic script without its accents: people often leave them out."""
    return unicodedata.normalize("NFC", LATIN_MARK.sub("", unicodedata.normalize("NFD", word)))


@lru_cache(maxsize=100_000)
def stems_of(text: str, language: str = "en") -> tuple[str, ...]:
    """Return the stems of the words of a short text, in order."""
    return tuple(stem(word, language) for word in words(text))


def index_terms(text: str, language: str = "en", *, run_ends: bool = False) -> list[str]:
    """Return the terms by which a search finds a text: the stems of its words, and of their parts between underscores.

    With `run_ends`, as an index has them, the last character of a run in a script without spaces is a term too, so that
    each character of the run begins a term.
    """
    terms: list[str] = []
    stems = stems_in(language)
    for part, is_unspaced_run in _split_scripts(text):
        if is_unspaced_run:
            terms += pairs_of(part)
            if run_ends and not is_single_unit(part):
                terms.append(last_unit(part))
        else:
            terms += map(stems.__getitem__, _split_words(part.casefold()))
    return terms


def _split_words(text: str) -> list[str]:
    """Return the words of a text, and the parts of those with underscores. A whole collection goes through here."""
    if text.isascii():
        return text.translate(ASCII_SPACES).split()
    return (WORD_WITH_MARKS if MARK.search(text) else WORD_WITHOUT_MARKS).findall(text)
