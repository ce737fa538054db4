"""The document as text, which the readers of all formats return."""

from dataclasses import dataclass

from outlast.evidence.errors import Permanent
from outlast.evidence.losses import Loss
from outlast.evidence.sources import Heading, Places, Table

MAX_TITLE_OFFSET_CHARACTERS = 2_000
"""A heading further down names a part of the document rather than the document."""


class Unreadable(Permanent):
    """Raised if a file cannot be read as a document. The message is the reason, for people."""


@dataclass(frozen=True)
class Document:
    """A document as text. `headings` are in the order of the text; `text[start:end]` of each is the heading's words.

    Offsets are in characters (Unicode code points), `end` exclusive. A container, such as an archive, may have no text.
    """

    text: str
    title: str
    media_type: str
    headings: tuple[Heading, ...]
    extractor: str
    """The reader and its version, such as `html/1`."""
    places: Places | None = None
    """The parts by which people cite it, if the format has them: a PDF's pages, a table's rows."""
    tables: tuple[Table, ...] = ()
    losses: tuple[Loss, ...] = ()
    """What a person who opens the document may see, and `text` does not have."""
    language: str = ""
    """As ISO 639-1 (`de`), where the document declares it or its reader recognizes it."""
    children: "tuple[Child, ...]" = ()
    """The documents inside this one, such as the attachments of a mail."""


@dataclass(frozen=True)
class Child:
    """A document inside another one. `outcome` is the document, or the reason why it could not be read."""

    name: str
    """Its name inside the other one, such as `minutes.pdf` or `folder/a.txt`; unique there."""
    content_sha256: str
    outcome: Document | str


def title_of(text: str, headings: tuple[Heading, ...], stem: str) -> str:
    """Return the first heading of the top level if it stands near the beginning; else `stem`, the file's name."""
    top = min((heading.level for heading in headings), default=0)
    first = next((heading for heading in headings if heading.level == top), None)
    if first is None or first.start > MAX_TITLE_OFFSET_CHARACTERS:
        return stem
    return " ".join(text[first.start : first.end].split())
