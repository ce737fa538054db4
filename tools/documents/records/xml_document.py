"""A reader of XML of any kind. Running text is written as it stands; values are named by their elements: `year: 1843`.

Elements whose children are all values make a record, one paragraph. Attributes with words are named too where their
element has no text of its own, as in `<catch harbour="Norby" tonnes="98"/>`; elsewhere they are instructions.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.decoding import decode_html
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.markup import html
from outlast.tools.documents.office.grid import Cell, Grid
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.records.record_text import record_paragraph
from outlast.tools.documents.records.xml_parts import ListMarks, Row, name_of, others_of, rows_of
from outlast.tools.documents.struck import struck
from outlast.tools.documents.xml_tree import ETREE, parse_xml

EXTRACTOR = "xml_document/3"

PROSE_NAMES = frozenset(
    """
    abstract annotation blockquote body caption cell cite code dd desc div dl dt em entry epigraph fn footnote head
    header heading item l lg li line list listitem literallayout note ol p para paragraph phrase pre programlisting
    quote row screen section seg simpara span sub subtitle sup table td text th title tr tspan tuple u ul v verse
    """.split()
)
"""Elements of text formats (DocBook, TEI, JATS, DITA, FictionBook, SVG): their names say nothing about the words."""
TITLE_NAMES = frozenset({"title", "head", "heading"})
SECTION_NAMES = frozenset(
    """
    article appendix book chapter div div1 div2 div3 div4 glossary part preface refsect1 refsect2 refsection sec sect1
    sect2 sect3 sect4 section topic concept task reference body
    """.split()
)
INLINE_NAMES = frozenset(
    """
    a abbr acronym application b bold code command emph emphasis em envar filename foreign guibutton guilabel hi i ital
    italic keycap keyword link literal monospace name option package persname phrase placename quote ref replaceable sc
    span strong styled-content sub subscript sup superscript systemitem term tspan tt u ulink userinput uri varname xref
    """.split()
)
PREFORMATTED_NAMES = frozenset({"programlisting", "screen", "literallayout", "pre", "codeblock"})
TECHNICAL_ATTRIBUTES = frozenset({"class", "style", "type", "lang", "version", "encoding", "href", "src", "rel"})
RAISED_NAMES, LOWERED_NAMES = frozenset({"sup", "superscript"}), frozenset({"sub", "subscript"})
NOTE_REFERENCES = frozenset({"bibr", "fn", "table-fn"})
MAX_BASE_CHARACTERS = 80
ESCAPED_MARKUP = re.compile(r"</(?:p|a|b|i|em|strong|div|span|li|ul|h\d)>|<(?:br|img|hr)\b[^>]{0,300}>", re.IGNORECASE)
DRAWING_NAMESPACE = "{http://www.w3.org/2000/svg}"
WORD = re.compile(r"\w+")


def read(content: bytes, stem: str) -> Document:
    """Read an XML file; what is damaged is noted. `stem` is the title if it has none. Raises Unreadable."""
    losses = list[Loss]()
    try:
        root = parse_xml(content, "document")
    except Unreadable as error:
        root = _recover(content)
        if root is None or not "".join(root.itertext()).strip():
            raise Unreadable(str(error).replace("its part document is", "it is")) from error
        losses.append(Loss(kind=LossKind.DAMAGED, place=str(error).partition(": ")[2]))
    writer = _Writer()
    writer.write_before(root)
    writer.write(root, 0, is_beside_text=False)
    losses += writer.losses()
    text, headings = writer.output.text(), tuple(writer.headings)
    title, tables = title_of(text, headings, stem), tuple(writer.tables)
    return Document(text, title, "application/xml", headings, EXTRACTOR, tables=tables, losses=tuple(losses))


def _recover(content: bytes) -> Any:
    """Parse what a strict parser refuses: a wrong or missing encoding, an element that never ends."""
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", decode_html(content))
    parser = ETREE.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return ETREE.fromstring(text.encode(), parser)
    except (ETREE.XMLSyntaxError, ValueError):
        return None


class _Writer:
    """Writes an element and what is in it. Its counters know how many words were left out."""

    def __init__(self) -> None:
        self.output = BlockText()
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self._marks = ListMarks()
        self._base = ""
        """The last characters that were written, which tell what raised characters after them mean."""
        self._left_out = Counter[tuple[LossKind, str]]()

    def losses(self) -> list[Loss]:
        return [Loss(kind=kind, place=place, words=words) for (kind, place), words in self._left_out.items() if words]

    def write_before(self, root: Any) -> None:
        node = root.getprevious()
        while node is not None:
            self._write_other(node)
            node = node.getprevious()

    def write(self, element: Any, depth: int, *, is_beside_text: bool) -> None:
        """Write an element. `is_beside_text` says whether its parent has text of its own, so that it may be inline."""
        name = name_of(element)
        if (rows := rows_of(element)) is not None:
            self._write_table(element, rows)
        elif (mark := self._marks.mark(element)) is not None:
            self._write_item(element, depth, mark)
        elif (
            name in TITLE_NAMES and depth and name_of(element.getparent()) in SECTION_NAMES and not _has_blocks(element)
        ):
            self._write_title(element)
        elif name in RAISED_NAMES | LOWERED_NAMES and is_beside_text:
            self._write_raised(element, raised if name in RAISED_NAMES else lowered)
        elif is_beside_text and name == "xref" and element.get("ref-type") in NOTE_REFERENCES:
            self._write_raised(element, raised)
        elif name == "del" and is_beside_text:
            self._write_words(struck("".join(element.itertext("*"))))
            self._count_attributes(element)
        elif name in PREFORMATTED_NAMES:
            self._write_preformatted(element)
        elif _is_record(element):
            self._write_record(element)
        else:
            is_inline = is_beside_text and (name in INLINE_NAMES or name not in PROSE_NAMES | SECTION_NAMES)
            self._write_text(element, depth, is_inline=is_inline)

    def _write_words(self, text: str | None) -> None:
        self.output.write(text or "")
        self._base = (self._base + (text or ""))[-MAX_BASE_CHARACTERS:]

    def _write_raised(self, element: Any, written: Callable[[str, str], str]) -> None:
        self._count_attributes(element)
        words = "".join(element.itertext("*"))
        self._write_words(written(self._base, words))

    def _write_item(self, element: Any, depth: int, mark: str) -> None:
        self.output.separate(Break.LINE)
        self.output.open_item(mark)
        self._base = ""
        self._write_text(element, depth, is_inline=True)
        self.output.close_item(short=Break.LINE, long=Break.LINE)

    def _write_table(self, table: Any, rows: list[Row]) -> None:
        """Write a table, one line a row. What else is in it, such as its title, stands before it."""
        self._count_attributes(table)
        for other in others_of(table):
            self.write(other, 1, is_beside_text=False)
        grid, declared = Grid(), 0
        for row in rows:
            declared += row.is_header
            grid.add([Cell(self._cell_text(cell), columns, lines) for cell, columns, lines in row.cells])
        self.output.separate(Break.BLANK_LINE)
        spans = [self.output.write_row(cells) for cells in grid.rows if any(cells)]
        if spans:
            headers = tuple(spans[: grid.header_rows(declared)])
            self.tables.append(Table(start=spans[0][0], end=spans[-1][1], headers=headers))
        self.output.separate(Break.BLANK_LINE)

    def _cell_text(self, cell: Any) -> str:
        writer = _Writer()
        writer._write_text(cell, 1, is_inline=True)
        self._left_out += writer._left_out
        return " ".join(writer.output.text().split())

    def _write_preformatted(self, element: Any) -> None:
        self.output.separate(Break.BLANK_LINE)
        self.output.write_preformatted("".join(element.itertext("*")))
        self.output.separate(Break.BLANK_LINE)
        for each in element.iter():
            if isinstance(each.tag, str):
                self._count_attributes(each)
            else:
                self._write_other(each)

    def _write_title(self, element: Any) -> None:
        self.output.begin_heading()
        self._write_inline(element)
        words, start = self.output.end_heading()
        if words:
            level = sum(name_of(each) in SECTION_NAMES for each in element.iterancestors())
            self.headings.append(Heading(start=start, end=start + len(words), level=min(max(level, 1), 6)))

    def _write_record(self, element: Any) -> None:
        lines = self._values_of(element, is_value=True)
        for child in element:
            if not isinstance(child.tag, str):
                self._write_other(child)
                continue
            words = _shown("".join([child.text or "", *(other.tail or "" for other in child)]))
            lines += self._values_of(child, is_value=not words)
            lines += [f"{name_of(child)}: {words}"] if words else []
            for other in child:
                self._write_other(other)
        self._write_values(lines)

    def _write_values(self, lines: list[str]) -> None:
        self.output.separate(Break.BLANK_LINE)
        self.output.write_preformatted(record_paragraph(lines))
        self.output.separate(Break.BLANK_LINE)

    def _write_text(self, element: Any, depth: int, *, is_inline: bool) -> None:
        self.output.separate(Break.NONE if is_inline else Break.BLANK_LINE)
        has_text = bool((element.text or "").strip())
        is_leaf = not is_inline and not len(element)
        if lines := self._values_of(element, is_value=is_leaf and not has_text):
            self._write_values(lines)
        is_value = is_leaf and has_text and depth and name_of(element) not in PROSE_NAMES
        self._write_words(f"{name_of(element)}: {element.text}" if is_value else element.text)
        has_text = has_text or any((child.tail or "").strip() for child in element)
        for child in element:
            if isinstance(child.tag, str):
                self.write(child, depth + 1, is_beside_text=has_text)
            else:
                self._write_other(child)
            self._write_words(child.tail)
        self.output.separate(Break.NONE if is_inline else Break.BLANK_LINE)

    def _write_inline(self, element: Any) -> None:
        self._count_attributes(element)
        self.output.write(element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                self._write_inline(child)
            else:
                self._write_other(child)
            self.output.write(child.tail or "")

    def _values_of(self, element: Any, *, is_value: bool) -> list[str]:
        """Return the attributes that hold values, each as a line; of other elements, count their words."""
        lines = list[str]()
        for key, value in element.attrib.items():
            name = str(ETREE.QName(key).localname)
            if is_value and not _is_technical(element, key, name) and WORD.search(value):
                lines.append(f"{name}: {' '.join(value.split())}")
            else:
                self._left_out[LossKind.MARKUP, "attributes"] += len(WORD.findall(value))
        return lines

    def _count_attributes(self, element: Any) -> None:
        self._values_of(element, is_value=False)

    def _write_other(self, node: Any) -> None:
        """Count the words of a comment or an instruction. An entity is not resolved: it might fill the memory."""
        if isinstance(node.tag, str):
            return
        kinds = {ETREE.Comment: (LossKind.HIDDEN, "comments"), ETREE.PI: (LossKind.MARKUP, "instructions")}
        kind = kinds.get(node.tag, (LossKind.UNREAD, f"the entity {node.text}"))
        words = f"{getattr(node, 'target', '')} {node.text or ''}"
        self._left_out[kind] += max(len(WORD.findall(words)), 1)


def _shown(value: str) -> str:
    """Return a value on one line. One that is markup of a web page, as in feeds, is written as the page shows it."""
    if ESCAPED_MARKUP.search(value):
        value = html.parse_markup(value).text
    return " ".join(value.split())


def _is_record(element: Any) -> bool:
    """Return whether an element has several values and nothing else: `<book><title/><year/></book>`."""
    children = [child for child in element if isinstance(child.tag, str)]
    if len(children) < 2 or any(_is_row(child) for child in children):
        return False
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        return False
    names = [name_of(child) for child in children]
    if any(any(isinstance(each.tag, str) for each in child) for child in children):
        return False
    return not all(name in PROSE_NAMES | INLINE_NAMES for name in names)


def _is_row(element: Any) -> bool:
    """Return whether an element has its values as attributes: it is a record of its own."""
    return len(element.attrib) > 1 and not len(element) and not (element.text or "").strip()


def _has_blocks(element: Any) -> bool:
    return any(isinstance(child.tag, str) and name_of(child) not in INLINE_NAMES for child in element)


def _is_technical(element: Any, key: str, name: str) -> bool:
    return name in TECHNICAL_ATTRIBUTES or key.startswith("{") or str(element.tag).startswith(DRAWING_NAMESPACE)
