"""A reader of Jupyter notebooks: text cells as Markdown, code cells as code, and short text outputs."""

import json
from typing import Any, cast

from outlast.evidence.sources import Heading, Places
from outlast.tools.documents import markdown
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable, title_of

EXTRACTOR = "notebook/1"

MAX_OUTPUT_CHARACTERS = 4_000  # longer outputs are data
CELL_SEPARATOR = "\n\n"


def read(content: bytes, stem: str) -> Document:
    """Read a notebook. `stem` is the title if no cell has a heading. Raises Unreadable."""
    parts: list[str] = []
    headings: list[Heading] = []
    starts: list[int] = []
    length = 0
    for cell in _cells(content):
        cell_text = CELL_SEPARATOR.join(_cell_texts(cell))
        if cell_text and length:
            parts.append(CELL_SEPARATOR)
            length += len(CELL_SEPARATOR)
        starts.append(length)
        if cell.get("cell_type") == "markdown":
            headings += (
                Heading(start=heading.start + length, end=heading.end + length, level=heading.level)
                for heading in markdown.headings_of(cell_text)
            )
        parts.append(cell_text)
        length += len(cell_text)
    text = "".join(parts)
    return Document(
        text=text,
        title=title_of(text, tuple(headings), stem),
        media_type="application/x-ipynb+json",
        headings=tuple(headings),
        extractor=EXTRACTOR,
        places=Places(unit="cell", starts=tuple(starts)),
    )


def _cells(content: bytes) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(decode(content))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not a notebook, or it is damaged or cut off") from error
    cells = _mapping(notebook).get("cells")
    if not isinstance(cells, list):
        raise Unreadable("it is not a notebook of version 4: it has no cells")
    return [_mapping(cell) for cell in cast("list[object]", cells)]


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _cell_texts(cell: dict[str, Any]) -> list[str]:
    """Return the cell's source and its short outputs, without empty ones."""
    outputs = cell.get("outputs")
    texts = [_text(cell.get("source"))]
    if cell.get("cell_type") == "code" and isinstance(outputs, list):
        texts += [
            text for output in cast("list[object]", outputs) if len(text := _output(output)) <= MAX_OUTPUT_CHARACTERS
        ]
    return [text for text in (text.strip("\n") for text in texts) if text.strip()]


def _output(output: object) -> str:
    """Return the text that the cell printed or returned; tracebacks and pictures are left out."""
    fields = _mapping(output)
    return _text(fields.get("text")) or _text(_mapping(fields.get("data")).get("text/plain"))


def _text(value: object) -> str:
    """Join `value`, a string or a list of lines, and drop NUL and lone surrogates, which only JSON may hold."""
    lines = cast("list[object]", value) if isinstance(value, list) else [value]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
