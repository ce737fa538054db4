"""The numbers and bullets that Word draws before paragraphs. The paragraphs themselves do not hold them."""

import re
from typing import Any, NamedTuple

from outlast.tools.documents.office.numerals import format_number
from outlast.tools.documents.office.word.styles import OFF, Styles, W, value_of

LEVEL_PLACEHOLDER = re.compile(r"%([1-9])")
LEVEL_COUNT = 9
NO_LIST = "0"
"""The number of a list that takes a paragraph out of the list of its style."""


class _Level(NamedTuple):
    """A level of a list definition."""

    kind: str
    """`bullet`, `decimal`, `lowerLetter`, ...; `none` has no mark."""
    pattern: str
    """For example `%1.%2`: placeholders for the numbers of the levels."""
    start: int
    restarts_after: int
    """The number of the level after which its count begins anew (and after all above it); 0 for never."""
    is_legal: bool
    """Whether the numbers of all levels are written as digits."""
    style: str
    """The style whose paragraphs are at this level."""


class _List(NamedTuple):
    counters: str
    """The key of its counters. Lists may share them."""
    levels: dict[int, _Level]


class Numbering:
    """The counters of all lists. Call `mark` for the paragraphs in their order. `root` is that of the part, or None."""

    def __init__(self, root: Any | None, styles: Styles) -> None:
        self._lists = _lists(root) if root is not None else {}
        self._styles = styles
        self._counts: dict[str, list[int | None]] = {}

    def mark(self, properties: Any | None) -> tuple[str, bool]:
        """Return the number or bullet of a paragraph, followed by a space, and whether the paragraph is a list item.

        `properties` are those of the paragraph, its `w:pPr`.
        """
        found, depth = self._list_and_depth(properties)
        level = found.levels.get(depth) if found is not None else None
        if found is None or level is None:
            return "", False
        if level.kind == "bullet":
            return ("- " if level.pattern.strip() else ""), True
        return self._number(found, depth), True

    def _list_and_depth(self, properties: Any | None) -> tuple[_List | None, int]:
        direct = properties.find(W + "numPr") if properties is not None else None
        style, of_style = self._styles.numbering(value_of(properties, "pStyle"))
        name = value_of(direct, "numId") or value_of(of_style, "numId")
        found = self._lists.get(name) if name != NO_LIST else None
        depth = value_of(direct, "ilvl") or ("" if value_of(direct, "numId") else value_of(of_style, "ilvl"))
        if found is not None and not depth and style and not value_of(direct, "numId"):
            depth = next((str(number) for number, level in found.levels.items() if level.style == style), "")
        return found, int(depth) if depth.isdecimal() and int(depth) < LEVEL_COUNT else 0

    def _number(self, found: _List, depth: int) -> str:
        levels = found.levels
        counts = self._counts.setdefault(found.counters, [None] * LEVEL_COUNT)
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else before + 1
        for deeper in range(depth + 1, LEVEL_COUNT):
            if deeper not in levels or depth < levels[deeper].restarts_after:
                counts[deeper] = None

        def fill(placeholder: re.Match[str]) -> str:
            index = int(placeholder.group(1)) - 1
            level, count = levels.get(index), counts[index]
            if level is None:
                return format_number(1 if count is None else count, "decimal")
            kind = "decimal" if levels[depth].is_legal and level.kind != "decimalZero" else level.kind
            return format_number(level.start if count is None else count, kind)

        mark = LEVEL_PLACEHOLDER.sub(fill, levels[depth].pattern).strip()
        return f"{mark} " if mark and levels[depth].kind != "none" else ""


def _lists(root: Any) -> dict[str, _List]:
    definitions = {str(each.get(W + "abstractNumId")): each for each in root.iter(W + "abstractNum")}
    linked = {link: key for key, each in definitions.items() if (link := value_of(each, "styleLink"))}
    lists: dict[str, _List] = {}
    for number in root.iter(W + "num"):
        key = value_of(number, "abstractNumId")
        if key in definitions:  # it may be no more than the name of a style that has the levels
            key = linked.get(value_of(definitions[key], "numStyleLink"), key)
        if key not in definitions:
            continue
        levels = dict(_levels(definitions[key]))
        restarts = False
        for override in number.iterchildren(W + "lvlOverride"):
            depth, start = str(override.get(W + "ilvl")), value_of(override, "startOverride")
            levels.update(_levels(override))
            if depth.isdecimal() and start.isdecimal() and int(depth) in levels:
                levels[int(depth)] = levels[int(depth)]._replace(start=_small(start))
                restarts = True
        name = str(number.get(W + "numId"))
        lists[name] = _List(f"list {name}" if restarts else key, levels)
    return lists


def _levels(parent: Any) -> list[tuple[int, _Level]]:
    found: list[tuple[int, _Level]] = []
    for level in parent.iterchildren(W + "lvl"):
        depth = str(level.get(W + "ilvl"))
        if not depth.isdecimal() or int(depth) >= LEVEL_COUNT:
            continue
        start, restart, legal = value_of(level, "start"), value_of(level, "lvlRestart"), level.find(W + "isLgl")
        found.append(
            (
                int(depth),
                _Level(
                    kind=value_of(level, "numFmt") or "decimal",
                    pattern=value_of(level, "lvlText"),
                    start=_small(start) if start.isdecimal() else 0 if start else 1,
                    restarts_after=int(restart) if restart.isdecimal() and int(restart) < LEVEL_COUNT else int(depth),
                    is_legal=legal is not None and str(legal.get(W + "val") or "1") not in OFF,
                    style=value_of(level, "pStyle"),
                ),
            )
        )
    return found


def _small(digits: str) -> int:
    return min(int(digits[:9]), 1_000_000)
