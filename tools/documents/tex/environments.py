"""The environments of LaTeX: lists, theorems, tables, displayed mathematics, and what stands there as it is."""

import re
from collections.abc import Callable

from outlast.evidence.losses import LossKind
from outlast.tools.documents.tex.commands import (
    ENVIRONMENT_ARGUMENTS,
    LISTS,
    MATHS_ENVIRONMENTS,
    PICTURE_ENVIRONMENTS,
    TABLE_ARGUMENTS,
    VERBATIM_ENVIRONMENTS,
)
from outlast.tools.documents.tex.maths import linear
from outlast.tools.documents.tex.printed import Printed
from outlast.tools.documents.tex.quantities import read_quantity
from outlast.tools.documents.tex.tables import Cell, split_cell, split_table
from outlast.tools.documents.tex.tokens import Source


class Environments:
    """Begins and ends environments. `inline` returns what a piece of source prints, on one line."""

    def __init__(self, source: Source, printed: Printed, inline: Callable[[str], str]) -> None:
        self._source, self._printed, self._inline = source, printed, inline
        self._theorems: dict[str, str] = {}
        self._lists: list[int | None] = []
        """The open lists: the number of the last item, or None where items have no numbers."""

    def begin(self, name: str) -> None:
        source = self._source
        if source.expand(f"begin {name}"):
            return
        if name in VERBATIM_ENVIRONMENTS:
            source.leave_out(LossKind.MARKUP, "settings", source.optional() or "")
            if name == "minted":
                source.argument()
            self._printed.write_verbatim(source.until(f"\\end{{{name}}}"))
        elif name == "comment":
            source.leave_out(LossKind.HIDDEN, "comments", source.until("\\end{comment}"))
        elif name in TABLE_ARGUMENTS and name != "array":
            self._write_table(name)
        elif name in MATHS_ENVIRONMENTS:
            self._printed.separate_inside()
            self._printed.write(linear(source.expanded(self._until_end(name), read_quantity)))
            self._printed.separate_inside()
        elif name in PICTURE_ENVIRONMENTS:
            words = source.until(f"\\end{{{name}}}")
            source.leave_out(LossKind.PICTURE, "drawings", re.sub(r"\\[a-zA-Z]+|\[[^\]]*\]", "", words))
        else:
            self._begin_text(name)

    def end(self, name: str) -> None:
        if self._source.expand(f"end {name}"):
            return
        self._printed.end_paragraph()
        if name in LISTS and self._lists:
            self._lists.pop()

    def write_item(self) -> None:
        """Write the label, number or dash of a list item."""
        self._printed.begin_line()
        label = self._source.optional()
        if label is not None:
            self._printed.write(f"{self._inline(label)} ")
        elif self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            self._printed.write(f"{number + 1}. ")
        else:
            self._printed.write("- ")

    def define_theorem(self) -> None:
        """Take the name of an environment of the author, and the words that it begins with."""
        name = self._source.argument()
        self._source.optional()
        self._theorems[name] = self._inline(self._source.argument())
        self._source.optional()

    def _begin_text(self, name: str) -> None:
        source = self._source
        self._printed.end_paragraph()
        if name in LISTS:
            self._lists.append(0 if "enum" in name else None)
        option = source.optional()
        for _ in range(ENVIRONMENT_ARGUMENTS.get(name, 0)):
            source.leave_out(LossKind.MARKUP, "settings", source.argument())
        if name in self._theorems:
            self._printed.write(f"{self._theorems[name]}{f' ({self._inline(option)})' if option else ''}. ")
        elif option:
            source.leave_out(LossKind.MARKUP, "settings", option)
        if name == "abstract":
            self._printed.write("Abstract. ")

    def _write_table(self, name: str) -> None:
        source = self._source
        source.optional()
        for _ in range(TABLE_ARGUMENTS[name]):
            source.leave_out(LossKind.MARKUP, "settings", source.argument())
        rows, header_rows = split_table(source.expanded(self._until_end(name)))
        written, kept_headers = list[list[str]](), 0
        for number, row in enumerate(rows):
            cells = [text for part in row for text in self._texts(split_cell(part))]
            if any(cells):
                written.append(cells)
                kept_headers += number < header_rows
        self._printed.write_table(written, kept_headers)

    def _texts(self, cell: Cell) -> list[str]:
        """Return the text of a cell, repeated for each column that it spans."""
        return [self._inline(cell.source)] * cell.columns

    def _until_end(self, name: str) -> str:
        """Return the source up to the end of an environment, with environments of the same name inside it."""
        source, content, depth = self._source, "", 1
        while depth:
            before = source.position
            part = source.until(f"\\end{{{name}")
            depth += part.count(f"\\begin{{{name}}}") + part.count(f"\\begin{{{name}*}}") - 1
            content += part if not depth else f"{part}\\end{{{name}}}"
            if source.position >= len(source.text) or source.position == before:
                break
        source.position += len("*}" if source.text.startswith("*}", source.position) else "}")
        return content
