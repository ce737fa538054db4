"""The formats that are read, by the readers that packages register, and the one function that reads them."""

from contextlib import suppress
from functools import cache
from pathlib import PurePosixPath
from typing import Protocol

from outlast.evidence.errors import NeedsOperator
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import gunzip
from outlast.tools.extensions import READER_GROUP, Extension, find_extensions

GZIP_SUFFIX = ".gz"


class DocumentReader(Protocol):
    """What a package registers in the group `outlast.readers`, under a suffix of files: `.odt`. A module will do."""

    @property
    def EXTRACTOR(self) -> str:  # noqa: N802 - a constant of a module
        """Its name and version, such as `odt/1`: with a new one, files are read again."""
        ...

    def read(self, content: bytes, stem: str, /) -> Document:
        """`stem`, the file's name without its suffix, is the title where the document has none. Raises Unreadable.

        It runs in a parser process, whose memory and time are limited, and which reads one file at a time.
        """
        ...


def read_document(name: str, content: bytes) -> Document:
    """The document in the file `name` (a path or a bare name: its suffix says the format, `.gz` may follow it).

    Raises Unreadable where the kind of file is not read, the content is damaged, encrypted or no text, or there is no
    text in it. Memory and time are bounded by what the content unpacks to, no further: run it in a process with
    limits, which alone can tell what a MemoryError means.
    """
    path = PurePosixPath(name)
    compressed = path.suffix.lower() == GZIP_SUFFIX
    inner = PurePosixPath(path.stem) if compressed else path
    extension = suffixes().get(inner.suffix.lower())
    if extension is None:
        kind = inner.suffix.lower() + (GZIP_SUFFIX if compressed else "")
        raise Unreadable(f"files of this kind{f' ({kind})' if kind else ''} are not read yet")
    try:
        reader = load_reader(extension)
    except NeedsOperator as error:
        raise Unreadable(str(error)) from error
    try:
        document = reader.read(gunzip(content) if compressed else content, inner.stem)
    except RecursionError as error:
        raise Unreadable("it is nested too deeply") from error
    if not document.text.strip():
        raise Unreadable("it has no text")
    return document


@cache
def suffixes() -> dict[str, Extension]:
    """The kinds of files that are read, by their suffixes. Looked up once in a process."""
    return find_extensions(READER_GROUP)


@cache
def load_reader(extension: Extension) -> DocumentReader:
    """Raises NeedsOperator where its package is broken."""
    reader = extension.load()
    if not (isinstance(getattr(reader, "EXTRACTOR", None), str) and callable(getattr(reader, "read", None))):
        raise extension.as_broken("is no DocumentReader: it needs EXTRACTOR, a str, and the function read")
    return reader


def describe_readable_kinds() -> str:
    """For messages: `.csv, .docx, ...`."""
    return f"{', '.join(suffixes())}, and {GZIP_SUFFIX} of these"


def extractors() -> tuple[str, ...]:
    """Every reader that works, with its version, sorted: what was read by others may read differently now."""
    found = set[str]()
    for extension in suffixes().values():
        with suppress(NeedsOperator):  # its files are listed as skipped, with the reason
            found.add(load_reader(extension).EXTRACTOR)
    return tuple(sorted(found))
