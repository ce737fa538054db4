"""Whether letters leave ink on a page: it is drawn twice, with some of its text and without it, and compared.

So the page itself says what hides text: a layer that is switched off, a black bar or a picture that is laid over it.
"""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw

PDFIUM: Any = pypdfium2.raw

PIXELS_A_POINT = 2.0
MAX_SIDE_PIXELS = 2_000
MIN_DIFFERENCE = 16  # of 255, of a pixel that text changes
MIN_INK_SHARE = 0.04
"""Of the box around letters: what is less is the edge of something that covers them. A dash may have less."""
WHITE = 0xFFFFFFFF


@dataclass(slots=True)
class _Drawn:
    """A drawn page: grey pixels, row by row."""

    pixels: bytes
    stride: int


class Ink:
    """Where the text objects with some addresses leave ink on a page."""

    def __init__(self, page: Any, addresses: Iterable[int]) -> None:
        self._page = page.raw
        width, height = float(page.get_width()), float(page.get_height())
        scale = min(PIXELS_A_POINT, MAX_SIDE_PIXELS / max(width, height, 1.0))
        self._width, self._height = max(1, round(width * scale)), max(1, round(height * scale))
        self._x, self._y = ctypes.c_int(), ctypes.c_int()
        self._with = self._draw()
        objects = [ctypes.cast(address, PDFIUM.FPDF_PAGEOBJECT) for address in addresses]
        for each in objects:
            PDFIUM.FPDFPageObj_SetIsActive(each, False)
        self._without = self._draw()
        for each in objects:
            PDFIUM.FPDFPageObj_SetIsActive(each, True)

    def is_at(self, boxes: Iterable[tuple[float, float, float, float]], min_share: float = MIN_INK_SHARE) -> bool:
        """Return whether the text leaves ink in boxes around letters: left, bottom, right and top in points."""
        areas = [self._area(*box) for box in boxes]
        needed = min_share * sum((end - x) * (last - y) for x, y, end, last in areas)
        changed = 0
        for x, y, end, last in areas:
            for row in range(y, last):
                changed += self._changes(row, x, end)
                if changed > needed:  # of text that is seen, after a few rows
                    return True
        return False

    def _area(self, left: float, bottom: float, right: float, top: float) -> tuple[int, int, int, int]:
        """Return the first column and row of a box in pixels, and where both end."""
        first, second = self._pixel(left, bottom), self._pixel(right, top)
        (x, end), (y, last) = sorted((first[0], second[0])), sorted((first[1], second[1]))
        x, y = max(0, x), max(0, y)
        return x, y, max(x, min(self._width, max(end, x + 1))), max(y, min(self._height, max(last, y + 1)))

    def _changes(self, row: int, x: int, end: int) -> int:
        start = row * self._with.stride
        seen = self._with.pixels[start + x : start + end]
        under = self._without.pixels[start + x : start + end]
        if seen == under:
            return 0
        return sum(abs(one - other) > MIN_DIFFERENCE for one, other in zip(seen, under, strict=True))

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        PDFIUM.FPDF_PageToDevice(self._page, 0, 0, self._width, self._height, 0, x, y, self._x, self._y)
        return self._x.value, self._y.value

    def _draw(self) -> _Drawn:
        bitmap = PDFIUM.FPDFBitmap_CreateEx(self._width, self._height, PDFIUM.FPDFBitmap_Gray, None, 0)
        if not bitmap:
            raise MemoryError
        try:
            PDFIUM.FPDFBitmap_FillRect(bitmap, 0, 0, self._width, self._height, WHITE)
            PDFIUM.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, self._width, self._height, 0, PDFIUM.FPDF_GRAYSCALE)
            stride = int(PDFIUM.FPDFBitmap_GetStride(bitmap))
            return _Drawn(ctypes.string_at(PDFIUM.FPDFBitmap_GetBuffer(bitmap), stride * self._height), stride)
        finally:
            PDFIUM.FPDFBitmap_Destroy(bitmap)
