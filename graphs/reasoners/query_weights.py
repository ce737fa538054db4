"""What a task asks for, word by word, and how much of it a text says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from outlast.evidence.sources import Term
from outlast.evidence.words import content_words, stem, stems_of, words

Stems = tuple[str, ...]

SYNONYM_SHARE = 0.5
"""What a synonym of a word counts beside the word itself."""


@dataclass(frozen=True)
class WordMatches:
    """Words of the task that a text says, in any form or spelling; and those of which it has only a synonym."""

    words: frozenset[str]
    synonyms: frozenset[str]


class QueryWeights:
    """The words of a task with their weights.

    A word weighs as much as it is rare: its inverse document frequency over passages, or that of its synonyms where no
    passage has the word itself. Words that no passage has are `unknown`; those without any synonym there either are
    `lost`, and weigh nothing: they do not tell passages apart.
    """

    def __init__(self, question: str, terms: Iterable[Term], passage_count: int) -> None:
        found = {term.word: term for term in terms}
        asked = content_words(question) or list(dict.fromkeys(words(question)))
        self.word_count = len(asked)
        self.unknown = tuple(word for word in asked if word in found and not found[word].frequency)
        known = [found[word] for word in asked if word in found and passage_frequency(found[word])]
        self.unmatched = tuple(word for word in self.unknown if not passage_frequency(found[word]))
        self.weights = {term.word: inverse_frequency(passage_frequency(term), passage_count) for term in known}
        self.total_weight = sum(self.weights.values()) or 1.0
        # BM25 as FTS5 has it counts nothing for a word that half of the passages have: in a few pages, for no word.
        # What the sentence says stands in for it then, as far as the words are known at all.
        unscored = self.total_weight - sum(
            fts5_inverse_frequency(passage_frequency(term), passage_count) for term in known
        )
        self.unscored_weight = max(0.0, unscored) * len(known) / max(1, len(asked))
        self._forms = {term.word: tuple(stems_of(form) for form in (term.word, *term.spellings)) for term in known}
        self._synonyms = {term.word: tuple(stems_of(other) for other in term.synonyms) for term in known}

    def matches_in(self, text: str) -> WordMatches:
        spoken = [stem(word) for word in words(text)]
        single, joined = frozenset(spoken), f" {' '.join(spoken)} "

        def has(entries: Sequence[Stems]) -> bool:
            return any(
                entry[0] in single if len(entry) == 1 else f" {' '.join(entry)} " in joined
                for entry in entries
                if entry
            )

        found_words = frozenset(word for word, forms in self._forms.items() if has(forms))
        return WordMatches(
            found_words, frozenset(word for word in self.weights.keys() - found_words if has(self._synonyms[word]))
        )

    def coverage(self, shares: Mapping[str, float]) -> float:
        """The share of the weight of all words, from 0 to 1, that is said, each word to the share given."""
        return sum(self.weights[word] * share for word, share in shares.items()) / self.total_weight


def passage_frequency(term: Term) -> int:
    """Passages that have the word or, where none has, a synonym."""
    return term.frequency or term.synonyms_frequency


def inverse_frequency(frequency: int, passage_count: int) -> float:
    """Inverse document frequency as in BM25; never negative."""
    return log(1 + (passage_count - frequency + 0.5) / (frequency + 0.5))


def fts5_inverse_frequency(frequency: int, passage_count: int) -> float:
    """What FTS5's bm25() makes of `inverse_frequency`."""
    return max(0.0, log((passage_count - frequency + 0.5) / (frequency + 0.5))) if passage_count >= frequency else 0.0


def add_matches(shares: dict[str, float], matches: WordMatches, share: float) -> None:
    """Add what a text says to `shares`; a word counts as much as the best place where it is said."""
    for word in matches.words:
        shares[word] = max(shares.get(word, 0.0), share)
    for word in matches.synonyms:
        shares[word] = max(shares.get(word, 0.0), share * SYNONYM_SHARE)
