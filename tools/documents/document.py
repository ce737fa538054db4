"""A document as text: what every format's reader returns."""

from dataclasses import dataclass

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Heading, Places

MAX_TITLE_OFFSET_CHARACTERS = 2_000
"""Characters. A heading further down names a part of the document rather than the document."""


class Unreadable(Permanent):
    """The file cannot be read as a document; the message is the reason, for people."""


@dataclass(frozen=True)
class Document:
    """`headings` are in the order of the text; `text[start:end]` of each is the heading's own words.

    Offsets are in characters (Unicode code points), `end` exclusive.
    """

    text: str
    title: str
    media_type: str
    headings: tuple[Heading, ...]
    extractor: str
    """The reader and its version, such as `html/1`."""
    places: Places | None = None
    """The parts by which people cite it, where the format has such: a PDF's pages."""


def title_of(text: str, headings: tuple[Heading, ...], stem: str) -> str:
    """The first heading of the top level, if it stands near the beginning; else `stem`, the file's name."""
    top = min((heading.level for heading in headings), default=0)
    first = next((heading for heading in headings if heading.level == top), None)
    if first is None or first.start > MAX_TITLE_OFFSET_CHARACTERS:
        return stem
    return " ".join(text[first.start : first.end].split())
