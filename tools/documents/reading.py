"""The formats that are read, and the one function that reads them."""

from pathlib import PurePosixPath

from tools.documents import html, markdown, plain, restructured_text
from tools.documents.document import Document, Unreadable

READERS = {
    ".txt": plain,
    ".text": plain,
    ".md": markdown,
    ".markdown": markdown,
    ".rst": restructured_text,
    ".html": html,
    ".htm": html,
}


def read_document(name: str, content: bytes) -> Document:
    """The document in the file `name` (a path or a bare name: its suffix says the format).

    Raises Unreadable where the kind of file is not read, the content is no text, or there is no text in it.
    """
    path = PurePosixPath(name)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = f" ({path.suffix.lower()})" if path.suffix else ""
        raise Unreadable(f"files of this kind{kind} are not read yet")
    document = reader.read(content, path.stem)
    if not document.text.strip():
        raise Unreadable("it has no text")
    return document


def kinds_read() -> str:
    """For messages: `.txt, .text, ...`."""
    return ", ".join(READERS)


def extractors() -> tuple[str, ...]:
    """Every reader with its version, sorted: what was read by others may read differently now."""
    return tuple(sorted({reader.EXTRACTOR for reader in READERS.values()}))
