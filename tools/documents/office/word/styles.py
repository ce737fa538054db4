"""The styles of a Word document: what a paragraph or a run has from them, and from the styles they rest on."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from outlast.tools.documents.office.looks import UNKNOWN, WHITE, color_code

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HEADING_STYLE_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
CONTENTS_STYLE_NAME = re.compile(r"toc \d", re.IGNORECASE)
MAX_HEADING_LEVEL = 9
MAX_STYLE_DEPTH = 20
HIGHLIGHTS = {"black": "000000", "white": WHITE, "yellow": "ffff00", "darkGray": "808080", "lightGray": "c0c0c0"}
OFF = frozenset(("0", "false", "off"))
MIN_RAISE_HALF_POINTS = 4
"""A smaller raise sets a picture or a formula on its line; a power or a footnote mark is raised by more."""


class RunTraits(NamedTuple):
    """What of a run's properties changes its text. None where the properties do not say it."""

    hidden: bool | None = None
    shift: int | None = None
    """1 raised, 0 neither, -1 lowered."""
    font: str | None = None
    color: str | None = None
    """As in `looks`."""
    ground: str | None = None
    """The color behind it."""
    points: float | None = None
    struck: bool | None = None


class _Style(NamedTuple):
    name: str
    rests_on: str
    is_default_paragraph: bool
    level: int | None
    numbering: Any | None
    """The `w:numPr` of its paragraphs."""
    run: RunTraits
    ground: str | None
    """The color behind its paragraphs."""
    has_grounds: bool
    """Whether it colors anything, such as the first row of its tables."""


