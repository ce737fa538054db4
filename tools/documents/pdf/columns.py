"""Where columns begin that only a narrow gap parts from what stands before them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.glyphs import Glyphs, Run

MAX_START_DISTANCE = 1.5  # points: how far from each other the lines of one column begin
MIN_LINES = 5
MIN_LINE_SHARE = 0.4  # of the wide lines
MIN_COLUMN_LETTERS = 15
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

    Each column is written as text objects of its own, which begin at the same place in many lines.
    """
    if sum(len(runs) > 1 for runs in lines) < max(MIN_LINES, MIN_LINE_SHARE * len(lines)):
        return []
    starts: defaultdict[int, list[tuple[Run, Run, float]]] = defaultdict(list)
    for runs in lines:
        for before, run in pairwise(runs):
            if glyphs.text[run.first - 1].isspace():
                left, _ = glyphs.edges(run.first, run.turn)
                starts[round(left / 2)].append((before, run, left))
    found: list[float] = []
    for place, begun in starts.items():
        near = [*begun, *starts.get(place + 1, ())]
        if len(near) >= max(MIN_LINES, MIN_LINE_SHARE * len(lines)) and _is_column(near, glyphs):
            found.append(median(left for _, _, left in near))
    return found


def _is_column(begun: list[tuple[Run, Run, float]], glyphs: Glyphs) -> bool:
    gaps = [left - glyphs.edges(before.last, before.turn)[1] for before, _, left in begun]
    if median(gaps) < MIN_GAP_SIZES * median(run.size for _, run, _ in begun):
        return False
    before = [glyphs.text[run.first : run.last + 1] for run, _, _ in begun]
    after = [glyphs.text[run.first : run.last + 1] for _, run, _ in begun]
    if all(median(map(len, side)) >= MIN_COLUMN_LETTERS for side in (before, after)):
        return True
    return _are_line_numbers(before) or _are_line_numbers(after)


def _are_line_numbers(words: list[str]) -> bool:
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 6]
    return len(numbers) == len(words) and all(a < b for a, b in pairwise(numbers))
