"""What a reader leaves out, counted while it reads."""

from outlast.evidence.losses import Loss, LossKind

MAX_PLACES = 1_000
"""Beyond it, words are counted for the whole document: a ledger is for people, and hostile files have many places."""


class Ledger:
    """The losses of one document; those of the same kind at the same place are one, with the sum of their words."""

    def __init__(self) -> None:
        self._words: dict[tuple[LossKind, str], int | None] = {}

    def add(self, kind: LossKind, place: str = "", words: int | None = None) -> None:
        """Note a loss. `words` is None if nobody can count them."""
        key = kind, place
        if key not in self._words and len(self._words) >= MAX_PLACES:
            key = kind, ""
        before = self._words.get(key, 0)
        self._words[key] = None if words is None or before is None else before + words

    def add_text(self, kind: LossKind, place: str, text: str) -> None:
        """Note the words of `text` as lost, if it has any."""
        words = len(text.split())
        if words:
            self.add(kind, place, words)

    def losses(self) -> tuple[Loss, ...]:
        return tuple(Loss(kind=kind, place=place, words=words) for (kind, place), words in self._words.items())
