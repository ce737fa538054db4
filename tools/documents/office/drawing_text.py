"""The text of shapes (DrawingML): paragraphs with their bullets and numbers, which may come from a slide's layout."""

from collections.abc import Sequence
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.ledger import Ledger
from outlast.tools.documents.office.looks import UNKNOWN, WHITE, color_code, is_unseen
from outlast.tools.documents.office.numerals import format_number
from outlast.tools.documents.office.office_math import write_formula
from outlast.tools.documents.office.package import local_name
from outlast.tools.documents.office.symbols import in_font

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
NUMBER_KINDS = {
    "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "arabic": "decimal", "romanLc": "lowerRoman",
    "romanUc": "upperRoman", "circleNum": "decimalEnclosedCircle", "ea1Chs": "chineseCounting",
    "ea1Cht": "chineseCounting",
}  # fmt: skip
AROUND = {"ParenBoth": ("(", ")"), "ParenR": ("", ")"), "Period": ("", "."), "Minus": ("-", "-"), "Plain": ("", "")}
PAGE_NUMBER_FIELD = "slidenum"
MAX_LEVEL = 8
MAX_SIZE_DIGITS = 7


class ShapeText:
    """The paragraphs of one text body: call `read` for each in order. `styles` are style lists, the nearest first.

    `ground` is the color behind the text, as in `looks`.
    """

    def __init__(self, styles: Sequence[Any], ledger: Ledger, place: str, ground: str = UNKNOWN) -> None:
        self._ground = ground
        self._styles = styles
        self._ledger = ledger
        self._place = place
        self._counts: dict[int, tuple[str, int]] = {}  # by level: the kind of numbers, and the last one

    def read(self, paragraph: Any) -> tuple[str, str]:
        """Return the text of a paragraph, and the bullet or number before it."""
        inline = Inline()
        self._write(paragraph, inline)
        text = inline.text()
        return text, self._mark(paragraph.find(f"{A}pPr")) if text.strip() else ""

    def _write(self, parent: Any, inline: Inline) -> None:
        for element in parent:
            name = local_name(element)
            if name in ("r", "fld"):
                self._run(element, inline)
            elif name == "br":
                inline.write("\n")
            elif name == "oMath":
                inline.write(write_formula(element, self._ledger, self._place))
            elif name in ("m", "oMathPara", "Choice", "AlternateContent"):
                self._write(element, inline)

    def _run(self, run: Any, inline: Inline) -> None:
        properties, text = run.find(f"{A}rPr"), run.find(f"{A}t")
        words = str(text.text or "") if text is not None else ""
        if run.get("type") == PAGE_NUMBER_FIELD:
            self._ledger.add_text(LossKind.REPEATED, "page numbers", words)
            return
        baseline = str(properties.get("baseline") or "0") if properties is not None else "0"
        shift = -1 if baseline.startswith("-") else 1 if baseline.strip("0%") else 0
        if properties is not None and is_unseen(_color(properties), self._ground, _points(properties)):
            self._ledger.add_text(LossKind.HIDDEN, self._place, words)
            return
        struck = properties is not None and properties.get("strike") in ("sngStrike", "dblStrike")
        inline.write(in_font(words.replace("\v", "\n"), ""), shift, struck=struck)

    def _mark(self, properties: Any | None) -> str:
        level_text = str(properties.get("lvl") or "0") if properties is not None else "0"
        level = min(int(level_text), MAX_LEVEL) if level_text.isdecimal() else 0
        bullet = self._bullet(properties, level)
        kind = local_name(bullet) if bullet is not None else "buNone"
        for deeper in [each for each in self._counts if each > level]:
            del self._counts[deeper]
        if kind != "buAutoNum" or bullet is None:
            self._counts.pop(level, None)
            return "" if kind == "buNone" else "- "
        scheme, start = str(bullet.get("type") or "arabicPeriod"), str(bullet.get("startAt") or "1")
        first = min(int(start), 100_000) if start.isdecimal() else 1
        before, last = self._counts.get(level, ("", 0))
        number = last + 1 if before == scheme else first
        self._counts[level] = scheme, number
        return f"{_numbered(number, scheme)} "

    def _bullet(self, properties: Any | None, level: int) -> Any | None:
        """Return the element that says which bullet a paragraph has: its own, or that of the nearest style."""
        of_styles = (style.find(f"{A}lvl{level + 1}pPr") for style in self._styles)
        for each in (properties, *of_styles):
            if each is not None:
                for name in ("buNone", "buAutoNum", "buChar", "buBlip"):
                    if (found := each.find(A + name)) is not None:
                        return found
        return None


def _color(properties: Any) -> str:
    color = next(iter(properties.iterfind(f"{A}solidFill/*")), None)
    return drawing_color(color) if color is not None else UNKNOWN


def drawing_color(color: Any) -> str:
    """Return a color of DrawingML as in `looks`; that of the paper, of most themes, is white."""
    if local_name(color) == "schemeClr":
        return WHITE if color.get("val") in ("bg1", "lt1") and not len(color) else UNKNOWN
    return color_code(color.get("val")) if local_name(color) == "srgbClr" and not len(color) else UNKNOWN


def _points(properties: Any) -> float | None:
    size = str(properties.get("sz") or "")
    return int(size) / 100 if size.isdecimal() and len(size) < MAX_SIZE_DIGITS else None


def _numbered(number: int, scheme: str) -> str:
    kind = next((NUMBER_KINDS[name] for name in NUMBER_KINDS if scheme.startswith(name)), "decimal")
    before, after = next((signs for end, signs in AROUND.items() if scheme.endswith(end)), ("", "."))
    return f"{before}{format_number(number, kind)}{after}"
