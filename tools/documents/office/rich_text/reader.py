"""A reader of RTF: paragraphs with the numbers that are shown, tables, notes, comments and text boxes.

What is hidden or deleted is in the ledger, and the headers and footers of pages stand once, at the end.
"""

import re
from dataclasses import replace

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.office.rich_text.colors import COLOR_PARTS
from outlast.tools.documents.office.rich_text.control_words import (
    BREAKS,
    DOCUMENT_WORDS,
    ENDS_IN_TABLES,
    ESCAPED,
    INSTRUCTIONS,
    LOOKS,
    MARGINS,
    READ_IN_SKIPPED,
    ROW_WORDS,
    SIGNS,
    UNDEFINED_RESULT,
)
from outlast.tools.documents.office.rich_text.flow import Flow, RowTraits
from outlast.tools.documents.office.rich_text.formulas import begin_formula, begin_part
from outlast.tools.documents.office.rich_text.state import Goal, State
from outlast.tools.documents.office.rich_text.story import Story
from outlast.tools.documents.office.rich_text.tokens import Token, tokens

EXTRACTOR = "rtf/5"

SIGNATURE = re.compile(rb"\s*\{\\rtf")
MAX_DEPTH = 10_000
MAX_LEVELS = 9
TABLES = {"fonttbl": Goal.FONTS, "colortbl": Goal.COLORS, "stylesheet": Goal.STYLES}


def read(content: bytes, stem: str) -> Document:
    """Read an RTF document. `stem` is the title if the document has none. Raises Unreadable."""
    if SIGNATURE.match(content) is None:
        raise Unreadable("it is not RTF, or it is damaged: it does not begin as RTF does")
    reader = _Reader()
    for token in tokens(content):
        reader.take(token)
    reader.end()
    return reader.story.document(stem, EXTRACTOR)


