"""The messages between a parser process and its parent. They are lengths and JSON, so that they cannot carry code.

A request is one frame: the path's bytes, a NUL, the uri. An answer is two: a `ParserAnswer`, and the text in UTF-8.
"""

from outlast.evidence.sources import Heading, Places, Value
from outlast.tools.ingest.file_state import FileState

LENGTH_BYTES = 4
READY = b"ready"
"""The first frame of a parser that could import its readers. Any other first frame is the error message."""


class ParsedFile(Value):
    """A `Document` without its text, and the state and hash of the file that it was read from."""

    state: FileState
    bytes_sha256: str
    title: str
    media_type: str
    headings: tuple[Heading, ...]
    places: Places | None
    extractor: str


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
