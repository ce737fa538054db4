"""A reader of OpenDocument files: texts (.odt), spreadsheets (.ods), presentations (.odp), zipped or as one XML file.

What is hidden or deleted is in the ledger, and what all pages repeat stands once, at the end.
"""

from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import ENCRYPTED_REASON, Archive
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import UNKNOWN
from outlast.tools.documents.office.open_document.objects import Objects
from outlast.tools.documents.office.open_document.paragraphs import SHAPES
from outlast.tools.documents.office.open_document.sheets import read_sheet
from outlast.tools.documents.office.open_document.styles import (
    DRAW,
    FORM,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
    OdfStyles,
)
from outlast.tools.documents.office.open_document.text import OdfText
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.package import TITLE, local_name
from outlast.tools.documents.office.sheets.tables import write_sheet
from outlast.tools.documents.xml_tree import parse_xml

EXTRACTOR = "odf/5"

ZIP_SIGNATURE = b"PK"
MEDIA_TYPES = "application/vnd.oasis.opendocument"
CONTENT, STYLES, META, MANIFEST = "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
REPEATED_CLASSES = frozenset(("footer", "header", "date-time"))
PAGE_NUMBER_CLASS = "page-number"
MAX_WORDS_AROUND_PAGE_NUMBER = 3


def read(content: bytes, stem: str) -> Document:
    """Read an OpenDocument file. `stem` is the title if the document has none. Raises Unreadable."""
    ledger = Ledger()
    if content.startswith(ZIP_SIGNATURE):
        archive = Archive(content)
        if MANIFEST in archive.names and b"encryption-data" in archive.read(MANIFEST):
            raise Unreadable(ENCRYPTED_REASON)
        root = parse_xml(archive.read(CONTENT), CONTENT)
        others = {name: _part(archive, name, ledger) for name in (STYLES, META)}
        styles, meta = others[STYLES], others[META]
    else:
        archive, root = None, parse_xml(content, "document")
        styles = meta = None
    body = root.find(f"{OFFICE}body")
    kind = next((local_name(each) for each in body if isinstance(each.tag, str)), "") if body is not None else ""
    if kind not in ("text", "spreadsheet", "presentation", "drawing"):
        raise Unreadable("it is not an OpenDocument file, or it is damaged: it has no body")
    reader = _Reader(root, styles, Objects(archive), Output(ledger))
    unit = reader.read(body, kind)
    title = " ".join("".join((meta if meta is not None else root).itertext(TITLE)).split())
    return reader.output.document(title, stem, f"{MEDIA_TYPES}.{kind}", EXTRACTOR, unit=unit)


def _part(archive: Archive, name: str, ledger: Ledger) -> Any | None:
    if name not in archive.names:
        return None
    try:
        return parse_xml(archive.read(name), name)
    except Unreadable:
        ledger.add(LossKind.DAMAGED, name)
        return None


