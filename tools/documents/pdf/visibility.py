"""Which text of a page nobody sees: invisible, transparent, white on white, tiny, covered, on a layer that is off, or
beside the page.

Invisible text over a picture is the text that a program recognized in a scan: it says what the picture shows.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pypdfium2.raw

from outlast.tools.documents.pdf.covers import Covers
from outlast.tools.documents.pdf.glyphs import Glyphs, Run, bound
from outlast.tools.documents.pdf.layers import Layers
from outlast.tools.documents.pdf.rendering import MIN_INK_SHARE, Ink

PDFIUM: Any = pypdfium2.raw

_render_mode_of = bound(PDFIUM.FPDFTextObj_GetTextRenderMode, ctypes.c_int, ctypes.c_void_p)
_fill_of = bound(PDFIUM.FPDFPageObj_GetFillColor, ctypes.c_int, *[ctypes.c_void_p] * 5)

FILLED, INVISIBLE = int(PDFIUM.FPDF_TEXTRENDERMODE_FILL), int(PDFIUM.FPDF_TEXTRENDERMODE_INVISIBLE)
NO_TEXT, FORM = int(PDFIUM.FPDF_TEXTRENDERMODE_UNKNOWN), int(PDFIUM.FPDF_PAGEOBJ_FORM)
_kind_of = bound(PDFIUM.FPDFPageObj_GetType, ctypes.c_int, ctypes.c_void_p)
_count_objects = bound(PDFIUM.FPDFPage_CountObjects, ctypes.c_int, ctypes.c_void_p)
_object_of = bound(PDFIUM.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_count_parts = bound(PDFIUM.FPDFFormObj_CountObjects, ctypes.c_int, ctypes.c_void_p)
_part_of = bound(PDFIUM.FPDFFormObj_GetObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)

WORD = re.compile(r"\S+")
MAX_TINY_SIZE = 1.5  # points: no printed text is that small
MIN_WHITE = 245  # of 255, of each colour
MIN_CONTRAST = 16  # of 255, of one colour: text that differs less from its background is not seen
MIN_SCAN_SHARE = 0.3  # of the page's area, that pictures of scans cover
MAX_DEPTH = 3  # of objects inside objects
MAX_OBJECTS = 20_000  # of a page that are looked at


class Suspicion(Enum):
    """Why a text object may be hidden."""

    RECOGNIZED = "recognized"
    """It is not drawn, as the text that a program recognized in a scan."""
    TRANSPARENT = "transparent"
    WHITE = "white"
    COVERED = "covered"
    """Something is drawn over it, or it stands on a layer: only the drawn page tells whether it is seen."""


@dataclass(slots=True)
class Area:
    """An object of the page other than text. Measures are in points."""

    left: float
    bottom: float
    right: float
    top: float
    color: tuple[int, int, int] | None
    """The colour of a filled shape; None for pictures, and for what may have several colours."""
    is_image: bool

    def size(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class PageSight:
    """Says which text objects of a page nobody sees, and how much of the page its pictures cover."""

    def __init__(self, page: Any, *, may_have_layers: bool = False) -> None:
        self._opened = page
        self._page = page.raw
        self._box = tuple(float(value) for value in page.get_bbox())
        self._areas: list[Area] | None = None
        self._color = [ctypes.c_uint() for _ in range(4)]
        self._parts = [ctypes.byref(part) for part in self._color]
        self._suspects: dict[int, Suspicion] = {}
        self._ink: Ink | None = None
        self._covers = Covers(self._box)
        self._layers = Layers() if may_have_layers else None
        address = ctypes.cast(page.raw, ctypes.c_void_p).value
        self._find_suspects(address, _count_objects, _object_of, 0)
        for covered in self._covers.covered():
            self._suspects.setdefault(covered, Suspicion.COVERED)
        self.pictures = self._covers.pictures
        self.has_recognized = False
        """Whether a program recognized the text of a scan, of what was asked so far."""

    def has_suspects(self) -> bool:
        """Return whether any text of the page may be hidden, so that each of its text objects has to be looked at."""
        return bool(self._suspects)

    def hides(self, run: Run, glyphs: Glyphs) -> bool:
        """Return whether nobody sees the text of a run."""
        if run.size <= MAX_TINY_SIZE:
            return True
        suspicion = self._suspects.get(run.address)
        if suspicion is Suspicion.RECOGNIZED:
            is_seen = self.image_share() >= MIN_SCAN_SHARE
            self.has_recognized |= is_seen
            return not is_seen
        return suspicion is Suspicion.TRANSPARENT or (suspicion is Suspicion.WHITE and self._is_white_at(run, glyphs))

    def seen_parts(self, run: Run, glyphs: Glyphs) -> list[Run]:
        """Return what a reader sees of a run: all or nothing of it, or, if something is drawn over it, some words."""
        if self._suspects.get(run.address) is not Suspicion.COVERED or run.size <= MAX_TINY_SIZE:
            return [] if self.hides(run, glyphs) else [run]
        if self._ink is None:
            covered = [address for address, why in self._suspects.items() if why is Suspicion.COVERED]
            self._ink = Ink(self._opened, covered)
        words = list(WORD.finditer(glyphs.text, run.first, run.last + 1))
        seen = [word.span() for word in words if self._leaves_ink(word, glyphs, self._ink)]
        if len(seen) == len(words):
            return [run]
        parts: list[Run] = []
        for start, end in seen:
            before = parts[-1].last + 1 if parts else run.last
            if parts and glyphs.text[before:start].isspace():
                parts[-1] = replace(parts[-1], last=end - 1)
            else:
                parts.append(replace(run, first=start, last=end - 1))
        return parts

    def _leaves_ink(self, word: re.Match[str], glyphs: Glyphs, ink: Ink) -> bool:
        share = MIN_INK_SHARE if any(map(str.isalnum, word.group())) else 0.0
        return ink.is_at(glyphs.boxes(*word.span()), share)

    def _find_suspects(self, container: Any, count: Any, get: Any, depth: int) -> None:
        for number in range(min(int(count(container)), MAX_OBJECTS)):
            found = get(container, number)
            mode = _render_mode_of(found)
            if mode == FILLED:
                self._covers.add_text(found, depth)
                if suspicion := self._suspicion(found, depth):
                    self._suspects[found] = suspicion
            elif mode == INVISIBLE:
                self._suspects[found] = Suspicion.RECOGNIZED
            elif mode == NO_TEXT and (kind := _kind_of(found)) != FORM:
                self._covers.add_shape(found, kind, depth)
            elif mode == NO_TEXT and depth < MAX_DEPTH:
                self._find_suspects(found, _count_parts, _part_of, depth + 1)

    def _suspicion(self, text: int, depth: int) -> Suspicion | None:
        """Return why a text object may be hidden that is filled with a color."""
        red, green, blue, opacity = self._color
        if self._layers is not None and self._layers.is_on_one(text, depth):
            return Suspicion.COVERED
        if not _fill_of(text, *self._parts):
            return None
        if not opacity.value:
            return Suspicion.TRANSPARENT
        is_white = red.value >= MIN_WHITE and green.value >= MIN_WHITE and blue.value >= MIN_WHITE
        return Suspicion.WHITE if is_white else None

    def is_beside_page(self, left: float, right: float, baseline: float, turn: int) -> bool:
        """Return whether a line stands beside the page. Its places count in the line's direction."""
        page_left, page_bottom, page_right, page_top = self._box
        if turn in (1, 3):
            page_left, page_bottom, page_right, page_top = page_bottom, page_left, page_top, page_right
        if turn in (2, 3):
            page_left, page_right = -page_right, -page_left
        if turn in (1, 2):
            page_bottom, page_top = -page_top, -page_bottom
        return right < page_left or left > page_right or baseline < page_bottom - 1 or baseline > page_top

    def image_share(self) -> float:
        """Return how much of the page's area pictures cover, from 0 to 1."""
        left, bottom, right, top = self._box
        area = (right - left) * (top - bottom)
        images = (
            Area(max(each.left, left), max(each.bottom, bottom), min(each.right, right), min(each.top, top), None, True)
            for each in self.areas()
            if each.is_image
        )
        return min(1.0, sum(image.size() for image in images) / area) if area > 0 else 0.0

    def has_drawings(self) -> bool:
        """Return whether the page shows more than text and a few lines or boxes."""
        areas = self.areas()
        return any(area.is_image for area in areas) or len(areas) > MAX_ORNAMENTS

    def areas(self) -> list[Area]:
        """Return the objects of the page other than text, in the order in which they are drawn."""
        if self._areas is None:
            self._areas = list(self._find(self._page, PDFIUM.FPDFPage_CountObjects, PDFIUM.FPDFPage_GetObject, 0))
        return self._areas

    def _is_white_at(self, run: Run, glyphs: Glyphs) -> bool:
        x, y = glyphs.position(glyphs.middle(run.first, run.last))
        under = [area for area in self.areas() if area.covers(x, y + run.size / 4)]
        return not any(
            area.color is None or any(abs(part - 255) > MIN_CONTRAST for part in area.color) for area in under
        )

    def _find(self, container: Any, count: Any, get: Any, depth: int) -> Iterator[Area]:
        edges = [ctypes.c_float() for _ in range(4)]
        for number in range(min(int(count(container)), MAX_OBJECTS)):
            found = get(container, number)
            kind = PDFIUM.FPDFPageObj_GetType(found)
            if kind == PDFIUM.FPDF_PAGEOBJ_TEXT or not PDFIUM.FPDFPageObj_GetBounds(found, *edges):
                continue
            left, bottom, right, top = (edge.value for edge in edges)
            if kind == PDFIUM.FPDF_PAGEOBJ_FORM:
                inner = self._form(found, depth) if depth < MAX_DEPTH else []
                if any(area.is_image for area in inner):
                    yield Area(left, bottom, right, top, None, is_image=True)
                elif inner:
                    yield Area(left, bottom, right, top, None, is_image=False)
                continue
            is_image = kind == PDFIUM.FPDF_PAGEOBJ_IMAGE
            color = self._path_fill(found) if kind == PDFIUM.FPDF_PAGEOBJ_PATH else None
            if is_image or color is not None or kind == PDFIUM.FPDF_PAGEOBJ_SHADING:
                yield Area(left, bottom, right, top, color, is_image)

    def _form(self, found: Any, depth: int) -> list[Area]:
        return list(self._find(found, PDFIUM.FPDFFormObj_CountObjects, PDFIUM.FPDFFormObj_GetObject, depth + 1))

    def _path_fill(self, path: Any) -> tuple[int, int, int] | None:
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        if not PDFIUM.FPDFPath_GetDrawMode(path, mode, stroke) or mode.value == PDFIUM.FPDF_FILLMODE_NONE:
            return None
        color = self._fill(path)
        return color[:3] if color is not None and color[3] else None

    def _fill(self, page_object: Any) -> tuple[int, int, int, int] | None:
        red, green, blue, opacity = self._color
        if not PDFIUM.FPDFPageObj_GetFillColor(page_object, red, green, blue, opacity):
            return None
        return red.value, green.value, blue.value, opacity.value


MAX_ORNAMENTS = 20
"""A page without text and with fewer shapes is empty but for rules and boxes; letters drawn as shapes are more."""
