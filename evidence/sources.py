"""Where knowledge comes from: documents, their stored text, and spans of that text.

All offsets are in characters (Unicode code points) of a snapshot's text, `end` exclusive.
"""

import hashlib

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A value of the field: immutable, compared by content, refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Heading(Value):
    """A heading in a snapshot's text. `level` 1 is the outermost."""

    start: int
    end: int
    level: int


class Places(Value):
    """Where the parts begin that people cite a document by. A part's number counts from 1, in the order of the text."""

    unit: str
    """What a part is, in the singular: `page`, `row`, `cell`."""
    starts: tuple[int, ...]
    """The offset of each part's first character, ascending; a part without text begins where the next one does."""


class Source(Value):
    """A document of a collection. `uri` is its path inside the folder it came from, with forward slashes."""

    uri: str
    title: str
    media_type: str
    snapshot: str
    headings: tuple[Heading, ...] = ()
    places: Places | None = None
    bytes_sha256: str
    extractor: str
    """The format's reader and its version, such as `html/1`: another version may give another text."""


class Skipped(Value):
    """A file that was not taken in. `reason` is for people."""

    uri: str
    reason: str


class Collection(Value):
    """A manifest of snapshots, fixed for ever: its name is the SHA-256 of its content."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def id(self) -> str:
        return sha256(self.model_dump_json())


class Passage(Value):
    """A span of a snapshot that a search found. `score` is the search's own: higher is better, comparable within it."""

    snapshot: str
    start: int
    end: int
    text: str
    title: str
    heading: str
    score: float = 0.0


class SearchResult(Value):
    """What a search found, best first, and how common the words asked for are.

    `frequencies` maps each word of the queries (as `evidence.words.words` gives it) to the number of passages of the
    collection that contain it in any form; 0 where no document knows the word. `size` is the number of all passages.
    """

    passages: tuple[Passage, ...]
    frequencies: dict[str, int]
    size: int


class Quote(Value):
    """A verbatim span: `text` is exactly the characters `start` to `end` of the snapshot's text."""

    snapshot: str
    start: int
    end: int
    text: str


def sha256(content: str | bytes) -> str:
    """The hexadecimal SHA-256 of the bytes, or of the text in UTF-8: the name of a snapshot or a collection."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
