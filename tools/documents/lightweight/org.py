"""A reader of Org files, as Emacs writes them. Its text is the file itself, without comments, settings and marks."""

import re

from outlast.evidence.losses import LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.lightweight.marked_lines import MarkedLines
from outlast.tools.documents.raised import lowered, raised
from outlast.tools.documents.struck import struck

EXTRACTOR = "org/2"

HEADING = re.compile(r"(?P<stars>\*+)[ \t]+(?P<words>\S.*?)[ \t]*(?P<tags>(?::[\w@#%]+)+:)?[ \t]*")
COMMENT = re.compile(r"[ \t]*#(?:[ \t].*)?")
KEYWORD = re.compile(r"[ \t]*#\+(?P<name>[\w-]+):[ \t]*(?P<value>.*)", re.IGNORECASE)
SHOWN_KEYWORDS = frozenset({"title", "subtitle", "author", "date", "email", "caption", "description"})
BLOCK_EDGE = re.compile(r"[ \t]*#\+(?P<edge>begin|end)_(?P<name>\w+)(?P<rest>.*)", re.IGNORECASE)
DRAWER_START = re.compile(r"[ \t]*:(?P<name>[\w-]+):[ \t]*")
DRAWER_END = re.compile(r"[ \t]*:END:[ \t]*", re.IGNORECASE)
PROPERTY = re.compile(r"[ \t]*:(?P<name>[\w-]+\+?):[ \t]+(?P<value>.*)")
LINK = re.compile(r"\[\[(?P<target>[^\]\n]{1,500})\](?:\[(?P<text>[^\]\n]{1,500})\])?\]")
PICTURE = re.compile(r"(?:file:|\./|\.\./|/)?[^\s]{1,300}\.(?:png|jpe?g|gif|svg|webp)", re.IGNORECASE)
FOOTNOTE = re.compile(r"\[fn:(?P<label>[\w-]*)(?::(?P<text>[^\]\n]{0,1000}))?\]")
TARGET = re.compile(r"<<(?P<words>[^<>\n]{1,200})>>")
RAISED = re.compile(r"(?<=\S)\^\{(?P<text>[^{}\n]{1,30})\}")
LOWERED = re.compile(r"(?<=\S)_\{(?P<text>[^{}\n]{1,30})\}")
MARKED = re.compile(
    r"(?<![^\s\-–—({'\"])(?P<sign>[*/_=~+])(?P<words>[^\s](?:[^\n]{0,300}?[^\s])?)(?P=sign)(?![^\s\-–—.,;:!?')}\"\[])"
)
"""Words between two signs, which stand at the beginning and the end of a word."""
RULE = re.compile(r"[ \t]*-{5,}[ \t]*")
TEXT_BLOCKS = frozenset({"quote", "verse", "center"})
ROW = re.compile(r"[ \t]*\|(?P<cells>.*)")
ROW_RULE = re.compile(r"[ \t]*\|-[-+|]*[ \t]*")
DESCRIPTION = re.compile(r"(?P<term>[ \t]*[-+*][ \t]+\S.*?)[ \t]+::[ \t]+(?=\S)")


def read(content: bytes, stem: str) -> Document:
    """Read an Org file. `stem` is the title if it has none. Raises Unreadable."""
    lines = _Lines()
    for line in decode(content).split("\n"):
        lines.take(line)
    lines.end_table()
    written = lines.written
    text, headings = written.text(), tuple(written.headings)
    title = lines.title or title_of(text, headings, stem)
    tables, losses = tuple(written.tables), written.losses()
    return Document(text, title, "text/org", headings, EXTRACTOR, tables=tables, losses=losses)


