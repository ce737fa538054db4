"""The paragraphs, lists, tables and shapes of an OpenDocument file."""

from collections.abc import Iterator
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.grid import Cell, Grid
from outlast.tools.documents.office.looks import UNKNOWN
from outlast.tools.documents.office.open_document.form_fields import field_words
from outlast.tools.documents.office.open_document.objects import Objects
from outlast.tools.documents.office.open_document.paragraphs import SHAPES, Paragraphs
from outlast.tools.documents.office.open_document.styles import (
    DRAW,
    OFFICE,
    TABLE,
    TEXT,
    Counters,
    OdfStyles,
    TextTraits,
)
from outlast.tools.documents.office.open_document.table_rows import count, rows
from outlast.tools.documents.office.open_document.values import shown_value
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import local_name

CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
INDEXES = frozenset(
    TEXT + name for name in (
        "table-of-content", "illustration-index", "table-index", "object-index", "user-index", "alphabetical-index"
    )
)  # fmt: skip
TRANSPARENT = frozenset(
    (
        TEXT + "section",
        TEXT + "bibliography",
        TEXT + "index-body",
        TEXT + "index-title",
        OFFICE + "text",
        DRAW + "text-box",
    )
)
MAX_REPEATED = 1_000


class OdfText:
    """Reads blocks into an Output. What hangs on a paragraph (notes, comments, shapes) follows it."""

    def __init__(self, styles: OdfStyles, objects: Objects, output: Output, controls: dict[str, Any]) -> None:
        self._styles = styles
        self._objects = objects
        self._output = output
        self._controls = controls
        self._counters = Counters(styles)
        self.paragraphs = Paragraphs(styles, output)

    def blocks(self, parent: Any) -> None:
        for element in parent:
            self.block(element)
            self._flush()

    def block(self, element: Any) -> None:  # noqa: C901 - one case for each kind
        tag = element.tag
        if tag == TEXT + "p":
            self._output.paragraph(self.paragraphs.text(element))
        elif tag == TEXT + "h":
            self._heading(element)
        elif tag == TEXT + "list":
            self._list(element, "", 1)
        elif tag == TABLE + "table":
            self._table(element)
        elif tag in INDEXES:
            self.paragraphs.lose(element, LossKind.NAVIGATION)
        elif tag == TEXT + "tracked-changes":
            for deletion in element.iter(TEXT + "deletion"):
                self.paragraphs.lose(deletion, LossKind.DELETED)
        elif tag == TEXT + "section" and element.get(TEXT + "display") == "none":
            self.paragraphs.lose(element, LossKind.HIDDEN)
        elif tag in SHAPES:
            self.shape(element)
        elif tag in TRANSPARENT or tag == TEXT + "numbered-paragraph":
            self.blocks(element)

    def _heading(self, element: Any) -> None:
        level = str(element.get(TEXT + "outline-level") or "1")
        depth = max(1, min(int(level[:2]), 9)) if level.isdecimal() else 1
        text, number = self.paragraphs.text(element), element.find(TEXT + "number")
        mark = ""
        if text.strip() and element.get(TEXT + "is-list-header") != "true":
            counted = self._counters.heading_mark(depth)
            mark = f"{''.join(number.itertext()).strip()} " if number is not None else counted
        self._output.heading(text, depth, mark.lstrip())

    def _list(self, element: Any, style: str, depth: int) -> None:
        style = str(element.get(TEXT + "style-name") or "") or style
        goes_on = element.get(TEXT + "continue-numbering") == "true" or element.get(TEXT + "continue-list") is not None
        if depth == 1 and not goes_on:
            self._counters.restart(style)
        for item in element:
            if item.tag not in (TEXT + "list-item", TEXT + "list-header"):
                continue
            number = item.find(TEXT + "number")
            is_first = item.tag == TEXT + "list-item"
            for block in item:
                if block.tag == TEXT + "list":
                    self._list(block, style, depth + 1)
                elif block.tag == TEXT + "p":
                    own = style or self._styles.list_style(block.get(TEXT + "style-name"))
                    text, mark = self.paragraphs.text(block), ""
                    if is_first:
                        mark = self._counters.mark(own, depth, item.get(TEXT + "start-value"))
                        mark = f"{''.join(number.itertext()).strip()} ".lstrip() if number is not None else mark
                    self._output.item(text, mark)
                    is_first = False
                else:
                    self.block(block)
                self._flush()

    def _table(self, table: Any) -> None:
        grid, nested, declared = Grid(), list[Any](), 0
        outer, self.paragraphs.ground = self.paragraphs.ground, self._ground("table", table, self.paragraphs.ground)
        for row, is_header in rows(table):
            if row.get(TABLE + "visibility") in ("collapse", "filter"):
                self.paragraphs.lose(row, LossKind.HIDDEN)
                continue
            declared += is_header
            grid.add(list(self._cells(row, nested)))
        self.paragraphs.ground = outer
        attached = self.paragraphs.take_attached()
        self._output.table(grid.rows, grid.header_rows(declared), groups=grid.groups)
        for inner in nested:
            self._table(inner)
        self.paragraphs.attached += attached

    def _ground(self, family: str, element: Any, around: str) -> str:
        """Return the color behind the text of a part of a table; that around it if it has none of its own."""
        own = self._styles.traits(family, element.get(TABLE + "style-name")).ground
        return around if own is None else own

    def _cells(self, row: Any, nested: list[Any]) -> Iterator[Cell]:
        for cell in row.iterchildren(TABLE + "table-cell"):
            text = self.cell_text(cell, nested)
            columns, spanned = count(cell, "number-columns-spanned"), count(cell, "number-rows-spanned")
            for _ in range(min(count(cell, "number-columns-repeated"), MAX_REPEATED)):
                yield Cell(text, columns, spanned)

    def cell_text(self, cell: Any, nested: list[Any]) -> str:
        """Return the text of a cell. Tables in it are added to `nested`, and what hangs on it is kept for later."""
        texts: list[str] = []
        has_words = False
        outer = self.paragraphs.ground
        self.paragraphs.ground = self._ground("table-cell", cell, self._ground("table-row", cell.getparent(), outer))
        self.paragraphs.cell_traits = self._styles.traits("table-cell", cell.get(TABLE + "style-name"))
        for element in cell.iter():
            if element.tag == TABLE + "table" and element is not cell:
                nested.append(element)
            elif element.tag in (TEXT + "p", TEXT + "h") and _owner(element) is cell:
                texts.append(self.paragraphs.text(element).strip())
                has_words = has_words or bool("".join(element.itertext()).strip())
            elif (element.tag in SHAPES and element.getparent() is cell) or (
                element.tag == OFFICE + "annotation" and element.getparent() is cell
            ):
                self.paragraphs.attached.append(element)
        self.paragraphs.ground, self.paragraphs.cell_traits = outer, TextTraits()
        if not has_words and (value := shown_value(cell)):
            if not texts:
                return value
            self._output.ledger.add_text(LossKind.HIDDEN, self.paragraphs.where(), value)  # its format shows nothing
        return " ".join(filter(None, texts))

    def shape(self, element: Any) -> None:
        """Write the words of a shape, which may be of any color."""
        outer, self.paragraphs.ground = self.paragraphs.ground, UNKNOWN
        self._shape(element)
        self.paragraphs.ground = outer

    def _shape(self, element: Any) -> None:
        described = " ".join("".join(each.itertext()) for each in element if local_name(each) in ("title", "desc"))
        self._output.ledger.add_text(LossKind.PICTURE, self.paragraphs.where(), described)
        if element.tag == DRAW + "control":
            self._control(element)
            return
        children = [each for each in element if isinstance(each.tag, str)]
        has_object = any(local_name(each) in ("object", "object-ole") for each in children)
        for child in children:
            name = local_name(child)
            if child.tag == DRAW + "image":
                if not has_object:
                    self._output.ledger.add(LossKind.PICTURE, self.paragraphs.where(), 0)
            elif name == "object":
                self._objects.write(child, self._output)
            elif name == "object-ole":
                self._output.ledger.add(LossKind.UNREAD, "an embedded object")
            elif child.tag == DRAW + "text-box" or child.tag in SHAPES:
                self.blocks(child) if child.tag == DRAW + "text-box" else self.shape(child)
            else:
                self.block(child)
            self._flush()

    def _control(self, element: Any) -> None:
        """Write a form field: its label and its value."""
        identity = str(element.get(DRAW + "control"))
        control = self._controls.get(identity)
        if control is not None:
            words, unseen = field_words(control)
            self._output.paragraph(words)
            self._output.ledger.add_text(LossKind.HIDDEN, "choices of a form field", unseen)

    def _flush(self) -> None:
        for element in self.paragraphs.take_attached():
            if element.tag == TEXT + "note":
                body = element.find(TEXT + "note-body")
                if body is not None:
                    self.blocks(body)
            elif element.tag == OFFICE + "annotation":
                self.comment(element)
            else:
                self.shape(element)

    def comment(self, element: Any, cell: str = "") -> None:
        author = "".join(element.itertext(CREATOR)).strip()
        words = " ".join(filter(None, (self.paragraphs.text(each).strip() for each in element.iter(TEXT + "p"))))
        by, on = f" by {author}" if author else "", f" on {cell}" if cell else ""
        self._output.paragraph(f"Comment{by}{on}: {words}" if words else "")


def _owner(paragraph: Any) -> Any:
    """Return the cell, note, comment or box that a paragraph belongs to."""
    owners = (TABLE + "table-cell", TEXT + "note", OFFICE + "annotation", DRAW + "text-box", *SHAPES)
    return next(paragraph.iterancestors(*owners), None)
