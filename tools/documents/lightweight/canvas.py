"""A reader of JSON Canvas, the boards of Obsidian: the text of each card, and the labels of groups and arrows."""

import json
from typing import Any, cast

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.joining import JoinedText
from outlast.tools.documents.lightweight import markdown
from outlast.tools.documents.lightweight.inline_markdown import PICTURE_SUFFIXES

EXTRACTOR = f"canvas/1, {markdown.EXTRACTOR}"


def read(content: bytes, stem: str) -> Document:
    """Read a board. The notes and pages on it are named, as they are documents of their own. Raises Unreadable."""
    try:
        board = json.loads(decode(content))
    except ValueError as error:
        raise Unreadable("it is not a canvas, or it is damaged or cut off") from error
    if not isinstance(board, dict):
        raise Unreadable("it is not a canvas: it has no cards")
    text = JoinedText()
    parts = cast("dict[str, object]", board)
    for card in _items(parts, "nodes"):
        _add_card(text, card)
    for arrow in _items(parts, "edges"):
        text.add(_string(arrow, "label"))
    words, headings = text.text(), tuple(text.headings)
    return Document(
        words,
        title_of(words, headings, stem),
        "application/json",
        headings,
        EXTRACTOR,
        tables=tuple(text.tables),
        losses=tuple(text.losses),
    )


def _add_card(text: JoinedText, card: dict[str, Any]) -> None:
    rendered = markdown.render(_string(card, "text"))
    text.add(rendered.text.strip("\n"), rendered.headings, rendered.tables)
    text.losses += rendered.losses
    text.add(_string(card, "label"))
    text.add(_string(card, "url"))
    if name := f"{_string(card, 'file')}{_string(card, 'subpath')}":
        text.add(f"[{name}]")
        if name.lower().endswith(PICTURE_SUFFIXES):
            text.losses.append(Loss(kind=LossKind.PICTURE, place=name))


def _items(board: dict[str, object], name: str) -> list[dict[str, Any]]:
    found = board.get(name)
    items = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def _string(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""
