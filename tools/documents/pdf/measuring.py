"""Measuring of a page: its characters, as PDFium gives them, become pieces of text with positions and fonts.

PDFium gives all characters of a page in one call, but measures them one at a time, in about a microsecond each. So only
a few characters of each line are measured, and gaps between words only in lines wider than their letters explain.
"""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pypdfium2.raw

from outlast.tools.documents.pdf.pieces import Piece

PDFIUM: Any = pypdfium2.raw

LINE_END_HYPHEN = "\ufffe"  # PDFium's character for a hyphen at a line's end together with that end
LINE = re.compile(f"[^\r\n{LINE_END_HYPHEN}]+")
LEADER_DOTS = ("..", ". .", "……", "··", "· ·", "__")
CONTENTS_ENTRY_END = re.compile(r"(?:\s?[.…·_]){6,}\s*(?:[\dA-Z.-]{0,8}\d|[ivxlcdm]{1,8})?(?:, ?\d+)*\s*$")
"""The end of an entry of a contents list or an index: dots, then a page number."""
MAX_LINES_BETWEEN_ENTRIES = 3
SPACE = re.compile(r"\s+")

INVISIBLE_CHARACTERS = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160), 0xAD, 0x200B, 0xFEFF, 0xFFFD, 0xFFFF)
)
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
CHARACTER_REPLACEMENTS: dict[int, str | None] = {**INVISIBLE_CHARACTERS, **LIGATURES, 0x09: " ", 0xA0: " "}

BOLD_FONT_NAME = re.compile(rb"bold|black|heavy|demi|CMBX|CMSSBX|SFBX", re.IGNORECASE)
FIXED_WIDTH_FONT_NAME = re.compile(
    rb"mono|courier|cursor|typewriter|consol|CMTT|CMSLTT|SFTT|[a-z0-9]tt\d*$", re.IGNORECASE
)
FIXED_FLAG = 1  # of a PDF font descriptor
MIN_BOLD_WEIGHT = 600

HYPHENS = "-‐"
HYPHENATED_END = re.compile(rf"[^\W\d_][{HYPHENS}]$")
"""A word cut at the line's end that PDFium did not recognise as cut."""
DIGIT = re.compile(r"\d")
NOTE_MARK = re.compile(r"(?<=[^\W\d_]{3})[.,;:!?)\"'’”]*\s?(?P<number>\d{1,2})(?=[\s.,;:)]|$)")
RAISED_NUMBER = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[.,;:)])\s?)[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?=[\s.,;:)]|$)")
MAX_NOTE_MARK_SIZE_RATIO = 0.85  # to the line's size: smaller numbers are footnote marks

WIDE_GAP_SIZES = 1.3  # multiples of the font size: spaces of justified text are narrower, gaps between columns are not
STRETCHED_GAP_RATIO = 2  # to the narrowest gap of the line
WIDE_LINE_RATIO = 1.12  # to the usual width of a letter on the page: wider lines have gaps in them
SAMPLED_LINES = 4  # lines of a page that are searched for gaps between columns


def visible_text(text: str) -> str:
    """Return `text` as a reader sees it, without control characters, invisible characters and ligatures."""
    return text.translate(CHARACTER_REPLACEMENTS)


@dataclass(slots=True)
class _Line:
    """Characters `first` to `last` of the page, both included. `turn` counts quarter turns to the left."""

    first: int
    last: int
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    turn: int
    cut: bool

    def letter_width(self) -> float:
        """Return the average width of a character, as a multiple of the font size."""
        return (self.right - self.left) / ((self.last + 1 - self.first) * (self.size or 1))