class _Reader:
    def __init__(self, root: Any, styles: Any | None, objects: Objects, output: Output) -> None:
        self.output = output
        self._common = styles if styles is not None else root
        self._styles = OdfStyles([root, *([styles] if styles is not None else [])])
        controls = {
            identity: each
            for form in root.iter(FORM + "form")
            for each in form.iter()
            if isinstance(each.tag, str)
            for identity in (each.get(XML_ID), each.get(FORM + "id"))
            if identity
        }
        self._text = OdfText(self._styles, objects, output, controls)
        self._repeated: dict[str, None] = {}

    def read(self, body: Any, kind: str) -> str:
        """Read the body of a kind of document, and return the unit of its places, or ""."""
        if kind == "text":
            self._text.blocks(body.find(OFFICE + kind))
            self._read_margins()
            return ""
        pages = body.find(OFFICE + kind)
        if kind == "spreadsheet":
            for table in pages.iterchildren(TABLE + "table"):
                self._sheet(table)
            self._read_margins()
            return "sheet"
        self._text.paragraphs.ground = UNKNOWN  # slides and their masters have backgrounds
        masters = dict.fromkeys(str(page.get(DRAW + "master-page-name")) for page in pages.iterchildren(DRAW + "page"))
        for number, page in enumerate(pages.iterchildren(DRAW + "page"), 1):
            self._page(page, f"slide {number}")
        for declaration in pages.iterchildren(*(PRESENTATION + f"{name}-decl" for name in REPEATED_CLASSES)):
            self._repeated |= dict.fromkeys(filter(None, [" ".join("".join(declaration.itertext()).split())]))
        self._read_masters(masters)
        for words in self._repeated:
            self.output.paragraph(words)
        return "slide"

    def _sheet(self, table: Any) -> None:
        name = str(table.get(TABLE + "name") or "")
        sheet, comments, shapes = read_sheet(table, self._text, self.output.ledger)
        if self._styles.is_hidden("table", table.get(TABLE + "style-name")):
            self._text.paragraphs.take_attached()
            words = sum(len(text.split()) for row in sheet.rows.values() for text in row.values())
            self.output.ledger.add(LossKind.HIDDEN, f"sheet “{name}”", words + len(name.split()))
            return
        self.output.begin_place()
        self.output.heading(name, 1)
        write_sheet(sheet, self.output)
        for address, comment in comments:
            self._text.comment(comment, address)
        for shape in shapes:
            self._text.shape(shape)

    def _page(self, page: Any, place: str) -> None:
        self.output.begin_place()
        self._text.paragraphs.place = place
        if self._styles.is_hidden("drawing-page", page.get(DRAW + "style-name")):
            words = " ".join("".join(each.itertext()) for each in page.iter(TEXT + "p"))
            self.output.ledger.add_text(LossKind.HIDDEN, f"{place}, which is hidden", words)
            return
        shapes = [shape for shape in page if shape.tag in SHAPES]
        titles = [shape for shape in shapes if shape.get(PRESENTATION + "class") == "title"]
        for shape in titles:
            words = " ".join(self._text.paragraphs.text(each) for each in shape.iter(TEXT + "p", TEXT + "h"))
            self.output.heading(words.replace("\n", " "), 1)
        for shape in shapes:
            kind = shape.get(PRESENTATION + "class")
            if kind in REPEATED_CLASSES:
                self._repeated |= dict.fromkeys(_lines(shape))
            elif kind == PAGE_NUMBER_CLASS:
                self.output.ledger.add_text(LossKind.REPEATED, "page numbers", " ".join(_lines(shape)))
            elif shape not in titles and shape.get(PRESENTATION + "placeholder") != "true":
                self._text.shape(shape)
        for comment in page.iterchildren(OFFICE + "annotation"):
            self._text.comment(comment)
        for notes in page.iterchildren(PRESENTATION + "notes"):
            own = [shape for shape in notes if shape.get(PRESENTATION + "class") in (None, "notes")]
            lines = [line for shape in own for line in _lines(shape)]
            for number, line in enumerate(lines):
                self.output.paragraph(line if number else f"Notes: {line}")

    def _read_masters(self, names: dict[str, None]) -> None:
        """Take the words that the master pages show on their slides: those that are not to be replaced."""
        for master in self._common.iter(STYLE + "master-page"):
            if str(master.get(STYLE + "name")) in names:
                for shape in master:
                    if shape.tag in SHAPES and shape.get(PRESENTATION + "class") is None:
                        self._repeated |= dict.fromkeys(_lines(shape))

    def _read_margins(self) -> None:
        """Write the headers and footers of pages, each distinct line once."""
        written = set[str]()
        for master in self._common.iter(STYLE + "master-page"):
            for margin in master:
                if not local_name(margin).startswith(("header", "footer")):
                    continue
                if margin.get(STYLE + "display") == "false":
                    words = " ".join(_lines(margin))
                    self.output.ledger.add_text(LossKind.HIDDEN, "headers and footers that no page has", words)
                    continue
                for paragraph in margin.iter(TEXT + "p", TEXT + "h"):
                    self._text.paragraphs.numbers_page = False
                    line = " ".join(self._text.paragraphs.text(paragraph).split())
                    if self._text.paragraphs.numbers_page and len(line.split()) <= MAX_WORDS_AROUND_PAGE_NUMBER:
                        self.output.ledger.add_text(LossKind.REPEATED, "page numbers", line)
                    elif line and line not in written:
                        written.add(line)
                        self.output.paragraph(line)


def _lines(element: Any) -> list[str]:
    texts = (" ".join("".join(each.itertext()).split()) for each in element.iter(TEXT + "p", TEXT + "h"))
    return [text for text in texts if text]
