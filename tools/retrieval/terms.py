"""A query in the words of a collection: how common each is, how else it is spelt, what else may be said for it."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.sources import Term
from outlast.evidence.words import stem
from outlast.tools.retrieval.fts_query import MAX_QUERY_CHARACTERS, extract_query_words, match_any
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

COUNT_MATCHES_SQL = "SELECT count(*) FROM passages WHERE passages MATCH ?"
ANY_MATCH_SQL = "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1"
PASSAGE_COUNT_SQL = "SELECT doc FROM vocabulary WHERE term = ?"


@dataclass(frozen=True)
class ParsedQuery:
    """`words` and `synonyms` are FTS5 expressions; empty where there is nothing to search for."""

    terms: Sequence[Term]
    words: str
    synonyms: str


def parse_query(text: str, index: sqlite3.Connection, thesaurus: Thesaurus) -> ParsedQuery:
    """What `text` asks of this index. Words that no document knows are mended, where one that it knows is near."""
    typed = extract_query_words(text)
    related = thesaurus.synonyms(text[:MAX_QUERY_CHARACTERS])
    terms: list[Term] = []
    expressions: list[str] = []
    others: dict[str, None] = {}
    for word, forms in typed.items():
        spellings = [other for other in dict.fromkeys(spelling_variants(word)) if contains_phrase(index, other)]
        expression = match_any({*forms, *spellings})
        [frequency] = index.execute(COUNT_MATCHES_SQL, (expression,)).fetchone()
        # A name is not mended, or a document about something else would seem to know it.
        if not frequency and word in text and (mended := nearest_word(index, word)):
            spellings = [mended]
            expression = match_any(spellings)
            [frequency] = index.execute(COUNT_MATCHES_SQL, (expression,)).fetchone()
        synonyms = tuple(other for other in related.get(word, ()) if contains_phrase(index, other))
        others_frequency = 0
        if synonyms and not frequency:
            [others_frequency] = index.execute(COUNT_MATCHES_SQL, (match_any(synonyms),)).fetchone()
        terms.append(
            Term(
                word=word,
                frequency=frequency,
                spellings=tuple(spellings),
                synonyms=synonyms,
                synonyms_frequency=others_frequency,
            )
        )
        expressions.append(expression)
        others.update(dict.fromkeys(synonyms))
    return ParsedQuery(terms, " OR ".join(expressions), match_any(others) if others else "")


def contains_phrase(index: sqlite3.Connection, words: str) -> bool:
    """Does any passage contain these words, one after the other?"""
    return index.execute(ANY_MATCH_SQL, (match_any([words]),)).fetchone() is not None


def nearest_word(index: sqlite3.Connection, word: str) -> str | None:
    """The most common word of the collection that is a slip of the pen away."""
    found = [(count, near) for near in dict.fromkeys(single_edits(word)) if (count := count_passages(index, near))]
    return max(found)[1] if found else None


def count_passages(index: sqlite3.Connection, word: str) -> int:
    row = index.execute(PASSAGE_COUNT_SQL, (stem(word),)).fetchone()
    return row[0] if row else 0


def merge_terms(queries: Sequence[ParsedQuery]) -> tuple[Term, ...]:
    """The terms of all queries, each word once, as the first query that has it found it."""
    terms = {term.word: term for query in reversed(queries) for term in query.terms}
    order = dict.fromkeys(term.word for query in queries for term in query.terms)
    return tuple(terms[word] for word in order)


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
