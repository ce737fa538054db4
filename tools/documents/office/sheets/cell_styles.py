"""The styles of the cells of a spreadsheet: the formats of their numbers, and whether people see their letters."""

from collections.abc import Iterator
from typing import Any

from outlast.tools.documents.office.looks import UNKNOWN, WHITE, color_code, is_unseen
from outlast.tools.documents.office.sheets.format_codes import BUILT_IN, GENERAL

PAPER_THEME = "0"  # of a theme's colors, the first is that of the paper, which is nearly always white
MAX_SIZE_DIGITS = 8


def formats(styles: Any) -> Iterator[str]:
    """Yield the number format of each cell style."""
    own = {str(each.get("numFmtId")): str(each.get("formatCode") or GENERAL) for each in styles.iter("{*}numFmt")}
    for style in _cell_styles(styles):
        number = str(style.get("numFmtId") or "0")
        yield own.get(number) or (BUILT_IN.get(int(number), GENERAL) if number.isdecimal() else GENERAL)


def unseen_styles(styles: Any) -> frozenset[str]:
    """Return the numbers of the cell styles whose letters nobody sees: tiny ones, or white ones on white."""
    fonts = {str(number): (_color(font), _points(font)) for number, font in enumerate(_children(styles, "fonts"))}
    grounds = {str(number): _ground(fill) for number, fill in enumerate(_children(styles, "fills"))}
    unseen = set[str]()
    for number, style in enumerate(_cell_styles(styles)):
        color, points = fonts.get(str(style.get("fontId") or "0"), (UNKNOWN, None))
        if is_unseen(color, grounds.get(str(style.get("fillId") or "0"), WHITE), points):
            unseen.add(str(number))
    return frozenset(unseen)


def _children(styles: Any, name: str) -> list[Any]:
    found = styles.find(f"{{*}}{name}")
    return list(found) if found is not None else []


def _cell_styles(styles: Any) -> Iterator[Any]:
    found = styles.find("{*}cellXfs")
    return iter(found.iterchildren("{*}xf") if found is not None else ())


def _color(font: Any) -> str:
    color = font.find("{*}color")
    return _color_of(color) if color is not None else UNKNOWN


def _color_of(color: Any) -> str:
    if color.get("theme") == PAPER_THEME and not color.get("tint"):
        return WHITE
    return color_code(color.get("rgb"))


def _ground(fill: Any) -> str:
    pattern = fill.find("{*}patternFill")
    if pattern is None:
        return UNKNOWN
    kind = pattern.get("patternType") or "none"
    if kind == "none":
        return WHITE
    color = pattern.find("{*}fgColor")
    return _color_of(color) if kind == "solid" and color is not None else UNKNOWN


def _points(font: Any) -> float | None:
    size = font.find("{*}sz")
    value = str(size.get("val") or "") if size is not None else ""
    is_number = value.replace(".", "", 1).isdecimal() and len(value) < MAX_SIZE_DIGITS
    return float(value) if is_number else None
