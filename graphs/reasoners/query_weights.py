"""The words of a task with their weights, and which of them a text contains."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from outlast.evidence.sources import Term
from outlast.evidence.stop_words import STOP_WORDS_BY_LANGUAGE, language_of_question
from outlast.evidence.unspaced import is_single_unit, join_pairs, touches_known
from outlast.evidence.words import content_words, stem, stems_of, words
from outlast.graphs.reasoners.asked_values import asked_value, has_value, value_words
from outlast.graphs.reasoners.other_writings import written_otherwise

Stems = tuple[str, ...]
Entries = Sequence[Stems]
"""Words and phrases of which a text must have one."""

SYNONYM_SHARE = 0.5
"""The share of a word's weight that a synonym of it counts."""


@dataclass(frozen=True)
class WordMatches:
    """The words of the task that a text contains, in any form or spelling, and those with only a synonym in it."""

    words: frozenset[str]
    synonyms: frozenset[str]


NUMBER_AFTER = r"[\s_-]*(?:no\.?|nr\.?|number|#)?[\s_-]*(\d+(?:[.-]\d+)*)"
NAMED_NUMBER = re.compile(rf"\b([^\W\d_]{{3,}}){NUMBER_AFTER}", re.IGNORECASE)
DOTTED = re.compile(r"\d+(?:\.\d+)+")


def named_numbers(question: str) -> list[tuple[str, str]]:
    """Return the things that a question names by a number, such as `("version", "2.0.0")`."""
    stop_words = STOP_WORDS_BY_LANGUAGE[language_of_question(question)]
    found = ((match[1].casefold(), match[2]) for match in NAMED_NUMBER.finditer(question))
    return [(name, number) for name, number in found if name not in stop_words]


