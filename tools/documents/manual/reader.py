"""A reader of manual pages, in both of their macro packages (man and mdoc): the words that the program `man` prints.

A line that begins with a dot is a request or a macro; the others are text.
"""

import re
from collections import Counter

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document
from outlast.tools.documents.manual.mdoc_lines import INLINE_MACROS, MdocLine
from outlast.tools.documents.manual.roff_escapes import unescape
from outlast.tools.documents.manual.roff_tables import read_table

EXTRACTOR = "manual_page/1"

MACRO = re.compile(r"[.'][ \t]*(?P<name>\\\"|[^\s\\]{1,30})[ \t]*(?P<rest>.*)")
COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)\\[\"#](?P<words>.*)")
ARGUMENT = re.compile(r'"((?:[^"]|"")*)(?:"|$)|((?:\\.|[^\s\\])+|\\)')
FONTS = frozenset({"B", "I", "SM", "SB", "R"})
ALTERNATING_FONTS = frozenset({"BR", "BI", "RB", "RI", "IB", "IR"})
PARAGRAPHS = frozenset({"PP", "P", "LP", "HP", "Pp", "Lp", "sp", "YS"})
WITHOUT_WORDS = frozenset(
    """
    RS RE br ad na nh hy ne in ti ta ft ll pl rm rn nr af DT PD AT UC ce fl ps vs ss cs lt tr ev mk rt bp po cc c2
    ec eo it mso als LINKSTYLE special nop while break return shift hw hym hcode bd uf ul cu lf kern warn fam fp
    char Os Bk Ek Sm Ds Tg
    """.split()
)
"""Requests that change how a page looks. What stands behind them is counted as markup."""
CONDITION = re.compile(
    r"[ \t]*(?P<not>!?)[ \t]*(?P<what>\\n\(\.g|\\n\[\.g\]|'[^']*'[^']*'|[noetv](?=[ \t\\.'])|\S+)(?P<rest>.*)"
)
TRUE_CONDITIONS = frozenset({"n", "\\n(.g", "\\n[.g]"})
"""The page is printed on a terminal, by groff."""
WORD = re.compile(r"\w+")
MAX_TAG_ON_LINE = 4
"""A tag of a paragraph up to this length, such as a bullet, stands on the line of its text."""


def read(content: bytes, stem: str) -> Document:
    """Read a manual page. `stem` is the title if it names none. Raises Unreadable."""
    page = _Page()
    for line in decode(content).replace("\\\n", "").split("\n"):
        page.take(line)
    page.end()
    return Document(
        text=page.output.text(),
        title=page.title or stem,
        media_type="text/troff",
        headings=tuple(page.headings),
        extractor=EXTRACTOR,
        tables=tuple(page.tables),
        losses=tuple(page.losses()),
    )


