"""FTS5 expressions from queries as people type them.

Only words reach FTS5, each as a quoted string, so that no character acts as an operator. A word consists of letters,
digits and underscores, and so never contains a quote.
"""

from collections.abc import Iterable, Mapping

from outlast.evidence.words import WORD, content_words, words

MAX_QUERY_CHARACTERS = 20_000  # the rest of a longer text is ignored
MAX_QUERY_WORDS = 64

WordForms = Mapping[str, frozenset[str]]
"""Each word, case-folded, with the forms in which it stands in the query."""


def extract_query_words(query: str) -> WordForms:
    """Return the words of `query` to search for, in order: its content words, or all words if it has none."""
    text = query[:MAX_QUERY_CHARACTERS]
    query_words = content_words(text) or list(dict.fromkeys(words(text)))
    # FTS5 folds case itself, unlike Python: it keeps the ß that casefold() turns into "ss". So search for typed forms.
    typed: dict[str, set[str]] = {word: set() for word in query_words[:MAX_QUERY_WORDS]}
    for match in WORD.finditer(text):
        folded = match.group().casefold()
        if folded in typed:
            typed[folded].add(match.group().lower())
    return {word: frozenset(forms) for word, forms in typed.items()}


def match_any(forms: Iterable[str]) -> str:
    """Return an FTS5 expression that matches passages with any of these words or phrases."""
    return " OR ".join(f'"{form}"' for form in sorted(forms))
