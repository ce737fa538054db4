"""A reader of reStructuredText, of Sphinx too.

The text has the lines of the file, so that lines can be cited; what the rendered page does not show is taken out of
them. Marks such as `**` and ``` `` ``` stay. Rows of tables are written like those of other formats.
"""

import csv
import re

from outlast.evidence.losses import LossKind
from outlast.evidence.sources import Table
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.lightweight.restructured_tables import find_table, list_table
from outlast.tools.documents.lightweight.restructured_words import Words
from outlast.tools.documents.markup import html
from outlast.tools.documents.markup.ledger import Ledger, count_words
from outlast.tools.documents.plain.underlined_titles import find_underlined_headings

EXTRACTOR = "restructured_text/4"

EXPLICIT = re.compile(r"(?P<indent>[ \t]*)\.\.(?:[ \t]+(?P<rest>\S.*))?$")
DIRECTIVE = re.compile(
    r"(?:\|(?P<substituted>[^|]+)\|[ \t]+)?(?P<name>[a-zA-Z][\w:.+-]{0,60}?)[ \t]?::(?:[ \t]+(?P<words>.*))?$"
)
NOTE = re.compile(r"\[(?P<mark>[^\]]+)\][ \t]*(?P<words>.*)$")
TARGET = re.compile(r"(?:_(?P<name>`[^`]+`|(?:\\.|[^:\\])+):|__)(?:[ \t]|$)")
OPTION = re.compile(r"[ \t]+:(?P<name>[\w-]+):(?:[ \t]+(?P<value>.*))?$")

COUNTED_ITEM = re.compile(r"(?P<before>[ \t]*\(?)#(?=[.)][ \t])")

BOXES = frozenset("attention caution danger error hint important note seealso tip todo warning".split())
"""Directives whose name the page shows above their text."""
SHOWN_BY_NAME = {"versionadded": "Added in", "versionchanged": "Changed in", "deprecated": "Deprecated since"}
WRAPPERS = frozenset(
    """
    code code-block container doctest epigraph ifconfig only parsed-literal prompt sourcecode testcode
    """.split()
)
"""Directives of which the page shows the content, and not what stands beside their name."""
SETTINGS = frozenset(
    """
    class currentmodule default-domain default-role highlight index meta module namespace py:currentmodule py:module
    role rst-class sectionauthor sectnum section-numbering tabularcolumns target-notes testsetup testcleanup title
    """.split()
)
CONTENTS = frozenset({"contents", "toctree"})
PICTURES = frozenset({"figure", "image"})
OTHER_FILES = frozenset({"include", "literalinclude"})


def read(content: bytes, stem: str) -> Document:
    """Read a reStructuredText file. `stem` is the title if the text has none. Raises Unreadable."""
    reader = _Reader(decode(content).split("\n"))
    text = reader.read()
    headings = find_underlined_headings(text)
    return Document(
        text=text,
        title=title_of(text, headings, stem),
        media_type="text/x-rst",
        headings=headings,
        extractor=EXTRACTOR,
        tables=tuple(reader.tables),
        losses=reader.ledger.losses(),
    )


