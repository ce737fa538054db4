"""A reader of AsciiDoc. Its text is the file itself, without comments, instructions and marks such as `*`.

`{names}` are filled in, and items have the bullets and numbers that the printed page shows.
"""

import re

from outlast.evidence.losses import LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.lightweight.asciidoc_lists import Lists
from outlast.tools.documents.lightweight.asciidoc_marks import without_marks
from outlast.tools.documents.lightweight.asciidoc_tables import read_table
from outlast.tools.documents.lightweight.marked_lines import MarkedLines
from outlast.tools.documents.raised import lowered, raised

EXTRACTOR = "asciidoc/2"

HEADING = re.compile(r"(?P<marks>={1,6}|#{1,6})[ \t]+(?P<words>\S.*?)(?:[ \t]+(?P=marks))?[ \t]*")
UNDERLINED_LEVELS = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
COMMENT_BLOCK = re.compile(r"/{4,}[ \t]*")
VERBATIM_BLOCK = re.compile(r"(?:-{4,}|\.{4,}|\+{4,}|```\w*)[ \t]*")
OTHER_BLOCK = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--)[ \t]*")
TABLE_EDGE = re.compile(r"\|={3,}[ \t]*")
DESCRIPTION = re.compile(r"(?P<term>\S.{0,200}?):{2,4}[ \t]+(?=\S)")
ATTRIBUTE = re.compile(r":(?P<name>!?[\w-]+!?):(?:[ \t]+(?P<value>.*))?")
SHOWN_ATTRIBUTES = frozenset({"author", "email", "revnumber", "revdate", "revremark", "version-label"})
BLOCK_ATTRIBUTES = re.compile(r"\[.*\][ \t]*")
BLOCK_TITLE = re.compile(r"\.(?=[^\s.])(?P<words>.+)")
BLOCK_MACRO = re.compile(
    r"(?P<name>image|video|audio|include|ifdef|ifndef|ifeval|endif|toc)::(?P<target>[^\[]*)\[(?P<text>.*)\]"
)
INLINE_ANCHOR = re.compile(r"\[\[[^\]\n]{1,200}\]\]|\[#[^\]\n]{1,200}\](?=[#*_`])")
CROSS_REFERENCE = re.compile(r"<<(?P<id>[^>,\n]{1,200})(?:,[ \t]*(?P<text>[^>\n]{1,300}))?>>")
INLINE_MACRO = re.compile(
    r"(?:link|xref|mailto|footnote|kbd|btn|menu|anchor|stem|latexmath|asciimath|pass):[^\s\[]{0,300}\[(?P<text>[^\]\n]{0,1000})\]"
)
INLINE_PICTURE = re.compile(r"(?:image|icon):(?P<target>[^\s:\[][^\s\[]{0,300})\[(?P<text>[^\]\n]{0,300})\]")
WEB_LINK = re.compile(r"(?:link:)?(?P<url>https?://[^\s\[\]<>]{1,500})\[(?P<text>[^\]\n]{1,500})\]")
RAISED = re.compile(r"(?<=\S)\^(?P<text>[^\s^]{1,30})\^")
LOWERED = re.compile(r"(?<=[^\s~])~(?P<text>[^\s~]{1,30})~(?!~)")
REFERENCE = re.compile(r"\{([\w-]{1,60})\}")
CALL_OUT = re.compile(r"<(\d{1,2})>[ \t]*$")


def read(content: bytes, stem: str) -> Document:
    """Read an AsciiDoc file. `stem` is the title if the text has no heading. Raises Unreadable."""
    lines = _Lines()
    source = decode(content).split("\n")
    number = 0
    while number < len(source):
        number += lines.take(source[number], source[number + 1] if number + 1 < len(source) else "")
    text, headings = lines.written.text(), tuple(lines.written.headings)
    return Document(
        text, title_of(text, headings, stem), "text/asciidoc", headings, EXTRACTOR, losses=lines.written.losses()
    )


