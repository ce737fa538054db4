"""A reader of Word documents (.docx): what a reader of the document sees when all tracked changes are accepted.

Footnotes, comments, text boxes and charts follow the paragraph or table that they hang on. What is deleted or hidden is
in the ledger, and the headers and footers of pages stand once, at the end.
"""

import posixpath
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.containers import read_child
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.grid import Cell, Grid
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import UNKNOWN, WHITE
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R, local_name
from outlast.tools.documents.office.parts import add_object, write_chart, write_diagram
from outlast.tools.documents.office.word.margins import has_ground, write_margins
from outlast.tools.documents.office.word.notes import Notes
from outlast.tools.documents.office.word.numbering import Numbering
from outlast.tools.documents.office.word.runs import DELETED_ELEMENTS, Attached, Runs, alternative
from outlast.tools.documents.office.word.styles import OFF, Styles, W, switch, value_of

EXTRACTOR = "word/4"

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TRANSPARENT_ELEMENTS = frozenset(
    W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "hdr", "ftr")
)
CHUNK_SUFFIX = ".html"  # of a merged part whose name says nothing, such as `afchunk.dat`
CHUNK_SUFFIXES = frozenset(
    (".docx", ".docm", ".dotx", ".dotm", ".rtf", ".txt", ".htm", ".html", ".xhtml", ".mht", ".mhtml", ".xml")
)
MAX_SPAN = 1_000


def read(content: bytes, stem: str) -> Document:
    """Read a Word document. `stem` is the title if the document has none. Raises Unreadable."""
    ledger = Ledger()
    package = Package(content, ledger, "a Word document")
    body = _Body(package, Output(ledger))
    root = package.main()
    body.read(root)
    return body.output.document(package.title(), stem, MEDIA_TYPE, EXTRACTOR)