class QueryWeights:
    """The words of a task with their weights.

    The weight of a word is its inverse document frequency over passages, or that of its synonyms if no passage has the
    word itself. Words that no passage has are `unknown`, and `absent` those of them that documents cannot well write
    otherwise; those without a synonym in any passage either are `unmatched`,
    and weigh nothing: they do not tell passages apart.
    """

    def __init__(self, question: str, terms: Iterable[Term], passage_count: int) -> None:
        found = {term.word: term for term in terms}
        asked = content_words(question) or list(dict.fromkeys(words(question)))
        self.word_count = len(asked)
        self.asked_value = asked_value(question)
        self.numbers = tuple(word for word in asked if word[:1].isdigit())
        self._named_numbers = named_numbers(question)
        self._values = {word: kind for word, kind in value_words(question).items() if word in asked}
        """The words that a value says: without a passage that has them, they are not unknown."""
        missing = [word for word in asked if word in found and not found[word].frequency and word not in self._values]
        has = [bool(word in found and found[word].frequency) for word in asked]
        apart = {word for number, word in enumerate(asked) if not touches_known(asked, number, has)}
        self.unknown = tuple(join_pairs([word for word in missing if word in apart]))
        otherwise = written_otherwise(question)
        self.absent = tuple(word for word in self.unknown if word not in otherwise)
        self._unsaid = frozenset(word for word in self._values if word in found and not found[word].frequency)
        """The words that only a value can say: no passage has them, at most a synonym."""
        known = [found[word] for word in asked if word in found and passage_frequency(found[word])]
        self.unmatched = tuple(word for word in missing if not passage_frequency(found[word]))
        self.weights = {term.word: inverse_frequency(passage_frequency(term), passage_count) for term in known}
        self.total_weight = sum(self.weights.values()) or 1.0
        # FTS5's BM25 gives no weight to a word that half of the passages have: with few pages, to no word at all. The
        # words of the sentence itself then replace it, in proportion to the words that the passages know.
        unscored = self.total_weight - sum(
            fts5_inverse_frequency(passage_frequency(term), passage_count) for term in known
        )
        self.unscored_weight = max(0.0, unscored) * len(known) / max(1, len(asked))
        self._known = known
        self._language = language_of_question(question)
        self._entries: dict[str, tuple[dict[str, Entries], dict[str, Entries]]] = {}

    def matches_in(self, text: str, language: str = "") -> WordMatches:
        """Return the words of the task in a text. `language` is that of the text, or "" for that of the task."""
        language = language or self._language
        forms, synonyms = self._entries_in(language)
        text_stems = [stem(word, language) for word in words(text)]
        single, joined = frozenset(text_stems), f" {' '.join(text_stems)} "

        def has(entries: Entries) -> bool:
            return any(is_in(entry, single, joined) for entry in entries if entry)

        found_words = frozenset(word for word, entries in forms.items() if has(entries))
        said = {word for word, kind in self._values.items() if word in self.weights and has_value(text, kind)}
        found_words |= said & self._unsaid
        return WordMatches(
            found_words,
            frozenset(word for word in self.weights.keys() - found_words if word in said or has(synonyms[word])),
        )

    def number_in(self, context: str) -> bool | None:
        """Return whether a text names what the question names by a number, or another one; None if it names none.

        `Version 2.1.0` is another one than `version 2.0.0`. `context` is what stands above a quote: it says what the
        quote is about.
        """
        answers: list[bool] = []
        for name, number in self._named_numbers:
            named = rf"\b{re.escape(name)}\w*{NUMBER_AFTER}"
            found = [match[1] for match in re.finditer(named, context, re.IGNORECASE)]
            if not found and "." in number:
                found = [match[0] for match in DOTTED.finditer(context) if match[0].count(".") == number.count(".")]
            if found:
                answers.append(any(other == number or other.startswith(f"{number}.") for other in found))
        return all(answers) if answers else None

    def asks_for(self, word: str, language: str = "") -> bool:
        """Is a word one of the task's, in any form, or a synonym of one? A value that is asked for is not."""
        language = language or self._language
        stems = stems_of(word, language)
        return any(stems in entries for each in self._entries_in(language) for entries in each.values())

    def _entries_in(self, language: str) -> tuple[dict[str, Entries], dict[str, Entries]]:
        """Return the words of the task with their forms, and with their synonyms, as stems of a language."""
        if language not in self._entries:
            self._entries[language] = (
                {term.word: tuple(stems_of(f, language) for f in (term.word, *term.spellings)) for term in self._known},
                {term.word: tuple(stems_of(other, language) for other in term.synonyms) for term in self._known},
            )
        return self._entries[language]

    def coverage(self, shares: Mapping[str, float]) -> float:
        """Return the share of the total weight, from 0 to 1, that `shares` of the words add up to."""
        return sum(self.weights[word] * share for word, share in shares.items()) / self.total_weight

    def even_coverage(self, shares: Mapping[str, float]) -> float:
        """Return the share of the words that `shares` add up to, or of their weight if that is less."""
        return min(self.coverage(shares), sum(shares.values()) / (len(self.weights) or 1))


def is_in(entry: Stems, single: frozenset[str], joined: str) -> bool:
    """Whether a text with the stems `single`, which are `joined` in order with spaces, has the words of an entry."""
    first, *others = entry
    if others:
        return f" {' '.join(entry)} " in joined
    # A single Chinese character stands in the text as a part of pairs.
    return first in single or (is_single_unit(first) and first in joined)


def passage_frequency(term: Term) -> int:
    """Return the number of passages with the word or, if there are none, with a synonym."""
    return term.frequency or term.synonyms_frequency


def inverse_frequency(frequency: int, passage_count: int) -> float:
    """Return the inverse document frequency as in BM25; never negative."""
    return log(1 + (passage_count - frequency + 0.5) / (frequency + 0.5))


def fts5_inverse_frequency(frequency: int, passage_count: int) -> float:
    """Return the inverse document frequency as FTS5's bm25() has it."""
    return max(0.0, log((passage_count - frequency + 0.5) / (frequency + 0.5))) if passage_count >= frequency else 0.0


def add_matches(shares: dict[str, float], matches: WordMatches, share: float) -> None:
    """Add the words of a text to `shares`, where each word counts with the highest share of all texts that have it."""
    for word in matches.words:
        shares[word] = max(shares.get(word, 0.0), share)
    for word in matches.synonyms:
        shares[word] = max(shares.get(word, 0.0), share * SYNONYM_SHARE)
