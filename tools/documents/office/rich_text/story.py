"""Where the words of an RTF document go: into its body, notes and margins, into its title, or into the ledger."""

import re
from dataclasses import replace
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.office_math import write_formula
from outlast.tools.documents.office.output import Output
from outlast.tools.documents.office.rich_text.colors import ColorTable
from outlast.tools.documents.office.rich_text.flow import Flow
from outlast.tools.documents.office.rich_text.fonts import Fonts
from outlast.tools.documents.office.rich_text.formulas import add_text
from outlast.tools.documents.office.rich_text.state import Goal, State
from outlast.tools.documents.office.symbols import symbol

MEDIA_TYPE = "application/rtf"
MAX_WORDS_AROUND_PAGE_NUMBER = 3
BULLETS = "•·▪●○■◦§"
DRAWN_LETTERS, PICTURE_DESCRIPTION = "gtextUNICODE", "wzDescription"
"""Properties of shapes that have words."""
CHECKED, UNCHECKED = "☒", "☐"
STYLE_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
SYMBOL_FIELD = re.compile(r"\s*SYMBOL\s+(\d{1,5})(?:.*?\\f\s*\"?([\w ]+))?", re.IGNORECASE | re.DOTALL)
PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)


class Story:
    """Takes text with the state of its group. The headers and footers of pages stand once, at the end."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.fonts = Fonts()
        self.colors = ColorTable()
        self.body = Flow()
        self.levels: dict[int, int] = {}
        """Of styles that are headings, by their number."""
        self.is_checked = False
        """Of the form field that is being read."""
        self._margins: list[Flow] = []
        self._title: list[str] = []
        self._author: list[str] = []
        self._instructions: list[str] = []
        self._style_name: list[str] = []
        self._property_name: list[str] = []
        self._property: list[str] = []

    def write(self, text: str, state: State) -> None:  # noqa: C901, PLR0912 - one case for each goal
        if not text:
            return
        match state.goal:
            case Goal.TEXT:
                self._write_text(self.fonts.shown(text, state.font), state)
            case Goal.MARK:
                shown = self.fonts.shown(text, state.font)
                state.flow.mark += "-" if shown.strip() in BULLETS and shown.strip() else shown
            case Goal.FONTS:
                self.fonts.add_name(state.font, text)
            case Goal.COLORS:
                self.colors.take_text(text)
            case Goal.STYLES:
                self._style_name.append(text.partition(";")[0])
            case Goal.TITLE:
                self._title.append(text)
            case Goal.AUTHOR:
                self._author.append(text)
            case Goal.INSTRUCTIONS:
                self._instructions.append(text)
            case Goal.PROPERTY_NAME:
                self._property_name.append(text)
            case Goal.PROPERTY:
                self._property.append(text)
            case Goal.FORMULA if not (state.deleted or state.hidden):
                add_text(state.formula, self.fonts.shown(text, state.font))
            case Goal.FORMULA:
                self._write_text(text, state)
            case Goal.SKIP:
                if state.loss is not None:
                    self.ledger.add_text(state.loss, "", text)

    def _write_text(self, text: str, state: State) -> None:
        if state.deleted:
            self.ledger.add_text(LossKind.DELETED, "", text)
        elif state.hidden or self.colors.hides(state):
            self.ledger.add_text(LossKind.HIDDEN, "", text)
        elif state.is_page_number and state.flow in self._margins:
            self.ledger.add_text(LossKind.REPEATED, "page numbers", text)
            state.flow.numbers_pages = True
        else:
            state.flow.inline.write(text, state.shift, struck=state.struck)

    def open_margin(self) -> Flow:
        """Return a new flow for what stands at the head or the foot of pages."""
        self._margins.append(Flow())
        return self._margins[-1]

    def open_comment(self) -> Flow:
        """Return a new flow for a comment, whose author has been read."""
        author, self._author = "".join(self._author).strip(), []
        return Flow(prefix=f"Comment by {author}: " if author else "Comment: ")

    def close(self, flow: Flow, outer: Flow) -> None:
        """End a flow. A note or a box follows the paragraph of `outer` in which it stands."""
        flow.end()
        if not flow.is_empty() and flow not in self._margins:
            outer.attached.append(flow)

    def end_formula(self, formula: Any, state: State) -> None:
        """Write a formula on one line."""
        self.write(write_formula(formula, self.ledger, ""), state)

    def begin_property(self) -> None:
        self._property_name, self._property = [], []

    def end_property(self, state: State) -> None:
        """Write what a property of a shape shows: letters that are drawn, which follow the paragraph as a box does."""
        name, value = "".join(self._property_name).strip(), "".join(self._property)
        self.begin_property()
        if name == DRAWN_LETTERS:
            flow = Flow()
            self._write_text(value, replace(state, flow=flow, color=0, shift=0))
            self.close(flow, state.flow)
        elif name == PICTURE_DESCRIPTION:
            self.ledger.add_text(LossKind.PICTURE, "", value)

    def begin_instructions(self) -> None:
        self._instructions = []

    def end_instructions(self, state: State) -> None:
        """Write what a field shows that has no result: a checkbox, or a symbol."""
        text = "".join(self._instructions)
        self.ledger.add_text(LossKind.MARKUP, "fields", text)
        if "FORMCHECKBOX" in text:
            self.write(CHECKED if self.is_checked else UNCHECKED, state)
        found = SYMBOL_FIELD.match(text)
        if found is not None:
            self.write(symbol(int(found.group(1)), (found.group(2) or "Symbol").strip()), state)

    def begin_result(self) -> bool:
        """Begin the result of a field, and return whether it is a number of pages."""
        text, self._instructions = "".join(self._instructions), []
        return PAGE_FIELD.match(text) is not None

    def end_style(self, number: int) -> None:
        found = STYLE_NAME.match("".join(self._style_name).strip())
        if found is not None:
            self.levels[number] = int(found.group(1))
        self._style_name = []

    def document(self, stem: str, extractor: str) -> Document:
        self.body.end()
        output = Output(self.ledger)
        self.body.write(output)
        self._write_margins(output)
        return output.document(" ".join("".join(self._title).split()), stem, MEDIA_TYPE, extractor)

    def _write_margins(self, output: Output) -> None:
        written = set[str]()
        for flow in self._margins:
            for line in flow.lines():
                words = " ".join(line.split())
                if flow.numbers_pages and len(words.split()) <= MAX_WORDS_AROUND_PAGE_NUMBER:
                    self.ledger.add_text(LossKind.REPEATED, "page numbers", words)
                elif words and words not in written:
                    written.add(words)
                    output.paragraph(words)
