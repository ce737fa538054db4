"""Queries as people type them, made into expressions that FTS5 cannot misunderstand.

Only words reach FTS5, each as a quoted string. A word is letters, digits and underscores, so no quote is in it.
"""

from collections.abc import Iterable, Mapping

from outlast.evidence.words import WORD, content_words, words

MAX_QUERY_CHARACTERS = 20_000  # of a query; what is pasted beyond that is not read
MAX_QUERY_WORDS = 64

WordForms = Mapping[str, frozenset[str]]
"""Each word, folded, with the forms in which the query has it."""


def extract_query_words(query: str) -> WordForms:
    """The words of `query` to search for, in order: those that say something, or all where none does."""
    read = query[:MAX_QUERY_CHARACTERS]
    wanted = content_words(read) or list(dict.fromkeys(words(read)))
    # FTS5 folds for itself, and not as Python does: it keeps the ß that casefold() makes "ss". Ask for what was typed.
    typed: dict[str, set[str]] = {word: set() for word in wanted[:MAX_QUERY_WORDS]}
    for match in WORD.finditer(read):
        folded = match.group().casefold()
        if folded in typed:
            typed[folded].add(match.group().lower())
    return {word: frozenset(forms) for word, forms in typed.items()}


def match_any(forms: Iterable[str]) -> str:
    return " OR ".join(f'"{form}"' for form in sorted(forms))
