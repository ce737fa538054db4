"""Elements that are rows, cells or blocks only by their role or their style, as programs that make pages write them."""

from typing import NamedTuple

from selectolax.lexbor import LexborNode

from outlast.tools.documents.block_text import BlockText, Break
from outlast.tools.documents.markup.spans import SPAN_TAGS
from outlast.tools.documents.markup.styles import Effect
from outlast.tools.documents.markup.visibility import Attributes

PARTS_BY_ROLE = {"row": "row"} | dict.fromkeys(("cell", "gridcell", "columnheader", "rowheader"), "cell")
PARTS_BY_DISPLAY = {"table-row": "row", "table-cell": "cell"} | dict.fromkeys(("block", "flex", "grid"), "block")
PLAIN_TAGS = frozenset("abbr b big cite code div em font i kbd label mark samp small span strong tt u var".split())
"""Elements that say nothing of their own about where they stand."""


class _Open(NamedTuple):
    mem_id: int
    part: str


class DrawnParts:
    """The open parts of a page that are drawn by roles and styles."""

    def __init__(self, output: BlockText) -> None:
        self._output = output
        self._open: list[_Open] = []
        self._cells: list[int] = []  # of each open row, the cells so far

    def enter(self, node: LexborNode, tag: str, attributes: Attributes, effect: Effect) -> bool:
        """Open a part if the element is one; return False for other elements."""
        if tag not in PLAIN_TAGS or tag in SPAN_TAGS:
            return False
        part = PARTS_BY_ROLE.get(attributes.get("role") or "") or PARTS_BY_DISPLAY.get(effect.display, "")
        if not part or (part == "block" and (tag == "div" or effect.vertical or effect.is_struck)):
            return False
        output = self._output
        if part == "cell" and not self._cells:
            part = "block"  # without a row
        if part == "cell":
            if self._cells[-1]:
                output.separate(Break.CELL)
            self._cells[-1] += 1
            output.open_item()
        else:
            output.separate(Break.LINE)
            if part == "row":
                self._cells.append(0)
        self._open.append(_Open(node.mem_id, part))
        return True

    def leave(self, node: LexborNode) -> bool:
        """Close the part that the element is; return False for other elements."""
        if not self._open or self._open[-1].mem_id != node.mem_id:
            return False
        part = self._open.pop().part
        if part == "cell":
            self._output.close_item(short=Break.NONE, long=Break.BLANK_LINE)
            return True
        if part == "row":
            self._cells.pop()
        self._output.separate(Break.LINE)
        return True
