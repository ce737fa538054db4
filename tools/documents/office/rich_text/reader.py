"""A reader of RTF: paragraphs with the numbers that are shown, tables, notes, comments and text boxes.

What is hidden or deleted is in the ledger, and the headers and footers of pages stand once, at the end.
"""

import re
from dataclasses import dataclass, field, replace

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.rich_text.flow import CellTraits, Flow
from outlast.tools.documents.office.rich_text.tokens import CODECS_OF_CHARSETS, Token, codec_of_page, tokens
from outlast.tools.documents.office.symbols import in_font, symbol

EXTRACTOR = "rtf/1"

MEDIA_TYPE = "application/rtf"
SIGNATURE = re.compile(rb"\s*\{\\rtf")
MAX_DEPTH = 10_000
SYMBOL_CHARSET = 2
UNDEFINED_RESULT = 25
CHECKED, UNCHECKED = "☒", "☐"
MAX_WORDS_AROUND_PAGE_NUMBER = 3
READ_IN_SKIPPED = frozenset(("result", "title", "ud"))
# fmt: off
SIGNS = {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": " ", "enspace": " ", "qmspace": " ", "tab": " ", "line": "\n", "lbr": "\n", "softline": "\n",
    "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e", "rtlmark": "\u200f",
}
INSTRUCTIONS = frozenset("""
    fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping latentstyles
    datastore xmlnstbl filetbl revtbl info mmathPr pgptbl wgrffmtfilter passwordhash userprops docvar mailmerge
    listpicture template panose falt bkmkstart bkmkend aftnsep aftnsepc aftncn ftnsep ftnsepc ftncn atnid atnref atndate
    atrfstart atrfend atntime datafield objclass objname fldtype formfield ffname xe tc rxe pnseclvl pn background
    nonesttables upr
""".split())
"""Groups that hold no words of the document."""
MARGINS = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())
BREAKS = frozenset("par page column sect softpage".split())
DOCUMENT_WORDS = frozenset("shpinst shppict do ud moMath moMathPara".split())
# fmt: on
STYLE_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
SYMBOL_FIELD = re.compile(r"\s*SYMBOL\s+(\d{1,5})(?:.*?\\f\s*\"?([\w ]+))?", re.IGNORECASE | re.DOTALL)
PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _State:
    """What holds inside a group; a group inside it begins with the same."""

    flow: Flow
    goal: str = "text"
    """Where its text goes: `text`, `mark`, `skip`, `fonts`, `styles`, `title`, `author` or `instructions`."""
    hidden: bool = False
    deleted: bool = False
    shift: int = 0
    font: int = -1
    skipped_after_unicode: int = 1
    level: int = 0
    style: int = 0
    in_table: bool = False
    loss: LossKind | None = None
    """Why text of a skipped group is lost; None where it is no text."""
    is_page_number: bool = False


@dataclass
class _Font:
    name: str = ""
    codec: str = ""
    is_symbol: bool = False


@dataclass
class _Row:
    cells: list[CellTraits] = field(default_factory=list[CellTraits])
    is_header: bool = False
    next_cell: CellTraits = field(default_factory=CellTraits)


def read(content: bytes, stem: str) -> Document:
    """Read an RTF document. `stem` is the title if the document has none. Raises Unreadable."""
    if SIGNATURE.match(content) is None:
        raise Unreadable("it is not RTF, or it is damaged: it does not begin as RTF does")
    reader = _Reader()
    for token in tokens(content):
        reader.take(token)
    return reader.document(stem)


