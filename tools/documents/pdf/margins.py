"""Removal of what only serves navigation: running headers and footers, page numbers, contents lists."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.lines import Line, body_size

DIGITS = re.compile(r"\d{1,5}")
ROMAN = re.compile(r"^[ivxlc]+\b|\b[ivxlc]+$")
PAGE_NUMBER = re.compile(r"(?:page )?[-–—. ]*(?:#|\d{1,4})[-–—. ]*(?:(?:of|/|\|) ?(?:#|\d{1,4}))?")
ENTRY_NUMBER = re.compile(r"(?:\s|^)(?:[A-Z][.-])?(?:\d{1,4}|[ivxlc]{1,6})$")
"""The end of a contents entry without dots before the number."""
ENTRY_LAST_CHARACTERS = set("0123456789ivxlc")
CONTENTS_TITLES = {"contents", "table of contents", "index", "list of figures", "list of tables"}

SAME_HEIGHT_POINTS = 3.0  # a header stands a little higher or lower on some pages
MIN_REPEATED_PAGES = 3
MAX_HEADER_CHARACTERS = 120
MIN_TITLE_SIZE_RATIO = 1.15  # to the size of the text: titles are larger
MARGIN_SHARE = 0.15  # of the height of the printed area, at its top and at its bottom
MIN_GAP_SIZES = 1.4  # multiples of the font size: a header is farther from the text than lines are from each other
MIN_BAND_PAGE_SHARE = 0.2  # of the pages
MAX_HEADER_ROWS = 2  # also of a footer


@dataclass
class _Row:
    """The lines at one height of a page, near its top or bottom."""

    lines: list[Line]
    form: str
    """Its words, with `#` for page numbers."""
    height: float
    large: bool
    apart: bool
    """Whether there is a gap between it and the next row towards the middle of the page."""


def remove_running_lines(pages: list[list[Line]]) -> list[list[Line]]:
    """Return the pages without the lines at their top and bottom that repeat, apart from their numbers."""
    all_lines = [line for lines in pages for line in lines]
    if not all_lines:
        return pages
    large = MIN_TITLE_SIZE_RATIO * body_size(all_lines)
    top, bottom = max(line.baseline for line in all_lines), min(line.baseline for line in all_lines)
    margin = MARGIN_SHARE * (top - bottom)
    removed: set[int] = set()
    for at_top, limit in ((True, top - margin), (False, bottom + margin)):
        edges = [_edge(lines, large, limit, at_top=at_top) for lines in pages]
        _mask_page_numbers(edges)
        repeated = _find_repeated(edges)
        bands = _bands(edges, repeated)
        for rows in edges:
            for row in _running_rows(rows, repeated, bands):
                removed.update(map(id, row.lines))
    kept = [[line for line in lines if id(line) not in removed] for lines in pages]
    return kept if any(kept) else pages


def _edge(lines: list[Line], large: float, limit: float, *, at_top: bool) -> list[_Row]:
    """Return the outermost rows of a page beyond the limit, from its edge inwards."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.baseline, reverse=at_top):
        if rows and abs(rows[-1][0].baseline - line.baseline) < 2:
            rows[-1].append(line)
        elif len(rows) > MAX_HEADER_ROWS:
            break
        else:
            rows.append([line])
    found: list[_Row] = []
    for number, row in enumerate(rows[:MAX_HEADER_ROWS]):
        height, size = row[0].baseline, row[0].size
        if (height < limit) if at_top else (height > limit):
            break
        following = rows[number + 1][0].baseline if number + 1 < len(rows) else None
        words = " ".join(line.text for line in sorted(row, key=lambda line: line.left))
        found.append(
            _Row(
                lines=row,
                form=ROMAN.sub("#", words.casefold()),
                height=height,
                large=size > large,
                apart=following is None or abs(height - following) > MIN_GAP_SIZES * size,
            )
        )
    return found


