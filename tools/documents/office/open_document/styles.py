"""The styles of an OpenDocument file: what of them changes its text, and how its lists are numbered."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from outlast.tools.documents.office.looks import UNKNOWN, WHITE, color_code
from outlast.tools.documents.office.numerals import format_number
from outlast.tools.documents.office.package import local_name

_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE, TEXT, TABLE, STYLE, DRAW, PRESENTATION, FORM = (
    f"{{{_NAMES}:{name}:1.0}}" for name in ("office", "text", "table", "style", "drawing", "presentation", "form")
)
FO = f"{{{_NAMES}:xsl-fo-compatible:1.0}}"
XLINK = "{http://www.w3.org/1999/xlink}"
NUMBER_KINDS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "一": "chineseCounting",
}
SIZE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)pt")
MAX_STYLE_DEPTH = 20


class TextTraits(NamedTuple):
    """What of a style changes the text. None where the style does not say it."""

    hidden: bool | None = None
    shift: int | None = None
    color: str | None = None
    """As in `looks`."""
    ground: str | None = None
    """The color behind it."""
    points: float | None = None
    struck: bool | None = None

    def over(self, other: "TextTraits") -> "TextTraits":
        """Return these traits, and those of the other where these do not say anything."""
        pairs = zip(self, other, strict=True)
        return TextTraits._make(mine if mine is not None else theirs for mine, theirs in pairs)


class _Style(NamedTuple):
    parent: str
    traits: TextTraits
    list_style: str
    is_hidden: bool
    """Whether sheets or slides of the style are hidden."""


class ListLevel(NamedTuple):
    """A level of a list style."""

    kind: str
    """As in `numerals`; "" for a level without numbers."""
    is_bullet: bool
    prefix: str
    suffix: str
    start: int
    shown_levels: int


class OdfStyles:
    """The styles in the given roots; those of the first one come first, as automatic styles have the same names."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[tuple[str, str], _Style] = {}
        self._traits: dict[tuple[str, str], TextTraits] = {}
        self._lists: dict[str, dict[int, ListLevel]] = {}
        self.outline: dict[int, ListLevel] = {}
        self.colors_pages = False
        """Whether pages have a color or a picture behind their text."""
        for root in roots:
            for element in root.iter(STYLE + "style"):
                key = str(element.get(STYLE + "family")), str(element.get(STYLE + "name"))
                self._styles.setdefault(key, _style(element))
            self.colors_pages = self.colors_pages or any(
                _ground(each) not in (None, WHITE) or each.find(STYLE + "background-image") is not None
                for each in root.iter(STYLE + "page-layout-properties")
            )
            for element in root.iter(TEXT + "list-style"):
                self._lists.setdefault(str(element.get(STYLE + "name")), dict(_levels(element)))
            for element in root.iter(TEXT + "outline-style"):
                self.outline = self.outline or {n: each for n, each in _levels(element) if each.kind}

    def traits(self, family: str, name: str | None) -> TextTraits:
        key = family, name or ""
        if key not in self._traits:
            found = TextTraits()
            for style in self._chain(family, name):
                found = found.over(style.traits)
            self._traits[key] = found
        return self._traits[key]

    def is_hidden(self, family: str, name: str | None) -> bool:
        """Return whether sheets or slides of a style are hidden."""
        return any(style.is_hidden for style in self._chain(family, name))

    def list_style(self, paragraph_style: str | None) -> str:
        return next((style.list_style for style in self._chain("paragraph", paragraph_style) if style.list_style), "")

    def level(self, list_style: str, depth: int) -> ListLevel | None:
        return self._lists.get(list_style, {}).get(depth)

    def _chain(self, family: str, name: str | None) -> Iterator[_Style]:
        for _ in range(MAX_STYLE_DEPTH):
            style = self._styles.get((family, name or ""))
            if style is None:
                return
            yield style
            name = style.parent


