"""The text of the paragraphs of an OpenDocument file: its spans, fields and notes."""

from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.inline import Inline
from outlast.tools.documents.office.looks import UNKNOWN, WHITE, is_unseen
from outlast.tools.documents.office.open_document.styles import DRAW, OFFICE, TEXT, OdfStyles, TextTraits
from outlast.tools.documents.office.output import Output

SHAPES = frozenset(
    DRAW + name for name in (
        "frame", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "polygon", "polyline", "path",
        "regular-polygon", "caption", "measure", "g", "a", "control",
    )
)  # fmt: skip
PAGE_NUMBERS = frozenset((TEXT + "page-number", TEXT + "page-count", TEXT + "page-continuation"))
SPACES_LIMIT = 1_000


class Paragraphs:
    """Reads the text of paragraphs. What hangs on them (notes, comments, shapes) is kept for `take_attached`."""

    def __init__(self, styles: OdfStyles, output: Output) -> None:
        self.ground = UNKNOWN if styles.colors_pages else WHITE
        """The color behind the paragraphs, as in `looks`."""
        self.cell_traits = TextTraits()
        """Of the characters of the cell around the paragraphs."""
        self.place = ""
        self.numbers_page = False
        """Whether a page number has been read."""
        self.attached: list[Any] = []
        self._styles = styles
        self._output = output

    def text(self, element: Any) -> str:
        """Return the text of a paragraph."""
        inline = Inline()
        if element.get(TEXT + "condition") is not None and element.get(TEXT + "is-hidden") == "true":
            self.lose(element, LossKind.HIDDEN)
            return ""
        traits = self._styles.traits("paragraph", element.get(TEXT + "style-name")).over(self.cell_traits)
        if element.find(f"{TEXT}hidden-paragraph[@{TEXT}is-hidden='true']") is not None:
            self.lose(element, LossKind.HIDDEN)
            return ""
        self._walk(element, inline, traits)
        return inline.text()

    def take_attached(self) -> list[Any]:
        attached, self.attached = self.attached, []
        return attached

    def _walk(self, parent: Any, inline: Inline, traits: TextTraits) -> None:
        ground = self.ground if traits.ground is None else traits.ground
        hidden = bool(traits.hidden) or is_unseen(traits.color, ground, traits.points)

        def write(text: str | None) -> None:
            if text and hidden:
                self._output.ledger.add_text(LossKind.HIDDEN, self.where(), text)
            elif text:
                inline.write(" ".join(text.split("\n")), traits.shift or 0, struck=bool(traits.struck))

        write(parent.text)
        for element in parent:
            if isinstance(element.tag, str):
                self._element(element, inline, traits, hidden=hidden)
            write(element.tail)

    def _element(self, element: Any, inline: Inline, traits: TextTraits, *, hidden: bool) -> None:  # noqa: C901 - one case each
        tag, shift = element.tag, traits.shift or 0
        if tag == TEXT + "span":
            self._walk(element, inline, self._styles.traits("text", element.get(TEXT + "style-name")).over(traits))
        elif tag == TEXT + "s":
            count = str(element.get(TEXT + "c") or "1")
            inline.write(" " * (min(int(count[:6]), SPACES_LIMIT) if count.isdecimal() else 1), shift)
        elif tag == TEXT + "tab":
            inline.write(" ", shift)
        elif tag == TEXT + "line-break":
            inline.write("\n", shift)
        elif tag in (TEXT + "note", OFFICE + "annotation") or tag in SHAPES:
            if not hidden:
                self.attached.append(element)
            else:
                self.lose(element, LossKind.HIDDEN)
        elif tag in PAGE_NUMBERS:
            self.numbers_page = True
            self._output.ledger.add_text(LossKind.REPEATED, "page numbers", "".join(element.itertext()))
        elif tag == TEXT + "hidden-text":
            self._hidden_text(element, inline)
        elif tag == TEXT + "ruby":
            self._ruby(element, inline, traits)
        elif tag in (TEXT + "script", OFFICE + "script", TEXT + "number"):
            self._output.ledger.add_text(
                LossKind.MARKUP, "fields", "" if tag == TEXT + "number" else "".join(element.itertext())
            )
        else:
            self._walk(element, inline, traits)

    def _hidden_text(self, element: Any, inline: Inline) -> None:
        text = str(element.get(TEXT + "string-value") or "") or "".join(element.itertext())
        if element.get(TEXT + "is-hidden") == "true":
            self._output.ledger.add_text(LossKind.HIDDEN, self.where(), text)
        else:
            inline.write(text)

    def _ruby(self, element: Any, inline: Inline, traits: TextTraits) -> None:
        """Write the base text, and in brackets the small text over it that says how it is read."""
        base, reading = element.find(TEXT + "ruby-base"), element.find(TEXT + "ruby-text")
        if base is not None:
            self._walk(base, inline, traits)
        if reading is not None and "".join(reading.itertext()).strip():
            inline.write("(")
            self._walk(reading, inline, traits)
            inline.write(")")

    def lose(self, element: Any, kind: LossKind) -> None:
        paragraphs = list(element.iter(TEXT + "p", TEXT + "h")) or [element]
        words = " ".join("".join(each.itertext()) for each in paragraphs)
        self._output.ledger.add_text(kind, self.where(), words)

    def where(self) -> str:
        return self.place or self._output.place