class _Reader:
    """Follows groups and control words, and gives the text between them to the story."""

    def __init__(self) -> None:
        self.story = Story()
        self._state = State(self.story.body)
        self._stack: list[State] = []
        self._bytes: list[str] = []
        self._high_surrogate = 0
        self._to_skip = 0  # characters that stand for a Unicode character in programs that know none
        self._is_group_new = False  # nothing stands between here and the { of this group
        self._is_optional = False  # after {\*: a group that a program may skip if it does not know it
        self._row = RowTraits()

    def take(self, token: Token) -> None:
        if token.kind == "bytes":
            self._is_group_new = False
            self._take_bytes(token.text)
            return
        if token.kind not in ("{", "}") and self._to_skip:
            self._to_skip -= 1
            return
        self._flush()
        was_new, self._is_group_new = self._is_group_new, token.kind == "{"
        if token.kind == "{":
            self._open()
        elif token.kind == "}":
            self._close()
        elif token.kind == "sign":
            self._sign(token.text, begins_group=was_new)
        else:
            self._word(token.text, token.number)

    def end(self) -> None:
        self._flush()
        while self._stack:  # the file is cut off
            self._close()
            self.story.ledger.add(LossKind.DAMAGED, "the end of the file")

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
        if closed.goal is Goal.STYLES:
            self.story.end_style(closed.style)
        elif closed.goal is Goal.INSTRUCTIONS and self._state.goal is not Goal.INSTRUCTIONS:
            self.story.end_instructions(self._state)
        elif closed.goal is Goal.PROPERTY and self._state.goal is not Goal.PROPERTY:
            self.story.end_property(self._state)
        elif closed.goal is Goal.FORMULA and self._state.goal is not Goal.FORMULA:
            self.story.end_formula(closed.formula, self._state)
        if closed.flow is not self._state.flow:
            self.story.close(closed.flow, self._state.flow)

    def _sign(self, sign: str, *, begins_group: bool) -> None:
        if sign == "*":
            self._is_optional = begins_group  # elsewhere it means nothing, and some programs write it
        elif sign in "\r\n":
            self._word("par", None)
        else:
            self._write(ESCAPED.get(sign, ""))

    def _word(self, word: str, number: int | None) -> None:  # noqa: C901 - one case for each kind of word
        optional, self._is_optional = self._is_optional, False
        state = self._state
        if word in SIGNS:
            self._write(SIGNS[word])
        elif word == "u" and number is not None:
            self._unicode(number)
        elif state.goal is Goal.TEXT and word in BREAKS:
            self._end_paragraph(word)
        elif state.goal is Goal.TEXT and word in ENDS_IN_TABLES:
            self._end_in_table(word)
        elif word == "trowd":
            self._row = RowTraits()
        elif word in ROW_WORDS:
            self._row.take(word)
        elif self.story.fonts.take(word, number or 0, state.font if state.goal is Goal.FONTS else None):
            self._set(font=number or 0 if word == "deff" else state.font)
        elif word in LOOKS:
            self._set_look(word, number or 0)
        elif (changed := state.with_characters(word, number, self.story.fonts.default)) is not None:
            self._state = changed
        elif not self._set_paragraph(word, number):
            self._destination(word, number, optional=optional)

    def _set_look(self, word: str, number: int) -> None:
        """Take a color or a size of characters, or a part of a color in the table of colors."""
        if word in COLOR_PARTS:
            self.story.colors.set_part(word, number)
        elif word == "clcbpat":
            self.story.colors.colors_cells = True
        else:
            self._set(**{LOOKS[word]: number})

    def _set_paragraph(self, word: str, number: int | None) -> bool:
        """Take what a word says of the paragraph; return False if it says nothing of it."""
        match word:
            case "pard":
                self._set(level=0, style=0, in_table=False, paragraph_ground=0, is_drop_cap=False)
            case "s":
                self._set(style=number or 0, level=self.story.levels.get(number or 0, 0))
            case "outlinelevel":
                level = number + 1 if number is not None and 0 <= number < MAX_LEVELS else 0
                if level and self._state.goal is Goal.STYLES:
                    self.story.levels[self._state.style] = level
                self._set(level=level)
            case "intbl":
                self._set(in_table=True)
            case "dropcapli" | "dropcapt":
                self._set(is_drop_cap=bool(number))
            case _:
                return False
        return True

    def _destination(self, word: str, number: int | None, *, optional: bool) -> None:
        """Take what a word says of the rest of its group: where its text goes."""
        goal = self._state.goal
        if goal is Goal.SKIP and word not in READ_IN_SKIPPED:
            self._form_field(word, number)
        elif goal in (Goal.FONTS, Goal.COLORS, Goal.STYLES):
            if optional:
                self._skip()
        elif goal is Goal.FORMULA:
            if word.startswith("m"):
                self._set(formula=begin_part(self._state.formula, word))
        elif word in MARGINS:
            self._begin(self.story.open_margin())
        elif not (self._begin_part(word) or self._skip_object(word)):
            if word in INSTRUCTIONS:
                self._skip()
            elif optional and word not in DOCUMENT_WORDS:
                self._skip(LossKind.MARKUP)

    def _form_field(self, word: str, number: int | None) -> None:
        """Take the state of a checkbox, which is in instructions."""
        if word == "ffdefres" or (word == "ffres" and number != UNDEFINED_RESULT):
            self.story.is_checked = number == 1

    def _begin_part(self, word: str) -> bool:  # noqa: C901, PLR0912 - one case for each word
        """Begin a part of the document that a word names; return False for other words."""
        match word:
            case "chpgn":
                self._state.flow.numbers_pages = True
            case "fonttbl" | "colortbl" | "stylesheet":
                self._set(goal=TABLES[word])
            case "title" if self._state.goal in (Goal.SKIP, Goal.TEXT):
                self._set(goal=Goal.TITLE)
            case "listtext" | "pntext":
                self._set(goal=Goal.MARK)
            case "footnote":
                self._begin(Flow())
            case "shptxt" | "dptxbxtext":  # boxes, which may be of any color
                self._begin(Flow())
                self._set(color=0)
            case "annotation":
                self._begin(self.story.open_comment())
            case "atnauthor":
                self._set(goal=Goal.AUTHOR)
            case "fldinst":
                self.story.begin_instructions()
                self._set(goal=Goal.INSTRUCTIONS)
            case "fldrslt":
                self._set(is_page_number=self.story.begin_result())
            case "sn":
                self.story.begin_property()
                self._set(goal=Goal.PROPERTY_NAME)
            case "sv":
                self._set(goal=Goal.PROPERTY)
            case "moMath":
                self._set(goal=Goal.FORMULA, formula=begin_formula())
            case "result" | "ud" if self._state.goal is Goal.SKIP:
                self._set(goal=Goal.TEXT)
            case _:
                return False
        return True

    def _skip_object(self, word: str) -> bool:
        """Skip a picture, an object, or the form of it for older programs; return False for other words."""
        match word:
            case "pict":
                self._skip()
                self.story.ledger.add(LossKind.PICTURE, "", 0)
            case "object":
                self.story.ledger.add(LossKind.UNREAD, "an embedded object")
            case "shprslt" | "nonshppict" | "objdata" | "sp":
                self._skip()
            case _:
                return False
        return True

    def _begin(self, flow: Flow) -> None:
        self._set(flow=flow, goal=Goal.TEXT, in_table=False, level=0, shift=0)

    def _skip(self, loss: LossKind | None = None) -> None:
        self._set(goal=Goal.SKIP, loss=loss)

    def _set(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # pyright: ignore[reportArgumentType] - by name

    def _end_paragraph(self, word: str) -> None:
        """End a paragraph. Large first letters are one in the file, and go on in the next one."""
        state = self._state
        if word == "par" and state.is_drop_cap:
            state.flow.go_on()
        else:
            state.flow.end_paragraph(state.level, in_table=state.in_table)

    def _end_in_table(self, word: str) -> None:
        flow = self._state.flow
        if word == "cell":
            flow.end_cell()
        elif word == "nestcell":
            flow.end_nested_cell()
        elif word == "nestrow":
            flow.end_nested_row()
        else:
            flow.end_row(self._row)

    def _take_bytes(self, text: str) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(text))
            self._to_skip -= skipped
            text = text[skipped:]
        if text:
            self._bytes.append(text)

    def _flush(self) -> None:
        """Decode and write the bytes that were read: a character may be several bytes in several tokens."""
        if self._bytes:
            text, self._bytes = "".join(self._bytes), []
            is_name = self._state.goal is Goal.FONTS
            self._write(text if is_name else self.story.fonts.decode(text, self._state.font))

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
        self.story.write(text, self._state)
