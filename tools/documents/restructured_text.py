"""A reader of reStructuredText. The document's text is the file itself."""

from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.underlined_titles import find_underlined_headings

EXTRACTOR = "restructured_text/2"


def read(content: bytes, stem: str) -> Document:
    """Read a reStructuredText file. `stem` is the title if the text has none. Raises Unreadable."""
    text = decode(content)
    headings = find_underlined_headings(text)
    return Document(text, title_of(text, headings, stem), "text/x-rst", headings, EXTRACTOR)
