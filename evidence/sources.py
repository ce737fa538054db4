"""Where knowledge comes from: documents, their stored text, and spans of that text.

All offsets are in characters (Unicode code points) of a snapshot's text, `end` exclusive.
"""

import hashlib
import re
from datetime import datetime
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

NOT_A_WORD = re.compile(r"[\W_]+")


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
    """A document of a collection, or a page of the web.

    `uri` is the path inside the folder it came from, with forward slashes; of a page, the address that was asked for.
    """

    uri: str
    title: str
    media_type: str
    snapshot: str
    headings: tuple[Heading, ...] = ()
    places: Places | None = None
    bytes_sha256: str
    extractor: str
    """The format's reader and its version, such as `html/1`: another version may give another text."""
    fetched: datetime | None = Field(default=None, exclude_if=lambda value: value is None)
    """When a page of the web was fetched, in UTC; None for a file."""
    final_url: str = Field(default="", exclude_if=lambda value: not value)
    """Where redirects from `uri` ended, if there were any."""


class Skipped(Value):
    """A file that was not taken in. `reason` is for people."""

    uri: str
    reason: str


class Collection(Value):
    """A manifest of snapshots, fixed for ever: its name is the SHA-256 of its content."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of words that mean the same in these documents, besides those of everyday language."""

    @property
    def id(self) -> str:
        return sha256(self.model_dump_json())


class Passage(Value):
    """A span of a snapshot that a search found. `score` is the search's own: higher is better, comparable within it.

    `title` and `uri` are its document's, `heading` is the one above it; empty where there is none.
    """

    snapshot: str
    start: int
    end: int
    text: str
    title: str
    heading: str
    uri: str = ""
    score: float = 0.0


class Term(Value):
    """A word that was searched for, as `outlast.evidence.words.words` gives it, and what the collection knows of it."""

    word: str
    frequency: int
    """How many passages contain it, in any form and any of its spellings; 0 where no document knows it."""
    spellings: tuple[str, ...] = ()
    """How else it is written in the collection: `colour` for `color`, or what was meant by a slip of the pen."""
    synonyms: tuple[str, ...] = ()
    """Words and phrases of the collection that may say the same."""
    synonyms_frequency: int = 0
    """How many passages contain one of those; counted only where the word itself is in none."""


class SearchResult(Value):
    """What a search found, best first, and the words that were asked for, each once. `size`: all passages there are."""

    passages: tuple[Passage, ...]
    terms: tuple[Term, ...]
    size: int


class Quote(Value):
    """A verbatim span: `text` is exactly the characters `start` to `end` of the snapshot's text."""

    snapshot: str
    start: int
    end: int
    text: str


def file_name_words(uri: str) -> str:
    """The words of a file's name, which often say what no title does: `GPL-3.txt`, `runtime-config.html`."""
    return NOT_A_WORD.sub(" ", PurePosixPath(uri).stem).strip()


def sha256(content: str | bytes) -> str:
    """The hexadecimal SHA-256 of the bytes, or of the text in UTF-8: the name of a snapshot or a collection."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()


WEB_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?"  # a host alone: no user's name or password before it
    r"(?:[/?#][!#-;=?-\[\]-~]*)?",  # printable ASCII but for blanks, quotation marks, angle brackets and backslashes
    re.IGNORECASE,
)


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address in the characters that every program takes for one."""
    return WEB_ADDRESS.fullmatch(text) is not None
