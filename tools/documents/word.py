"""A reader of Word documents (.docx): paragraphs, headings, lists, tables, footnotes; tracked changes are accepted.

python-docx opens the package, but the body is walked here: the texts of python-docx leave out content controls, tracked
insertions, and the numbers of lists and clauses.
"""

import re
from collections.abc import Iterator
from typing import Any

from outlast.evidence.sources import Heading
from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.word_numbering import Numbering
from outlast.tools.documents.word_package import WordPackage, open_package

EXTRACTOR = "word/1"

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SKIPPED_ELEMENTS = {
    *(W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sdtPr", "rt", "txbxContent")),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # of a shape: it repeats the same words
}
HEADING_STYLE_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
MAX_HEADING_LEVEL = 9


def read(content: bytes, stem: str) -> Document:
    """Read a Word document. `stem` is the title if the document has none. Raises Unreadable."""
    package = open_package(content)
    body = _Body(package)
    body.read()
    text, headings = body.output.text(), tuple(body.headings)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return Document(text, package.title or title_of(text, headings, stem), media_type, headings, EXTRACTOR)


class _Body:
    """Reads the body of a document, block by block."""

    def __init__(self, package: WordPackage) -> None:
        self.output = BlockText()
        self.headings: list[Heading] = []
        self._body = package.body
        self._levels = dict(_levels(package.styles))
        self._numbering = Numbering(package)
        self._notes = _notes(package)
        self._cited: list[str] = []  # notes cited since the last block

    def read(self) -> None:
        for block in _blocks(self._body):
            if block.tag == W + "p":
                self._paragraph(block)
            else:
                self._table(block)
            self._write_notes()

    def _paragraph(self, paragraph: Any) -> None:
        level = self._level(paragraph)
        mark, is_item = self._numbering.mark(paragraph)
        if level:
            self.output.begin_heading()
            self.output.write(mark)
            self._write(paragraph)
            words, start = self.output.end_heading()
            if words.strip():
                self.headings.append(Heading(start=start, end=start + len(words), level=level))
        else:
            self.output.separate(Break.LINE if is_item else Break.BLANK_LINE)
            self.output.open_item(mark)
            self._write(paragraph)
            self.output.close_item(short=Break.LINE if is_item else Break.BLANK_LINE, long=Break.BLANK_LINE)
        for box in paragraph.iter(W + "txbxContent"):
            if not _is_fallback(box):
                for inner in box.iter(W + "p"):
                    self.output.separate(Break.BLANK_LINE)
                    self._write(inner)

    def _write(self, paragraph: Any, line_end: Break = Break.LINE) -> None:
        for element in _text_elements(paragraph):
            if element.tag == W + "t":
                self.output.write(str(element.text or ""))
            elif element.tag in (W + "br", W + "cr"):
                self.output.separate(line_end)
            elif element.tag == W + "tab":
                self.output.separate(Break.SPACE)
            elif element.tag == W + "noBreakHyphen":
                self.output.write("-")
            elif element.tag in (W + "footnoteReference", W + "endnoteReference"):
                self._cited.append(element.tag + str(element.get(W + "id")))

    def _table(self, table: Any) -> None:
        self.output.separate(Break.BLANK_LINE)
        for row in _rows(table):
            self.output.separate(Break.LINE)
            for number, cell in enumerate(_cells(row)):
                if number:
                    self.output.separate(Break.CELL)
                for paragraph in cell.iter(W + "p"):  # including those of nested tables
                    self.output.separate(Break.SPACE)
                    self._write(paragraph, Break.SPACE)
        self.output.separate(Break.BLANK_LINE)

    def _write_notes(self) -> None:
        """Write the footnotes and endnotes cited by the last block, so that each follows its paragraph or table."""
        cited, self._cited = self._cited, []
        for note in cited:
            for paragraph in self._notes.get(note, ()):
                self.output.separate(Break.BLANK_LINE)
                self._write(paragraph)
            self.output.separate(Break.BLANK_LINE)

    def _level(self, paragraph: Any) -> int:
        properties = paragraph.find(W + "pPr")
        if properties is None:
            return 0
        direct = _outline_level(properties)
        style = properties.find(W + "pStyle")
        return direct or (self._levels.get(str(style.get(W + "val")), 0) if style is not None else 0)


def _blocks(body: Any) -> Iterator[Any]:
    """Yield paragraphs and tables in order, including those in content controls and tracked insertions."""
    for child in body:
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "moveTo", W + "customXml"):
            yield from _blocks(child)


def _text_elements(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag in SKIPPED_ELEMENTS:
            continue
        yield child
        yield from _text_elements(child)


def _is_fallback(box: Any) -> bool:
    return any(str(parent.tag).endswith("}Fallback") for parent in box.iterancestors())


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == W + "tr":
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
            yield from _rows(child)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
            yield from _cells(child)


def _outline_level(properties: Any) -> int:
    level = properties.find(W + "outlineLvl")
    value = str(level.get(W + "val")) if level is not None else ""
    return int(value) + 1 if value.isdecimal() and int(value) < MAX_HEADING_LEVEL else 0


def _levels(styles: Any) -> Iterator[tuple[str, int]]:
    """Yield the ids of heading styles and their levels, which follow from their names or their outline levels."""
    for style in styles.iter(W + "style"):
        name, properties = style.find(W + "name"), style.find(W + "pPr")
        style_name = str(name.get(W + "val")) if name is not None else ""
        heading = HEADING_STYLE_NAME.fullmatch(style_name)
        level = int(heading.group(1)) if heading else 1 if style_name.casefold() == "title" else 0
        if not level and properties is not None:
            level = _outline_level(properties)
        if level:
            yield str(style.get(W + "styleId")), level


def _notes(package: WordPackage) -> dict[str, list[Any]]:
    """Return the paragraphs of footnotes and endnotes. Keys are the tags of their references, followed by their ids."""
    from outlast.tools.documents.xml_tree import parse_xml  # noqa: PLC0415 - lxml is slow to import, and most formats do not need it

    notes: dict[str, list[Any]] = {}
    for kind in ("footnote", "endnote"):
        if f"{kind}s" in package.parts:
            for note in parse_xml(package.parts[f"{kind}s"], f"{kind}s").iter(W + kind):
                notes[f"{W}{kind}Reference{note.get(W + 'id')}"] = list(note.iter(W + "p"))
    return notes
