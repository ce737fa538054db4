"""Cutting of lines where a column, a cell of a table or the field of a form begins.

Gaps between words are measured only in lines wider than their letters explain, and where columns may begin.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import median

from outlast.tools.documents.pdf.annotations import Addition
from outlast.tools.documents.pdf.columns import MAX_START_DISTANCE, column_starts, common_gaps, may_have_columns
from outlast.tools.documents.pdf.glyphs import Glyphs, Run
from outlast.tools.documents.pdf.page_line import PageLine, line_of, part_of

WIDE_GAP_SIZES = 1.3  # multiples of the font size: spaces of justified text are narrower, gaps between columns are not
STRETCHED_GAP_RATIO = 2  # to the narrowest gap of the line
WIDE_LINE_RATIO = 1.12  # to the usual width of a letter on the page: wider lines have gaps in them
SAMPLED_LINES = 4  # lines of a page that are searched for gaps between columns
MIN_COLUMN_LINES = 5
MIN_GUTTER_LETTERS = 15
MIN_GUTTER_SHARE = 0.6  # of the wide lines of a page
FIELD_OVERLAP = 4.0  # points by which the box of a field reaches over the words beside it
NUMBER_FIRST = re.compile(r"(?P<number>\d{1,4}) ")
MIN_NUMBERS_BY_FIVES = 3
SPACE = re.compile(r"\s+")


class LineSplitter:
    """Cuts the lines of one page."""

    def __init__(self, glyphs: Glyphs, seen: Callable[[list[Run]], list[Run]], fields: Sequence[Addition] = ()) -> None:
        """`seen` returns those of some runs that a reader sees; `fields` are those of a form."""
        self._glyphs = glyphs
        self._text = glyphs.text
        self._seen = seen
        self._fields = sorted(fields, key=lambda field: field.left)

    def split(self, lines: list[PageLine]) -> Iterator[PageLine]:
        """Yield the lines, cut at wide gaps, which are between columns and between cells of a table."""
        flowing = [line for line in lines if not line.fixed]
        if not flowing:
            yield from lines
            return
        usual = median(line.letter_width() for line in flowing)
        widest = max(line.right - line.left for line in flowing)
        wide = [line for line in flowing if line.right - line.left > 0.6 * widest]
        sample = wide[:: max(1, len(wide) // SAMPLED_LINES)][:SAMPLED_LINES]
        columns = sum(self._has_gutter(line) for line in sample) > 1  # a single one may be the running header
        starts = self._column_starts(lines, wide)
        if not starts and len(wide) >= MIN_COLUMN_LINES:
            starts = self._gutters_in_objects(wide)
        if not starts and sum(NUMBER_FIRST.match(self._text, line.first) is not None for line in flowing) > 2:
            starts = self._text_beside_numbers(flowing)
        for line in lines:
            if line.fixed:
                yield line
                continue
            for part in self._split_at(line, starts) if starts else (line,):
                is_wide = columns or part.letter_width() > WIDE_LINE_RATIO * usual
                for cell in self._split_line(part) if is_wide else (part,):
                    yield from self._split_at_fields(cell) if self._fields else (cell,)

    def _column_starts(self, lines: list[PageLine], wide: list[PageLine]) -> list[float]:
        """Return where columns begin. If there may be columns, all lines are cut into their runs."""
        if not may_have_columns([line.lefts or (0.0,) * len(line.runs) for line in wide]):
            return []
        for line in lines:
            if len(line.runs) == 1 and line.lefts:
                found, _ = self._glyphs.runs(line.first, line.last, thorough=True)
                line.runs = self._seen(found) or line.runs
        return column_starts([line.runs for line in wide], self._glyphs)

    def _gutters_in_objects(self, wide: list[PageLine]) -> list[float]:
        """Return where columns begin in the middle of text objects. If there are any, wide lines are cut there."""
        middle = wide[len(wide) // 2]
        if not common_gaps([self._all_gaps(middle)], middle.size):
            return []  # as on nearly all pages
        sample = [middle, wide[len(wide) // 4], wide[3 * len(wide) // 4]]  # the first may be a title
        found: list[float] = []
        for start in common_gaps([self._all_gaps(line) for line in sample], wide[0].size):
            places = [self._place_of_gap(line, start) for line in wide]
            if sum(place > 0 for place in places) >= MIN_GUTTER_SHARE * len(wide):
                found.append(start)
                for line, place in zip(wide, places, strict=True):
                    line.runs, line.lefts = [part for run in line.runs for part in _cut_run(run, place)], ()
        return found

    def _all_gaps(self, line: PageLine) -> list[tuple[float, float]]:
        turn, edges = line.turn, self._glyphs.edges
        spaces = SPACE.finditer(self._text, line.first, line.last)
        return [(edges(space.start() - 1, turn)[1], edges(space.end(), turn)[0]) for space in spaces]

    def _place_of_gap(self, line: PageLine, start: float) -> int:
        """Return the character that begins at a place in points; 0 if none does, or if few letters stand there."""
        for space in SPACE.finditer(self._text, line.first, line.last):
            if abs(self._glyphs.edges(space.end(), line.turn)[0] - start) < MAX_START_DISTANCE:
                sides = space.start() - line.first, line.last + 1 - space.end()
                return space.end() if min(sides) >= MIN_GUTTER_LETTERS else 0
        return 0

    def _text_beside_numbers(self, lines: list[PageLine]) -> list[float]:
        """Return where the text begins if numbers that count its lines, by fives or tens, stand before it."""
        usual, _ = Counter(round(line.left) for line in lines).most_common(1)[0]
        numbered = [line for line in lines if NUMBER_FIRST.match(self._text, line.first)]
        outside = [line for line in numbered if line.left < usual - line.size / 2]
        if len(outside) < MIN_NUMBERS_BY_FIVES or any(int(self._number(line)) % 5 for line in outside):
            return []
        for line in outside:
            found, _ = self._glyphs.runs(line.first, line.last, thorough=True)
            line.runs = self._seen(found) or line.runs
        return [float(usual)]

    def _number(self, line: PageLine) -> str:
        match = NUMBER_FIRST.match(self._text, line.first)
        return match["number"] if match else "1"

    def _split_at(self, line: PageLine, starts: list[float]) -> Iterator[PageLine]:
        """Yield the line, cut where a run begins at the start of a column."""
        if len(line.runs) == 1:
            yield line
            return
        part: list[Run] = []
        for run in line.runs:
            left, _ = self._glyphs.edges(run.first, line.turn) if part else (0.0, 0.0)
            if part and any(abs(left - start) < MAX_START_DISTANCE for start in starts):
                yield line_of(self._glyphs, part, cut=False, apart=line.apart)
                line, part = replace(line, apart=True), []
            part.append(run)
        yield line_of(self._glyphs, part, cut=line.cut, apart=line.apart)

    def _split_at_fields(self, line: PageLine) -> Iterator[PageLine]:
        """Yield the line, cut where a field of a form stands in it, so that the value has a place there."""
        first, left = line.first, line.left
        for field in self._fields:
            if not (field.bottom - line.size / 2 < line.baseline < field.top and left < field.left < line.right):
                continue
            for space in SPACE.finditer(self._text, first, line.last):
                right, start = self._glyphs.edges(space.start() - 1, 0)[1], self._glyphs.edges(space.end(), 0)[0]
                if right < field.left + FIELD_OVERLAP and start > field.right - FIELD_OVERLAP:
                    yield part_of(self._glyphs, line, first, space.start() - 1, (left, right))
                    first, left = space.end(), start
                    break
        last = part_of(self._glyphs, line, first, line.last, (left, line.right)) if first > line.first else line
        last.cut = line.cut
        yield last

    def _has_gutter(self, line: PageLine) -> bool:
        """Return whether there is a wide gap near the middle of the line."""
        quarter = (line.last - line.first) // 4
        return bool(self._gaps(line, line.first + quarter, line.last - quarter))

    def _split_line(self, line: PageLine) -> list[PageLine]:
        gaps = self._gaps(line, line.first, line.last)
        if not gaps:
            return [line]
        parts: list[PageLine] = []
        first, left = line.first, line.left
        for last, right, following, start in gaps:
            parts.append(part_of(self._glyphs, line, first, last, (left, right)))
            first, left = following, start
        parts.append(part_of(self._glyphs, line, first, line.last, (left, line.right)))
        parts[0].apart, parts[-1].cut = line.apart, line.cut
        return parts

    def _gaps(self, line: PageLine, first: int, last: int) -> list[tuple[int, float, int, float]]:
        """Return the wide gaps of a line: the character before each gap and its end, the one after it and its start.

        Justified text may stretch all gaps of a line, so wide gaps must also be wider than the narrowest one.
        """
        gaps: list[tuple[int, float, int, float]] = []
        for space in SPACE.finditer(self._text, first, last):
            before, after = max(space.start() - 1, line.first), space.end()
            _, right = self._glyphs.edges(before, line.turn)
            left, _ = self._glyphs.edges(after, line.turn)
            gaps.append((before, right, after, left))
        narrowest = min((left - right for _, right, _, left in gaps), default=0.0) if len(gaps) > 1 else 0.0
        wide = WIDE_GAP_SIZES * line.size
        min_width = wide if narrowest > wide else max(wide, STRETCHED_GAP_RATIO * narrowest)
        return [gap for gap in gaps if gap[3] - gap[1] > min_width]


def _cut_run(run: Run, place: int) -> list[Run]:
    """Cut a run before a character, if it is one of its own, without the space before it."""
    if not run.first < place <= run.last:
        return [run]
    return [replace(run, last=place - 2), replace(run, first=place)]
