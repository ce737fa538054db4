"""What the stored text of a document does not have: the ledger that each reader of a format keeps."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class LossKind(StrEnum):
    """Why words of a document are not in its text. The value continues the sentence "Left out: ..."."""

    SCAN = "pages without text"
    """Pictures of pages: a scan that nobody has recognized."""
    PICTURE = "pictures"
    DAMAGED = "damaged or missing parts"
    UNREAD = "parts that are not read"
    """Parts of a kind that no reader reads, or beyond a limit of size or depth."""
    HIDDEN = "text that no reader sees"
    DELETED = "deleted text"
    NAVIGATION = "navigation"
    REPEATED = "lines repeated on every page"
    MARKUP = "markup"
    """Instructions to a program, such as the commands of TeX: no words of the document."""
    GUESSED_ENCODING = "an encoding that was guessed"


ABSENT = frozenset({LossKind.SCAN, LossKind.DAMAGED, LossKind.UNREAD})
"""The kinds that may hide words that a reader of the document would see."""


ASIDE = frozenset({LossKind.PICTURE, LossKind.NAVIGATION})
"""The kinds that a reader of the document sees beside what it says."""


class Loss(BaseModel):
    """Something that a document's text does not have.

    `place` is for people: `page 3`, `chapter2.xhtml`, `windows-1251`; "" for the whole document. `words` is how many
    words are left out, 0 where nothing but a note is made, and None where nobody can count them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: LossKind
    place: str = ""
    words: int | None = None

    @property
    def may_hide_words(self) -> bool:
        """Whether the document may say something that its text does not: then no absence can be claimed."""
        return self.kind in ABSENT

    @property
    def stands_aside(self) -> bool:
        """Whether a reader of the document sees it beside the text: no absence can be claimed of it."""
        return self.kind in ASIDE


def may_hide_words(losses: Iterable[Loss]) -> bool:
    """Return whether a document with these losses may say something that its text does not."""
    return any(loss.may_hide_words for loss in losses)


def describe_losses(losses: Iterable[Loss], max_places: int = 3) -> str:
    """Return the losses on one line, a part for each kind: `pages without text: page 2, page 3 and 7 more`."""
    by_kind: dict[LossKind, list[Loss]] = {}
    for loss in losses:
        by_kind.setdefault(loss.kind, []).append(loss)
    return "; ".join(_describe_kind(kind, found, max_places) for kind, found in by_kind.items())


def _describe_kind(kind: LossKind, losses: list[Loss], max_places: int) -> str:
    places = list(dict.fromkeys(loss.place for loss in losses if loss.place))
    words = sum(loss.words or 0 for loss in losses)
    more = f" and {len(places) - max_places:,} more" if len(places) > max_places else ""
    where = f": {', '.join(places[:max_places])}{more}" if places else ""
    amount = f" ({words:,} word{'s' if words != 1 else ''})" if words else ""
    return f"{kind.value}{where}{amount}"
