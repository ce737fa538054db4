"""Markdown: the document's text is the file itself; markdown-it finds the headings."""

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
    """`stem` is the title where the text has none. Raises Unreadable."""
    text = decode(content)
    headings = headings_of(text)
    return Document(text, title_of(text, headings, stem), "text/markdown", headings, EXTRACTOR)


def headings_of(text: str) -> tuple[Heading, ...]:
    """ATX and setext headings of the document itself: those inside quotes and lists head nothing."""
    return tuple(_headings(text))


def _headings(text: str) -> Iterator[Heading]:
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for token in _parser().parse(_without_front_matter(text)):
        if token.type != "heading_open" or token.level or token.map is None:
            continue
        first, after = token.map
        if token.markup.startswith("#"):
            matched = ATX_HEADING.fullmatch(lines[first])
            start, end = matched.span("words") if matched else (0, 0)
        else:  # setext: the last of its lines is the underline
            words = "\n".join(lines[first : after - 1])
            start, end = len(words) - len(words.lstrip()), len(words.rstrip())
        if start < end:
            yield Heading(start=starts[first] + start, end=starts[first] + end, level=int(token.tag[1:]))


@cache
def _parser() -> MarkdownIt:
    """Made once, at the first use: it takes a millisecond, and a notebook has a hundred cells."""
    return MarkdownIt("commonmark")


def _without_front_matter(text: str) -> str:
    """Its last line before `---` would pass for a setext heading. The line numbers must stay."""
    matched = FRONT_MATTER.match(text)
    return "\n" * matched.group().count("\n") + text[matched.end() :] if matched else text
