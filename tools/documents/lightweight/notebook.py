"""A reader of Jupyter notebooks: text cells as Markdown, code cells as code, and short outputs as they are shown."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Places
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.joining import SEPARATOR, JoinedText
from outlast.tools.documents.lightweight import markdown
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import count_words
from outlast.tools.documents.records import json_records

EXTRACTOR = "notebook/5"

MAX_OUTPUT_CHARACTERS = 4_000  # longer outputs are data
MARKUP_RATIO = 10  # of the characters of HTML to those of its text
ANSI_CODE = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
TAG = re.compile(r"<[^<>]*>")
KINDS_OF_VERSION_3 = {
    "text": "text/plain", "html": "text/html", "latex": "text/latex", "json": "application/json",
    "png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml",
}  # fmt: skip
OBJECT_NAME = re.compile(r"<[\w.]+[^<>]*>")
"""What Python prints for an object without a text of its own, such as `<Figure size 640x480 with 1 Axes>`."""


def read(content: bytes, stem: str) -> Document:
    """Read a notebook. `stem` is the title if no cell has a heading. Raises Unreadable."""
    notebook = JoinedText()
    starts: list[int] = []
    for number, cell in enumerate(_cells(content), start=1):
        before = notebook.length
        _add_cell(notebook, cell, f"cell {number}")
        has_text = notebook.length > before
        starts.append(before + len(SEPARATOR) if before and has_text else before)
    text, headings = notebook.text(), tuple(notebook.headings)
    return Document(
        text=text,
        title=title_of(text, headings, stem),
        media_type="application/x-ipynb+json",
        headings=headings,
        extractor=EXTRACTOR,
        places=Places(unit="cell", starts=tuple(starts)),
        tables=tuple(notebook.tables),
        losses=tuple(notebook.losses),
    )


def _add_cell(notebook: JoinedText, cell: dict[str, Any], place: str) -> None:
    source = _text(cell.get("source")).strip("\n")
    if cell.get("cell_type") == "markdown":
        _add_markdown(notebook, source, place)
        return
    notebook.add(source)
    outputs = cell.get("outputs")
    if cell.get("cell_type") == "code" and isinstance(outputs, list):
        for output in cast("list[object]", outputs):
            _add_output(notebook, _mapping(output), place)


def _add_output(notebook: JoinedText, output: dict[str, Any], place: str) -> None:
    """Add what a cell printed, returned, displayed, or failed with, as the notebook shows it."""
    if output.get("output_type") == "error":
        notebook.add(f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}".strip(": \n"))
        words = count_words(ANSI_CODE.sub("", _text(output.get("traceback"))))
        notebook.lose((Loss(kind=LossKind.MARKUP, place="traceback", words=words),) if words else (), place)
        return
    data = _mapping(output.get("data"))
    printed = _text(output.get("text")) or _text(data.get("text/latex")) or _plain(data) or _values(data)
    printed = ANSI_CODE.sub("", printed).strip("\n")
    shown = _text(data.get("text/markdown")) or _text(data.get("text/html")) or printed
    notebook.lose(_unread(data, is_shown=bool(shown)), place)
    if len(shown) > MAX_OUTPUT_CHARACTERS * (MARKUP_RATIO if shown == _text(data.get("text/html")) else 1):
        notebook.lose((Loss(kind=LossKind.UNREAD, place="output", words=count_words(printed or shown)),), place)
    elif data.get("text/markdown"):
        _add_markdown(notebook, shown, place)
    elif data.get("text/html"):
        page = html.parse_markup(shown)
        notebook.add(page.text or printed, page.headings, page.tables)
        notebook.lose(page.losses, place)
    else:
        notebook.add(shown)


def _unread(data: dict[str, Any], *, is_shown: bool) -> Iterator[Loss]:
    """Yield what an output has besides text: pictures, and data that a program draws, unless text is shown for it."""
    drawing = _text(data.get("image/svg+xml"))
    if any(kind.startswith("image/") for kind in data):
        yield Loss(kind=LossKind.PICTURE, words=count_words(TAG.sub(" ", drawing)) or None)
    for kind, value in () if is_shown else data.items():
        if kind == "application/javascript":
            yield Loss(kind=LossKind.MARKUP, place="scripts", words=count_words(_text(value)))
        elif not kind.startswith(("image/", "text/")):
            yield Loss(kind=LossKind.UNREAD, place=kind, words=count_words(json.dumps(value, ensure_ascii=False)))


def _plain(data: dict[str, Any]) -> str:
    """Return an output's plain text, unless it only names an object that is shown in another way."""
    text = _text(data.get("text/plain"))
    return "" if len(data) > 1 and OBJECT_NAME.fullmatch(text.strip()) else text


def _values(data: dict[str, Any]) -> str:
    """Return an output that is JSON, as lines of `key: value`."""
    value = data.get("application/json")
    if not isinstance(value, dict | list):
        return ""
    return json_records.read(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), "").text


def _add_markdown(notebook: JoinedText, source: str, place: str) -> None:
    rendered = markdown.render(source)
    notebook.add(rendered.text.rstrip(), rendered.headings, rendered.tables)
    notebook.lose(rendered.losses, place)


def _cells(content: bytes) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(decode(content))
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not a notebook, or it is damaged or cut off") from error
    sheets = _mapping(notebook).get("worksheets")
    if isinstance(sheets, list):
        found = (_list(_mapping(sheet), "cells") for sheet in cast("list[object]", sheets))
        return [_of_version_4(cell) for cells in found for cell in cells]
    if not isinstance(_mapping(notebook).get("cells"), list):
        raise Unreadable("it is not a notebook: it has no cells")
    return [_mapping(cell) for cell in _list(_mapping(notebook), "cells")]


def _of_version_4(value: object) -> dict[str, Any]:
    """Return a cell of a notebook of version 3 as version 4 has it."""
    cell = _mapping(value)
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        marks = "#" * (level if isinstance(level, int) and 0 < level < 7 else 1)
        return {"cell_type": "markdown", "source": f"{marks} {_text(cell.get('source'))}"}
    outputs = [_output_of_version_4(_mapping(output)) for output in _list(cell, "outputs")]
    return {**cell, "source": cell.get("source", cell.get("input")), "outputs": outputs}


def _output_of_version_4(output: dict[str, Any]) -> dict[str, Any]:
    if output.get("output_type") == "pyerr":
        return {**output, "output_type": "error"}
    if output.get("output_type") not in ("pyout", "display_data"):
        return output
    data = {KINDS_OF_VERSION_3[key]: value for key, value in output.items() if key in KINDS_OF_VERSION_3}
    return {"output_type": "display_data", "data": data}


def _list(mapping: dict[str, Any], key: str) -> list[object]:
    value = mapping.get(key)
    return cast("list[object]", value) if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Join `value`, a string or a list of lines, and drop NUL and lone surrogates, which only JSON may hold."""
    lines = cast("list[object]", value) if isinstance(value, list) else [value]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
