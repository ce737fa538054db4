"""Sources: documents and web pages, their stored text, and spans of that text.

All offsets are in characters (Unicode code points) of a snapshot's text; `end` is exclusive.
"""

import hashlib
import re
from datetime import datetime
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from outlast.evidence.losses import Loss
from outlast.evidence.wording import shown_text

NOT_A_WORD = re.compile(r"[\W_]+")


class Value(BaseModel):
    """Base class of all values: immutable, compared by content, and refusing unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Heading(Value):
    """A heading in a snapshot's text. `level` 1 is the outermost."""

    start: int
    end: int
    level: int


class Places(Value):
    """The offsets of the parts of a document that people cite, such as pages. The first part has number 1."""

    unit: str
    """The name of a part in the singular: `page`, `row`, `cell`."""
    starts: tuple[int, ...]
    """The offset of each part's first character, ascending; a part without text begins where the next one does."""
    names: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    """The names of the parts, where people cite these rather than numbers: the times of subtitles; "" for no name."""


class Table(Value):
    """A table in a snapshot's text: one line a row, cells separated by ` | `.

    `headers` are the spans of the rows that name its columns, outermost first; a row is understood together with them.
    `groups` are those of rows that are one cell over all columns: each heads the rows below it, up to the next one.
    """

    start: int
    end: int
    headers: tuple[tuple[int, int], ...] = ()
    groups: tuple[tuple[int, int], ...] = Field(default=(), exclude_if=lambda value: not value)


class Source(Value):
    """A document of a collection, or a web page.

    `uri` is the path of a file in its folder, with forward slashes, or the address from which a page was requested. A
    document inside another one has its uri with `#` and its own name: `mails/a.eml#minutes.pdf`.
    """

    uri: str
    title: str
    media_type: str
    snapshot: str
    headings: tuple[Heading, ...] = ()
    places: Places | None = None
    bytes_sha256: str
    extractor: str
    """The reader of the format and its version, such as `html/1`: another version may extract another text."""
    tables: tuple[Table, ...] = Field(default=(), exclude_if=lambda value: not value)
    losses: tuple[Loss, ...] = Field(default=(), exclude_if=lambda value: not value)
    """What the snapshot's text does not have of the document."""
    language: str = Field(default="", exclude_if=lambda value: not value)
    """The language of the text, as ISO 639-1 (`de`); "" if it was not recognized."""
    fetched: datetime | None = Field(default=None, exclude_if=lambda value: value is None)
    """When a web page was fetched, in UTC; None for a file."""
    final_url: str = Field(default="", exclude_if=lambda value: not value)
    """The address at the end of redirects from `uri`; "" without redirects."""


class Skipped(Value):
    """A file, page or engine that a run could not use. `reason` is for people."""

    uri: str
    reason: str


class Collection(Value):
    """An immutable manifest of snapshots; its id is the SHA-256 of its content."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of synonyms in these documents, in addition to those of everyday language."""

    @property
    def id(self) -> str:
        return sha256(self.model_dump_json())


class Span(Value):
    """A verbatim span: `text` is exactly the characters `start` to `end` of a snapshot's text."""

    start: int
    end: int
    text: str


class Lead(Value):
    """The spans that short texts from `start` to `end` are understood with, in their order.

    Examples are the rows that name the columns of a table, and the sentence that introduces a list. `is_optional` says
    that the texts can be understood without it: the line above them is perhaps their title.
    """

    start: int
    end: int
    spans: tuple[Span, ...]
    is_optional: bool = Field(default=False, exclude_if=lambda value: not value)


class Passage(Value):
    """A span of a snapshot that a search found. A higher `score` is better; scores compare within one search only.

    `title` and `uri` are those of its document, `heading` is the one above it; "" if there is none. `leads` are those
    of its tables and lists, with offsets in the snapshot; their spans may be before the passage.
    """

    snapshot: str
    start: int
    end: int
    text: str
    title: str
    heading: str
    uri: str = ""
    language: str = Field(default="", exclude_if=lambda value: not value)
    """The language of its document, as in `Source`."""
    score: float = 0.0
    leads: tuple[Lead, ...] = Field(default=(), exclude_if=lambda value: not value)


class Term(Value):
    """A word of a query, as `outlast.evidence.words.words` returns it, with its statistics in the collection."""

    word: str
    frequency: int
    """The number of passages with the word, in any form and any of its spellings; 0 if no document has it."""
    spellings: tuple[str, ...] = ()
    """Its other spellings in the collection: `colour` for `color`, or the right spelling of a misspelled word."""
    synonyms: tuple[str, ...] = ()
    """Words and phrases of the collection with the same meaning."""
    synonyms_frequency: int = 0
    """The number of passages with one of the synonyms; counted only if no passage has the word itself."""


class SearchResult(Value):
    """The passages found, best first, and the words of the queries, each once. `size` is the number of all passages."""

    passages: tuple[Passage, ...]
    terms: tuple[Term, ...]
    size: int


class Quote(Value):
    """A verbatim span: `text` is exactly the characters `start` to `end` of the snapshot's text.

    A quote may be several spans: `lead` has those before it without which it would say little, in their order, such as
    the header of a table above a row.
    """

    snapshot: str
    start: int
    end: int
    text: str
    lead: tuple[Span, ...] = Field(default=(), exclude_if=lambda value: not value)

    @property
    def shown(self) -> str:
        """The words of all spans as people read them, on one line: `Harbour: Sund; Winter night: 6`."""
        return shown_text([span.text for span in self.lead], self.text)

    @property
    def spans(self) -> tuple[Span, ...]:
        """All spans, the quote itself as the last one."""
        return (*self.lead, Span(start=self.start, end=self.end, text=self.text))


def file_name_words(uri: str) -> str:
    """Return the words of a file's name, which often says more than its title: `GPL-3.txt`, `runtime-config.html`."""
    return NOT_A_WORD.sub(" ", PurePosixPath(uri).stem).strip()


def sha256(content: str | bytes) -> str:
    """Return the hexadecimal SHA-256 of bytes, or of a text in UTF-8: the name of a snapshot or a collection."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()


WEB_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?"  # the host, without a user name or password before it
    r"(?:[/?#][!#-;=?-\[\]-~]*)?",  # printable ASCII except spaces, quotation marks, angle brackets and backslashes
    re.IGNORECASE,
)


def is_web_address(text: str) -> bool:
    """Whether `text` is an http or https address of characters that all programs accept in one.

    Only such a text becomes a link in a report.
    """
    return WEB_ADDRESS.fullmatch(text) is not None
