"""FTS5 expressions from queries as people type them.

Only index terms reach FTS5, each in a quoted string, so that no character acts as an operator. A term consists of
letters, digits and their marks, and so never contains a quote.
"""

from collections.abc import Iterable

from outlast.evidence.unspaced import is_single_unit
from outlast.evidence.words import content_words, index_terms, words

MAX_QUERY_CHARACTERS = 20_000  # the rest of a longer text is ignored
MAX_QUERY_WORDS = 64


def extract_query_words(query: str) -> list[str]:
    """Return the words of `query` to search for, in order: its content words, or all words if it has none."""
    text = query[:MAX_QUERY_CHARACTERS]
    return (content_words(text) or list(dict.fromkeys(words(text))))[:MAX_QUERY_WORDS]


def match_any(forms: Iterable[str], languages: Iterable[str] = ("en",)) -> str:
    """Return an FTS5 expression that matches passages with any of these words or phrases.

    The stems of a word are those of each of `languages`, in which the documents of a collection are written.
    """
    return " OR ".join(sorted({phrase(form, language) for form in forms for language in languages}))


def phrase(words_of_it: str, language: str) -> str:
    """Return an FTS5 expression for words that follow each other."""
    if is_single_unit(words_of_it):
        return f'"{words_of_it}"*'  # a single Chinese character begins a pair, except at the end of a run
    return f'"{" ".join(index_terms(words_of_it, language))}"'
