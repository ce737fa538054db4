"""The runs of a Word paragraph: its text as a reader of the accepted document sees it, and what hangs on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import WHITE, is_unseen
from outlast.tools.documents.office.office_math import write_formula
from outlast.tools.documents.office.package import R, local_name
from outlast.tools.documents.office.symbols import UNKNOWN, in_font, symbol
from outlast.tools.documents.office.word.styles import OFF, Styles, W, switch, value_of

PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
DELETED_ELEMENTS = frozenset((W + "del", W + "moveFrom"))
SKIPPED_ELEMENTS = frozenset(
    W + name
    for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "tblPr", "tcPr", "trPr", "ffData", "smartTagPr", "customXmlPr")
)
NOTE_REFERENCES = {W + "footnoteReference": "footnote", W + "endnoteReference": "endnote"}
LINE_ENDS = frozenset((W + "br", W + "cr"))
CHECKED, UNCHECKED = "☒", "☐"
WHERE_PICTURES_ARE = frozenset(("pic", "imagedata"))


@dataclass(frozen=True)
class Attached:
    """Something that hangs on a paragraph and is written after it."""

    kind: str
    """`footnote`, `endnote`, `comment`, `box`, `chart`, `diagram` or `object`."""
    value: Any
    """The id of a note, a comment or a relation; of a box, its element; of words in a drawing, the words."""


@dataclass
class _Field:
    """An open field: instructions to Word, and behind them the result, which is what a reader sees."""

    instructions: str = ""
    in_result: bool = False


@dataclass
class Runs:
    """Reads runs into an Inline. Fields may begin in one paragraph and end in another, so one object reads all."""

    styles: Styles
    ledger: Ledger
    place: str = ""
    """Where the paragraph stands, for the ledger."""
    ground: str = WHITE
    """The color behind the paragraphs, as in `looks`."""
    omits_page_numbers: bool = False
    """Whether the results of page number fields are left out, as in headers and footers."""
    attached: list[Attached] = field(default_factory=list)
    has_page_number: bool = False
    """Whether a page number field has been read; set to False before a paragraph."""
    _fields: list[_Field] = field(default_factory=list)
    _in_code: int = 0  # how many of the open fields are at their instructions
    _lost: LossKind | None = None  # why the text that is being read is left out
    _paragraph_style: str = ""
    _ground: str = WHITE
    _is_struck: bool = False
    _inline: Inline = field(default_factory=Inline)

    def read(self, paragraph: Any, inline: Inline) -> None:
        """Write the text of a paragraph, and add what hangs on it to `attached`."""
        self._inline = inline
        properties = paragraph.find(W + "pPr")
        self._paragraph_style = value_of(properties, "pStyle")
        ground = self.styles.ground(properties)
        self._ground = self.ground if ground is None else ground
        self._walk(paragraph)
        if self._in_code:  # of a damaged document: no field's instructions go on in the next paragraph
            self._fields = [each for each in self._fields if each.in_result]
            self._in_code = 0

    def leave_out(self, element: Any, kind: LossKind) -> None:
        """Note the words of an element as lost."""
        self.ledger.add_text(kind, self.place, " ".join(_all_words(element)))

    def _walk(self, parent: Any) -> None:  # noqa: C901 - one case for each kind
        for element in parent:
            tag = element.tag
            if tag == W + "r":
                self._run(element)
            elif tag in DELETED_ELEMENTS:
                self._lose(element, LossKind.DELETED)
            elif tag in SKIPPED_ELEMENTS or not isinstance(tag, str):
                continue
            elif tag == W + "p":  # of a damaged document
                self._inline.write("\n")
                self._walk(element)
            elif tag == W + "fldSimple":
                self._simple_field(element)
            elif tag == W + "sdt":
                self._control(element)
            elif tag == W + "subDoc":
                self.ledger.add(LossKind.UNREAD, "another document that this one includes")
            elif local_name(element) == "oMath":
                self._write(write_formula(element, self.ledger, self.place))
            elif local_name(element) == "AlternateContent":
                self._walk(alternative(element))
            else:
                self._walk(element)

    def _lose(self, element: Any, kind: LossKind) -> None:
        outer, self._lost = self._lost, self._lost or kind
        self._walk(element)
        self._lost = outer

    def _run(self, run: Any) -> None:
        properties = run.find(W + "rPr")
        traits = self.styles.run(self._paragraph_style, properties)
        outer = self._lost
        ground = self._ground if traits.ground is None else traits.ground
        if traits.hidden or is_unseen(traits.color, ground, traits.points):
            self._lost = self._lost or LossKind.HIDDEN
        self._is_struck = bool(traits.struck)
        self._children(run, traits.shift or 0, traits.font or "")
        self._is_struck = False
        self._lost = outer

    def _children(self, run: Any, shift: int, font: str) -> None:  # noqa: C901, PLR0912 - one case for each kind
        for element in run:
            tag = element.tag
            if tag in (W + "t", W + "delText"):
                self._lose_or_write(tag, in_font(str(element.text or ""), font), shift)
            elif tag == W + "instrText" or tag == W + "delInstrText":
                self._instructions(str(element.text or ""))
            elif tag in LINE_ENDS:
                self._write("\n")
            elif tag in (W + "tab", W + "ptab"):
                self._write(" ")
            elif tag == W + "noBreakHyphen":
                self._write("-", shift)
            elif tag == W + "sym":
                self._symbol(element, shift)
            elif tag == W + "fldChar":
                self._field_mark(element)
            elif tag in NOTE_REFERENCES:
                self._attach(NOTE_REFERENCES[tag], str(element.get(W + "id")))
            elif tag == W + "commentReference":
                self._attach("comment", str(element.get(W + "id")))
            elif tag == W + "ruby":
                self._ruby(element)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self._drawing(element)
            elif isinstance(tag, str) and local_name(element) == "AlternateContent":
                self._children(alternative(element), shift, font)

    def _lose_or_write(self, tag: str, text: str, shift: int) -> None:
        if tag == W + "delText" and self._lost is None:
            self.ledger.add_text(LossKind.DELETED, self.place, text)
        else:
            self._write(text, shift)

    def _write(self, text: str, shift: int = 0) -> None:
        if self._lost is not None:
            self.ledger.add_text(self._lost, self.place, text)
        elif self._in_code:
            self.ledger.add_text(LossKind.MARKUP, "fields", text)
        elif self._is_page_number():
            self.has_page_number = True
            if not self.omits_page_numbers:
                self._inline.write(text, shift)
        else:
            self._inline.write(text, shift, struck=self._is_struck)

    def _is_page_number(self) -> bool:
        return bool(self._fields) and PAGE_FIELD.match(self._fields[-1].instructions) is not None

    def _attach(self, kind: str, value: Any) -> None:
        if self._lost is None:
            self.attached.append(Attached(kind, value))

    def _symbol(self, element: Any, shift: int) -> None:
        font, code = str(element.get(W + "font") or ""), str(element.get(W + "char") or "")
        sign = symbol(int(code, 16), font) if re.fullmatch(r"[0-9a-fA-F]{1,6}", code) else UNKNOWN
        if sign == UNKNOWN:
            self.ledger.add(LossKind.UNREAD, f"the symbol {code[:6]} of the font {font[:40]}", 1)
        self._write(sign, shift)

    def _instructions(self, text: str) -> None:
        if self._fields:
            self._fields[-1].instructions += text
        self.ledger.add_text(LossKind.MARKUP, "fields", text)

    def _field_mark(self, element: Any) -> None:
        kind = element.get(W + "fldCharType")
        if kind == "begin":
            self._form_field(element.find(W + "ffData"))
            self._fields.append(_Field())
            self._in_code += 1
        elif kind == "separate" and self._fields:
            self._in_code -= not self._fields[-1].in_result
            self._fields[-1].in_result = True
        elif kind == "end" and self._fields:
            self._in_code -= not self._fields.pop().in_result

    def _form_field(self, data: Any | None) -> None:
        """Write what a form field shows that has no result in the text: a checkbox, a choice."""
        if data is None:
            return
        box, choice = data.find(W + "checkBox"), data.find(W + "ddList")
        if box is not None:
            state = switch(box, "checked")
            self._write(CHECKED if (switch(box, "default") if state is None else state) else UNCHECKED)
        elif choice is not None:
            entries = [str(each.get(W + "val") or "") for each in choice.iterchildren(W + "listEntry")]
            chosen = value_of(choice, "result") or value_of(choice, "default") or "0"
            if chosen.isdecimal() and int(chosen) < len(entries):
                self._write(entries.pop(int(chosen)))
            self.ledger.add_text(LossKind.HIDDEN, "choices of a form field", " ".join(entries))

    def _simple_field(self, element: Any) -> None:
        instructions = str(element.get(W + "instr") or "")
        self.ledger.add_text(LossKind.MARKUP, "fields", instructions)
        self._fields.append(_Field(instructions, in_result=True))
        self._walk(element)
        self._fields.pop()

    def _control(self, control: Any) -> None:
        content = control.find(W + "sdtContent")
        box = next((each for each in control.iterfind(f"{W}sdtPr/{{*}}checkbox")), None)
        if box is not None and (
            content is None or (not any(_all_words(content)) and content.find(f".//{W}sym") is None)
        ):
            checked = box.find("{*}checked")
            value = next(iter(checked.attrib.values()), "1") if checked is not None else "0"
            self._write(UNCHECKED if value in OFF else CHECKED)
        elif content is not None:
            self._walk(content)

    def _ruby(self, ruby: Any) -> None:
        """Write the base text, and in brackets the small text over it that says how it is read."""
        base, reading = ruby.find(W + "rubyBase"), ruby.find(W + "rt")
        if base is not None:
            self._walk(base)
        if reading is not None and any(_all_words(reading)):
            self._write("(")
            self._walk(reading)
            self._write(")")

    def _drawing(self, drawing: Any) -> None:
        for box in _outermost(drawing, "txbxContent"):
            if self._lost is not None:
                self.leave_out(box, self._lost)
            else:
                self._attach("box", box)
        for element in _outside_boxes(drawing):
            name = local_name(element)
            if name == "textpath" and element.get("string"):  # letters that are drawn as a picture
                self._attach("words", str(element.get("string")))
            elif name == "chart" and element.get(R + "id"):
                self._attach("chart", str(element.get(R + "id")))
            elif name == "relIds" and element.get(R + "dm"):
                self._attach("diagram", str(element.get(R + "dm")))
            elif name == "OLEObject" and element.get(R + "id"):
                self._attach("object", str(element.get(R + "id")))
            elif name in WHERE_PICTURES_ARE:
                self.ledger.add(LossKind.PICTURE, self.place, 0)
            elif name in ("docPr", "shape", "rect"):
                described = f"{element.get('descr') or ''} {element.get('alt') or ''}"
                self.ledger.add_text(LossKind.PICTURE, self.place, described)


def alternative(element: Any) -> Any:
    """Return what is read of an `mc:AlternateContent`: its choice, or the fallback if the choice has nothing."""
    children = [each for each in element if local_name(each) in ("Choice", "Fallback")]
    readable = ("t", "graphicData", "sym", "fldChar", "OLEObject")
    for child in children:
        if any(local_name(each) in readable for each in child.iter()):
            return child
    return children[0] if children else ()


def _outermost(element: Any, name: str) -> Iterator[Any]:
    """Yield the elements of a name that are in no other one of it, and of alternatives the one that is read."""
    for child in element:
        found = local_name(child)
        if found == name:
            yield child
        elif found == "AlternateContent":
            yield from _outermost(alternative(child), name)
        else:
            yield from _outermost(child, name)


def _outside_boxes(element: Any) -> Iterator[Any]:
    """Yield the elements of a drawing without those in its text boxes, and of alternatives those that are read."""
    for child in element:
        name = local_name(child)
        if name == "AlternateContent":
            yield from _outside_boxes(alternative(child))
        elif name != "txbxContent":
            yield child
            yield from _outside_boxes(child)


def _all_words(element: Any) -> Iterator[str]:
    for each in element.iter(W + "t", W + "delText"):
        if each.text and each.text.strip():
            yield str(each.text)
