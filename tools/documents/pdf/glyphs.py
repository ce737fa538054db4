"""The characters of a page as PDFium measures them: one at a time, in about half a microsecond each.

All characters come in one call, and a text object of the page has one font, size and direction. So a line of a single
object is measured at three of its characters, and a line of several objects is first cut into its objects, its runs.
"""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
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

RIGHT_TO_LEFT_LETTER = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LETTER = re.compile(r"[^\W\d_]")

_object_of = ctypes.cast(
    PDFIUM.FPDFText_GetTextObject, ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
)
"""The function of the same name, which returns an address: that can be compared, a pointer of ctypes cannot."""


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
        self._raw = text_page.raw
        count = int(text_page.count_chars())
        self.text = str(text_page.get_text_range(errors="replace")) if count else ""
        self._offsets_are_indexes = len(self.text) == count
        self._box = PDFIUM.FS_RECTF()
        self._matrix = PDFIUM.FS_MATRIX()
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._name = ctypes.create_string_buffer(128)
        self._faces: dict[tuple[bytes, int], tuple[bool, bool]] = {}
        self.is_mirrored = RIGHT_TO_LEFT_LETTER.search(self.text) is not None and _runs_left(self.text)
        """Whether the page is written from right to left: then places along its lines count from there."""

    def runs(self, first: int, last: int) -> list[Run]:
        """Return the runs of a line, in its order."""
        index = self._index(first)
        if PDFIUM.FPDFText_CountRects(self._raw, index, self._index(last) + 1 - index) < 2:
            return [self._run(first, last, self._address(self.middle(first, last)))]
        return [self._run(*bounds) for bounds in self._objects(first, last)]

    def _run(self, first: int, last: int, address: int) -> Run:
        middle = self.middle(first, last)
        size, turn = self._size_and_turn(middle)
        return Run(first, last, size, self._origin(middle, turn), turn, address)

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
        return _object_of(self._raw, self._index(place)) or 0

    def _index(self, place: int) -> int:
        """Return PDFium's index of the character at an offset of the text, which may leave some characters out."""
        if self._offsets_are_indexes:
            return place
        before = len(self.text[:place].encode("utf-16-le")) // 2
        return max(0, int(PDFIUM.FPDFText_GetCharIndexFromTextIndex(self._raw, before)))

    def _size_and_turn(self, place: int) -> tuple[float, int]:
        index, matrix = self._index(place), self._matrix
        size = float(PDFIUM.FPDFText_GetFontSize(self._raw, index))
        if not PDFIUM.FPDFText_GetMatrix(self._raw, index, matrix):
            return size, 0
        size *= math.hypot(matrix.c, matrix.d)
        if not matrix.b:
            return size, 2 if matrix.a < 0 and matrix.d < 0 else 0
        quarters = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        turn = round(quarters)
        return size, turn % 4 if abs(quarters - turn) < MAX_LEAN_QUARTERS else SKEWED

    def _origin(self, place: int, turn: int) -> float:
        """Return the height of a character's baseline, with the page turned so that the line is horizontal."""
        PDFIUM.FPDFText_GetCharOrigin(self._raw, self._index(place), self._x, self._y)
        x, y = self._x.value, self._y.value
        return (y, -x, -y, x, y)[turn]

    def edges(self, place: int, turn: int) -> tuple[float, float]:
        """Return where a character begins and ends along its line, in points."""
        box = self._box
        PDFIUM.FPDFText_GetLooseCharBox(self._raw, self._index(place), box)
        if turn in (0, SKEWED):
            left, right = box.left, box.right
        else:
            left, right = ((box.bottom, box.top), (-box.right, -box.left), (-box.top, -box.bottom))[turn - 1]
        return (-right, -left) if self.is_mirrored else (left, right)

    def position(self, place: int) -> tuple[float, float]:
        """Return where a character stands on the page as it is, in points from its left and its bottom."""
        PDFIUM.FPDFText_GetCharOrigin(self._raw, self._index(place), self._x, self._y)
        return self._x.value, self._y.value

    def face(self, place: int) -> tuple[bool, bool]:
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


def _runs_left(text: str) -> bool:
    """Return whether most letters of a text are of scripts that are written from right to left."""
    return 2 * len(RIGHT_TO_LEFT_LETTER.findall(text)) > len(LETTER.findall(text))
