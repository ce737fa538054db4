"""The messages between a parser process and its parent. They are lengths and JSON, so that they cannot carry code.

A request is one frame: the path's bytes, a NUL, the uri. An answer is a frame with a `ParserAnswer`, then one with the
text in UTF-8 of each document in it.
"""

from outlast.evidence.losses import Loss
from outlast.evidence.sources import Heading, Places, Table, Value
from outlast.tools.ingest.file_state import FileState

LENGTH_BYTES = 4
READY = b"ready"
"""The first frame of a parser that could import its readers. Any other first frame is the error message."""


class ParsedDocument(Value):
    """A `Document` without its text and its children. `name` is that inside the file, "" for the file itself."""

    name: str = ""
    bytes_sha256: str
    title: str
    media_type: str
    headings: tuple[Heading, ...]
    places: Places | None
    tables: tuple[Table, ...] = ()
    losses: tuple[Loss, ...] = ()
    language: str = ""
    extractor: str


class RefusedChild(Value):
    """A document inside the file that could not be read."""

    name: str
    reason: str


class ParsedFile(Value):
    """The documents of a file, itself first if it has text, and the state that the file had."""

    state: FileState
    documents: tuple[ParsedDocument, ...]
    refused: tuple[RefusedChild, ...] = ()


class RefusedFile(Value):
    """A file that could not be read. If `lasting`, reading the same bytes again would give the same `reason`."""

    state: FileState
    reason: str
    lasting: bool = True


class ParserAnswer(Value):
    outcome: ParsedFile | RefusedFile
    is_last: bool = False
    """Whether the parser ends after this answer, because its memory has grown or it failed."""


def encode_request(path: bytes, uri: str) -> bytes:
    return path + b"\0" + uri.encode()


def decode_request(content: bytes) -> tuple[bytes, str]:
    path, _, uri = content.partition(b"\0")
    return path, uri.decode()


def encode_frame(content: bytes) -> bytes:
    return len(content).to_bytes(LENGTH_BYTES, "big") + content
