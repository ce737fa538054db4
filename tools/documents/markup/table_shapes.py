"""Which tables of a page hold data, and which ones lay out text, as those of old pages do."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from outlast.tools.documents.markup.visit import visit

MAX_CELL_CHARACTERS = 1_000
"""A longer cell with several lines is text that a table lays out."""
MAX_UNMARKED_CELL_CHARACTERS = 300  # the same, in a table that has no header cells
BLOCKS_OF_TEXT = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "dl", "form", "hr"})
LINES_OF_TEXT = frozenset({"p", "li", "div", "section", "article"})
MAX_BOLD_DEPTH = 4
BOLD_TAGS = frozenset({"b", "strong"})


@dataclass
class TableShape:
    """What is known of a table before it is read."""

    is_data: bool = False
    has_bold_header: bool = False
    """Whether it has no header cells, and its first row is set in bold letters."""


@dataclass
class _Measured:
    """A table that is being measured."""

    shape: TableShape
    is_layout: bool
    rows: int = 0
    columns: int = 0
    cells_in_row: int = 0
    has_header: bool = False
    longest_broken: int = 0
    """The characters of the longest cell with several lines."""
    characters: int = 0
    """Of the open cell."""
    lines: int = 0
    paragraphs: int = 0
    bold_cells: list[bool] = field(default_factory=list[bool])
    """Of the first row."""

    def add(self, node: LexborNode, tag: str) -> None:
        """Count a node inside the table."""
        if tag == "-text":
            self.characters += len(node.text_content or "")
        elif tag in ("td", "th"):
            self._end_cell()
            self.cells_in_row += 1
            self.has_header = self.has_header or tag == "th"
            if self.rows == 1:
                self.bold_cells.append(_is_bold(node))
        elif tag == "tr":
            self.rows += 1
            self.columns, self.cells_in_row = max(self.columns, self.cells_in_row), 0
        elif tag == "br":
            self.lines += 1
        elif tag in LINES_OF_TEXT:
            self.paragraphs += 1
        elif tag in BLOCKS_OF_TEXT or (tag == "pre" and "\n" in node.text().strip()):
            self.is_layout = True

    def finish(self) -> None:
        self._end_cell()
        is_grid = self.rows >= 2 and max(self.columns, self.cells_in_row) >= 2
        longest = MAX_CELL_CHARACTERS if self.has_header else MAX_UNMARKED_CELL_CHARACTERS
        self.shape.is_data = is_grid and not self.is_layout and self.longest_broken <= longest
        self.shape.has_bold_header = not self.has_header and len(self.bold_cells) > 1 and all(self.bold_cells)

    def _end_cell(self) -> None:
        if self.lines or self.paragraphs > 1:
            self.longest_broken = max(self.longest_broken, self.characters)
        self.characters = self.lines = self.paragraphs = 0


def measure_tables(table: LexborNode, shapes: dict[int, TableShape]) -> None:
    """Add the shapes of a table and of all tables inside it, by their `mem_id`. The time is linear."""
    opened: list[_Measured] = []

    def enter(node: LexborNode, _: int) -> bool:
        tag = node.tag or ""
        if tag == "table":
            if opened:
                opened[-1].is_layout = True  # a table around tables lays out text
            is_layout = node.attributes.get("role") in ("presentation", "none")
            opened.append(_Measured(shapes.setdefault(node.mem_id, TableShape()), is_layout))
        else:
            opened[-1].add(node, tag)
        return True

    def leave(node: LexborNode) -> None:
        if node.tag == "table":
            opened.pop().finish()

    visit(table, enter, leave)


def _is_bold(cell: LexborNode) -> bool:
    """Return whether all text of a cell is in one bold element, which may be in a paragraph."""
    node: LexborNode | None = cell
    for _ in range(MAX_BOLD_DEPTH):
        if node is None or node.tag in BOLD_TAGS:
            break
        children = [child for child in node.iter(include_text=True) if not child.is_text_node or child.text().strip()]
        node = children[0] if len(children) == 1 and children[0].is_element_node else None
    return node is not None and node.tag in BOLD_TAGS
