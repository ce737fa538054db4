"""Cutting a text into the pieces that the encoder knows, exactly as the model was trained: BERT's uncased WordPiece."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

START, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
CONTINUED = "##"
"""The mark of a piece that does not begin its word."""
MAX_PIECES = 160
"""Later pieces of a text are left out: few sentences are longer, and time grows with the pieces."""
MAX_CHARACTERS = 4_000  # no text with more of them has fewer pieces than MAX_PIECES, unless it is hostile
MAX_WORD_CHARACTERS = 100  # the model knows no longer word
CHINESE_RANGES = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F)),
    *((0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)
ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


class WordPiece:
    """Turns texts into the numbers of their pieces. It has no state besides a cache, and any thread may use it."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._start, self._end, self._unknown = (self._numbers[piece] for piece in (START, END, UNKNOWN))
        self._cut_cached = lru_cache(maxsize=50_000)(self._cut)

    @classmethod
    def read(cls, file: Path) -> "WordPiece":
        """Read a vocabulary: a piece a line. Raises OSError, and ValueError if it is no vocabulary."""
        vocabulary = file.read_text(encoding="utf-8").splitlines()
        if missing := {START, END, UNKNOWN} - set(vocabulary):
            raise ValueError(f"{file} lacks the piece {min(missing)}")
        return cls(vocabulary)

    def numbers(self, text: str) -> list[int]:
        """Return the numbers of the pieces of `text`, between those of the start and the end."""
        pieces: list[int] = []
        for word in split_words(text[:MAX_CHARACTERS]):
            pieces += self._cut_cached(word)
            if len(pieces) >= MAX_PIECES - 2:
                break
        return [self._start, *pieces[: MAX_PIECES - 2], self._end]

    def _cut(self, word: str) -> tuple[int, ...]:
        """Cut a word into the longest pieces from its start. A word that cannot be cut is one unknown piece."""
        pieces: list[int] = []
        start = 0
        while start < len(word) <= MAX_WORD_CHARACTERS:
            mark = CONTINUED if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in self._numbers), None)
            if end is None:
                return (self._unknown,)
            pieces.append(self._numbers[mark + word[start:end]])
            start = end
        return tuple(pieces) or (self._unknown,)


def split_words(text: str) -> Iterator[str]:
    """Yield the words of a text in lower case without accents; each mark of punctuation is a word."""
    spaced = "".join(_spaced(character) for character in text)
    plain = "".join(each for each in unicodedata.normalize("NFD", spaced) if unicodedata.category(each) != "Mn")
    for part in plain.lower().split():
        start = 0
        for place, character in enumerate(part):
            if is_punctuation(character):
                if start < place:
                    yield part[start:place]
                yield character
                start = place + 1
        if start < len(part):
            yield part[start:]


def _spaced(character: str) -> str:
    """Return what the model saw for a character: nothing for a control character, and space around a Chinese one."""
    if character in "\t\n\r" or character.isspace():
        return " "
    code = ord(character)
    if code in (0, 0xFFFD) or unicodedata.category(character).startswith("C"):
        return ""
    return f" {character} " if code > 0x3000 and any(low <= code <= high for low, high in CHINESE_RANGES) else character


def is_punctuation(character: str) -> bool:
    if character.isascii():
        return character in ASCII_PUNCTUATION
    return unicodedata.category(character).startswith("P")
