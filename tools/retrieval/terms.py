"""A query in the words of a collection: how common each is, how else it is spelt, what else may be said for it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from outlast.evidence.sources import Term
from outlast.evidence.words import stem
from outlast.tools.retrieval.fts_query import MOST_CHARACTERS, match_word, searched_words
from outlast.tools.retrieval.spelling import slips, variants
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

COUNT = "SELECT count(*) FROM passages WHERE passages MATCH ?"
KNOWN = "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1"
IN_HOW_MANY = "SELECT doc FROM vocabulary WHERE term = ?"


@dataclass(frozen=True)
class Query:
    """`words` and `synonyms` are FTS5 expressions; empty where there is nothing to search for."""

    terms: Sequence[Term]
    words: str
    synonyms: str


def query_of(text: str, index: sqlite3.Connection, thesaurus: Thesaurus) -> Query:
    """What `text` asks of this index. Words that no document knows are mended, where one that it knows is near."""
    typed = searched_words(text)
    related = thesaurus.synonyms(text[:MOST_CHARACTERS])
    terms: list[Term] = []
    expressions: list[str] = []
    others: dict[str, None] = {}
    for word, forms in typed.items():
        spellings = [other for other in dict.fromkeys(variants(word)) if is_known(index, other)]
        expression = match_word({*forms, *spellings})
        [frequency] = index.execute(COUNT, (expression,)).fetchone()
        # A name is not mended, or a document about something else would seem to know it.
        if not frequency and word in text and (mended := nearest(index, word)):
            spellings = [mended]
            expression = match_word(spellings)
            [frequency] = index.execute(COUNT, (expression,)).fetchone()
        synonyms = tuple(other for other in related.get(word, ()) if is_known(index, other))
        others_frequency = 0
        if synonyms and not frequency:
            [others_frequency] = index.execute(COUNT, (match_word(synonyms),)).fetchone()
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
    return Query(terms, " OR ".join(expressions), match_word(others) if others else "")


def is_known(index: sqlite3.Connection, words: str) -> bool:
    """Does any passage contain these words, one after the other?"""
    return index.execute(KNOWN, (match_word([words]),)).fetchone() is not None


def nearest(index: sqlite3.Connection, word: str) -> str | None:
    """The most common word of the collection that is a slip of the pen away."""
    found = [(count, near) for near in dict.fromkeys(slips(word)) if (count := in_how_many(index, near))]
    return max(found)[1] if found else None


def in_how_many(index: sqlite3.Connection, word: str) -> int:
    row = index.execute(IN_HOW_MANY, (stem(word),)).fetchone()
    return row[0] if row else 0


def merged(queries: Sequence[Query]) -> tuple[Term, ...]:
    """The terms of all queries, each word once, as the first query that has it found it."""
    terms = {term.word: term for query in reversed(queries) for term in query.terms}
    order = dict.fromkeys(term.word for query in queries for term in query.terms)
    return tuple(terms[word] for word in order)
