"""Words that a text writes apart and a question together, or the other way: post-war and postwar, 1,800 and 1800.

Only words that no document has are looked for in this way, so each way of writing must stand in a document.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from outlast.evidence.letters import fold_letters
from outlast.evidence.stop_words import STOP_WORDS
from outlast.evidence.unspaced import is_unspaced

IsPhrase = Callable[[str], bool]
"""Returns whether a passage has these words, one directly after another."""

MIN_CHARACTERS = 4
MAX_CHARACTERS = 40
"""An IBAN has up to 34 characters."""
MIN_LETTERS = 2
"""Number of letters of the shorter part of a word of two parts."""
LETTERS_OF_NAMES = "odl"
"""Names such as O'Neil and D'Arcy begin with a letter of its own."""
MAX_LOOKUPS = 200
MAX_NEIGHBOURS = 9
PREFIXES = frozenset({"re", "un"})
"""Stop words that are the first parts of words too."""
MAX_OCCURRENCES = 3
"""Of a word in the question."""
APART = re.compile(r"(?:(?!\w)[^-\u2010\u2011.,'’/ \u00a0\u202f])+|\W{2,}")
JOINT = re.compile(r"(?<=\w)[-\u2010\u2011.,'’/ \u00a0\u202f](?=\w)")


def written_apart(word: str, is_phrase: IsPhrase) -> str | None:
    """Return the parts, joined by spaces, in which documents write a word; None if they do not have it."""
    if not MIN_CHARACTERS <= len(word) <= MAX_CHARACTERS or is_unspaced(word):
        return None
    if word.isalpha():
        shortest = 1 if word[0] in LETTERS_OF_NAMES else MIN_LETTERS
        halves = ((word[:cut], word[cut:]) for cut in range(shortest, len(word) - MIN_LETTERS + 1))
        return next((" ".join(both) for both in halves if may_be_parts(*both) and is_phrase(" ".join(both))), None)
    return next(_groups(word, "", is_phrase, iter(range(MAX_LOOKUPS))), None)


def may_be_parts(first: str, second: str) -> bool:
    """Return whether two words may be one: `over time` is not `overtime`."""
    return (first not in STOP_WORDS or first in PREFIXES) and second not in STOP_WORDS


def _groups(rest: str, before: str, is_phrase: IsPhrase, lookups: Iterator[int]) -> Iterator[str]:
    """Yield groups of digits and letters whose phrase stands in a document, longest groups first."""
    for length in range(len(rest) if before else len(rest) - 1, 0, -1):
        if next(lookups, None) is None:
            return
        phrase = f"{before} {rest[:length]}".strip()
        if is_phrase(phrase):
            if length == len(rest):
                yield phrase
            else:
                yield from _groups(rest[length:], phrase, is_phrase, lookups)


def written_together(word: str, question: str, is_word: IsPhrase) -> str | None:
    """Return the word into which documents join `word` and its neighbours in the question; None if there is none."""
    places = (
        (parts, place)
        for run in APART.split(fold_letters(question).casefold())
        for parts in [JOINT.split(run.strip())]
        for place, part in enumerate(parts)
        if part == word
    )
    joined = (_joined_around(parts, place, is_word) for parts, place in islice(places, MAX_OCCURRENCES))
    return next((each for each in joined if each), None)


def _joined_around(parts: list[str], place: int, is_word: IsPhrase) -> str | None:
    lookups = iter(range(MAX_LOOKUPS))
    for count in range(2, MAX_NEIGHBOURS + 1):
        for start in range(max(0, place - count + 1), min(place, len(parts) - count) + 1):
            joined = "".join(parts[start : start + count])
            if next(lookups, None) is None or len(joined) > MAX_CHARACTERS:
                return None
            if len(joined) >= MIN_CHARACTERS and is_word(joined):
                return joined
    return None
