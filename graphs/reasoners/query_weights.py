"""What a task asks for, word by word, and how much of it a text says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from outlast.evidence.sources import Term
from outlast.evidence.words import content_words, stem, stems_of, words

Stems = tuple[str, ...]

SYNONYM = 0.5
"""What a synonym of a word counts beside the word itself."""


@dataclass(frozen=True)
class Said:
    """Words of the task that a text says, in any form or spelling; and those of which it has only a synonym."""

    words: frozenset[str]
    synonyms: frozenset[str]


class Asked:
    """The words of a task with their weights.

    A word weighs as much as it is rare: its inverse document frequency over passages, or that of its synonyms where no
    passage has the word itself. Words that no passage has are `unknown`; those without any synonym there either are
    `lost`, and weigh nothing: they do not tell passages apart.
    """

    def __init__(self, question: str, terms: Iterable[Term], size: int) -> None:
        found = {term.word: term for term in terms}
        asked = content_words(question) or list(dict.fromkeys(words(question)))
        self.count = len(asked)
        self.unknown = tuple(word for word in asked if word in found and not found[word].frequency)
        known = [found[word] for word in asked if word in found and in_how_many(found[word])]
        self.lost = tuple(word for word in self.unknown if not in_how_many(found[word]))
        self.weights = {term.word: rarity(in_how_many(term), size) for term in known}
        self.total = sum(self.weights.values()) or 1.0
        # BM25 as FTS5 has it counts nothing for a word that half of the passages have: in a few pages, for no word.
        # What the sentence says stands in for it then, as far as the words are known at all.
        unscored = self.total - sum(scored(in_how_many(term), size) for term in known)
        self.unscored = max(0.0, unscored) * len(known) / max(1, len(asked))
        self._forms = {term.word: tuple(stems_of(form) for form in (term.word, *term.spellings)) for term in known}
        self._synonyms = {term.word: tuple(stems_of(other) for other in term.synonyms) for term in known}

    def said_in(self, text: str) -> Said:
        spoken = [stem(word) for word in words(text)]
        single, joined = frozenset(spoken), f" {' '.join(spoken)} "

        def has(entries: Sequence[Stems]) -> bool:
            return any(
                entry[0] in single if len(entry) == 1 else f" {' '.join(entry)} " in joined
                for entry in entries
                if entry
            )

        said = frozenset(word for word, forms in self._forms.items() if has(forms))
        return Said(said, frozenset(word for word in self.weights.keys() - said if has(self._synonyms[word])))

    def coverage(self, shares: Mapping[str, float]) -> float:
        """The share of the weight of all words, from 0 to 1, that is said, each word to the share given."""
        return sum(self.weights[word] * share for word, share in shares.items()) / self.total


def in_how_many(term: Term) -> int:
    """Passages that have the word or, where none has, a synonym."""
    return term.frequency or term.synonyms_frequency


def rarity(frequency: int, size: int) -> float:
    """Inverse document frequency as in BM25; never negative."""
    return log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def scored(frequency: int, size: int) -> float:
    """What FTS5's bm25() makes of `rarity`."""
    return max(0.0, log((size - frequency + 0.5) / (frequency + 0.5))) if size >= frequency else 0.0


def add_said(shares: dict[str, float], said: Said, share: float) -> None:
    """Add what a text says to `shares`; a word counts as much as the best place where it is said."""
    for word in said.words:
        shares[word] = max(shares.get(word, 0.0), share)
    for word in said.synonyms:
        shares[word] = max(shares.get(word, 0.0), share * SYNONYM)
