"""The function that reads a document, and the readers of formats, which packages register by suffix."""

from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Protocol

from outlast.evidence.errors import NeedsOperator
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import gunzip
from outlast.tools.documents.language import detect_language
from outlast.tools.documents.ledger import open_ledger
from outlast.tools.extensions import READER_GROUP, Extension, find_extensions

GZIP_SUFFIX = ".gz"


class DocumentReader(Protocol):
    """A reader that a package registers in the group `outlast.readers` under a suffix (`.odt`). It may be a module."""

    @property
    def EXTRACTOR(self) -> str:  # noqa: N802 - a constant of a module
        """The reader's name and version, for example `odt/1`. If the version changes, files are read again."""
        ...

    def read(self, content: bytes, stem: str, /) -> Document:
        """Read a document. `stem`, the file's name without its suffix, is the title if it has none. Raises Unreadable.

        It runs in a parser process with limited memory and time, which reads one file at a time.
        """
        ...


def read_document(name: str, content: bytes) -> Document:
    """Read the document in the file `name` (a path or a bare name: its suffix names the format, `.gz` may follow it).

    Raises Unreadable if no reader exists for the kind of file, if the content is damaged, encrypted or binary, or if it
    has no text. Only the unpacked size of the content is limited here: call it in a process with limits of memory and
    time, which also decides what a MemoryError means.
    """
    path = PurePosixPath(name)
    is_compressed = path.suffix.lower() == GZIP_SUFFIX
    inner = PurePosixPath(path.stem) if is_compressed else path
    extension = suffixes().get(inner.suffix.lower())
    if extension is None:
        kind = inner.suffix.lower() + (GZIP_SUFFIX if is_compressed else "")
        raise Unreadable(f"files of this kind{f' ({kind})' if kind else ''} are not read yet")
    try:
        reader = load_reader(extension)
    except NeedsOperator as error:
        raise Unreadable(str(error)) from error
    with open_ledger() as noted:
        try:
            document = reader.read(gunzip(content) if is_compressed else content, inner.stem)
        except RecursionError as error:
            raise Unreadable("it is nested too deeply") from error
    if not document.text.strip() and not document.children:
        raise Unreadable("it has no text")
    return replace(
        document,
        losses=tuple(dict.fromkeys((*document.losses, *noted))),
        language=document.language or detect_language(document.text),
    )


@cache
def suffixes() -> dict[str, Extension]:
    """Return the registered readers by the suffixes of their files. They are looked up once per process."""
    return find_extensions(READER_GROUP)


@cache
def load_reader(extension: Extension) -> DocumentReader:
    """Return the reader. Raises NeedsOperator if its package is broken."""
    reader = extension.load()
    if not (isinstance(getattr(reader, "EXTRACTOR", None), str) and callable(getattr(reader, "read", None))):
        raise extension.as_broken("is not a DocumentReader: it needs EXTRACTOR, a str, and the function read")
    return reader


def describe_readable_kinds() -> str:
    """Return the suffixes for messages: `.csv, .docx, ...`."""
    return f"{', '.join(suffixes())}, and {GZIP_SUFFIX} of these"


def extractors() -> tuple[str, ...]:
    """Return every working reader with its version, sorted. If the list changes, files may read differently."""
    found = set[str]()
    for extension in suffixes().values():
        with suppress(NeedsOperator):  # the files of a broken reader are listed as skipped, with the reason
            found.add(load_reader(extension).EXTRACTOR)
    return tuple(sorted(found))