class _Reader:
    def __init__(self) -> None:
        self._ledger = Ledger()
        self._body = Flow()
        self._state = _State(self._body)
        self._stack: list[_State] = []
        self._codec = "cp1252"
        self._default_font = -1
        self._fonts: dict[int, _Font] = {}
        self._levels: dict[int, int] = {}
        self._bytes: list[str] = []
        self._high_surrogate = 0
        self._to_skip = 0  # characters that stand for a Unicode character in programs that know none
        self._is_optional = False  # after \*: a group that a program may skip if it does not know it
        self._margins: list[Flow] = []
        self._row = _Row()
        self._title: list[str] = []
        self._author: list[str] = []
        self._is_checked = False  # the form field that is being read
        self._instructions: list[str] = []
        self._style_name: list[str] = []

    def document(self, stem: str) -> Document:
        self._flush()
        while self._stack:  # the file is cut off
            self._close()
            self._ledger.add(LossKind.DAMAGED, "the end of the file")
        self._body.end()
        output = Output(self._ledger)
        self._body.write(output)
        self._write_margins(output)
        return output.document(" ".join("".join(self._title).split()), stem, MEDIA_TYPE, EXTRACTOR)

    def _write_margins(self, output: Output) -> None:
        written = set[str]()
        for flow in self._margins:
            for line in flow.lines():
                words = " ".join(line.split())
                if flow.numbers_pages and len(words.split()) <= MAX_WORDS_AROUND_PAGE_NUMBER:
                    self._ledger.add_text(LossKind.REPEATED, "page numbers", words)
                elif words and words not in written:
                    written.add(words)
                    output.paragraph(words)

    def take(self, token: Token) -> None:
        if token.kind == "bytes":
            self._take_bytes(token.text)
            return
        if token.kind not in ("{", "}") and self._to_skip:
            self._to_skip -= 1
            return
        self._flush()
        if token.kind == "{":
            self._open()
        elif token.kind == "}":
            self._close()
        elif token.kind == "sign":
            self._sign(token.text)
        else:
            self._word(token.text, token.number)

    def _open(self) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise Unreadable("it is nested too deeply")
        self._to_skip = 0
        self._stack.append(self._state)

    def _close(self) -> None:
        self._to_skip, self._is_optional = 0, False
        if not self._stack:
            return
        closed, self._state = self._state, self._stack.pop()
        if closed.goal == "styles" and self._style_name:
            self._end_style(closed.style)
        elif closed.goal == "instructions" and self._state.goal != "instructions":
            self._end_instructions()
        if closed.flow is not self._state.flow:
            closed.flow.end()
            if not closed.flow.is_empty() and closed.flow not in self._margins:
                self._state.flow.attached.append(closed.flow)

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._is_optional = True
        elif sign in "\r\n":
            self._word("par", None)
        else:
            shown = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\", "\t": " "}.get(sign, "")
            self._write(shown)

    def _word(self, word: str, number: int | None) -> None:  # noqa: C901, PLR0912 - one case for each word
        optional, self._is_optional = self._is_optional, False
        state = self._state
        if word in SIGNS:
            self._write(SIGNS[word])
        elif word == "u" and number is not None:
            self._unicode(number)
        elif word == "uc":
            self._set(skipped_after_unicode=max(0, min(number or 0, 100)))
        elif word in ("v", "deleted"):
            name = "hidden" if word == "v" else "deleted"
            self._state = replace(state, **{name: number != 0})
        elif word in ("super", "sub", "nosupersub"):
            on = number != 0
            self._set(shift=0 if word == "nosupersub" or not on else 1 if word == "super" else -1)
        elif word in ("up", "dn"):
            height = 6 if number is None else number
            self._set(shift=0 if height < 4 else 1 if word == "up" else -1)
        elif word == "plain":
            self._set(hidden=False, deleted=False, shift=0, font=self._default_font)
        elif word == "f":
            self._set(font=number or 0)
            if state.goal == "fonts":
                self._fonts.setdefault(number or 0, _Font())
        elif word in ("fcharset", "cpg") and state.goal == "fonts":
            self._set_charset(word, number or 0)
        elif word == "deff":
            self._default_font = number or 0
            self._set(font=self._default_font)
        elif word == "ansicpg":
            self._codec = codec_of_page(number or 1252)
        elif word in ("mac", "pc", "pca"):
            self._codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "pard":
            self._set(level=0, style=0, in_table=False)
        elif word == "s":
            self._set(style=number or 0, level=self._levels.get(number or 0, 0))
        elif word == "outlinelevel":
            self._set(level=number + 1 if number is not None and 0 <= number < 9 else 0)
            if state.goal == "styles" and number is not None and 0 <= number < 9:
                self._levels[state.style] = number + 1
        elif word == "intbl":
            self._set(in_table=True)
        elif self._is_read() and word in BREAKS:
            state.flow.end_paragraph(state.level, in_table=state.in_table)
        elif self._is_read() and word in ("cell", "nestcell", "nestrow", "row"):
            self._end_of_table(word)
        elif word in ("trowd", "trhdr", "clvmrg", "clmrg", "clvmgf", "clmgf", "cellx"):
            self._describe_row(word)
        else:
            self._destination(word, number, optional=optional)

    def _form_field(self, word: str, number: int | None) -> None:
        """Take the state of a checkbox, which is in instructions; 25 stands for the default."""
        if word == "ffdefres" or (word == "ffres" and number != UNDEFINED_RESULT):
            self._is_checked = number == 1

    def _destination(self, word: str, number: int | None, *, optional: bool) -> None:  # noqa: C901, PLR0912 - one case for each word
        if self._state.goal == "skip" and word not in READ_IN_SKIPPED:
            self._form_field(word, number)
            return
        if self._state.goal in ("fonts", "styles"):
            self._state = replace(self._state, goal="skip", loss=None) if optional else self._state
            return
        match word:
            case "chpgn":
                self._state.flow.numbers_pages = True
            case "fonttbl":
                self._set(goal="fonts")
            case "stylesheet":
                self._set(goal="styles")
            case "title" if self._state.goal in ("skip", "text"):
                self._set(goal="title")
            case "listtext" | "pntext":
                self._set(goal="mark")
            case "footnote" | "shptxt" | "dptxbxtext":
                self._set(flow=Flow(), goal="text", in_table=False, level=0, shift=0)
            case "annotation":
                author, self._author = "".join(self._author).strip(), []
                prefix = f"Comment by {author}: " if author else "Comment: "
                self._set(flow=Flow(prefix=prefix), goal="text", in_table=False, level=0, shift=0)
            case "atnauthor":
                self._set(goal="author")
            case "fldinst":
                self._instructions = []
                self._set(goal="instructions")
            case "fldrslt":
                self._set(is_page_number=PAGE_FIELD.match("".join(self._instructions)) is not None)
                self._instructions = []
            case "pict":
                self._set(goal="skip", loss=None)
                self._ledger.add(LossKind.PICTURE, "", 0)
            case "shprslt" | "nonshppict":  # the same for older programs
                self._set(goal="skip", loss=None)
            case "object":
                self._ledger.add(LossKind.UNREAD, "an embedded object")
            case "objdata" | "sp":
                self._set(goal="skip", loss=None)
            case "result" | "ud" if self._state.goal == "skip":
                self._set(goal="text")
            case _ if word in MARGINS:
                flow = Flow()
                self._margins.append(flow)
                self._set(flow=flow, goal="text", in_table=False, level=0, shift=0)
            case _ if word in INSTRUCTIONS:
                self._set(goal="skip", loss=None)
            case _ if optional and word not in DOCUMENT_WORDS:
                self._set(goal="skip", loss=LossKind.MARKUP)
            case _:
                pass

    def _end_of_table(self, word: str) -> None:
        flow = self._state.flow
        if word == "cell":
            flow.end_cell()
        elif word == "nestcell":
            flow.end_nested_cell()
        elif word == "nestrow":
            flow.end_nested_row()
        else:
            flow.end_row(self._row.cells, is_header=self._row.is_header)

    def _describe_row(self, word: str) -> None:
        row = self._row
        if word == "trowd":
            self._row = _Row()
        elif word == "trhdr":
            row.is_header = True
        elif word == "clvmrg":
            row.next_cell = row.next_cell._replace(continues_above=True)
        elif word == "clmrg":
            row.next_cell = row.next_cell._replace(continues_left=True)
        elif word == "cellx":
            row.cells.append(row.next_cell)
            row.next_cell = CellTraits()

    def _set(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # pyright: ignore[reportArgumentType] - by name

    def _is_read(self) -> bool:
        return self._state.goal == "text"

    def _set_charset(self, word: str, number: int) -> None:
        font = self._fonts.setdefault(self._state.font, _Font())
        if word == "cpg":
            font.codec = codec_of_page(number)
        else:
            font.is_symbol = number == SYMBOL_CHARSET
            font.codec = CODECS_OF_CHARSETS.get(number, "")

    def _end_style(self, number: int) -> None:
        found = STYLE_NAME.match("".join(self._style_name).strip())
        if found is not None:
            self._levels[number] = int(found.group(1))
        self._style_name = []

    def _end_instructions(self) -> None:
        text = "".join(self._instructions)
        self._ledger.add_text(LossKind.MARKUP, "fields", text)
        if "FORMCHECKBOX" in text:
            self._write(CHECKED if self._is_checked else UNCHECKED)
        found = SYMBOL_FIELD.match(text)
        if found is not None:
            self._write(symbol(int(found.group(1)), (found.group(2) or "Symbol").strip()))

    def _take_bytes(self, text: str) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        if text:
            self._bytes.append(text)

    def _flush(self) -> None:
        """Decode and write the bytes that were read: a character may be several bytes in several tokens."""
        if not self._bytes:
            return
        text, self._bytes = "".join(self._bytes), []
        font = self._fonts.get(self._state.font)
        if self._state.goal == "fonts" or (font is not None and font.is_symbol) or text.isascii():
            self._write(text)
        else:
            codec = (font.codec if font is not None else "") or self._codec
            self._write(text.encode("latin-1").decode(codec, errors="replace"))

    def _unicode(self, number: int) -> None:
        code = number & 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self._high_surrogate = code
        elif 0xDC00 <= code < 0xE000:
            if self._high_surrogate:
                self._write(chr(0x10000 + ((self._high_surrogate - 0xD800) << 10) + code - 0xDC00))
            self._high_surrogate = 0
        else:
            self._write(chr(code))
        self._to_skip = self._state.skipped_after_unicode

    def _write(self, text: str) -> None:
        state = self._state
        if not text:
            return
        match state.goal:
            case "text":
                self._write_text(self._in_font(text))
            case "mark":
                shown = self._in_font(text)
                state.flow.mark += "-" if shown.strip() in "•·▪●○■◦§" and shown.strip() else shown
            case "fonts":
                self._fonts.setdefault(state.font, _Font()).name += text.partition(";")[0]
            case "styles":
                self._style_name.append(text.partition(";")[0])
            case "title":
                self._title.append(text)
            case "author":
                self._author.append(text)
            case "instructions":
                self._instructions.append(text)
            case _ if state.loss is not None:
                self._ledger.add_text(state.loss, "", text)
            case _:
                pass

    def _write_text(self, text: str) -> None:
        state = self._state
        if state.deleted:
            self._ledger.add_text(LossKind.DELETED, "", text)
        elif state.hidden:
            self._ledger.add_text(LossKind.HIDDEN, "", text)
        elif state.is_page_number and state.flow in self._margins:
            self._ledger.add_text(LossKind.REPEATED, "page numbers", text)
            state.flow.numbers_pages = True
        else:
            state.flow.inline.write(text, state.shift)

    def _in_font(self, text: str) -> str:
        font = self._fonts.get(self._state.font)
        return in_font(text, font.name) if font is not None and font.is_symbol else in_font(text, "")