class Counters:
    """The numbers of lists. A list that continues another one of its style goes on counting."""

    def __init__(self, styles: OdfStyles) -> None:
        self._styles = styles
        self._counts: dict[str, dict[int, int]] = {}

    def restart(self, style: str) -> None:
        self._counts.pop(style, None)

    def mark(self, style: str, depth: int, start: str | None) -> str:
        """Return the number or bullet of the next item at a depth (from 1), followed by a space."""
        level = self._styles.level(style, depth)
        if level is None or level.is_bullet:
            return "- "
        return self._number(style, level, depth, start, {n: self._styles.level(style, n) for n in range(1, depth + 1)})

    def heading_mark(self, depth: int) -> str:
        """Return the number of the next heading of a level, if headings are numbered."""
        level = self._styles.outline.get(depth)
        if level is None:
            return ""
        return self._number("\0outline", level, depth, None, dict(self._styles.outline))

    def _number(
        self,
        key: str,
        level: ListLevel,
        depth: int,
        start: str | None,
        levels: dict[int, ListLevel | None] | dict[int, ListLevel],
    ) -> str:
        counts = self._counts.setdefault(key, {})
        counts[depth] = int(start[:6]) if start and start.isdecimal() else counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if not level.kind:
            return ""
        shown: list[str] = []
        for number in range(max(1, depth - level.shown_levels + 1), depth + 1):
            each = levels.get(number)
            if each is not None and each.kind:
                shown.append(format_number(counts.get(number, each.start), each.kind))
        return f"{level.prefix}{'.'.join(shown)}{level.suffix}".strip() + " "


def _style(element: Any) -> _Style:
    sheet, page = element.find(f"{STYLE}table-properties"), element.find(f"{STYLE}drawing-page-properties")
    is_hidden = (sheet is not None and sheet.get(TABLE + "display") == "false") or (
        page is not None and page.get(PRESENTATION + "visibility") == "hidden"
    )
    return _Style(
        str(element.get(STYLE + "parent-style-name") or ""),
        _traits(element),
        str(element.get(STYLE + "list-style-name") or ""),
        is_hidden,
    )


def _traits(style: Any) -> TextTraits:
    text = style.find(f"{STYLE}text-properties")
    ground = _ground(text)
    for name in ("paragraph", "table-cell", "table-row", "table"):
        ground = _ground(style.find(f"{STYLE}{name}-properties")) if ground is None else ground
    if text is None:
        return TextTraits(ground=ground)
    display, line = text.get(TEXT + "display"), text.get(STYLE + "text-line-through-style")
    line = line or text.get(STYLE + "text-line-through-type")
    color, size = text.get(FO + "color"), SIZE.fullmatch(str(text.get(FO + "font-size") or ""))
    return TextTraits(
        None if display is None else display == "none",
        _shift(text.get(STYLE + "text-position")),
        UNKNOWN if text.get(STYLE + "use-window-font-color") == "true" else color and color_code(str(color)),
        ground,
        float(size.group(1)) if size else None,
        None if line is None else line != "none",
    )


def _ground(properties: Any | None) -> str | None:
    value = properties.get(FO + "background-color") if properties is not None else None
    return None if value in (None, "transparent") else color_code(str(value))


def _shift(position: str | None) -> int | None:
    if position is None:
        return None
    first = position.split()[0] if position.split() else "0%"
    value = first.rstrip("%")
    return {"super": 1, "sub": -1}.get(first, 0 if value in ("0", "") else -1 if value.startswith("-") else 1)


def _levels(element: Any) -> Iterator[tuple[int, ListLevel]]:
    for level in element:
        depth = str(level.get(TEXT + "level") or "")
        if not depth.isdecimal():
            continue
        start, shown = (str(level.get(TEXT + name) or "1") for name in ("start-value", "display-levels"))
        code = str(level.get(STYLE + "num-format") or "")
        yield (
            int(depth[:2]),
            ListLevel(
                kind=NUMBER_KINDS.get(code, "decimal") if code else "",
                is_bullet=local_name(level) in ("list-level-style-bullet", "list-level-style-image"),
                prefix=str(level.get(STYLE + "num-prefix") or ""),
                suffix=str(level.get(STYLE + "num-suffix") or ""),
                start=int(start[:6]) if start.isdecimal() else 1,
                shown_levels=int(shown[:2]) if shown.isdecimal() else 1,
            ),
        )
