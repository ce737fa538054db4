"""Where columns begin that only a narrow gap parts from what stands before them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from outlast.tools.documents.pdf.glyphs import Glyphs, Run

MAX_START_DISTANCE = 1.5  # points: how far from each other the lines of one column begin
MIN_LINES = 5
MIN_LINE_SHARE = 0.4  # of the wide lines
MIN_JUSTIFIED_SHARE = 0.75
MIN_COLUMN_LETTERS = 15
MIN_GAP_RATIO = 1.5  # to the usual gap of the line
MIN_GAP_SIZES = 0.45  # multiples of the font size: spaces are narrower


def may_have_columns(lines: Sequence[Sequence[float]]) -> bool:
    """Return whether text objects may begin at one place in many lines. For each line it has the objects' left edges.

    Lines whose objects are not measured that way have zeros.
    """
    needed = max(MIN_LINES, MIN_LINE_SHARE * len(lines))
    if sum(len(lefts) > 1 for lefts in lines) < needed:
        return False
    places = Counter(place for lefts in lines for place in {round(left / 4) for left in lefts[1:]})
    unknown = sum(len(lefts) > 1 and not any(lefts) for lefts in lines)
    return any(count + places[place + 1] + unknown >= needed for place, count in places.items())


def column_starts(lines: Sequence[list[Run]], glyphs: Glyphs) -> list[float]:
    """Return where columns begin, in points, in lines that hold the text of several columns side by side.

    The text of each column begins with a text object of its own, at the same place in many lines.
    """
    if sum(len(runs) > 1 for runs in lines) < max(MIN_LINES, MIN_LINE_SHARE * len(lines)):
        return []
    starts: defaultdict[int, list[_Start]] = defaultdict(list)
    for runs in lines:
        pairs = [(before.last, run) for before, run in pairwise(runs) if glyphs.text[run.first - 1].isspace()]
        lefts = [glyphs.edges(run.first, run.turn)[0] for _, run in pairs]
        gaps = [left - glyphs.edges(last, run.turn)[1] for left, (last, run) in zip(lefts, pairs, strict=True)]
        usual = median(gaps) if len(gaps) > 2 else 0.0
        for left, gap, (last, run) in zip(lefts, gaps, pairs, strict=True):
            if gap > MIN_GAP_SIZES * run.size:
                starts[round(left / 2)].append(
                    _Start(runs[0].first, last, run, runs[-1].last, left, gap > MIN_GAP_RATIO * usual)
                )
    found: list[float] = []
    for place, begun in starts.items():
        near = [*begun, *starts.get(place + 1, ())]
        if sum(start.is_wide for start in near) < len(near) / 2:
            needed = MIN_JUSTIFIED_SHARE * len(lines)  # words of justified text begin at one place in some lines
        else:
            needed = MIN_LINE_SHARE * len(lines)
        if len(near) >= max(MIN_LINES, needed) and _is_column(near, glyphs):
            found.append(median(start.left for start in near))
    return found


class _Start(NamedTuple):
    """A run that may begin a column, with the characters between which its line stands."""

    first: int
    before: int
    """The last character before the gap."""
    run: Run
    last: int
    left: float
    is_wide: bool
    """Whether the gap is wider than others of the line."""


def _is_column(begun: list[_Start], glyphs: Glyphs) -> bool:
    before = [glyphs.text[start.first : start.before + 1] for start in begun]
    after = [glyphs.text[start.run.first : start.last + 1] for start in begun]
    if all(median(map(len, side)) >= MIN_COLUMN_LETTERS for side in (before, after)):
        return True
    return _are_line_numbers(before) or _are_line_numbers(after)


def _are_line_numbers(words: list[str]) -> bool:
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 6]
    return len(numbers) == len(words) and all(a < b for a, b in pairwise(numbers))


def common_gaps(lines: Sequence[Sequence[tuple[float, float]]], size: float) -> list[float]:
    """Return where gaps end, in points, that are in all lines and wider than their other gaps.

    For each line it has where its gaps begin and end.
    """
    ends = [[end for _, end in _wider(gaps, size)] for gaps in lines]
    return [
        end
        for end in (ends[0] if ends else ())
        if all(any(abs(other - end) < MAX_START_DISTANCE for other in others) for others in ends[1:])
    ]


def _wider(gaps: Sequence[tuple[float, float]], size: float) -> list[tuple[float, float]]:
    usual = median(end - start for start, end in gaps) if gaps else 0.0
    return [(start, end) for start, end in gaps if end - start > max(MIN_GAP_SIZES * size, MIN_GAP_RATIO * usual)]
