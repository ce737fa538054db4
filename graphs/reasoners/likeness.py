"""How alike a question and the sentences of a passage are in meaning, as the sentence encoder sees it.

A word of the question finds only itself and its synonyms; the encoder also knows that "lost work" and "unreachable
commits" belong together. So the strength of a quote is half that of its words, and half that of its meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

WORDS_SHARE, SENTENCE_SHARE, PASSAGE_SHARE = 0.5, 0.25, 0.25
"""The shares of a quote's strength: from its words, its own meaning, and the best sentence of its passage."""
UNRELATED_COSINE, EQUAL_COSINE = 0.1, 0.7
"""Sentences about other things have about the first cosine with a question, and its answers seldom the second."""

Offsets = tuple[int, int]


class SentenceComparison(Protocol):
    """Compares sentences with a question; `outlast.tools.retrieval.encoder.sentence_vectors` does it."""

    def cosines(self, question: str, sentences: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True)
class PassageLikeness:
    """The cosine of each sentence of a passage, by its offsets in the passage, with the question."""

    cosines: Mapping[Offsets, float]

    @property
    def best(self) -> float:
        return max(self.cosines.values(), default=0.0)

    def strength(self, words_strength: float, sentence: Offsets) -> float:
        """Return the strength of a sentence, from 0 to 1, given the strength of its words."""
        own, best = scale(self.cosines.get(sentence, 0.0)), scale(self.best)
        return WORDS_SHARE * words_strength + SENTENCE_SHARE * own + PASSAGE_SHARE * best


def compare(
    comparison: SentenceComparison, question: str, heading: str, sentences: Mapping[Offsets, str]
) -> PassageLikeness:
    """Compare sentences of a passage with a question. Each is read below its heading, which often has its subject."""
    above = f"{' '.join(heading.split())}: " if heading else ""
    cosines = comparison.cosines(question, [above + " ".join(text.split()) for text in sentences.values()])
    return PassageLikeness(dict(zip(sentences, cosines, strict=True)))


def scale(cosine: float) -> float:
    return min(1.0, max(0.0, (cosine - UNRELATED_COSINE) / (EQUAL_COSINE - UNRELATED_COSINE)))