class _Reader:
    """Reads the lines of a file, block by block, into as many lines."""

    def __init__(self, lines: list[str]) -> None:
        self.tables: list[Table] = []
        self.ledger = Ledger()
        self._lines = lines
        self._words = Words(lines)
        self._out: list[str] = []
        self._counts: dict[int, int] = {}  # of the open lists, by their indentation, the items so far
        self._length = 0

    def read(self) -> str:
        while len(self._out) < len(self._lines):
            number = len(self._out)
            explicit = EXPLICIT.match(self._lines[number])
            if explicit is not None and self._is_block_start(number):
                self._read_explicit(number, explicit)
            elif (table := find_table(self._lines, number)) is not None:
                self._put_table(table.rows, table.headers, table.lines)
            else:
                self._put(self._words.shown(self._numbered(self._lines[number])))
        return "\n".join(self._out)

    def _numbered(self, line: str) -> str:
        """Return the line of an item with the number that the page shows in place of `#`."""
        item = COUNTED_ITEM.match(line)
        indent = len(line) - len(line.lstrip())
        if line.strip():  # what is indented less, or as much and no item, ends a list
            self._counts = {
                key: count for key, count in self._counts.items() if key < indent or (item and key == indent)
            }
        if item is None:
            return line
        self._counts[indent] = self._counts.get(indent, 0) + 1
        return f"{item.group('before')}{self._counts[indent]}{line[item.end() :]}"

    def _is_block_start(self, number: int) -> bool:
        """Return whether a block may start at a line: after an empty line, or after another explicit block."""
        before = self._lines[number - 1] if number else ""
        return not before.strip() or not self._out[-1].strip() or EXPLICIT.match(before) is not None

    def _put(self, *lines: str) -> None:
        for line in lines:
            self._out.append(line)
            self._length += len(line) + 1

    def _put_table(self, rows: list[tuple[int, list[str]]], headers: int, lines: int) -> None:
        """Put a table. Each row has its number among the lines of the file; the other lines become empty."""
        by_line, start = dict(rows), self._length
        spans: list[tuple[int, int]] = []
        for number in range(lines):
            cells = by_line.get(number)
            row = " | ".join(self._words.shown(cell) for cell in cells) if cells else ""
            if cells:
                spans.append((self._length, self._length + len(row)))
            self._put(row)
        if spans:
            first = spans[0][0] if spans[0][0] >= start else start
            self.tables.append(Table(start=first, end=spans[-1][1], headers=tuple(spans[:headers])))

    def _read_explicit(self, number: int, explicit: re.Match[str]) -> None:
        indent, rest = explicit.group("indent"), explicit.group("rest") or ""
        end = self._block_end(number, len(indent.expandtabs()))
        if note := NOTE.match(rest):
            mark = self._words.note_mark(note.group("mark"))
            self._put(f"{indent}[{mark}] {self._words.shown(note.group('words'))}".rstrip())
        elif directive := DIRECTIVE.match(rest):
            self._read_directive(number, end, directive, indent)
        elif TARGET.match(rest):
            self._hide(LossKind.MARKUP, "addresses", number, end)
        else:
            self._hide(LossKind.HIDDEN, "comments", number, end)

    def _block_end(self, number: int, indent: int) -> int:
        """Return the line after the block that begins at `number`: what is indented more belongs to it."""
        end = last = number + 1
        while end < len(self._lines):
            line = self._lines[end]
            if line.strip():
                if len(line.expandtabs()) - len(line.expandtabs().lstrip()) <= indent:
                    break
                last = end + 1
            elif end == number + 1 and self._lines[number].strip() == "..":
                break  # an empty comment hides nothing below it
            end += 1
        return last

    def _hide(self, kind: LossKind, place: str, number: int, end: int) -> None:
        lines = self._lines[number:end]
        self.ledger.add(kind, place, count_words(" ".join(line.removeprefix("..") for line in lines)))
        self._put(*[""] * len(lines))

    def _read_directive(self, number: int, end: int, directive: re.Match[str], indent: str) -> None:
        name, words = directive.group("name").lower(), (directive.group("words") or "").strip()
        if directive.group("substituted"):
            self._hide(LossKind.MARKUP, "substitutions", number, end)  # its words stand where they are used
        elif name == "raw":
            self._put_raw(number, end, words)
        elif name in SETTINGS:
            self._hide(LossKind.MARKUP, "settings", number, end)
        elif name in CONTENTS:
            self._hide(LossKind.NAVIGATION, "contents", number, end)
        elif name in PICTURES:
            self._put_picture(words, end, indent)
        elif name == "csv-table":
            self._put_values(end, self._words.shown(words))
        elif name == "list-table":
            self._put_list_table(end, self._words.shown(words))
        else:
            if name in OTHER_FILES or name.startswith("auto"):  # what is in a program's own documentation
                self.ledger.add(LossKind.UNREAD, f"{name} {words}", None)
            self._put(f"{indent}{self._title(name, words)}".rstrip())
            self._put_options(end)

    def _title(self, name: str, words: str) -> str:
        """Return what the page shows of the first line of a directive."""
        shown = self._words.shown(words)
        if name in BOXES:
            title = "See also" if name == "seealso" else name.capitalize()
            return f"{title}: {shown}".rstrip()
        if name in SHOWN_BY_NAME:
            return f"{SHOWN_BY_NAME[name]} {shown}"
        if name in OTHER_FILES:
            return ""
        if name in WRAPPERS:
            self.ledger.add(LossKind.MARKUP, "settings", count_words(words))
            return ""
        return shown

    def _put_options(self, end: int) -> str:
        """Put the options below a directive, which the page does not show. Return the text for a picture."""
        alt = ""
        while len(self._out) < end and (option := OPTION.match(self._lines[len(self._out)])):
            value = option.group("value") or ""
            if option.group("name") == "alt":
                alt = value
            else:
                self.ledger.add(LossKind.MARKUP, "settings", count_words(value))
            self._put("")
        return alt

    def _put_values(self, end: int, title: str) -> None:
        """Put a table of comma-separated values: its header is an option, its rows are the content."""
        rows: list[tuple[int, list[str]]] = []
        headers, first = 0, len(self._out) + 1
        for number in range(first, end):
            line = self._lines[number]
            option = OPTION.match(line)
            if option is None or rows[headers:]:
                rows += [(number - first, cells)] if (cells := _values(line)) else []
            elif option.group("name") == "header":
                rows.append((number - first, _values(option.group("value") or "")))
                headers = 1
            elif option.group("name") in ("file", "url"):
                self.ledger.add(LossKind.UNREAD, option.group("value") or "", None)
        self._put(title)
        self._put_table(rows, headers, end - first)

    def _put_list_table(self, end: int, title: str) -> None:
        """Put a table that is written as a list of lists."""
        first = len(self._out) + 1
        rows, headers = list_table(self._lines[first:end])
        self._put(title)
        self._put_table(rows, headers, end - first)

    def _put_picture(self, address: str, end: int, indent: str) -> None:
        number = len(self._out)
        self._put("")
        alt = self._put_options(end)
        if alt:
            self._length += len(indent) + len(alt) + 2
            self._out[number] = f"{indent}[{alt}]"
        else:
            self.ledger.add(LossKind.PICTURE, address, None)

    def _put_raw(self, number: int, end: int, form: str) -> None:
        """Put what a block of HTML shows; blocks for other formats are not on the page."""
        if "html" not in form.split():
            self._hide(LossKind.HIDDEN, "blocks for other formats", number, end)
            return
        page = html.parse_markup("\n".join(self._lines[number + 1 : end]))
        found = [line for line in page.text.split("\n") if line]
        room = end - number
        found = [*found[: room - 1], " ".join(found[room - 1 :])] if len(found) > room else found
        self._put(*found, *[""] * (room - len(found)))
        self.ledger.add_all((loss.kind, loss.place, loss.words) for loss in page.losses)


def _values(line: str) -> list[str]:
    return [cell.strip() for row in csv.reader([line.strip()], skipinitialspace=True) for cell in row]