def _mask_page_numbers(edges: list[list[_Row]]) -> None:
    """Mask page numbers, which grow with the pages. Numbers of chapters and sums tell lines apart and stay."""
    steps: Counter[int] = Counter()
    for page, rows in enumerate(edges):
        steps.update({int(number) - page for row in rows for number in DIGITS.findall(row.form)})
    min_count = _min_repeats(len(edges))

    def mask(form: str, page: int) -> str:
        return DIGITS.sub(lambda digits: "#" if steps[int(digits[0]) - page] >= min_count else digits[0], form)

    for page, rows in enumerate(edges):
        for row in rows:
            row.form = row.form if row.large else mask(row.form, page)


def _min_repeats(page_count: int) -> int:
    return MIN_REPEATED_PAGES if page_count > MIN_REPEATED_PAGES else 2


def _find_repeated(edges: list[list[_Row]]) -> dict[str, float]:
    """Return the forms that repeat at the same height, and that height, in points."""
    heights: defaultdict[str, list[float]] = defaultdict(list)
    for rows in edges:
        for row in rows:
            if len(row.form) <= MAX_HEADER_CHARACTERS:
                heights[row.form].append(row.height)
    min_count = _min_repeats(len(edges))
    found: dict[str, float] = {}
    for form, form_heights in heights.items():
        usual = median(form_heights)
        if sum(abs(height - usual) < SAME_HEIGHT_POINTS for height in form_heights) >= min_count:
            found[form] = usual
    return found


def _bands(edges: list[list[_Row]], repeated: dict[str, float]) -> list[int]:
    """Return the heights, in points, of repeated lines on many pages: any other line there is a header as well."""
    counts = Counter(round(rows[0].height) for rows in edges if rows and rows[0].form in repeated)
    return [height for height, count in counts.items() if count >= MIN_BAND_PAGE_SHARE * len(edges)]


def _running_rows(rows: list[_Row], repeated: dict[str, float], bands: list[int]) -> list[_Row]:
    """Return the rows at one edge of a page that are its header or its footer."""
    running: list[_Row] = []
    for number, row in enumerate(rows):
        is_repeated = row.form in repeated and abs(row.height - repeated[row.form]) < SAME_HEIGHT_POINTS
        in_band = (
            number == 0 and not row.large and any(abs(row.height - band) <= SAME_HEIGHT_POINTS / 2 for band in bands)
        )
        if not is_repeated and not in_band and not PAGE_NUMBER.fullmatch(row.form):
            break
        running.append(row)
    while running and not running[-1].apart and "#" in running[-1].form and not PAGE_NUMBER.fullmatch(running[-1].form):
        running.pop()  # a line of the text that differs from others only in its numbers
    return running


def remove_contents(lines: list[Line], entries: int) -> list[Line]:
    """Remove the rest of a contents list from a page. `entries` is the number of its lines that are removed already."""
    if entries > 2 * len(lines):
        return []  # the lines left over belong to entries of several lines
    numbered = [line for line in lines if line.text[-1:] in ENTRY_LAST_CHARACTERS and ENTRY_NUMBER.search(line.text)]
    if entries < 4 and not (len(numbered) >= 8 and len(numbered) > 0.6 * len(lines) and _ascends(numbered)):
        return lines
    return list(_drop_entries(lines, numbered))


def _drop_entries(lines: list[Line], numbered: list[Line]) -> Iterable[Line]:
    entries = set(map(id, numbered))
    for line in lines:
        words = line.text.casefold().strip()
        if id(line) not in entries and words not in CONTENTS_TITLES and len(words) > 2:
            yield line


def _ascends(numbered: list[Line]) -> bool:
    numbers = [int(match.group()) for line in numbered if (match := re.search(r"\d+$", line.text))]
    steps = list(pairwise(numbers))
    return bool(steps) and sum(a <= b for a, b in steps) > 0.8 * len(steps)
