"""A reader of text that people read as it stands, without titles: programs, their settings, and logs.

A line that stands alone in them is no title. Comments stay: who opens such a file reads them.
"""

from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document

EXTRACTOR = "verbatim/2"


def read(content: bytes, stem: str) -> Document:
    """Read a text file as it stands; its title is `stem`. Raises Unreadable."""
    return Document(decode(content), stem, "text/plain", (), EXTRACTOR)
