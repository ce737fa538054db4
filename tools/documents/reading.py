"""The function that reads a document, and the readers of formats, which packages register by suffix."""

import re
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Protocol

from outlast.evidence.errors import NeedsOperator
from outlast.tools.documents.characters.cleaning import BINARY_REASON
from outlast.tools.documents.characters.language import detect_language
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import decompress
from outlast.tools.documents.kinds import GZIP_SUFFIX, is_code, kind_of, not_read_reason, reason_unopened, suffix_of
from outlast.tools.documents.ledger import open_ledger
from outlast.tools.extensions import READER_GROUP, Extension, find_extensions

TEXT_SUFFIX, CODE_SUFFIX = ".txt", ".log"
"""The suffixes whose readers read text of an unknown kind: text with titles, and text without."""
OWN_PACKAGE = "outlast.tools.documents."
VERSION = re.compile(r'^EXTRACTOR = f?"(?P<own>[^"{]+)(?:\{(?P<other>\w+)\.EXTRACTOR\})?"$', re.MULTILINE)
"""The version of a reader, with that of another one in it if the reader hands its documents to that."""
COMMON_SUFFIXES = (".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".html", ".epub", ".md", ".txt", ".csv", ".eml", ".zip")


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
    """Read the document in the file `name`, a path or a bare name. Its suffix names the format.

    `.gz`, `.bz2` or `.xz` may follow the suffix.

    A file whose content is plainly of another kind is read as what it is, and text of any other kind as text.

    Raises Unreadable if no reader exists for the kind of file, if the content is damaged, encrypted or binary, or if it
    has no text. Only the unpacked size of the content is limited here: call it in a process with limits of memory and
    time, which also decides what a MemoryError means.
    """
    if reason := reason_unopened(name, known_suffixes()):
        raise Unreadable(reason)
    path = PurePosixPath(name)
    _, compressed = suffix_of(name)
    if compressed:
        content, path = decompress(content, compressed), PurePosixPath(path.stem)
    kind = kind_of(name, content, known_suffixes() | {GZIP_SUFFIX}, _our_suffixes())
    if kind == GZIP_SUFFIX:  # compressed, and its name does not say so
        content = decompress(content, kind)
        kind = kind_of(name, content, known_suffixes(), _our_suffixes())
    stem = path.stem if kind else path.name
    with open_ledger() as noted:
        try:
            document = _reader_of(kind, name).read(content, stem)
        except RecursionError as error:
            raise Unreadable("it is nested too deeply") from error
        except Unreadable as error:
            if kind or str(error) != BINARY_REASON or not path.suffix:
                raise
            raise Unreadable(not_read_reason(name)) from error
    if not document.text.strip() and not document.children:
        raise Unreadable("it has no text")
    return replace(
        document,
        losses=tuple(dict.fromkeys((*document.losses, *noted))),
        language=document.language or detect_language(document.text),
    )


def _reader_of(kind: str, name: str) -> DocumentReader:
    """Return the reader of a kind; for text of no known kind (""), one that looks for titles unless it is a program."""
    suffix = kind or (CODE_SUFFIX if is_code(name) else TEXT_SUFFIX)
    try:
        return load_reader(suffixes()[suffix])
    except NeedsOperator as error:
        raise Unreadable(str(error)) from error


@cache
def known_suffixes() -> frozenset[str]:
    """Return the suffixes that have a reader."""
    return frozenset(suffixes())


@cache  # which package registered a reader is read from its metadata, in 10 ms: too long for each mail of a mailbox
def _our_suffixes() -> frozenset[str]:
    return frozenset(suffix for suffix, extension in suffixes().items() if extension.is_ours)


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
    """Return kinds of files for messages: the common ones, and those that other packages read."""
    known = suffixes()
    shown = dict.fromkeys((*COMMON_SUFFIXES, *(suffix for suffix, each in known.items() if not each.is_ours)))
    others = len(known.keys() - shown.keys())
    return f"{', '.join(shown)}, {others} other kinds that `outlast doctor` lists, and text of any name"


def extractors() -> tuple[str, ...]:
    """Return every working reader with its version, sorted. If the list changes, files may read differently."""
    found = set[str]()
    for extension in suffixes().values():
        if version := _declared_version(extension):
            found.add(version)
            continue
        with suppress(NeedsOperator):  # the files of a broken reader are listed as skipped, with the reason
            found.add(load_reader(extension).EXTRACTOR)
    return tuple(sorted(found))


def _declared_version(extension: Extension) -> str:
    """Return what a reader of ours declares as its version; "" if only its module can say it.

    All our readers take 0.1 s to import, and a folder that has not changed needs none of them.
    """
    return _declared_version_in(extension.entries[0].module) if len(extension.entries) == 1 else ""


@cache
def _declared_version_in(module: str) -> str:
    if not module.startswith(OWN_PACKAGE):
        return ""
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return ""
    code = Path(spec.origin).read_text(encoding="utf-8")
    declared = VERSION.search(code)
    if declared is None or declared["other"] is None:
        return declared["own"] if declared else ""
    imported = re.search(rf"^from (\S+) import (?:.*\b)?{declared['other']}\b", code, re.MULTILINE)
    other = _declared_version_in(f"{imported[1]}.{declared['other']}") if imported else ""
    return declared["own"] + other if other else ""
