"""A reader of outlines (OPML): items in items, each on a line of its own, with their notes."""

import re
from collections.abc import Iterator
from typing import Any

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import count_words
from outlast.tools.documents.xml_tree import ETREE, parse_xml

EXTRACTOR = "outline/1"

WORDS = ("text", "title")
"""The attributes that hold the words of an item; the first one that it has is shown."""
NOTES = ("_note", "description", "htmlUrl", "xmlUrl", "url")
ITEM = "outline"
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&\w+;")
MAX_INDENT = 20
"""Items that are nested more deeply are written at this depth."""


def read(content: bytes, stem: str) -> Document:
    """Read an outline. Raises Unreadable."""
    root = parse_xml(content, "outline")
    if root.tag != "opml":
        raise Unreadable("it is not an outline: it does not begin with <opml>")
    output, settings = BlockText(), 0
    title = " ".join((root.findtext("head/title") or "").split())
    output.write(title)
    output.separate(Break.BLANK_LINE)
    for element, depth in _elements(root):
        if element.tag == ITEM:
            indent = "  " * min(depth, MAX_INDENT)
            words, *notes = _lines(element)
            if words:
                output.write_preformatted(f"{indent}- {words}")
                output.separate(Break.LINE)
            for note in notes:
                output.write_preformatted(f"{indent}  {note}")
                output.separate(Break.LINE)
        settings += _settings(element)
    losses = (Loss(kind=LossKind.MARKUP, place="settings", words=settings),) if settings else ()
    return Document(output.text(), title or stem, "text/x-opml", (), EXTRACTOR, losses=losses)


def _elements(root: Any) -> Iterator[tuple[Any, int]]:
    """Yield the elements in order, each with the number of items around it."""
    depth = 0
    for event, element in ETREE.iterwalk(root, events=("start", "end")):
        if event == "start" and isinstance(element.tag, str):
            yield element, depth
        if element.tag == ITEM:
            depth += 1 if event == "start" else -1


def _lines(item: Any) -> Iterator[str]:
    """Yield the words of an item, and then its notes, each on one line."""
    words = [line for name in WORDS if (line := _line(item.get(name)))] or [""]
    yield from dict.fromkeys(words)  # many programs write the same words twice
    yield from (line for name in NOTES if (line := _line(item.get(name))))


def _line(value: str | None) -> str:
    """Return the value of an attribute on one line. Some programs write markup into it."""
    value = value or ""
    return " ".join((html.parse_markup(value).text if MARKUP.search(value) else value).split())


def _settings(element: Any) -> int:
    """Return how many words an element holds that are for programs."""
    shown = {*WORDS, *NOTES} if element.tag == ITEM else set[str]()
    words = sum(count_words(value) for name, value in element.items() if name not in shown)
    is_about = element.getparent() is not None and element.getparent().tag == "head" and element.tag != "title"
    return words + (count_words(element.text or "") if is_about else 0)