class _Lines:
    """Takes a file line by line, and knows in which block it stands and which attributes were set."""

    def __init__(self) -> None:
        self.written = MarkedLines()
        self._attributes: dict[str, str] = {}
        self._block = ""
        self._lists = Lists()
        self._table: list[str] = []
        self._table_attributes = ""

    def take(self, line: str, below: str) -> int:
        """Take a line; `below` is the next one. Return how many lines were taken: 2 for an underlined title."""
        if self._block:
            self._take_in_block(line)
        elif COMMENT_BLOCK.fullmatch(line) or VERBATIM_BLOCK.fullmatch(line):
            self._block = "```" if line.startswith("```") else line.rstrip()
        elif TABLE_EDGE.fullmatch(line):
            self._block = line.rstrip()
        elif line.startswith("//") and not line.startswith("///"):
            self.written.leave_out(LossKind.HIDDEN, "comments", line)
        elif (level := _underlined_level(line, below)) is not None:
            self.written.keep_heading(self._inline(line.strip()), level)
            return 2
        elif not (OTHER_BLOCK.fullmatch(line) or self._take_instruction(line)):
            self._take_text(line)
        return 1

    def _take_in_block(self, line: str) -> None:
        if line.rstrip() == self._block:
            self._block = ""
            self.end_table()
        elif TABLE_EDGE.fullmatch(self._block):
            self._table.append(line)
        elif self._block.startswith("/"):
            self.written.leave_out(LossKind.HIDDEN, "comments", line)
        else:
            self.written.keep(line)

    def _take_instruction(self, line: str) -> bool:
        """Take a line that is for the program that makes the pages. Return False if it is text."""
        if attribute := ATTRIBUTE.fullmatch(line):
            name, value = attribute.group("name"), (attribute.group("value") or "").strip()
            self._attributes[name] = value
            if name in SHOWN_ATTRIBUTES:
                self.written.keep(f"{name}: {value}")
            else:
                self.written.leave_out(LossKind.MARKUP, "attributes", line)
            return True
        if macro := BLOCK_MACRO.fullmatch(line.rstrip()):
            self._take_macro(macro.group("name"), macro.group("target"), macro.group("text"))
            return True
        if BLOCK_ATTRIBUTES.fullmatch(line) and not line.startswith("[["):
            is_quote = line.startswith(("[quote", "[verse"))
            if is_quote and "," in line:  # who said it, and where
                self.written.keep(line.strip("[] \t").partition(",")[2].strip())
            else:
                self.written.leave_out(LossKind.MARKUP, "attributes", line)
                self._table_attributes = line
                self._lists.announce(line)
            return True
        return False

    def end_table(self) -> None:
        """Write the table whose lines were taken, if there are any."""
        rows, header_rows = read_table(self._table, self._table_attributes)
        self.written.keep_table([[self._inline(cell) for cell in row] for row in rows], header_rows)
        self._table, self._table_attributes = [], ""

    def _take_macro(self, name: str, target: str, text: str) -> None:
        if name in ("image", "video", "audio"):
            self.written.name(LossKind.PICTURE, target)
            if words := text.partition(",")[0].strip('" '):
                self.written.keep(words)
        elif name == "include":
            self.written.name(LossKind.UNREAD, target)
        elif name.startswith("if") and text and name != "ifeval":
            self.written.keep(self._inline(text))
        else:
            self.written.leave_out(LossKind.MARKUP, "conditions", f"{target} {text}")

    def _take_text(self, line: str) -> None:
        if heading := HEADING.fullmatch(line):
            self.written.keep_heading(self._inline(heading.group("words")), len(heading.group("marks")))
            self._lists = Lists()
            return
        item = self._lists.take(line)
        if item is not None:
            self.written.keep(
                item[0] + self._inline(DESCRIPTION.sub(r"\g<term>: ", item[1].removesuffix(" +"), count=1))
            )
            return
        if line.strip() == "+":
            return  # it attaches the next block to an item
        title = BLOCK_TITLE.fullmatch(line)
        self.written.keep(self._inline(title.group("words")) if title else self._words(line))

    def _words(self, line: str) -> str:
        return self._inline(DESCRIPTION.sub(r"\g<term>: ", line.removesuffix(" +"), count=1))

    def _inline(self, line: str) -> str:
        """Return a line with its attributes filled in and its links as their words."""
        line = REFERENCE.sub(lambda found: self._attributes.get(found.group(1), found.group()), line)
        for anchor in INLINE_ANCHOR.findall(line):
            self.written.leave_out(LossKind.MARKUP, "anchors", anchor)
        for picture in INLINE_PICTURE.finditer(line):
            self.written.name(LossKind.PICTURE, picture.group("target"))
        for link in WEB_LINK.finditer(line):
            self.written.leave_out(LossKind.MARKUP, "addresses", link.group("url"))
        line = INLINE_PICTURE.sub(lambda found: found.group("text").partition(",")[0], INLINE_ANCHOR.sub("", line))
        line = WEB_LINK.sub(lambda found: found.group("text").removesuffix("^"), line)
        line = CROSS_REFERENCE.sub(lambda found: found.group("text") or found.group("id"), line)
        line = INLINE_MACRO.sub(_macro_text, line)
        return without_marks(line, _with_scripts)


def _with_scripts(text: str) -> str:
    text = RAISED.sub(lambda found: raised(text[: found.start()], found.group("text")), text)
    return LOWERED.sub(lambda found: lowered(text[: found.start()], found.group("text")), text)


def _macro_text(found: re.Match[str]) -> str:
    name, _, rest = found.group().partition(":")
    target, text = rest.partition("[")[0], found.group("text")
    if name == "footnote":
        return f" [{text}]"
    return text or target


def _underlined_level(line: str, below: str) -> int | None:
    """Return the level of a title with a row of signs below it, as long as the title; None for other lines."""
    rule = below.rstrip()
    if len(rule) < 3 or rule[0] not in UNDERLINED_LEVELS or rule != rule[0] * len(rule) or not re.search(r"\w", line):
        return None
    return UNDERLINED_LEVELS[rule[0]] if abs(len(rule) - len(line.rstrip())) < 3 and line[:1] not in ".[|*-=" else None
