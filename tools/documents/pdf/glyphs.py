"""The characters of a page as PDFium measures them: one at a time, in about half a microsecond each.

All characters come in one call, and a text object of the page has one font, size and direction. So a line of a single
object is measured at three of its characters, and a line of several objects is first cut into its objects, its runs.
"""

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Any

import pypdfium2.raw

PDFIUM: Any = pypdfium2.raw

BOLD_FONT_NAME = re.compile(rb"bold|black|heavy|demi|CMBX|CMSSBX|SFBX", re.IGNORECASE)
FIXED_WIDTH_FONT_NAME = re.compile(
    rb"mono|courier|cursor|typewriter|consol|CMTT|CMSLTT|SFTT|[a-z0-9]tt\d*$", re.IGNORECASE
)
FIXED_FLAG = 1  # of a PDF font descriptor
MIN_BOLD_WEIGHT = 600
SKEWED = 4
"""The turn of text that runs neither along nor across the page: nearly always a watermark."""
MAX_LEAN_QUARTERS = 0.09  # quarter turns, 8 degrees: scans lie a little askew


# Where the ink of text on a baseline ends, as multiples of the font size above it.
MAX_INK_BOTTOM = 0.1
MIN_INK_BOTTOM = -0.05  # of text that is as low as an index
MIN_INK_TOP = 0.5
MIN_DEPTH = -0.4
MAX_HEIGHT = 1.05
MAX_OVERLAP = 0.3
MIN_SPACE = 0.13
MAX_NARROW_SPACE = 0.3  # between ink, which begins a little inside the widths of letters
BULLETS = "•–—-*◦▪‣·"

RIGHT_TO_LEFT_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LETTER = re.compile(r"[^\W\d_]")


def bound(function: Any, result: Any, *arguments: Any) -> Any:
    """Return a function of PDFium with plain arguments, so that a call takes a third less time.

    Objects of PDFium are addresses then, which can be compared. The interpreter is not released for so short a time.
    """
    return ctypes.cast(function, ctypes.PYFUNCTYPE(result, *arguments))


_ADDRESS, _INT = ctypes.c_void_p, ctypes.c_int
_object_of = bound(PDFIUM.FPDFText_GetTextObject, _ADDRESS, _ADDRESS, _INT)
_size_of = bound(PDFIUM.FPDFText_GetFontSize, ctypes.c_double, _ADDRESS, _INT)
_matrix_of = bound(PDFIUM.FPDFText_GetMatrix, _INT, _ADDRESS, _INT, _ADDRESS)
_origin_of = bound(PDFIUM.FPDFText_GetCharOrigin, _INT, _ADDRESS, _INT, _ADDRESS, _ADDRESS)
_box_of = bound(PDFIUM.FPDFText_GetLooseCharBox, _INT, _ADDRESS, _INT, _ADDRESS)
_ink_box_of = bound(PDFIUM.FPDFText_GetCharBox, _INT, _ADDRESS, _INT, *[_ADDRESS] * 4)
_font_of = bound(PDFIUM.FPDFText_GetFontInfo, ctypes.c_ulong, _ADDRESS, _INT, _ADDRESS, ctypes.c_ulong, _ADDRESS)
_weight_of = bound(PDFIUM.FPDFText_GetFontWeight, _INT, _ADDRESS, _INT)
_ink_of = bound(PDFIUM.FPDFText_GetRect, _INT, _ADDRESS, _INT, *[_ADDRESS] * 4)
_count_objects = bound(PDFIUM.FPDFText_CountRects, _INT, _ADDRESS, _INT, _INT)
_index_of = bound(PDFIUM.FPDFText_GetCharIndexFromTextIndex, _INT, _ADDRESS, _INT)


@dataclass(slots=True)
class Run:
    """Characters `first` to `last` of the page, both included, of one text object: one font, size and direction."""

    first: int
    last: int
    size: float
    baseline: float
    turn: int
    """Counts quarter turns to the left, or is SKEWED."""
    address: int
    """The address of the text object in PDFium; 0 if it has none."""