class PageMeasurer:
    """Measures one page. `entries` counts the lines of contents lists and indexes that were left out."""

    def __init__(self, text_page: Any) -> None:
        self.entries = 0
        self._raw = text_page.raw
        count = int(text_page.count_chars())
        self._text = str(text_page.get_text_range(errors="replace")) if count else ""
        self._offsets_are_indexes = len(self._text) == count
        self._box = PDFIUM.FS_RECTF()
        self._matrix = PDFIUM.FS_MATRIX()
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(128)
        self._faces: dict[tuple[bytes, int], tuple[bool, bool]] = {}

    def pieces(self) -> list[Piece]:
        lines = self._lines()
        letters: Counter[int] = Counter()
        for line in lines:
            letters[line.turn] += line.last + 1 - line.first
        if not letters:
            return []
        upright = letters.most_common(1)[0][0]  # other directions are stamps along the edge and words in figures
        return [self._piece(part) for part in self._split_at_gaps([line for line in lines if line.turn == upright])]

    def _piece(self, line: _Line) -> Piece:
        words = self._text[line.first : line.last + 1]
        if not line.fixed:
            words = " ".join(self._without_note_marks(words, line).split())
            if words[-1:] in HYPHENS and HYPHENATED_END.search(words):
                words, line.cut = words[:-1], True
        if not words.isascii():
            words = RAISED_NUMBER.sub("", visible_text(words))
        return Piece(words, line.left, line.right, line.baseline, line.size, line.bold, line.fixed, line.cut)

    def _without_note_marks(self, words: str, line: _Line) -> str:
        """Remove footnote numbers: they stand raised after a word, and would be read as a part of it."""
        if not DIGIT.search(words):
            return words
        for mark in reversed(list(NOTE_MARK.finditer(words))):
            size, _ = self._size_and_turn(line.first + mark.start("number"))
            if size < MAX_NOTE_MARK_SIZE_RATIO * line.size:
                words = words[: mark.start("number")].rstrip() + words[mark.end("number") :]
        return words

    def _lines(self) -> list[_Line]:
        """Return the lines except contents entries and the few lines between two of them, which are entries too."""
        lines: list[_Line] = []
        entry = -1  # the number of lines at the last entry
        for match in LINE.finditer(self._text):
            words = match.group()
            if any(dots in words for dots in LEADER_DOTS) and CONTENTS_ENTRY_END.search(words):
                if entry >= 0 and len(lines) - entry <= MAX_LINES_BETWEEN_ENTRIES:
                    del lines[entry:]
                self.entries += 1
                entry = len(lines)
            elif not words.isspace():
                first = match.start() + len(words) - len(words.lstrip())
                last = match.start() + len(words.rstrip()) - 1
                lines.append(
                    self._measure(first, last, cut=self._text[match.end() : match.end() + 1] == LINE_END_HYPHEN)
                )
        return lines

    def _measure(self, first: int, last: int, *, cut: bool) -> _Line:
        middle = (first + last) // 2
        while self._text[middle].isspace():
            middle += 1
        size, turn = self._size_and_turn(middle)
        left, _ = self._edges(first, turn)
        _, right = self._edges(last, turn)
        bold, fixed = self._face(middle)
        if bold or fixed:  # a bold word does not make a bold line
            for place in (first, last):
                also_bold, also_fixed = self._face(place)
                bold, fixed = bold and also_bold, fixed and also_fixed
        return _Line(first, last, left, right, self._origin(middle, turn), size, bold, fixed, turn, cut)

    def _index(self, place: int) -> int:
        """Return PDFium's index of the character at an offset of the text, which may leave some characters out."""
        if self._offsets_are_indexes:
            return place
        before = len(self._text[:place].encode("utf-16-le")) // 2
        return max(0, int(PDFIUM.FPDFText_GetCharIndexFromTextIndex(self._raw, before)))

    def _size_and_turn(self, place: int) -> tuple[float, int]:
        index, matrix = self._index(place), self._matrix
        size = float(PDFIUM.FPDFText_GetFontSize(self._raw, index))
        if not PDFIUM.FPDFText_GetMatrix(self._raw, index, matrix):
            return size, 0
        turn = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4 if matrix.b else 0
        return size * math.hypot(matrix.c, matrix.d), turn

    def _origin(self, place: int, turn: int) -> float:
        """Return the height of a character's baseline, with the page turned so that the line is horizontal."""
        PDFIUM.FPDFText_GetCharOrigin(self._raw, self._index(place), self._x, self._y)
        x, y = self._x.value, self._y.value
        return y if turn == 0 else (-x, -y, x)[turn - 1]

    def _edges(self, place: int, turn: int) -> tuple[float, float]:
        """Return where a character begins and ends along its line, in points."""
        box = self._box
        PDFIUM.FPDFText_GetLooseCharBox(self._raw, self._index(place), box)
        if turn == 0:
            return box.left, box.right
        return ((box.bottom, box.top), (-box.right, -box.left), (-box.top, -box.bottom))[turn - 1]

    def _face(self, place: int) -> tuple[bool, bool]:
        """Return whether the character is bold, and whether its font is of fixed width."""
        index = self._index(place)
        length = int(PDFIUM.FPDFText_GetFontInfo(self._raw, index, self._name, len(self._name), self._flags))
        name = self._name.value if 0 < length <= len(self._name) else b""
        font = (name, self._flags.value)
        if font not in self._faces:
            bold = (
                int(PDFIUM.FPDFText_GetFontWeight(self._raw, index)) >= MIN_BOLD_WEIGHT
                or BOLD_FONT_NAME.search(name) is not None
            )
            fixed = bool(self._flags.value & FIXED_FLAG) or FIXED_WIDTH_FONT_NAME.search(name) is not None
            self._faces[font] = bold, fixed
        return self._faces[font]

    def _split_at_gaps(self, lines: list[_Line]) -> Iterator[_Line]:
        """Yield the lines, cut at wide gaps, which are between columns and between cells of a table."""
        flowing = [line for line in lines if not line.fixed]
        if not flowing:
            yield from lines
            return
        usual = median(line.letter_width() for line in flowing)
        widest = max(line.right - line.left for line in flowing)
        wide = [line for line in flowing if line.right - line.left > 0.6 * widest]
        sample = wide[:: max(1, len(wide) // SAMPLED_LINES)][:SAMPLED_LINES]
        columns = sum(self._has_gutter(line) for line in sample) > 1  # a single one may be the running header
        for line in lines:
            if not line.fixed and (columns or line.letter_width() > WIDE_LINE_RATIO * usual):
                yield from self._split_line(line)
            else:
                yield line

    def _has_gutter(self, line: _Line) -> bool:
        """Return whether there is a wide gap near the middle of the line."""
        quarter = (line.last - line.first) // 4
        return bool(self._gaps(line, line.first + quarter, line.last - quarter))

    def _split_line(self, line: _Line) -> list[_Line]:
        parts: list[_Line] = []
        first, left = line.first, line.left
        for last, right, following, start in self._gaps(line, line.first, line.last):
            parts.append(replace(line, first=first, last=last, left=left, right=right, cut=False))
            first, left = following, start
        return [*parts, replace(line, first=first, left=left) if parts else line]

    def _gaps(self, line: _Line, first: int, last: int) -> list[tuple[int, float, int, float]]:
        """Return the wide gaps of a line: the character before each gap and its end, the one after it and its start.

        Justified text may stretch all gaps of a line, so wide gaps must also be wider than the narrowest one.
        """
        gaps: list[tuple[int, float, int, float]] = []
        for space in SPACE.finditer(self._text, first, last):
            before, after = max(space.start() - 1, line.first), space.end()
            _, right = self._edges(before, line.turn)
            left, _ = self._edges(after, line.turn)
            gaps.append((before, right, after, left))
        narrowest = min((left - right for _, right, _, left in gaps), default=0.0) if len(gaps) > 1 else 0.0
        wide = WIDE_GAP_SIZES * line.size
        min_width = wide if narrowest > wide else max(wide, STRETCHED_GAP_RATIO * narrowest)
        return [gap for gap in gaps if gap[3] - gap[1] > min_width]
