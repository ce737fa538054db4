"""The formats that are read, and the one function that reads them."""

from pathlib import PurePosixPath

from outlast.tools.documents import (
    epub,
    html,
    mail,
    markdown,
    notebook,
    plain,
    restructured_text,
    separated_values,
    word,
)
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import gunzip
from outlast.tools.documents.pdf import reader as pdf

READERS = {
    ".txt": plain,
    ".text": plain,
    ".md": markdown,
    ".markdown": markdown,
    ".rst": restructured_text,
    ".html": html,
    ".htm": html,
    ".xhtml": html,
    ".pdf": pdf,
    ".docx": word,
    ".epub": epub,
    ".eml": mail,
    ".csv": separated_values,
    ".tsv": separated_values,
    ".ipynb": notebook,
}
COMPRESSED = ".gz"


def read_document(name: str, content: bytes) -> Document:
    """The document in the file `name` (a path or a bare name: its suffix says the format, `.gz` may follow it).

    Raises Unreadable where the kind of file is not read, the content is damaged, encrypted or no text, or there is no
    text in it. Memory and time are bounded by what the content unpacks to, no further: run it in a process with
    limits, which alone can tell what a MemoryError means.
    """
    path = PurePosixPath(name)
    compressed = path.suffix.lower() == COMPRESSED
    inner = PurePosixPath(path.stem) if compressed else path
    reader = READERS.get(inner.suffix.lower())
    if reader is None:
        kind = inner.suffix.lower() + (COMPRESSED if compressed else "")
        raise Unreadable(f"files of this kind{f' ({kind})' if kind else ''} are not read yet")
    try:
        document = reader.read(gunzip(content) if compressed else content, inner.stem)
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    if not document.text.strip():
        raise Unreadable("it has no text")
    return document


def kinds_read() -> str:
    """For messages: `.txt, .text, ...`."""
    return f"{', '.join(READERS)}, and {COMPRESSED} of these"


def extractors() -> tuple[str, ...]:
    """Every reader with its version, sorted: what was read by others may read differently now."""
    return tuple(sorted({reader.EXTRACTOR for reader in READERS.values()}))
