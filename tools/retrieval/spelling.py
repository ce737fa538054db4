"""Other spellings of a word: British or American, or a slip of the pen away."""

from collections.abc import Iterator

# Pairs that English spells in two ways. Each is tried in both directions; what no document has is dropped.
SPELLING_PAIRS = (
    *(("isation", "ization"), ("ise", "ize"), ("ising", "izing"), ("yse", "yze"), ("our", "or"), ("ogue", "og")),
    *(("tre", "ter"), ("ence", "ense"), ("ll", "l"), ("ae", "e"), ("oe", "e"), ("ph", "f"), ("gramme", "gram")),
    *(("grey", "gray"), ("cheque", "check"), ("judgement", "judgment"), ("acknowledgement", "acknowledgment")),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MIN_CORRECTED_CHARACTERS = 5  # a shorter word is one letter away from too many others
MAX_WORD_CHARACTERS = 30  # and a longer one is no word


def spelling_variants(word: str) -> Iterator[str]:
    """The other spellings that a language has for it, whether or not they are words; none for what is no word."""
    if len(word) > MAX_WORD_CHARACTERS:
        return
    for one, other in SPELLING_PAIRS:
        for written, instead in ((one, other), (other, one)):
            if written in word and not (written in instead and instead in word):
                yield from replace_spelling(word, written, instead)


def replace_spelling(word: str, written: str, instead: str) -> Iterator[str]:
    """Everywhere in the word, and at each place alone: an encyclopedia has three e, and one of them was ae."""
    parts = word.split(written)
    yield instead.join(parts)
    if len(parts) > 2:
        for at in range(1, len(parts)):
            yield f"{written.join(parts[:at])}{instead}{written.join(parts[at:])}"


def single_edits(word: str) -> Iterator[str]:
    """Everything that is one letter more, less or other, or two neighbours exchanged; nothing for what is no word."""
    if not (MIN_CORRECTED_CHARACTERS <= len(word) <= MAX_WORD_CHARACTERS and word.isascii() and word.isalpha()):
        return
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (f"{before}{letter}{after}" for letter in LETTERS)
        if after:
            yield before + after[1:]
            yield from (f"{before}{letter}{after[1:]}" for letter in LETTERS)
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
