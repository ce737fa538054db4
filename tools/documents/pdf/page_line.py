"""A line of a page as PDFium finds it, with its measures, before it is cut into pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from outlast.tools.documents.pdf.glyphs import Glyphs, Run


@dataclass(slots=True)
class PageLine:
    """Characters `first` to `last` of the page, both included, in runs of one direction."""

    first: int
    last: int
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    turn: int
    cut: bool
    runs: list[Run]
    apart: bool = False
    lefts: Sequence[float] = ()
    """Where the text objects begin that are read as one run."""

    def letter_width(self) -> float:
        """Return the average width of a character, as a multiple of the font size."""
        return (self.right - self.left) / ((self.last + 1 - self.first) * (self.size or 1))


def line_of(glyphs: Glyphs, runs: list[Run], *, cut: bool, apart: bool = False) -> PageLine:
    """Measure the line of some runs. Its size and its height are those of its longest run."""
    first, last, main = runs[0].first, runs[-1].last, runs[0]
    if len(runs) > 1:
        main = max(runs, key=lambda run: run.last - run.first)
    left, right = glyphs.edges(first, main.turn)
    last_left, last_right = glyphs.edges(last, main.turn)
    left, right = min(left, last_left), max(right, last_right)
    middle = glyphs.middle(main.first, main.last)
    bold, fixed = glyphs.face(middle)
    if bold or fixed:  # a bold word does not make a bold line
        for place in (first, last):
            also_bold, also_fixed = glyphs.face(place)
            bold, fixed = bold and also_bold, fixed and also_fixed
    return PageLine(first, last, left, right, main.baseline, main.size, bold, fixed, main.turn, cut, runs, apart)


def part_of(glyphs: Glyphs, line: PageLine, first: int, last: int, edges: tuple[float, float]) -> PageLine:
    """Return the part of a line between two characters, both included, which stand at its `edges`."""
    runs = line.runs
    if len(runs) > 1:
        runs = [run for run in runs if run.first <= last and run.last >= first]
    bold, fixed = (line.bold, line.fixed) if len(line.runs) == 1 else glyphs.face((first + last) // 2)
    main = max(runs, key=lambda run: min(run.last, last) - max(run.first, first))
    runs = [
        Run(max(run.first, first), min(run.last, last), run.size, run.baseline, run.turn, run.address) for run in runs
    ]
    return PageLine(first, last, *edges, main.baseline, main.size, bold, fixed, main.turn, False, runs)
