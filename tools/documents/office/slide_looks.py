"""What is behind the text of slides, and which of their shapes stand beside them."""

from collections.abc import Sequence
from typing import Any

from outlast.tools.documents.office.drawing_text import A, drawing_color
from outlast.tools.documents.office.looks import UNKNOWN, WHITE
from outlast.tools.documents.office.package import local_name

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
FILLS = ("solidFill", "gradFill", "blipFill", "pattFill", "grpFill")


def slide_size(main: Any) -> tuple[int, int]:
    """Return the width and the height of the slides of a presentation; (0, 0) if it does not say them."""
    size = main.find(P + "sldSz")
    return (_number(size, "cx"), _number(size, "cy")) if size is not None else (0, 0)


def is_beside(shape: Any, size: tuple[int, int]) -> bool:
    """Return whether a shape stands beside its slide, as far as it says its own place."""
    place = next(iter(shape.iterfind(f"{{*}}spPr/{A}xfrm")), None)
    start, extent = (place.find(A + name) for name in ("off", "ext")) if place is not None else (None, None)
    if start is None or extent is None or size == (0, 0) or shape.getparent().tag != P + "spTree":
        return False
    left, top = _number(start, "x"), _number(start, "y")
    right, bottom = left + _number(extent, "cx"), top + _number(extent, "cy")
    return right < 0 or bottom < 0 or left > size[0] or top > size[1]


def is_filled(shape: Any) -> bool:
    """Return whether a shape has a color of its own."""
    properties = shape.find(P + "spPr")
    has_fill = properties is not None and any(properties.find(A + name) is not None for name in FILLS)
    return has_fill or shape.find(P + "style") is not None


def ground_of(roots: Sequence[Any | None]) -> str:
    """Return the color behind the text of a slide: WHITE only if nothing on it, its layout or its master has a color.

    `roots` are the parts of the slide, its layout and its master, each None if it is missing.
    """
    found = [root for root in roots if root is not None]
    if any(next(root.iter(P + "pic"), None) is not None or any(map(is_filled, root.iter(P + "sp"))) for root in found):
        return UNKNOWN
    backgrounds = (root.find(f"{P}cSld/{P}bg") for root in found)
    background = next((each for each in backgrounds if each is not None), None)
    if background is None:
        return WHITE
    if background.find(f"{P}bgPr") is not None:
        colors = list(background.iterfind(f"{P}bgPr/{A}solidFill/*"))
    else:
        colors = [each for each in background.iterfind(f"{P}bgRef/*") if local_name(each) == "schemeClr"]
    return drawing_color(colors[0]) if colors else UNKNOWN


def _number(element: Any, name: str) -> int:
    text = str(element.get(name) or "0")
    return int(text[:12]) if text.lstrip("-").isdecimal() else 0