class Glyphs:
    """The characters of one page. Offsets are those of `text`."""

    def __init__(self, text_page: Any) -> None:
        self._page = int(ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0)
        count = int(text_page.count_chars())
        self.text = str(text_page.get_text_range(errors="replace")) if count else ""
        self._offsets_are_indexes = len(self.text) == count
        self._indexes: dict[int, int] = {}
        """PDFium's indexes of the characters that were measured, unless their offsets are these indexes."""
        self._has_pairs = not self._offsets_are_indexes and max(self.text, default="") > "\uffff"
        """Whether a character counts twice in PDFium, which counts in UTF-16."""
        self._box, self._matrix = PDFIUM.FS_RECTF(), PDFIUM.FS_MATRIX()
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._sides = tuple(ctypes.c_double() for _ in range(4))
        self._sides_at = [ctypes.byref(side) for side in self._sides]
        self._name = ctypes.create_string_buffer(128)
        self._box_at, self._matrix_at = ctypes.byref(self._box), ctypes.byref(self._matrix)
        self._x_at, self._y_at, self._flags_at = map(ctypes.byref, (self._x, self._y, self._flags))
        self._faces: dict[tuple[bytes, int], tuple[bool, bool]] = {}
        self.is_mirrored = RIGHT_TO_LEFT_LETTER.search(self.text) is not None and _runs_left(self.text)
        """Whether the page is written from right to left: then places along its lines count from there."""

    def runs(self, first: int, last: int, *, thorough: bool = False) -> tuple[list[Run], Sequence[float]]:
        """Return the runs of a line, in its order, and where its text objects begin, if there are several.

        If the objects stand side by side on one baseline they are returned as one run, unless it shall be `thorough`.
        """
        index = self._index(first)
        count = int(_count_objects(self._page, index, self._index(last) + 1 - index))
        if count < 2:
            return [self._run(first, last, self._address(self.middle(first, last)) if thorough else 0)], ()
        lefts: Sequence[float] = ()
        if not thorough:
            whole = self._run(first, last, 0)
            lefts, is_even, may_lack_spaces = self._lefts(count, whole) if whole.turn == 0 else ((), False, False)
            if is_even:
                parts = [self._run(*bounds) for bounds in self._objects(first, last)] if may_lack_spaces else []
                return parts if any(starmap(self.lacks_space, pairwise(parts))) else [whole], lefts
        return [self._run(*bounds) for bounds in self._objects(first, last)], lefts

    def lacks_space(self, before: Run, after: Run) -> bool:
        """Return whether a word in another font follows a word after a narrow gap that PDFium takes for no space."""
        if after.first != before.last + 1 or before.turn != after.turn:
            return False
        gap = self.edges(after.first, after.turn)[0] - self.edges(before.last, before.turn)[1]
        return gap > MIN_SPACE * before.size and self.face(before.last) != self.face(after.first)

    def _run(self, first: int, last: int, address: int) -> Run:
        middle = self.middle(first, last)
        index = middle if self._offsets_are_indexes else self._index(middle)
        size, turn = self._size_and_turn(index)
        return Run(first, last, size, self._height(index, turn), turn, address)

    def _lefts(self, count: int, line: Run) -> tuple[Sequence[float], bool, bool]:
        """Return the left edges of a line's objects, which were counted just now, and whether all are on one baseline.

        Last comes whether there are gaps that may be narrow spaces.

        The edges of the ink tell: raised letters leave the baseline free, lowered ones are low and stand on no
        baseline, copies of letters overlap, and what is larger or turned is taller.
        """
        page, (left, top, right, bottom) = self._page, self._sides
        base, size, end, is_even, may_lack_spaces = line.baseline, line.size or 1.0, -math.inf, True, False
        lefts: list[float] = []
        for number in range(count):
            _ink_of(page, number, *self._sides_at)
            lefts.append(left.value)
            if is_even:
                low, high = (bottom.value - base) / size, (top.value - base) / size
                is_high = low > MAX_INK_BOTTOM and not (number == 0 and self.text[line.first] in BULLETS)
                is_low = high < MIN_INK_TOP and low < MIN_INK_BOTTOM
                overlaps = left.value < end - MAX_OVERLAP * size
                is_even = not (is_high or is_low or overlaps or low < MIN_DEPTH or high > MAX_HEIGHT)
                may_lack_spaces |= MIN_SPACE * size < left.value - end < MAX_NARROW_SPACE * size
                end = right.value
        return lefts, is_even, may_lack_spaces

    def middle(self, first: int, last: int) -> int:
        """Return a character between both that is no space, if there is one."""
        place = (first + last) // 2
        while place < last and self.text[place].isspace():
            place += 1
        return place

    def _objects(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Yield the stretches of one text object with the object's address: its first and its last character.

        Spaces that PDFium adds have no object; they are in none of the stretches.
        """
        text, start, last_address = self.text, first, self._address(last)
        while start <= last:
            address = self._address(start)
            end = self._end_of_object(start, last, address) if address != last_address else last + 1
            yield start, self._last_before(end), address
            start = end
            while start <= last and text[start].isspace():
                start += 1

    def _end_of_object(self, start: int, last: int, address: int) -> int:
        """Return the first character after `start` of another text object: by longer and longer steps, then halving."""
        text = self.text
        inside, outside, step = start, last + 1, 2
        while (place := inside + step) < outside:
            if text[place].isspace():
                step += 1
            elif self._address(place) == address:
                inside, step = place, 2 * step
            else:
                outside = place
        while outside - inside > 1:
            place = (inside + outside) // 2
            while place > inside and text[place].isspace():
                place -= 1
            if place == inside:  # nothing but spaces before the middle
                place = (inside + outside) // 2 + 1
                while place < outside and text[place].isspace():
                    place += 1
                if place == outside:
                    break
            if self._address(place) == address:
                inside = place
            else:
                outside = place
        return outside

    def _last_before(self, place: int) -> int:
        place -= 1
        while self.text[place].isspace():
            place -= 1
        return place

    def _address(self, place: int) -> int:
        index = place if self._offsets_are_indexes else self._index(place)
        return _object_of(self._page, index) or 0

    def _index(self, place: int) -> int:
        """Return PDFium's index of the character at an offset of the text, which may leave some characters out."""
        if self._offsets_are_indexes:
            return place
        index = self._indexes.get(place)
        if index is None:
            before = len(self.text[:place].encode("utf-16-le")) // 2 if self._has_pairs else place
            index = self._indexes[place] = max(0, int(_index_of(self._page, before)))
        return index

    def _size_and_turn(self, index: int) -> tuple[float, int]:
        matrix = self._matrix
        size = float(_size_of(self._page, index))
        if not _matrix_of(self._page, index, self._matrix_at):
            return size, 0
        size *= math.hypot(matrix.c, matrix.d)
        if not matrix.b:
            return size, 2 if matrix.a < 0 and matrix.d < 0 else 0
        quarters = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        turn = round(quarters)
        return size, turn % 4 if abs(quarters - turn) < MAX_LEAN_QUARTERS else SKEWED

    def _height(self, index: int, turn: int) -> float:
        """Return the height of a character's baseline, with the page turned so that the line is horizontal."""
        _origin_of(self._page, index, self._x_at, self._y_at)
        if not turn:
            return self._y.value
        x, y = self._x.value, self._y.value
        return (y, -x, -y, x, y)[turn]

    def edges(self, place: int, turn: int) -> tuple[float, float]:
        """Return where a character begins and ends along its line, in points."""
        box = self._box
        _box_of(self._page, place if self._offsets_are_indexes else self._index(place), self._box_at)
        if not turn or turn == SKEWED:
            left, right = box.left, box.right
        else:
            left, right = ((box.bottom, box.top), (-box.right, -box.left), (-box.top, -box.bottom))[turn - 1]
        return (-right, -left) if self.is_mirrored else (left, right)

    def position(self, place: int) -> tuple[float, float]:
        """Return where a character stands on the page as it is, in points from its left and its bottom."""
        _origin_of(self._page, self._index(place), self._x_at, self._y_at)
        return self._x.value, self._y.value

    def boxes(self, first: int, end: int) -> Iterator[tuple[float, float, float, float]]:
        """Yield the boxes around the ink of some characters on the page as it is: left, bottom, right, top."""
        left, right, bottom, top = self._sides
        for place in range(first, end):
            if _ink_box_of(self._page, self._index(place), *self._sides_at):
                yield left.value, bottom.value, right.value, top.value

    def face(self, place: int) -> tuple[bool, bool]:
        """Return whether the character is bold, and whether its font is of fixed width."""
        index = place if self._offsets_are_indexes else self._index(place)
        length = int(_font_of(self._page, index, self._name, len(self._name), self._flags_at))
        name = self._name.value if 0 < length <= len(self._name) else b""
        font = (name, self._flags.value)
        if font not in self._faces:
            bold = int(_weight_of(self._page, index)) >= MIN_BOLD_WEIGHT or BOLD_FONT_NAME.search(name) is not None
            fixed = bool(self._flags.value & FIXED_FLAG) or FIXED_WIDTH_FONT_NAME.search(name) is not None
            self._faces[font] = bold, fixed
        return self._faces[font]


def _runs_left(text: str) -> bool:
    """Return whether most letters of a text are of scripts that are written from right to left."""
    return 2 * len(RIGHT_TO_LEFT_LETTER.findall(text)) > len(LETTER.findall(text))
