"""Marked words: a document has one in every construct of its format, and each must be in the text or in the ledger."""

import re
from collections.abc import Iterable

from outlast.tools.documents.document import Document

MARKED = re.compile(r"\bmark\d+\b")


class Marks:
    """Gives out words that stand nowhere else, each with the name of the construct that it stands in."""

    def __init__(self) -> None:
        self.constructs: dict[str, str] = {}

    def new(self, construct: str) -> str:
        word = f"mark{len(self.constructs) + 1}"
        self.constructs[word] = construct
        return word

    def lost(self, document: Document) -> list[str]:
        """Return the constructs whose words are not in the text."""
        read = found_in(document.text)
        return [construct for word, construct in self.constructs.items() if word not in read]

    def repeated(self, document: Document) -> list[str]:
        """Return the constructs whose words are in the text more than once."""
        found = MARKED.findall(document.text)
        return [construct for word, construct in self.constructs.items() if found.count(word) > 1]


def found_in(text: str) -> set[str]:
    return set(MARKED.findall(text))


def lost_words(document: Document, unknown: Iterable[str] = ()) -> dict[str, int | None]:
    """Return how many words the ledger has of each kind and place, without the places in `unknown`."""
    return {
        f"{loss.kind.name} {loss.place}".strip(): loss.words for loss in document.losses if loss.place not in unknown
    }
