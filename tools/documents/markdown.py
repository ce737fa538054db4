"""A reader of Markdown. The document's text is the file itself; markdown-it finds the headings."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt

from outlast.evidence.sources import Heading
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of

EXTRACTOR = "markdown/1"

ATX_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(?P<words>.*?)(?:[ \t]+#+)?[ \t]*")
FRONT_MATTER = re.compile(r"---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def read(content: bytes, stem: str) -> Document:
    """Read a Markdown file. `stem` is the title if the text has no heading. Raises Unreadable."""
    text = decode(content)
    headings = headings_of(text)
    return Document(text, title_of(text, headings, stem), "text/markdown", headings, EXTRACTOR)


def headings_of(text: str) -> tuple[Heading, ...]:
    """Return the ATX and setext headings of the document itself, without those inside quotes and lists."""
    return tuple(_headings(text))


def _headings(text: str) -> Iterator[Heading]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for token in _parser().parse(_without_front_matter(text)):
        if token.type != "heading_open" or token.level or token.map is None:
            continue
        first, end = token.map
        if token.markup.startswith("#"):
            matched = ATX_HEADING.fullmatch(lines[first])
            start, stop = matched.span("words") if matched else (0, 0)
        else:  # setext: its last line is the underline
            words = "\n".join(lines[first : end - 1])
            start, stop = len(words) - len(words.lstrip()), len(words.rstrip())
        if start < stop:
            yield Heading(start=starts[first] + start, end=starts[first] + stop, level=int(token.tag[1:]))


@cache
def _parser() -> MarkdownIt:
    """Return the parser. It is made once, because that takes a millisecond and a notebook may have a hundred cells."""
    return MarkdownIt("commonmark")


def _without_front_matter(text: str) -> str:
    """Replace front matter by empty lines, which keep line numbers: its last line would look like a setext heading."""
    matched = FRONT_MATTER.match(text)
    return "\n" * matched.group().count("\n") + text[matched.end() :] if matched else text
