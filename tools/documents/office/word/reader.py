"""A reader of Word documents (.docx): what a reader of the document sees when all tracked changes are accepted.

Footnotes, comments, text boxes and charts follow the paragraph or table that they hang on. What is deleted or hidden is
in the ledger, and the headers and footers of pages stand once, at the end.
"""

import posixpath
from collections.abc import Callable
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.containers import read_child
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.grid import Grid
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import UNKNOWN, WHITE
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import Package, R
from outlast.tools.documents.office.parts import add_object, write_chart, write_diagram
from outlast.tools.documents.office.word.blocks import blocks_of, is_drop_cap, is_hidden
from outlast.tools.documents.office.word.margins import has_ground, write_margins
from outlast.tools.documents.office.word.notes import Notes
from outlast.tools.documents.office.word.numbering import Numbering
from outlast.tools.documents.office.word.runs import Attached, Runs
from outlast.tools.documents.office.word.styles import Styles, W, switch
from outlast.tools.documents.office.word.table_rows import TableRows, cells_in

EXTRACTOR = "word/5"

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CHUNK_SUFFIX = ".html"  # of a merged part whose name says nothing, such as `afchunk.dat`
CHUNK_SUFFIXES = frozenset(
    (".docx", ".docm", ".dotx", ".dotm", ".rtf", ".txt", ".htm", ".html", ".xhtml", ".mht", ".mhtml", ".xml")
)


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
        self._rows = TableRows(self._styles, self._numbering, self._runs)
        self._carried: Inline | None = None  # the text of a paragraph that goes on in the next one

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
        for block in blocks_of(root, self._runs):
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
                        with self._rows.on_ground(UNKNOWN):
                            self._read_part(part, attached.value, write)
                        self._runs.omits_page_numbers = True
                    else:
                        self._write_attached(attached)
        self._runs.omits_page_numbers = False
        self._part = outer

    def _read_blocks(self, parent: Any) -> None:
        for block in blocks_of(parent, self._runs):
            self._runs.place = self.output.place
            if block.tag == W + "p":
                self._paragraph(block)
            elif block.tag == W + "tbl":
                self._end_carried()
                self._table(block)
            else:
                self._end_carried()
                self._chunk(block)
            self._flush()
        self._end_carried()

    def _end_carried(self) -> None:
        """Write the text that was to go on in the next paragraph, if no paragraph follows."""
        if self._carried is not None:
            carried, self._carried = self._carried, None
            self.output.paragraph(carried.text())

    def _paragraph(self, paragraph: Any) -> None:
        properties = paragraph.find(W + "pPr")
        if self._styles.is_contents(properties):
            self._runs.leave_out(paragraph, LossKind.NAVIGATION)
            return
        inline = self._carried or Inline()
        self._runs.read(paragraph, inline)
        if is_drop_cap(properties):
            self._carried = Inline()
            self._carried.write(inline.text().strip())  # its letters are set lower, but they are no index
            return
        if _has_deleted_end(properties):
            self._carried = inline
            return
        self._carried = None
        text = inline.text()
        if not text.strip() and is_hidden(properties):
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
        outer, self._runs.ground = self._runs.ground, self._rows.ground_of(table)
        rows = list(self._rows.rows_of(table))
        if len(rows) == 1 and len(cells := list(cells_in(rows[0]))) == 1:  # a box around paragraphs
            with self._rows.on_ground(self._styles.ground(cells[0].find(W + "tcPr"))):
                self._read_blocks(cells[0])
        else:
            self._read_rows(rows)
        self._runs.ground = outer

    def _read_rows(self, rows: list[Any]) -> None:
        grid, nested = Grid(), dict[int, list[Any]]()
        declared, leading = 0, True
        for row in rows:
            inner: list[Any] = []
            grid.add(self._rows.cells_of(row, inner))
            if inner:
                nested[len(grid.rows)] = inner
            properties = row.find(W + "trPr")
            leading = leading and bool(switch(properties, "tblHeader"))
            declared += leading
        header_rows, headers, start = grid.header_rows(declared), tuple[tuple[int, int], ...](), 0
        attached = self._take_attached()
        for end in sorted({*nested, len(grid.rows)}):
            groups = (number - start for number in grid.groups if start <= number < end)
            headers = self.output.table(grid.rows[start:end], header_rows - start, headers, groups)

            for block in nested.get(end, ()):
                self._chunk(block) if block.tag == W + "altChunk" else self._table(block)
                self._flush()
            start = end
        self._runs.attached += attached

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
                with self._rows.on_ground(UNKNOWN):
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


def _has_deleted_end(properties: Any | None) -> bool:
    """Return whether the end of the paragraph was deleted: then it goes on in the next one."""
    mark = properties.find(W + "rPr") if properties is not None else None
    return mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None)