class Styles:
    """The styles of a document by their ids. `root` is that of the part of styles, or None."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, _Style] = {}
        self._default_run = RunTraits()
        self._default_paragraph = ""
        self._traits_of: dict[str, RunTraits] = {}
        if root is None:
            return
        defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._default_run = run_traits(defaults)
        for element in root.iter(W + "style"):
            style = _style(element)
            identity = str(element.get(W + "styleId"))
            self._styles[identity] = style
            if style.is_default_paragraph:
                self._default_paragraph = identity

    def level(self, properties: Any | None) -> int:
        """Return the heading level of a paragraph by its properties (`w:pPr`); 0 if it is no heading."""
        direct = outline_level(properties)
        if direct is not None:
            return direct
        levels = (style.level for style in self._chain(value_of(properties, "pStyle")) if style.level is not None)
        return next(levels, 0)

    def numbering(self, style: str) -> tuple[str, Any | None]:
        """Return the style in the chain that numbers its paragraphs, and its `w:numPr`; "" and None if none does."""
        for identity, each in self._named_chain(style):
            if each.numbering is not None:
                return identity, each.numbering
        return "", None

    def is_contents(self, properties: Any | None) -> bool:
        """Return whether the paragraph is a line of a table of contents."""
        return any(CONTENTS_STYLE_NAME.fullmatch(style.name) for style in self._chain(value_of(properties, "pStyle")))

    def run(self, paragraph_style: str, properties: Any | None) -> RunTraits:
        """Return the traits of a run with the given properties (`w:rPr`) in a paragraph of a style."""
        direct = run_traits(properties)
        of_paragraph = self._traits(paragraph_style or self._default_paragraph)
        of_character = self._traits(value_of(properties, "rStyle"))
        hidden = direct.hidden
        if hidden is None:  # two styles that both hide show the text again
            by_style = bool(of_paragraph.hidden) != bool(of_character.hidden)
            hidden = by_style or bool(self._default_run.hidden)
        return _combined((direct, of_character, of_paragraph, self._default_run))._replace(hidden=hidden)

    def ground(self, properties: Any | None) -> str | None:
        """Return the color behind a paragraph by its properties (`w:pPr`); None if it has none of its own."""
        direct = _ground(properties)
        if direct is not None:
            return direct
        grounds = (style.ground for style in self._chain(value_of(properties, "pStyle") or self._default_paragraph))
        return next((ground for ground in grounds if ground is not None), None)

    def colors_tables(self, style: str) -> bool:
        """Return whether a style of tables colors some of their cells."""
        return any(each.has_grounds for each in self._chain(style))

    def _traits(self, style: str) -> RunTraits:
        if style not in self._traits_of:
            self._traits_of[style] = _combined([each.run for each in self._chain(style)])
        return self._traits_of[style]

    def _chain(self, style: str) -> Iterator[_Style]:
        for _, each in self._named_chain(style):
            yield each

    def _named_chain(self, style: str) -> Iterator[tuple[str, _Style]]:
        """Yield the style and those it rests on. Damaged documents have styles that rest on themselves."""
        for _ in range(MAX_STYLE_DEPTH):
            found = self._styles.get(style)
            if found is None:
                return
            yield style, found
            style = found.rests_on


def run_traits(properties: Any | None) -> RunTraits:
    """Return what a `w:rPr` itself says."""
    if properties is None:
        return RunTraits()
    shift = {"superscript": 1, "subscript": -1, "baseline": 0}.get(value_of(properties, "vertAlign"))
    if shift is None:
        raise_half_points = value_of(properties, "position")
        if re.fullmatch(r"-?\d{1,4}", raise_half_points):
            height = int(raise_half_points)
            shift = (height >= MIN_RAISE_HALF_POINTS) - (height <= -MIN_RAISE_HALF_POINTS)
    fonts = properties.find(W + "rFonts")
    font = fonts.get(W + "ascii") if fonts is not None else None
    size = value_of(properties, "sz")
    strikes = switch(properties, "strike"), switch(properties, "dstrike")
    return RunTraits(
        switch(properties, "vanish"),
        shift,
        str(font) if font is not None else None,
        _color(properties.find(W + "color")),
        _ground(properties),
        int(size) / 2 if re.fullmatch(r"\d{1,4}", size) else None,
        None if strikes == (None, None) else True in strikes,
    )


def _combined(layers: Iterable[RunTraits]) -> RunTraits:
    """Return the first value that the layers have for each trait."""
    return RunTraits(
        *(next((each for each in values if each is not None), None) for values in zip(*layers, strict=True))
    )


def _color(element: Any | None) -> str | None:
    if element is None:
        return None
    is_paper = element.get(W + "themeColor") in ("background1", "bg1", "light1") and not element.get(W + "themeShade")
    return WHITE if is_paper else color_code(element.get(W + "val"))


def _ground(properties: Any | None) -> str | None:
    """Return the color behind text by its `w:shd` or `w:highlight`; None if it has none."""
    highlight = value_of(properties, "highlight")
    if highlight and highlight != "none":
        return HIGHLIGHTS.get(highlight, UNKNOWN)
    shading = properties.find(W + "shd") if properties is not None else None
    if shading is None or shading.get(W + "val") == "nil":
        return None
    if shading.get(W + "val") not in ("clear", "solid"):
        return UNKNOWN
    value = shading.get(W + ("color" if shading.get(W + "val") == "solid" else "fill"))
    return None if value in (None, "auto") else color_code(value)


def outline_level(properties: Any | None) -> int | None:
    """Return the heading level that a `w:pPr` itself says, 0 for body text, or None."""
    value = value_of(properties, "outlineLvl")
    if not value.isdecimal():
        return None
    return int(value) + 1 if int(value) < MAX_HEADING_LEVEL else 0


def value_of(properties: Any | None, name: str) -> str:
    """Return the value of a property, or ""."""
    found = properties.find(W + name) if properties is not None else None
    return str(found.get(W + "val") or "") if found is not None else ""


def switch(properties: Any | None, name: str) -> bool | None:
    """Return whether a property is on or off, or None if the properties do not have it."""
    found = properties.find(W + name) if properties is not None else None
    return None if found is None else str(found.get(W + "val") or "1") not in OFF


def _style(element: Any) -> _Style:
    name, properties = value_of(element, "name"), element.find(W + "pPr")
    heading = HEADING_STYLE_NAME.fullmatch(name)
    level = int(heading.group(1)) if heading else 1 if name.casefold() == "title" else outline_level(properties)
    return _Style(
        name=name,
        rests_on=value_of(element, "basedOn"),
        is_default_paragraph=element.get(W + "type") == "paragraph" and element.get(W + "default") not in (None, *OFF),
        level=level,
        numbering=properties.find(W + "numPr") if properties is not None else None,
        run=run_traits(element.find(W + "rPr")),
        ground=_ground(properties),
        has_grounds=any(shd.get(W + "fill") not in (None, "auto", "FFFFFF") for shd in element.iter(W + "shd")),
    )
