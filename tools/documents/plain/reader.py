"""A reader of plain text. The document's text is the file itself."""

from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.plain.standing_titles import NUMBERED_TITLE, find_standalone_headings
from outlast.tools.documents.plain.underlined_titles import find_underlined_headings

EXTRACTOR = "plain/5"


def read(content: bytes, stem: str) -> Document:
    """Read a plain text file. `stem` is the title if the text has none. Raises Unreadable."""
    text = decode(content)
    headings = find_underlined_headings(text) or find_standalone_headings(text)
    title = title_of(text, headings, stem)
    return Document(text, stem if NUMBERED_TITLE.match(title) else title, "text/plain", headings, EXTRACTOR)