class _Body:
    """Reads the body of a document, block by block."""

    def __init__(self, package: Package, output: Output) -> None:
        self.output = output
        self._package = package
        self._part = package.main_name
        self._styles = Styles(package.related(self._part, "styles"))
        self._numbering = Numbering(package.related(self._part, "numbering"), self._styles)
        self._notes = Notes(package)
        self._runs = Runs(self._styles, output.ledger)
        self._carried: Inline | None = None  # the text of a paragraph whose end was deleted

    def read(self, root: Any) -> None:
        self._runs.ground = UNKNOWN if has_ground(self._package, root) else WHITE
        self._read_blocks(root)
        for comment in self._notes.unwritten_comments():
            self._write_comment(comment)
        self._notes.count_uncited(self.output.ledger)
        write_margins(self._package, root, self.output, self._read_part)

    def _read_part(self, part: str, root: Any, write: Callable[[str, bool], None]) -> None:
        """Read the paragraphs of a header or footer. `write` gets each one, and whether it numbers the page."""
        outer, self._part = self._part, part
        self._runs.omits_page_numbers = True
        for block in self._blocks(root):
            paragraphs = (
                [block] if block.tag == W + "p" else list(block.iter(W + "p")) if block.tag == W + "tbl" else []
            )
            for paragraph in paragraphs:
                inline = Inline()
                self._runs.has_page_number = False
                self._runs.read(paragraph, inline)
                write(inline.text(), self._runs.has_page_number)
                for attached in self._take_attached():
                    if attached.kind == "box":
                        with self._on_ground(UNKNOWN):
                            self._read_part(part, attached.value, write)
                        self._runs.omits_page_numbers = True
                    else:
                        self._write_attached(attached)
        self._runs.omits_page_numbers = False
        self._part = outer

    def _read_blocks(self, parent: Any) -> None:
        for block in self._blocks(parent):
            self._runs.place = self.output.place
            if block.tag == W + "p":
                self._paragraph(block)
            elif block.tag == W + "tbl":
                self._table(block)
            else:
                self._chunk(block)
            self._flush()
        if self._carried is not None:  # the deleted end was the last one
            self.output.paragraph(self._carried.text())
            self._carried = None

    def _blocks(self, parent: Any) -> Iterator[Any]:
        """Yield paragraphs, tables and merged parts in order, including those in content controls and insertions."""
        for child in parent:
            if child.tag in (W + "p", W + "tbl", W + "altChunk"):
                yield child
            elif child.tag in DELETED_ELEMENTS:
                self._runs.leave_out(child, LossKind.DELETED)
            elif child.tag == W + "sdt" and _is_contents(child):
                self._runs.leave_out(child, LossKind.NAVIGATION)
            elif child.tag in TRANSPARENT_ELEMENTS:
                yield from self._blocks(child)
            elif local_name(child) == "AlternateContent":
                yield from self._blocks(alternative(child))
            elif local_name(child) in ("oMathPara", "oMath"):
                paragraph = child.makeelement(W + "p")
                paragraph.append(child.__copy__())
                yield paragraph

    def _paragraph(self, paragraph: Any) -> None:
        properties = paragraph.find(W + "pPr")
        if self._styles.is_contents(properties):
            self._runs.leave_out(paragraph, LossKind.NAVIGATION)
            return
        inline = self._carried or Inline()
        self._runs.read(paragraph, inline)
        if _has_deleted_end(properties):
            self._carried = inline
            return
        self._carried = None
        text = inline.text()
        if not text.strip() and _is_hidden(properties):
            return
        mark, is_item = self._numbering.mark(properties)
        level = self._styles.level(properties)
        if level:
            self.output.heading(text, level, mark)
        elif is_item:
            self.output.item(text, mark)
        else:
            self.output.paragraph(text, mark)

    def _table(self, table: Any) -> None:
        """Write a table. A table inside a cell follows the row of the cell; after it, the outer table goes on."""
        outer, self._runs.ground = self._runs.ground, self._table_ground(table)
        rows = list(self._rows(table))
        if len(rows) == 1 and len(cells := list(_cells(rows[0]))) == 1:  # a box around paragraphs
            with self._on_ground(self._styles.ground(cells[0].find(W + "tcPr"))):
                self._read_blocks(cells[0])
        else:
            self._read_rows(rows)
        self._runs.ground = outer

    def _table_ground(self, table: Any) -> str:
        """Return the color behind the cells of a table that have none of their own."""
        properties = table.find(W + "tblPr")
        is_colored = properties is not None and next(properties.iter(W + "shd"), None) is not None
        is_colored = is_colored or self._styles.colors_tables(value_of(properties, "tblStyle"))
        return UNKNOWN if is_colored else self._runs.ground

    @contextmanager
    def _on_ground(self, ground: str | None) -> Generator[None]:
        """Read with another color behind the paragraphs, if it is one."""
        outer = self._runs.ground
        self._runs.ground = outer if ground is None else ground
        yield
        self._runs.ground = outer

    def _read_rows(self, rows: list[Any]) -> None:
        grid, nested = Grid(), dict[int, list[Any]]()
        declared, leading = 0, True
        for row in rows:
            inner: list[Any] = []
            grid.add(self._row(row, inner))
            if inner:
                nested[len(grid.rows)] = inner
            properties = row.find(W + "trPr")
            leading = leading and bool(switch(properties, "tblHeader"))
            declared += leading
        header_rows, headers, start = grid.header_rows(declared), tuple[tuple[int, int], ...](), 0
        attached = self._take_attached()
        for end in sorted({*nested, len(grid.rows)}):
            headers = self.output.table(grid.rows[start:end], header_rows - start, headers)

            for block in nested.get(end, ()):
                self._chunk(block) if block.tag == W + "altChunk" else self._table(block)
                self._flush()
            start = end
        self._runs.attached += attached

    def _rows(self, table: Any) -> Iterator[Any]:
        for child in table:
            if child.tag == W + "tr":
                properties = child.find(W + "trPr")
                if properties is not None and properties.find(W + "del") is not None:
                    self._runs.leave_out(child, LossKind.DELETED)
                elif switch(properties, "hidden"):
                    self._runs.leave_out(child, LossKind.HIDDEN)
                else:
                    yield child
            elif child.tag in TRANSPARENT_ELEMENTS:
                yield from self._rows(child)

    def _row(self, row: Any, nested: list[Any]) -> list[Cell]:
        properties = row.find(W + "trPr")
        cells = [Cell() for _ in range(_count(properties, "gridBefore"))]
        for cell in _cells(row):
            of_cell = cell.find(W + "tcPr")
            if of_cell is not None and of_cell.find(W + "cellDel") is not None:
                self._runs.leave_out(cell, LossKind.DELETED)
                continue
            merge = of_cell.find(W + "vMerge") if of_cell is not None else None
            continues = merge is not None and merge.get(W + "val") != "restart"
            with self._on_ground(self._styles.ground(of_cell)):
                text = self._cell_text(cell, nested)
            cells.append(Cell(text, max(1, _count(of_cell, "gridSpan")), continues=continues and not text))
        return cells + [Cell() for _ in range(_count(properties, "gridAfter"))]

    def _cell_text(self, cell: Any, nested: list[Any]) -> str:
        texts: list[str] = []
        for block in self._blocks(cell):
            if block.tag == W + "tbl":
                nested.append(block)
            elif block.tag == W + "p":
                inline = Inline()
                self._runs.read(block, inline)
                text = inline.text().strip()
                properties = block.find(W + "pPr")
                if text or not _is_hidden(properties):
                    mark, _ = self._numbering.mark(properties)
                    texts.append(f"{mark}{text}" if text or mark.strip("- ") else "")
            else:
                nested.append(block)
        return " ".join(filter(None, texts))

    def _take_attached(self) -> list[Attached]:
        attached, self._runs.attached = self._runs.attached, []
        return attached

    def _flush(self) -> None:
        """Write what hangs on the last block: notes, comments, boxes, charts."""
        for attached in self._take_attached():
            self._write_attached(attached)

    def _write_attached(self, attached: Attached) -> None:
        value, output = attached.value, self.output
        match attached.kind:
            case "footnote" | "endnote":
                self._write_note(attached.kind, value)
            case "comment":
                if (comment := self._notes.take_comment(value)) is not None:
                    self._write_comment(comment)
            case "box":
                carried, self._carried = self._carried, None
                with self._on_ground(UNKNOWN):
                    self._read_blocks(value)
                self._carried = carried
            case "chart":
                write_chart(self._package, self._part, value, output)
            case "diagram":
                write_diagram(self._package, self._part, value, output)
            case "object":
                add_object(self._package, self._part, value, output)
            case _:
                output.paragraph(value)

    def _write_note(self, kind: str, identity: str) -> None:
        note = self._notes.take_note(kind, identity)
        if note is not None:
            outer, self._part = self._part, note.part
            carried, self._carried = self._carried, None
            self._read_blocks(note.element)
            self._part, self._carried = outer, carried

    def _write_comment(self, comment: Any) -> None:
        texts: list[str] = []
        for paragraph in comment.iter(W + "p"):
            inline = Inline()
            self._runs.read(paragraph, inline)
            texts.append(inline.text())
        author = str(comment.get(W + "author") or "").strip()
        text = " ".join(filter(None, (" ".join(each.split()) for each in texts)))
        if text:
            self.output.paragraph(f"Comment by {author}: {text}" if author else f"Comment: {text}")

    def _chunk(self, chunk: Any) -> None:
        """Write the text of a document that a program has merged into this one, in its own format."""
        relation = self._package.relations(self._part).get(str(chunk.get(R + "id")))
        if relation is None or relation.is_external:
            self.output.ledger.add(LossKind.UNREAD, "a merged document that is not in the file")
            return
        content = self._package.try_read(relation.target)
        if content is None:
            return
        stem, suffix = posixpath.splitext(posixpath.basename(relation.target))
        merged = read_child(stem + (suffix if suffix.lower() in CHUNK_SUFFIXES else CHUNK_SUFFIX), content)
        if isinstance(merged.outcome, str):
            self.output.ledger.add(LossKind.UNREAD, f"{relation.target}: {merged.outcome}")
        else:
            self.output.embed(merged.outcome)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in TRANSPARENT_ELEMENTS:
            yield from _cells(child)


def _count(properties: Any | None, name: str) -> int:
    value = value_of(properties, name)
    return min(int(value[:6]), MAX_SPAN) if value.isdecimal() else 0


def _is_contents(control: Any) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"


def _has_deleted_end(properties: Any | None) -> bool:
    """Return whether the end of the paragraph was deleted: then it goes on in the next one."""
    mark = properties.find(W + "rPr") if properties is not None else None
    return mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None)


def _is_hidden(properties: Any | None) -> bool:
    mark = properties.find(W + "rPr") if properties is not None else None
    hidden = mark.find(W + "vanish") if mark is not None else None
    return hidden is not None and hidden.get(W + "val") not in OFF
