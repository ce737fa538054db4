"""The numbers and bullets that Word draws before paragraphs: they stand nowhere in the paragraphs themselves."""

import re
from typing import Any, NamedTuple

from outlast.tools.documents.word_package import WordPackage

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVEL_PLACEHOLDER = re.compile(r"%([1-9])")
LEVEL_COUNT = 9
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
ROMAN_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN_LIMIT = 4000  # what Roman numerals are for


class _Level(NamedTuple):
    kind: str
    """`bullet`, `decimal`, `lowerLetter`, ...; `none` shows nothing."""
    pattern: str
    """Such as `%1.%2`: the numbers of the levels."""
    start: int


class Numbering:
    """Counts while the paragraphs are read in order."""

    def __init__(self, package: WordPackage) -> None:
        self._lists = _lists(package)
        self._styles = dict(_styles(package.styles))
        self._counts: dict[str, list[int]] = {}

    def mark(self, paragraph: Any) -> tuple[str, bool]:
        """What stands before the paragraph's words, with a space after it, and whether it is an item of a list."""
        properties = paragraph.find(W + "pPr")
        if properties is None:
            return "", False
        style = properties.find(W + "pStyle")
        of_style = self._styles.get(str(style.get(W + "val")), ("", 0)) if style is not None else ("", 0)
        name, depth = _list_and_depth(properties.find(W + "numPr"), of_style)
        abstract, levels = self._lists.get(name, ("", {}))
        level = levels.get(depth)
        if level is None:
            return "", False
        if level.kind == "bullet":
            return "- ", True
        return self._number(abstract, levels, depth), True

    def _number(self, abstract: str, levels: dict[int, _Level], depth: int) -> str:
        counts = self._counts.setdefault(abstract, [0] * LEVEL_COUNT)
        counts[depth] = counts[depth] + 1 if counts[depth] else levels[depth].start
        counts[depth + 1 :] = [0] * (LEVEL_COUNT - depth - 1)

        def shown(place: re.Match[str]) -> str:
            of = int(place.group(1)) - 1
            level = levels.get(of)
            return _format_number(counts[of] or 1, level.kind if level is not None else "decimal")

        mark = LEVEL_PLACEHOLDER.sub(shown, levels[depth].pattern).strip()
        return f"{mark} " if mark and levels[depth].kind != "none" else ""


def _list_and_depth(properties: Any, otherwise: tuple[str, int]) -> tuple[str, int]:
    if properties is None:
        return otherwise
    name, depth = properties.find(W + "numId"), properties.find(W + "ilvl")
    at = str(depth.get(W + "val")) if depth is not None else ""
    level = int(at) if at.isdecimal() and int(at) < LEVEL_COUNT else otherwise[1]
    return (str(name.get(W + "val")) if name is not None else otherwise[0]), level


def _lists(package: WordPackage) -> dict[str, tuple[str, dict[int, _Level]]]:
    """Of each list: what it counts with, and its levels."""
    from outlast.tools.documents.xml_tree import parse_xml  # noqa: PLC0415 - lxml is slow to load, and not for all

    if "numbering" not in package.parts:
        return {}
    root = parse_xml(package.parts["numbering"], "numbering")
    kinds = {str(each.get(W + "abstractNumId")): dict(_levels(each)) for each in root.iter(W + "abstractNum")}
    lists: dict[str, tuple[str, dict[int, _Level]]] = {}
    for each in root.iter(W + "num"):
        of = each.find(W + "abstractNumId")
        abstract = str(of.get(W + "val")) if of is not None else ""
        if abstract in kinds:
            restarts = each.find(W + "lvlOverride") is not None
            name = str(each.get(W + "numId"))
            lists[name] = (f"list {name}" if restarts else abstract, kinds[abstract])
    return lists


def _levels(abstract: Any) -> list[tuple[int, _Level]]:
    found: list[tuple[int, _Level]] = []
    for level in abstract.iter(W + "lvl"):
        depth = str(level.get(W + "ilvl"))
        values = {name: _value(level.find(W + name)) for name in ("numFmt", "lvlText", "start")}
        if depth.isdecimal() and int(depth) < LEVEL_COUNT:
            start = int(values["start"]) if values["start"].isdecimal() else 1
            found.append((int(depth), _Level(values["numFmt"], values["lvlText"], start)))
    return found


def _value(element: Any) -> str:
    return str(element.get(W + "val")) if element is not None else ""


def _styles(styles: Any) -> list[tuple[str, tuple[str, int]]]:
    return [
        (str(style.get(W + "styleId")), _list_and_depth(properties.find(W + "numPr"), ("", 0)))
        for style in styles.iter(W + "style")
        if (properties := style.find(W + "pPr")) is not None and properties.find(W + "numPr") is not None
    ]


def _format_number(number: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 % 10 + 1)
        return letter if kind == "lowerLetter" else letter.upper()
    if kind in ("lowerRoman", "upperRoman") and number < ROMAN_LIMIT:
        roman, rest = "", number
        for value, sign in ROMAN:
            roman += sign * (rest // value)
            rest %= value
        roman += ROMAN_ONES[rest]
        return roman if kind == "lowerRoman" else roman.upper()
    return str(number)
