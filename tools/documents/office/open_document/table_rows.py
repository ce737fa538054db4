"""The rows of a table in an OpenDocument file, and the numbers that its cells have."""

from collections.abc import Iterator
from typing import Any

from outlast.tools.documents.office.open_document.styles import TABLE


def rows(table: Any) -> Iterator[tuple[Any, bool]]:
    """Yield the rows of a table, and whether each is a header row. Repeated rows without words come once."""
    for child in table:
        if child.tag == TABLE + "table-row":
            yield child, False
        elif child.tag == TABLE + "table-header-rows":
            yield from ((row, True) for row, _ in rows(child))
        elif child.tag in (TABLE + "table-rows", TABLE + "table-row-group"):
            yield from rows(child)


def count(element: Any, name: str) -> int:
    """Return a number of an element of a table, 1 if it has none."""
    value = str(element.get(TABLE + name) or "1")
    return max(1, int(value[:7])) if value.isdecimal() else 1