class _Page:
    """Takes the lines of a page one by one, then `end`."""

    def __init__(self) -> None:
        self.output, self.title = BlockText(), ""
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self._left_out = Counter[tuple[LossKind, str]]()
        self._included: list[str] = []
        self._strings: dict[str, str] = {}
        self._name = ""
        self._skip_until = ""
        self._false_depth = 0
        self._was_false = False
        self._is_preformatted = False
        self._is_tag = False
        self._heading_level = 0
        self._table: list[str] | None = None
        self._link = ""
        self._lists: list[tuple[str, int]] = []

    def losses(self) -> list[Loss]:
        counted = [Loss(kind=kind, place=place, words=words) for (kind, place), words in self._left_out.items()]
        return counted + [Loss(kind=LossKind.UNREAD, place=name) for name in self._included]

    def end(self) -> None:
        if self._table is not None:
            self._write_table()

    def take(self, line: str) -> None:
        if self._skip_until:
            if "".join(line.split()) == self._skip_until:
                self._skip_until = ""
            else:
                self._leave_out(LossKind.MARKUP, "definitions of macros", line)
            return
        line = self._without_comment(line)
        if self._false_depth:
            self._false_depth += line.count("\\{") - line.count("\\}")
            self._leave_out(LossKind.MARKUP, "lines for a printer", line)
        elif self._table is not None and not line.startswith(".TE"):
            self._table.append(line)
        elif (macro := MACRO.match(line)) and line[0] in ".'":
            self._take_macro(macro.group("name"), macro.group("rest").replace("\\{", "").replace("\\}", ""))
        elif (words := line.replace("\\{", "").replace("\\}", ""))[:1] != "." or words.strip(". '"):
            self._take_text(words)

    def _without_comment(self, line: str) -> str:
        found = COMMENT.search(line)
        if found is None:
            return line
        self._leave_out(LossKind.HIDDEN, "comments", found.group("words"))
        before = line[: found.start()] + found.group(1)
        return "." if before in (".", "'") else before

    def _leave_out(self, kind: LossKind, place: str, words: str) -> None:
        if count := len(WORD.findall(words)):
            self._left_out[kind, place] += count

    def _take_text(self, line: str) -> None:
        text = unescape(line, self._strings)
        if self._is_preformatted and not self._heading_level:
            self.output.write_preformatted(text + "\n")
        elif not text.strip():
            self.output.separate(Break.BLANK_LINE)
        elif self._heading_level:
            self._write_heading(text, self._heading_level)
        else:
            if line[:1] in (" ", "\t"):
                self.output.separate(Break.LINE)
            self.output.write(text if line.endswith("\\c") else f"{text} ")
            self._end_tag()

    def _end_tag(self) -> None:
        if self._is_tag:
            self._is_tag = False
            self.output.separate(Break.LINE)

    def _take_macro(self, name: str, rest: str) -> None:
        arguments = _arguments(rest)
        if name in ("de", "de1", "am", "am1", "ig"):
            position = 0 if name == "ig" else 1
            self._skip_until = "." + (arguments[position] if len(arguments) > position else ".")
            self._leave_out(LossKind.MARKUP, "definitions of macros", rest)
        elif name in ("if", "ie", "el"):
            self._take_condition(name, rest)
        elif name == "ds" and arguments:
            self._strings[arguments[0]] = unescape(rest.partition(arguments[0])[2].strip().removeprefix('"'), {})
            self._leave_out(LossKind.MARKUP, "definitions of macros", rest)
        elif name == "so":
            self._included.append(rest)
        elif name in WITHOUT_WORDS or name.startswith("\\"):
            if name in ("br", "in", "ti", "ce", "RS", "RE"):
                self.output.separate(Break.LINE)
            self._leave_out(LossKind.MARKUP, "requests", rest)
        elif not self._take_structure(name, [unescape(argument, self._strings) for argument in arguments]):
            self._take_words(name, [unescape(argument, self._strings) for argument in arguments])

    def _take_condition(self, name: str, rest: str) -> None:
        if name == "el":
            is_true, then = self._was_false, rest
        else:
            found = CONDITION.match(rest)
            is_true = found is not None and (found.group("what") in TRUE_CONDITIONS) != bool(found.group("not"))
            then = found.group("rest") if found else ""
            self._was_false = not is_true
        if is_true:
            if then.strip():
                self.take(then.strip().replace("\\{", ""))
            return
        self._false_depth = max(0, then.count("\\{") - then.count("\\}"))
        self._leave_out(LossKind.MARKUP, "lines for a printer", then)

    def _take_structure(self, name: str, arguments: list[str]) -> bool:
        """Take a macro that structures the page. Return False if it is none of these."""
        if name in ("TH", "Dt"):
            self._write_title(arguments)
        elif name in ("SH", "SS", "Sh", "Ss"):
            self._take_heading(1 if name in ("SH", "Sh") else 2, arguments)
        elif name in PARAGRAPHS:
            self.output.separate(Break.BLANK_LINE)
        elif name in ("TP", "TQ"):
            self.output.separate(Break.BLANK_LINE if name == "TP" else Break.LINE)
            self._is_tag = True
        elif name == "IP":
            self._write_tag(arguments[:1])
        elif name in ("nf", "EX", "fi", "EE", "EQ", "EN"):
            self.output.separate(Break.BLANK_LINE)
            self._is_preformatted = name in ("nf", "EX", "EQ")
        elif name == "TS":
            self._table = []
        elif name == "TE":
            self._write_table()
        elif name in ("Bl", "It", "El", "Bd", "Ed", "Rs", "Re"):
            self._take_list(name, arguments)
        else:
            return False
        return True

    def _take_words(self, name: str, arguments: list[str]) -> None:
        """Take a macro whose arguments are words; one that is unknown too, since a page may define it."""
        if name in ALTERNATING_FONTS:
            text = "".join(arguments)
        elif name in ("UR", "MT"):
            self._link = " ".join(arguments)
            return
        elif name in ("UE", "ME"):
            text, self._link = f"⟨{self._link}⟩{''.join(arguments)}", ""
        elif name == "OP":
            text = f"[{' '.join(arguments)}]"
        elif name in INLINE_MACROS or name in ("D1", "Dl"):
            text = self._mdoc_text(name, arguments)
        else:
            if name == "SY":
                self.output.separate(Break.BLANK_LINE)
            text = " ".join(arguments)
        if not text and name in FONTS:
            return  # the font is for the next line
        if self._heading_level:
            self._write_heading(text, self._heading_level)
        elif self._is_preformatted:
            self.output.write_preformatted(text + "\n")
        else:
            self.output.write(f"{text} ")
            self._end_tag()

    def _mdoc_text(self, name: str, arguments: list[str]) -> str:
        if name == "Nm" and arguments and not self._name:
            self._name = arguments[0]
        if name in ("D1", "Dl", "Nd"):
            self.output.separate(Break.NONE if name == "Nd" else Break.LINE)
        text = MdocLine(self._name).render([name, *arguments] if name in INLINE_MACROS else arguments)
        return f"– {text}" if name == "Nd" else text

    def _write_title(self, arguments: list[str]) -> None:
        """Write the header of the page: `lamp(7)`, then the date and other words that are printed around the page."""
        self.title = f"{arguments[0]}({arguments[1]})" if len(arguments) > 1 else " ".join(arguments)
        self.output.write(", ".join((self.title, *(argument for argument in arguments[2:] if argument))))
        self.output.separate(Break.BLANK_LINE)

    def _take_heading(self, level: int, arguments: list[str]) -> None:
        self._is_preformatted = self._is_tag = False
        if arguments:
            self._write_heading(" ".join(arguments), level)
        else:
            self._heading_level = level

    def _write_heading(self, words: str, level: int) -> None:
        self._heading_level = 0
        self.output.begin_heading()
        self.output.write(words)
        written, start = self.output.end_heading()
        if written:
            self.headings.append(Heading(start=start, end=start + len(written), level=level))

    def _write_tag(self, arguments: list[str]) -> None:
        self.output.separate(Break.BLANK_LINE)
        if arguments and arguments[0]:
            self.output.write(f"{arguments[0]} ")
            if len(arguments[0]) > MAX_TAG_ON_LINE:
                self.output.separate(Break.LINE)

    def _take_list(self, name: str, arguments: list[str]) -> None:
        self.output.separate(Break.BLANK_LINE)
        if name in ("Bl", "Bd"):
            self._leave_out(LossKind.MARKUP, "requests", " ".join(arguments))
        if name == "Bl":
            self._lists.append((next((each for each in arguments if each.startswith("-")), ""), 0))
        elif name == "El" and self._lists:
            self._lists.pop()
        elif name in ("Bd", "Ed"):
            self._is_preformatted = name == "Bd" and bool({"-literal", "-unfilled"} & set(arguments))
        elif name == "It" and self._lists:
            self._write_item(arguments)

    def _write_item(self, arguments: list[str]) -> None:
        kind, number = self._lists[-1]
        self._lists[-1] = (kind, number + 1)
        if kind == "-column":
            cells = " ".join(arguments).replace("\t", " Ta ").split(" Ta ")
            self.output.separate(Break.LINE)
            self.output.write(" | ".join(MdocLine(self._name).render(cell.split()) for cell in cells))
        elif kind == "-enum":
            self.output.write(f"{number + 1}. ")
        elif kind in ("-bullet", "-dash", "-hyphen"):
            self.output.write("- ")
        elif arguments:
            self.output.write(MdocLine(self._name).render(arguments))
            self.output.separate(Break.SPACE if kind == "-diag" else Break.LINE)

    def _write_table(self) -> None:
        rows, headers = read_table(self._table or [])
        self._table = None
        if not rows:
            return
        self.output.separate(Break.BLANK_LINE)
        lines = [" | ".join(unescape(cell, self._strings) for cell in row) for row in rows]
        self.output.write_preformatted("\n".join(lines))
        end = self.output.length
        start = end - sum(len(line) + 1 for line in lines) + 1
        spans, offset = list[tuple[int, int]](), start
        for line in lines[:headers]:
            spans.append((offset, offset + len(line)))
            offset += len(line) + 1
        self.tables.append(Table(start=start, end=end, headers=tuple(spans)))
        self.output.separate(Break.BLANK_LINE)


def _arguments(rest: str) -> list[str]:
    return [quoted.replace('""', '"') if quoted or not bare else bare for quoted, bare in ARGUMENT.findall(rest)]
