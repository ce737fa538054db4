"""The footnotes, endnotes and comments of a Word document. Each is written once, where it is first referred to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.package import Package
from outlast.tools.documents.office.word.styles import W

SEPARATOR_TYPES = frozenset(("separator", "continuationSeparator", "continuationNotice"))


class Note(NamedTuple):
    """A footnote or an endnote, and the name of the part that it is in."""

    element: Any
    part: str


class Notes:
    """Gives out each note and comment by its id, once."""

    def __init__(self, package: Package) -> None:
        self._notes: dict[tuple[str, str], Note] = {}
        self._comments: dict[str, Any] = {}
        main = package.main_name
        for kind in ("footnote", "endnote"):
            for part in package.targets(main, f"{kind}s"):
                root = package.root(part)
                for note in root.iter(W + kind) if root is not None else ():
                    if note.get(W + "type") not in SEPARATOR_TYPES:
                        self._notes.setdefault((kind, str(note.get(W + "id"))), Note(note, part))
        comments = package.related(main, "comments")
        for comment in comments.iter(W + "comment") if comments is not None else ():
            self._comments.setdefault(str(comment.get(W + "id")), comment)

    def take_note(self, kind: str, identity: str) -> Note | None:
        """Return a note that was not taken yet."""
        return self._notes.pop((kind, identity), None)

    def take_comment(self, identity: str) -> Any | None:
        """Return a comment that was not taken yet."""
        return self._comments.pop(identity, None)

    def unwritten_comments(self) -> Iterator[Any]:
        """Yield the comments to which no text refers, in their order."""
        while self._comments:
            yield self._comments.pop(next(iter(self._comments)))

    def count_uncited(self, ledger: Ledger) -> None:
        """Note the words of footnotes to which no text refers that is read: Word does not show them."""
        for (kind, _), note in self._notes.items():
            ledger.add_text(LossKind.HIDDEN, f"{kind}s", " ".join(note.element.itertext(W + "t")))
