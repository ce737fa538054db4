"""Words as search and ranking use them: in lower case, stemmed, without stop words."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol, cast

import snowballstemmer

WORD = re.compile(r"\w+")

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are aren as at be because been before being between both but by can cannot
    could couldn d did didn do does doesn doing don during each else few for from further get gets give given go
    goes had has hasn have haven having he her here hers him his how however i if in into is isn it its itself just
    let like ll m make makes many may me might more most much must my no nor not of off on once one only or other
    our ours out over own re s same say says shall she should shouldn so some someone something such t take tell
    than that the their theirs them then there these they thing things this those through to too under until up us
    use used uses using ve very want was wasn way we well were weren what whatever when where whether which while
    who whom whose why will with within without won would wouldn yes yet you your
    """.split()
)


class Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - snowballstemmer's name


_STEMMING = threading.Lock()  # a stemmer keeps its current word as state: threads would mix their words up
_PORTER = cast("Stemmer", snowballstemmer.stemmer("porter"))  # the algorithm of SQLite's `porter` tokenizer


def words(text: str) -> Iterator[str]:
    """Return each word of `text`, folded for comparison. A word has letters, digits and underscores of any script."""
    composed = unicodedata.normalize("NFC", text)  # a separate combining accent would split a word
    return (match.group().casefold() for match in WORD.finditer(composed))


def content_words(text: str) -> list[str]:
    """Return the words that are no stop words, in order of first appearance, without repeats."""
    return list(dict.fromkeys(word for word in words(text) if word not in STOP_WORDS and word.strip("_")))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return the Porter stem of one folded word. Safe in threads."""
    with _STEMMING:
        return _PORTER.stemWord(word.strip("_") or word)


@lru_cache(maxsize=100_000)
def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of the words of a short text, in order."""
    return tuple(stem(word) for word in words(text))


UNSEARCHABLE_SCRIPT_MESSAGE = (
    "The question is in a script without spaces between words (such as Chinese, Japanese or Thai), but search works "
    "by words. Ask in another language."
)
UNSPACED_CHARACTER = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Tibetan, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "]"
)


def is_unspaced_script(text: str) -> bool:
    """Whether most letters of `text` are of a script without spaces. A single name in such a script does not count."""
    letters = sum(character.isalpha() for character in text)
    return len(UNSPACED_CHARACTER.findall(text)) * 2 > letters