class _Lines:
    """Takes a file line by line, and knows in which block or drawer it stands."""

    def __init__(self) -> None:
        self.written, self.title = MarkedLines(), ""
        self._block, self._drawer = "", ""
        self._rows, self._header_rows = list[list[str]](), 0
        self._hidden_level = 0
        """The level of a heading that is a comment, with all below it; 0 outside."""

    def take(self, line: str) -> None:
        if self._take_row(line):
            return
        edge = BLOCK_EDGE.fullmatch(line)
        if edge:
            self._take_edge(edge)
        elif self._block == "comment":
            self.written.leave_out(LossKind.HIDDEN, "comments", line)
        elif self._block:
            self.written.keep(line.replace(",*", "*", 1) if line.startswith(",*") else line)
        elif heading := HEADING.fullmatch(line):
            self._take_heading(heading)
        elif self._hidden_level or COMMENT.fullmatch(line):
            self.written.leave_out(LossKind.HIDDEN, "comments", line)
        elif keyword := KEYWORD.fullmatch(line):
            self._take_keyword(keyword.group("name").lower(), keyword.group("value").strip())
        elif self._drawer or DRAWER_START.fullmatch(line):
            self._take_drawer(line)
        elif RULE.fullmatch(line):
            pass  # a line across the page
        else:
            self.written.keep(self._inline(DESCRIPTION.sub(r"\g<term>: ", line)))

    def _take_row(self, line: str) -> bool:
        """Take a line of a table. Return False if it is none; then a table that stood above it is written."""
        if ROW_RULE.fullmatch(line) and not self._block:
            self._header_rows = self._header_rows or len(self._rows)
            return True
        row = ROW.fullmatch(line)
        if row and not self._block and not self._hidden_level:
            cells = row.group("cells").rstrip().removesuffix("|").split("|")
            self._rows.append([self._inline(cell.strip()) for cell in cells])
            return True
        self.end_table()
        return False

    def end_table(self) -> None:
        width = max(map(len, self._rows), default=0)
        rows = [row + [""] * (width - len(row)) for row in self._rows]
        self.written.keep_table(rows, self._header_rows if self._header_rows < len(rows) else 0)
        self._rows, self._header_rows = [], 0

    def _take_edge(self, edge: re.Match[str]) -> None:
        is_begin = edge.group("edge").lower() == "begin"
        self._block = (
            edge.group("name").lower()
            if is_begin and edge.group("name").lower() not in ("quote", "verse", "center")
            else ""
        )
        self.written.leave_out(LossKind.MARKUP, "settings of blocks", edge.group("rest"))

    def _take_heading(self, heading: re.Match[str]) -> None:
        level, words = len(heading.group("stars")), heading.group("words")
        if self._hidden_level and level > self._hidden_level:
            self.written.leave_out(LossKind.HIDDEN, "comments", words)
            return
        self._hidden_level = level if words.split()[0] == "COMMENT" else 0
        if self._hidden_level:
            self.written.leave_out(LossKind.HIDDEN, "comments", words)
            return
        tags = heading.group("tags") or ""
        self.written.keep_heading(self._inline(f"{words} {tags}".strip()), min(level, 6))

    def _take_keyword(self, name: str, value: str) -> None:
        if name == "title":
            self.title = f"{self.title} {value}".strip()
            self.written.keep_heading(value, 1)
        elif name in SHOWN_KEYWORDS:
            self.written.keep(f"{name.capitalize()}: {value}" if name != "caption" else self._inline(value))
        elif name == "include":
            self.written.name(LossKind.UNREAD, value.split('"')[1] if value.count('"') > 1 else value)
        else:
            self.written.leave_out(LossKind.MARKUP, "settings", value)

    def _take_drawer(self, line: str) -> None:
        """Keep properties as facts: `:Deposit: 1800 EUR`. The log of Emacs itself is hidden."""
        if DRAWER_END.fullmatch(line):
            self._drawer = ""
        elif not self._drawer:
            self._drawer = line.strip(" \t:").lower()
        elif self._drawer == "properties" and (found := PROPERTY.fullmatch(line)):
            self.written.keep(f"{found.group('name')}: {found.group('value')}")
        elif self._drawer == "logbook":
            self.written.leave_out(LossKind.HIDDEN, "logs of changes", line)
        else:
            self.written.keep(self._inline(line))

    def _inline(self, line: str) -> str:
        line = without_marks(LINK.sub(self._link_text, line))
        line = FOOTNOTE.sub(_footnote, TARGET.sub(lambda found: found.group("words"), line))
        line = RAISED.sub(lambda found: raised(line[: found.start()], found.group("text")), line)
        return LOWERED.sub(lambda found: lowered(line[: found.start()], found.group("text")), line)

    def _link_text(self, link: re.Match[str]) -> str:
        target, text = link.group("target"), link.group("text")
        if PICTURE.fullmatch(target) and not text:
            self.written.name(LossKind.PICTURE, target.removeprefix("file:"))
            return ""
        if text:
            self.written.leave_out(LossKind.MARKUP, "addresses", target)
        return text or target.removeprefix("file:")


def without_marks(line: str) -> str:
    """Return a line without marks such as `*bold*`; what is struck through stays marked, and code stands as it is."""
    return MARKED.sub(lambda found: _unmarked(found.group("sign"), found.group("words")), line)


def _unmarked(sign: str, words: str) -> str:
    if sign in "=~":
        return words
    inside = without_marks(words)
    return struck(inside) if sign == "+" else inside


def _footnote(found: re.Match[str]) -> str:
    return f" [{found.group('text') or found.group('label')}]"
