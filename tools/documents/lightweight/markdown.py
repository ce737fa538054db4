"""A reader of Markdown, with the wikilinks, comments and embedded notes of Obsidian.

The text has the lines of the file, so that lines can be cited; what the rendered page does not show is taken out of
them. Marks such as `**` and `#` stay. Rows of tables are written like those of other formats: cells joined by ` | `.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Places, Table
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.joining import moved_table
from outlast.tools.documents.lightweight.callouts import open_callouts
from outlast.tools.documents.lightweight.front_matter import (
    FRONT_MATTER,
    declared_language,
    declared_title,
    read_front_matter,
)
from outlast.tools.documents.lightweight.inline_markdown import read_inline
from outlast.tools.documents.lightweight.numbered_items import with_shown_numbers
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import Ledger, count_words

EXTRACTOR = "markdown/4"

ATX_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(?P<words>.*?)(?:[ \t]+#+)?[ \t]*")
COMMENT_AS_ADDRESS = re.compile(r"[ ]{0,3}\[(?://|comment|_)\]:[ \t]*(?:#|<>|//)[ \t]*(?P<words>.*)", re.IGNORECASE)
"""An address that nothing refers to, which people write as a comment: `[//]: # (words)`."""
CELL_BORDER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Rendered:
    """Markdown as its reader sees it."""

    text: str
    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]
    losses: tuple[Loss, ...]
    places: Places | None = None
    """The lines of the file, if the text has others: a block of HTML may need more of them."""


def read(content: bytes, stem: str) -> Document:
    """Read a Markdown file. `stem` is the title if the text has none. Raises Unreadable."""
    source = decode(content)
    matter = FRONT_MATTER.match(source)
    declared = matter.group("lines") if matter else ""
    rendered = render(source)
    is_titled = any(heading.level == 1 for heading in rendered.headings)  # else its name is the title of a note
    title = declared_title(declared) or (title_of(rendered.text, rendered.headings, stem) if is_titled else stem)
    return Document(
        text=rendered.text,
        title=title,
        media_type="text/markdown",
        headings=rendered.headings,
        extractor=EXTRACTOR,
        places=rendered.places,
        tables=rendered.tables,
        losses=rendered.losses,
        language=declared_language(declared),
    )


def render(source: str) -> Rendered:
    """Return what a reader sees of Markdown. Front matter is kept as lines of `key: value`."""
    matter = FRONT_MATTER.match(source)
    front = matter.group().removesuffix("\n").split("\n") if matter else []
    body = source[matter.end() :] if matter else source
    tokens = _parser().parse("\n" * len(front) + body)  # the last line of front matter would look like a heading
    return _Renderer(front, with_shown_numbers(source.split("\n"), tokens), tokens).render()


@cache
def _parser() -> MarkdownIt:
    """Return the parser. It is made once, because that takes a millisecond and a notebook may have a hundred cells."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")  # only blocks are asked for
    return parser


class _Renderer:
    """Renders the lines of a file, part by part."""

    def __init__(self, front: list[str], lines: list[str], tokens: list[Token]) -> None:
        self._front = front
        self._lines = lines
        self._tokens = tokens
        self._out: list[str] = []
        self._starts: list[int] = []  # of each line of the file that was rendered, where it stands in the text
        self._length = 0  # of the rendered lines, with their ends
        self._tables: list[Table] = []
        self._ledger = Ledger()

    def render(self) -> Rendered:
        self._put(*read_front_matter(self._front, self._ledger))
        for token in self._parts():
            first, end = token.map or (0, 0)
            if first < len(self._starts):
                continue  # it is inside the last part
            self._put_text(first)
            if token.type == "html_block":
                self._put_html(self._lines[first:end])
            elif token.type == "table_open":
                self._put_table(self._lines[first:end])
            else:
                self._put(*self._lines[first:end])
        self._put_text(len(self._lines))
        text = "\n".join(self._out)
        has_same_lines = len(self._out) == len(self._starts)
        places = None if has_same_lines else Places(unit="line", starts=tuple(self._starts))
        return Rendered(text, tuple(self._headings(text)), tuple(self._tables), self._ledger.losses(), places)

    def _parts(self) -> Iterator[Token]:
        """Yield the parts of the file that are not text: code, HTML, and tables that stand alone."""
        for token in self._tokens:
            if token.type in ("fence", "code_block", "html_block") or (token.type == "table_open" and not token.level):
                yield token

    def _put(self, *lines: str) -> None:
        """Put lines that stand for one line of the file each."""
        for line in lines:
            self._starts.append(self._length)
            self._out.append(line)
            self._length += len(line) + 1

    def _put_text(self, end: int) -> None:
        """Render the lines of text up to line `end`."""
        lines = self._lines[len(self._starts) : end]
        if lines:
            lines = list(open_callouts([self._without_comment(line) for line in lines], self._ledger))
            self._put(*read_inline("\n".join(lines), self._ledger).split("\n"))

    def _without_comment(self, line: str) -> str:
        if not line.lstrip().startswith("[") or (comment := COMMENT_AS_ADDRESS.fullmatch(line)) is None:
            return line
        self._ledger.add(LossKind.HIDDEN, "comments", count_words(comment.group("words")))
        return ""

    def _put_html(self, lines: list[str]) -> None:
        """Render a block of HTML, into as many lines as it has if its text fits into them."""
        document = html.parse_markup("\n".join(lines))
        found = document.text.split("\n")
        words = [line for line in found if line]
        if len(found) > len(lines) >= len(words) and not document.tables:
            found = words
        self._tables += (moved_table(table, self._length) for table in document.tables)
        self._put(*found[: len(lines)], *[""] * (len(lines) - len(found)))
        for line in found[len(lines) :]:
            self._out.append(line)
            self._length += len(line) + 1
        self._ledger.add_all((loss.kind, loss.place, loss.words) for loss in document.losses)

    def _put_table(self, lines: list[str]) -> None:
        """Render a table. The line below its header row, which draws a border, becomes empty."""
        start = self._length
        for number, line in enumerate(lines):
            row = line.strip().removeprefix("|")
            row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
            cells = (cell.strip().replace("\\|", "|") for cell in CELL_BORDER.split(row))
            self._put("" if number == 1 else " | ".join(read_inline(cell, self._ledger) for cell in cells))
        header = (start, start + len(self._out[-len(lines)]))
        self._tables.append(Table(start=start, end=self._length - 1, headers=(header,)))

    def _headings(self, text: str) -> Iterator[Heading]:
        """Yield the ATX and setext headings of the document itself, without those inside quotes and lists."""
        starts = [*self._starts, self._length]
        for token in self._tokens:
            if token.type != "heading_open" or token.level or token.map is None:
                continue
            first, end = token.map
            if token.markup.startswith("#"):
                matched = ATX_HEADING.fullmatch(text[starts[first] : starts[first + 1] - 1])
                start, stop = matched.span("words") if matched else (0, 0)
            else:  # setext: its last line is the underline
                words = text[starts[first] : starts[end - 1] - 1]
                start, stop = len(words) - len(words.lstrip()), len(words.rstrip())
            if start < stop:
                yield Heading(start=starts[first] + start, end=starts[first] + stop, level=int(token.tag[1:]))
