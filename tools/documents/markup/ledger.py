"""The ledger of a page: the words that its text does not have, counted by kind and place."""

import re
from collections import Counter
from collections.abc import Iterable

from outlast.evidence.losses import Loss, LossKind

Lost = tuple[LossKind, str, int | None]
"""A kind of loss, its place, and its number of words; None if nobody can count them."""

MAX_UNCOUNTED_PLACES = 20
"""Of pictures and frames; more of them are one entry."""
WORD = re.compile(r"[^\W_]\S*")


def count_words(text: str) -> int:
    return len(WORD.findall(text))


class Ledger:
    """What a page has lost so far."""

    def __init__(self) -> None:
        self._words: Counter[tuple[LossKind, str]] = Counter()
        self._uncounted: dict[tuple[LossKind, str], None] = {}

    def add(self, kind: LossKind, place: str, words: int | None) -> None:
        """Add words that are lost. Nothing is lost with 0 words; None means that nobody can count them."""
        if words is None:
            is_full = len(self._uncounted) >= MAX_UNCOUNTED_PLACES
            self._uncounted.setdefault((kind, "others" if is_full else place))
        elif words:
            self._words[kind, place] += words

    def add_all(self, lost: Iterable[Lost]) -> None:
        for each in lost:
            self.add(*each)

    def losses(self) -> tuple[Loss, ...]:
        words = self._words.items()
        counted = (Loss(kind=kind, place=place, words=count) for (kind, place), count in words if count > 0)
        return (*counted, *(Loss(kind=kind, place=place) for kind, place in self._uncounted))
