"""The terms of a query: how common each word is in a collection, and its spellings and synonyms there."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outlast.evidence.sources import Term
from outlast.evidence.unspaced import is_seam
from outlast.evidence.words import stem
from outlast.tools.retrieval.fts_query import MAX_QUERY_CHARACTERS, extract_query_words, match_any
from outlast.tools.retrieval.spacing import written_apart, written_together
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus

COUNT_MATCHES_SQL = "SELECT count(*) FROM passages WHERE passages MATCH ?"
ANY_MATCH_SQL = "SELECT 1 FROM passages WHERE passages MATCH ? LIMIT 1"
PASSAGE_COUNT_SQL = "SELECT doc FROM vocabulary WHERE term = ?"
LANGUAGES_SQL = "SELECT language FROM languages ORDER BY language"


@dataclass(frozen=True)
class ParsedQuery:
    """A query for one index. `words` and `synonyms` are FTS5 expressions; empty if there is nothing to search for."""

    terms: Sequence[Term]
    words: str
    synonyms: str


def parse_query(text: str, index: sqlite3.Connection, thesaurus: Thesaurus) -> ParsedQuery:
    """Parse `text` for this index. A word that is in no document is corrected if a similar word is in one."""
    languages = [language for [language] in index.execute(LANGUAGES_SQL)] or [""]  # an index of nothing has none
    typed = extract_query_words(text)
    related = thesaurus.synonyms(text[:MAX_QUERY_CHARACTERS])
    terms: list[Term] = []
    expressions: list[str] = []
    all_synonyms: dict[str, None] = {}
    for word in typed:
        variants = dict.fromkeys(spelling_variants(word))
        spellings = [variant for variant in variants if contains_phrase(index, variant, languages)]
        expression = match_any([word, *spellings], languages)
        [frequency] = index.execute(COUNT_MATCHES_SQL, (expression,)).fetchone()
        if not frequency and (respaced := respace(word, text[:MAX_QUERY_CHARACTERS], index, languages)):
            spellings = [respaced]
            expression = match_any(spellings, languages)
            [frequency] = index.execute(COUNT_MATCHES_SQL, (expression,)).fetchone()
        # Words with capitals are not corrected: a name must not match a document about something else.
        if not frequency and word in text and (correction := nearest_word(index, word, languages)):
            spellings = [correction]
            expression = match_any(spellings, languages)
            [frequency] = index.execute(COUNT_MATCHES_SQL, (expression,)).fetchone()
        synonyms = tuple(other for other in related.get(word, ()) if contains_phrase(index, other, languages))
        synonyms_frequency = 0
        if synonyms and not frequency:
            expression_of_synonyms = match_any(synonyms, languages)
            [synonyms_frequency] = index.execute(COUNT_MATCHES_SQL, (expression_of_synonyms,)).fetchone()
        terms.append(
            Term(
                word=word,
                frequency=frequency,
                spellings=tuple(spellings),
                synonyms=synonyms,
                synonyms_frequency=synonyms_frequency,
            )
        )
        expressions.append(expression)
        all_synonyms.update(dict.fromkeys(synonyms))
    known = [term.frequency > 0 for term in terms]
    return ParsedQuery(
        [term for number, term in enumerate(terms) if known[number] or not is_seam(typed, number, known)],
        " OR ".join(expressions),
        match_any(all_synonyms, languages) if all_synonyms else "",
    )


UMLAUT_IN_TWO_LETTERS = re.compile("([aou])e")


def respace(word: str, question: str, index: sqlite3.Connection, languages: Sequence[str]) -> str | None:
    """Return how documents write a word that they do not have as it is: in parts, joined with its neighbours, or with
    an umlaut."""

    def is_phrase(phrase: str) -> bool:
        return contains_phrase(index, phrase, languages)

    plain = UMLAUT_IN_TWO_LETTERS.sub(r"\1", word)  # an index has umlauts without their dots
    if plain != word and is_phrase(plain):
        return plain
    return written_apart(word, is_phrase) or written_together(word, question, is_phrase)


def contains_phrase(index: sqlite3.Connection, words: str, languages: Sequence[str]) -> bool:
    """Return whether any passage contains these words, one directly after another."""
    return index.execute(ANY_MATCH_SQL, (match_any([words], languages),)).fetchone() is not None


def nearest_word(index: sqlite3.Connection, word: str, languages: Sequence[str]) -> str | None:
    """Return the most common word of the collection that is a single typing error away from `word`."""
    edits = dict.fromkeys(single_edits(word))
    found = [(count, edit) for edit in edits if (count := count_passages(index, edit, languages))]
    return max(found)[1] if found else None


def count_passages(index: sqlite3.Connection, word: str, languages: Sequence[str]) -> int:
    """Return the number of passages that contain the word in any form."""
    stems = {stem(word, language) for language in languages}
    rows = [index.execute(PASSAGE_COUNT_SQL, (each,)).fetchone() for each in stems]
    return max((row[0] for row in rows if row), default=0)


def merge_terms(queries: Sequence[ParsedQuery]) -> tuple[Term, ...]:
    """Return the terms of all queries, each word once, from the first query that has it."""
    terms = {term.word: term for query in reversed(queries) for term in query.terms}
    order = dict.fromkeys(term.word for query in queries for term in query.terms)
    return tuple(terms[word] for word in order)


# Pairs of British and American spellings. Each is tried in both directions; words in no document are dropped.
SPELLING_PAIRS = (
    *(("isation", "ization"), ("ise", "ize"), ("ising", "izing"), ("yse", "yze"), ("our", "or"), ("ogue", "og")),
    *(("tre", "ter"), ("ence", "ense"), ("ll", "l"), ("ae", "e"), ("oe", "e"), ("ph", "f"), ("gramme", "gram")),
    *(("grey", "gray"), ("cheque", "check"), ("judgement", "judgment"), ("acknowledgement", "acknowledgment")),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MIN_CORRECTED_CHARACTERS = 5  # a shorter word is one letter away from too many others
MAX_WORD_CHARACTERS = 30  # a longer string is not a word


def spelling_variants(word: str) -> Iterator[str]:
    """Yield British and American spellings of `word`, which need not exist; none if it is too long to be a word."""
    if len(word) > MAX_WORD_CHARACTERS:
        return
    for british, american in SPELLING_PAIRS:
        for old, new in ((british, american), (american, british)):
            if old in word and not (old in new and new in word):
                yield from replace_spelling(word, old, new)


def replace_spelling(word: str, old: str, new: str) -> Iterator[str]:
    """Replace `old` everywhere, and at each place alone: `encyclopedia` has two e, and only one is spelt ae."""
    parts = word.split(old)
    yield new.join(parts)
    if len(parts) > 2:
        for index in range(1, len(parts)):
            yield f"{old.join(parts[:index])}{new}{old.join(parts[index:])}"


def single_edits(word: str) -> Iterator[str]:
    """Yield all strings one edit away: a letter added, removed, changed, or two neighbours exchanged.

    Yields none if `word` is too short, too long, or has other characters than ASCII letters.
    """
    if not (MIN_CORRECTED_CHARACTERS <= len(word) <= MAX_WORD_CHARACTERS and word.isascii() and word.isalpha()):
        return
    for index in range(len(word) + 1):
        before, after = word[:index], word[index:]
        yield from (f"{before}{letter}{after}" for letter in LETTERS)
        if after:
            yield before + after[1:]
            yield from (f"{before}{letter}{after[1:]}" for letter in LETTERS)
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"
