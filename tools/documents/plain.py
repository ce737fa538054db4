"""Plain text: the document's text is the file itself."""

from tools.documents.decoding import decode
from tools.documents.document import Document, title_of
from tools.documents.underlined_titles import underlined_headings

EXTRACTOR = "plain/1"


def read(content: bytes, stem: str) -> Document:
    """`stem` is the title where the text has none. Raises Unreadable."""
    text = decode(content)
    headings = underlined_headings(text)
    return Document(text, title_of(text, headings, stem), "text/plain", headings, EXTRACTOR)
