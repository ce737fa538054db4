"""The numbers and bullets that Word draws before paragraphs. The paragraphs themselves do not hold them."""

import re
from typing import Any, NamedTuple

from outlast.tools.documents.word_package import WordPackage

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVEL_PLACEHOLDER = re.compile(r"%([1-9])")
LEVEL_COUNT = 9
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
ROMAN_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN_LIMIT = 4000  # Roman numerals end before it


class _Level(NamedTuple):
    """A level of a list definition."""

    kind: str
    """`bullet`, `decimal`, `lowerLetter`, ...; `none` has no mark."""
    pattern: str
    """For example `%1.%2`: placeholders for the numbers of the levels."""
    start: int


class Numbering:
    """The counters of all lists. Call `mark` for the paragraphs in their order."""

    def __init__(self, package: WordPackage) -> None:
        self._lists = _lists(package)
        self._styles = dict(_styles(package.styles))
        self._counts: dict[str, list[int]] = {}

    def mark(self, paragraph: Any) -> tuple[str, bool]:
        """Return the paragraph's number or bullet, followed by a space, and whether it is an item of a list."""
        properties = paragraph.find(W + "pPr")
        if properties is None:
            return "", False
        style = properties.find(W + "pStyle")
        style_list = self._styles.get(str(style.get(W + "val")), ("", 0)) if style is not None else ("", 0)
        name, depth = _list_and_depth(properties.find(W + "numPr"), style_list)
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

        def fill(placeholder: re.Match[str]) -> str:
            level_index = int(placeholder.group(1)) - 1
            level = levels.get(level_index)
            return _format_number(counts[level_index] or 1, level.kind if level is not None else "decimal")

        mark = LEVEL_PLACEHOLDER.sub(fill, levels[depth].pattern).strip()
        return f"{mark} " if mark and levels[depth].kind != "none" else ""


def _list_and_depth(properties: Any, default: tuple[str, int]) -> tuple[str, int]:
    if properties is None:
        return default
    name, depth = properties.find(W + "numId"), properties.find(W + "ilvl")
    value = str(depth.get(W + "val")) if depth is not None else ""
    level = int(value) if value.isdecimal() and int(value) < LEVEL_COUNT else default[1]
    return (str(name.get(W + "val")) if name is not None else default[0]), level


def _lists(package: WordPackage) -> dict[str, tuple[str, dict[int, _Level]]]:
    """Return, for each list, the key of its counters and its levels. Lists may share their counters."""
    from outlast.tools.documents.xml_tree import parse_xml  # noqa: PLC0415 - lxml is slow to import, and most formats do not need it

    if "numbering" not in package.parts:
        return {}
    root = parse_xml(package.parts["numbering"], "numbering")
    kinds = {
        str(definition.get(W + "abstractNumId")): dict(_levels(definition))
        for definition in root.iter(W + "abstractNum")
    }
    lists: dict[str, tuple[str, dict[int, _Level]]] = {}
    for number in root.iter(W + "num"):
        reference = number.find(W + "abstractNumId")
        abstract = str(reference.get(W + "val")) if reference is not None else ""
        if abstract in kinds:
            restarts = number.find(W + "lvlOverride") is not None
            name = str(number.get(W + "numId"))
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
