"""The lists and tables of XML formats for text: DocBook, TEI, JATS, DITA and others, which name them alike."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from outlast.tools.documents.xml_tree import ETREE

ORDERED_LISTS = frozenset({"ol", "orderedlist", "procedure", "steps", "substeps"})
BULLET_LISTS = frozenset({"ul", "itemizedlist", "choices", "simplelist", "sl", "steps-unordered"})
ITEMS = frozenset({"li", "listitem", "list-item", "item", "step", "substep", "choice", "member", "sli"})
ORDERED_TYPES = frozenset({"order", "ordered", "numbered", "arabic"})
LETTERS_OF_TYPES = {"alpha-lower": "a", "alpha-upper": "A", "loweralpha": "a", "upperalpha": "A"}
UNMARKED_TYPES = frozenset({"simple", "gloss", "definition", "def-list"})
BULLET = "- "
TABLES = frozenset({"table", "informaltable", "tgroup", "simpletable"})
GROUPS_OF_ROWS = frozenset({"tgroup", "thead", "tbody", "tfoot"})
HEADER_GROUPS = frozenset({"thead", "sthead"})
ROWS = frozenset({"tr", "row", "strow", "sthead"})
CELLS = frozenset({"td", "th", "entry", "cell", "stentry"})
MAX_ALPHABET = 26
MAX_SPAN = 1_000


class Row(NamedTuple):
    """A row of a table: its cells, each with how many columns and rows it spans."""

    cells: list[tuple[Any, int, int]]
    is_header: bool


class ListMarks:
    """Gives each item of a list its bullet or number."""

    def __init__(self) -> None:
        self._counts: dict[Any, int] = {}  # of each list, the items so far

    def mark(self, element: Any) -> str | None:
        """Return the mark of an item, followed by a space; None if the element is no item of a list with marks."""
        parent = element.getparent()
        if parent is None or name_of(element) not in ITEMS:
            return None
        kind = _kind_of_list(parent)
        if kind is None:
            return None
        if not kind:
            return BULLET
        number = self._counts[parent] = self._counts.get(parent, _first(parent) - 1) + 1
        return f"{_written(number, kind)}. "


def _kind_of_list(element: Any) -> str | None:
    """Return `1`, `a` or `A` for a numbered list, "" for one with bullets, and None for anything else."""
    name = name_of(element)
    declared = next((value for key in ("list-type", "numeration", "type", "rend") if (value := element.get(key))), "")
    if name in ORDERED_LISTS:
        return LETTERS_OF_TYPES.get(declared, "a" if declared == "a" else "1")
    if name in BULLET_LISTS:
        return ""
    has_labels = any(name_of(child) in ("label", "lb") for child in element)
    if name != "list" or has_labels or declared in UNMARKED_TYPES:
        return None
    if declared in LETTERS_OF_TYPES:
        return LETTERS_OF_TYPES[declared]
    return "1" if declared in ORDERED_TYPES else ""


def _first(parent: Any) -> int:
    start = str(parent.get("start") or parent.get("startingnumber") or "1")
    return int(start) if start.isdecimal() and len(start) < 7 else 1


def _written(number: int, kind: str) -> str:
    return str(number) if kind == "1" or number > MAX_ALPHABET else chr(ord(kind) + number - 1)


def rows_of(table: Any) -> list[Row] | None:
    """Return the rows of a table; None for an element that is none, or that has parts of another kind."""
    if name_of(table) not in TABLES:
        return None
    rows = list(_rows(table, is_header=False))
    return rows or None


def others_of(table: Any) -> Iterator[Any]:
    """Yield what is in a table besides its rows, such as its title."""
    for child in table:
        name = name_of(child)
        if name and name not in ROWS | GROUPS_OF_ROWS | {"colspec", "col", "colgroup"}:
            yield child


def _rows(parent: Any, *, is_header: bool) -> Iterator[Row]:
    columns = {str(each.get("colname")): number for number, each in enumerate(parent) if name_of(each) == "colspec"}
    for child in parent:
        name = name_of(child)
        if name in ROWS:
            cells = [
                (
                    cell,
                    _columns(cell, columns or _columns_around(parent)),
                    _count(cell.get("rowspan"), cell.get("morerows")),
                )
                for cell in child
                if name_of(cell) in CELLS
            ]
            has_headers = bool(cells) and all(name_of(cell) == "th" for cell, _, _ in cells)
            is_label = child.get("role") == "label"
            yield Row(cells, is_header or name in HEADER_GROUPS or has_headers or is_label)
        elif name in GROUPS_OF_ROWS:
            yield from _rows(child, is_header=is_header or name in HEADER_GROUPS)


def _columns_around(group: Any) -> dict[str, int]:
    parent = group.getparent()
    specs = [each for each in parent if name_of(each) == "colspec"] if parent is not None else []
    return {str(each.get("colname")): number for number, each in enumerate(specs)}


def _columns(cell: Any, columns: dict[str, int]) -> int:
    first, last = columns.get(str(cell.get("namest"))), columns.get(str(cell.get("nameend")))
    if first is not None and last is not None:
        return max(1, min(last - first + 1, MAX_SPAN))
    return _count(cell.get("colspan") or cell.get("cols"), None)


def _count(spanned: str | None, more: str | None) -> int:
    """Return how many columns or rows a cell spans: as HTML counts them, or as DocBook counts those after the first."""
    value = spanned or more or ""
    number = int(value) if value.isdecimal() and len(value) < 5 else 1 if spanned or not more else 0
    return max(1, min(number + (0 if spanned or not more else 1), MAX_SPAN))


def name_of(element: Any) -> str:
    """Return the name of an element without its namespace, in lower case; "" for comments and the like."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return str(ETREE.QName(element).localname).lower()
