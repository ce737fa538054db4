"""What is drawn over text that was drawn before: black bars, white boxes, pictures."""

import ctypes
from collections.abc import Iterator
from typing import Any, NamedTuple

import pypdfium2.raw

from outlast.tools.documents.pdf.glyphs import bound

PDFIUM: Any = pypdfium2.raw

_bounds_of = bound(PDFIUM.FPDFPageObj_GetBounds, ctypes.c_int, *[ctypes.c_void_p] * 5)
_draw_mode_of = bound(PDFIUM.FPDFPath_GetDrawMode, ctypes.c_int, *[ctypes.c_void_p] * 3)
PATH, IMAGE = int(PDFIUM.FPDF_PAGEOBJ_PATH), int(PDFIUM.FPDF_PAGEOBJ_IMAGE)

MIN_COVER_POINTS = 4.0  # of both sides: what is less is a line
MIN_SCAN_SHARE = 0.3
"""Of the page. Text that a program recognized in a scan may be drawn under the pictures, which show it to people."""
MAX_COVERS = 50
"""With more, all text before the last one is taken for covered, and drawing the page tells what is."""
MIN_PICTURE_POINTS = 36.0
"""Of both sides of a picture that is named in the ledger: smaller ones are signs and ornaments."""


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def is_wide(self) -> bool:
        return self.right - self.left >= MIN_COVER_POINTS and self.top - self.bottom >= MIN_COVER_POINTS


class _Cover(NamedTuple):
    box: _Box
    texts: int
    """How many texts are drawn before it."""
    is_image: bool


EVERYWHERE = _Box(float("-inf"), float("-inf"), float("inf"), float("inf"))


class Covers:
    """The text objects of a page and what is drawn over them. Objects are added in the order in which they are drawn.

    Objects inside forms have places of their own: shapes there count as being anywhere on the page, and pictures as
    covering nothing, since they may be a scan.
    """

    def __init__(self, page: tuple[float, ...]) -> None:
        self._area = max(1.0, (page[2] - page[0]) * (page[3] - page[1]))
        self._texts: list[tuple[int, int]] = []  # address and depth
        self._covers: list[_Cover] = []
        self._image_area = 0.0
        self._sides = [ctypes.c_float() for _ in range(4)]
        self._sides_at = [ctypes.byref(side) for side in self._sides]
        self._mode, self._stroke = ctypes.c_int(), ctypes.c_int()
        self.pictures = 0
        """The number of pictures that are no ornaments."""

    def add_text(self, address: int, depth: int) -> None:
        self._texts.append((address, depth))

    def add_shape(self, address: int, kind: int, depth: int) -> None:
        """Add an object that is neither text nor a form."""
        if kind == IMAGE:
            self._add_image(address, depth)
        elif self._texts and (kind != PATH or self._is_filled(address)):
            box = EVERYWHERE if depth else self._box(address)
            if box is not None and box.is_wide():
                self._covers.append(_Cover(box, len(self._texts), is_image=False))

    def covered(self) -> Iterator[int]:
        """Yield the addresses of the text objects over which something is drawn, as far as boxes tell."""
        is_scan = self._image_area >= MIN_SCAN_SHARE * self._area
        covers = [cover for cover in self._covers if not (cover.is_image and is_scan)]
        last = max((cover.texts for cover in covers), default=0)
        for number, (address, depth) in enumerate(self._texts[:last]):
            box = EVERYWHERE if depth or len(covers) > MAX_COVERS else self._box(address)
            if box is not None and any(number < cover.texts and cover.box.meets(box) for cover in covers):
                yield address

    def _add_image(self, address: int, depth: int) -> None:
        box = self._box(address)
        if box is None:
            return
        width, height = box.right - box.left, box.top - box.bottom
        self.pictures += depth > 0 or (width >= MIN_PICTURE_POINTS and height >= MIN_PICTURE_POINTS)
        if not depth:
            self._image_area += max(0.0, width) * max(0.0, height)
            if self._texts and box.is_wide():
                self._covers.append(_Cover(box, len(self._texts), is_image=True))

    def _is_filled(self, path: int) -> bool:
        is_read = _draw_mode_of(path, ctypes.byref(self._mode), ctypes.byref(self._stroke))
        return bool(is_read) and self._mode.value != PDFIUM.FPDF_FILLMODE_NONE

    def _box(self, address: int) -> _Box | None:
        if not _bounds_of(address, *self._sides_at):
            return None
        return _Box(*(side.value for side in self._sides))
