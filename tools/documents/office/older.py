"""The reader of files that are named as those of an older Office: .doc, .xls, .ppt.

Many of them are in another format than their name says: a newer Office's, RTF, a web page or plain text. These are
read. The older formats themselves are not, and the reason says what to do.
"""

from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.office.sniffing import is_older_office, office_suffix, why_older_office

EXTRACTOR = "older_office/1"

SNIFFED_BYTES = 1_000


def read(content: bytes, stem: str) -> Document:
    """Read a document in the format of its content. Raises Unreadable."""
    from outlast.tools.documents.reading import read_document  # noqa: PLC0415 - it loads the readers, and this is one

    if is_older_office(content):
        raise Unreadable(why_older_office(content))
    return read_document(stem + (office_suffix(content) or _text_suffix(content)), content)


def _text_suffix(content: bytes) -> str:
    beginning = content[:SNIFFED_BYTES].lower()
    return ".html" if b"<html" in beginning or b"<!doctype html" in beginning or b"<table" in beginning else ".txt"
