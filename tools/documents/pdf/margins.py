"""Removal of what only serves navigation: running headers and footers, page numbers, contents lists."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.lines import Line, body_size
from outlast.tools.documents.pdf.pieces import Role

PAGE_WORDS = (
    r"(?:pages?|pg\.?|p\.|seite|s\.|página|pagina|pág\.?|pag\.?|blatt|sheet|sida|side|strona|str\.|стр\.|страница)"
)
OF_PAGES = r"(?:of|von|de|sur|di|av|af|z|из|/|\|) ?(?:#|\d{1,5})"
RULES = r"[-–—.·•| ]*"
PAGE_NUMBER = re.compile(rf"{RULES}(?:{PAGE_WORDS} ?)?#{RULES}(?:{OF_PAGES})?{RULES}")
NUMBER_OF_PAGE = re.compile(
    rf"(?:\b{PAGE_WORDS} ?|^{RULES}|[|·•] ?)(?P<number>\d{{1,5}})(?=(?: ?{OF_PAGES})?(?:{RULES}$| ?[|·•]))"
)
"""A page number stands alone, or after a word for pages, or beside a bar. `Invoice 1043` is content."""
ROMAN_NUMBER = re.compile(r"[-–—. ]*(?P<number>[ivxlc]{1,7})[-–—. ]*")
ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
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
MAX_HEADER_ROWS = 4  # also of a footer


@dataclass
class _Row:
    """The lines at one height of a page, near its top or bottom."""

    lines: list[Line]
    parts: list[str]
    """Its words, in parts that wide gaps divide, with `#` for page numbers."""
    height: float
    large: bool
    apart: bool
    """Whether there is a gap between it and the next row towards the middle of the page."""

    @property
    def form(self) -> str:
        return " ".join(self.parts)


@dataclass
class Margins:
    """The pages without repeated lines; and what was left out."""

    pages: list[list[Line]]
    repeated_words: int = 0
    first_page: int = 0
    last_page: int = 0
    """The pages on which something was left out; 0 if nothing was."""

    def leave_out(self, words: str, page: int) -> None:
        self.repeated_words += count_words(words)
        self.first_page = min(self.first_page or page, page)
        self.last_page = max(self.last_page, page)


def remove_running_lines(pages: list[list[Line]]) -> Margins:
    """Find the lines at the top and bottom of pages that repeat, apart from the numbers of the pages.

    Each is kept once, on the first of its pages, without the page number. It and other lines where such lines stand
    are marked as top or bottom, so that a paragraph goes on behind them.
    """
    margins = Margins(pages)
    all_lines = [line for lines in pages for line in lines if line.role is Role.TEXT]
    if not all_lines:
        return margins
    large = MIN_TITLE_SIZE_RATIO * body_size(all_lines)
    top, bottom = max(line.baseline for line in all_lines), min(line.baseline for line in all_lines)
    margin = MARGIN_SHARE * (top - bottom)
    removed: set[int] = set()
    for role, limit in ((Role.TOP, top - margin), (Role.BOTTOM, bottom + margin)):
        at_top = role is Role.TOP
        edges = [
            _edge([line for line in lines if line.role is Role.TEXT], large, limit, at_top=at_top) for lines in pages
        ]
        _mask_page_numbers(edges)
        repeated = _find_repeated(edges)
        bands = _bands(edges, repeated)
        kept_forms: set[str] = set()
        for number, rows in enumerate(edges, start=1):
            for row in _running_rows(rows, repeated, bands):
                for line in row.lines:
                    line.role = role
                if row.form in kept_forms or PAGE_NUMBER.fullmatch(row.form):
                    removed.update(map(id, row.lines))
                    margins.leave_out(" ".join(line.text for line in row.lines), number)
                    continue
                if row.form in repeated:
                    kept_forms.add(row.form)
                removed.update(map(id, _cut_page_numbers(row, margins)))
    margins.pages = [[line for line in lines if id(line) not in removed] for lines in pages]
    return margins


def remove_repeated_asides(margins: Margins) -> None:
    """Keep text that stands beside or across the text of several pages, such as a watermark, once."""
    seen: set[str] = set()
    for lines in margins.pages:
        for line in [line for line in lines if line.role is Role.BOTTOM]:
            if line.text in seen and len(line.text) > 1:
                margins.leave_out(line.text, line.page)
                lines.remove(line)
            seen.add(line.text)


def _cut_page_numbers(row: _Row, margins: Margins) -> Iterator[Line]:
    """Cut page numbers that stand for themselves off a row. Yield the lines of which nothing is left."""
    forms = iter(row.parts)
    for line in row.lines:
        parts = list(line.parts)
        left = [part for part, form in zip(parts, forms, strict=False) if not PAGE_NUMBER.fullmatch(form)]
        if len(left) < len(parts):
            margins.leave_out(" ".join(part for part in parts if part not in left), line.page)
            line.text, line.parts, line.cells = " ".join(left), tuple(left), 1
        if not left:
            yield line


def count_words(words: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in words.split())


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
        in_order = sorted(row, key=lambda line: line.left)
        found.append(
            _Row(
                lines=in_order,
                parts=[part.casefold() for line in in_order for part in line.parts],
                height=height,
                large=size > large,
                apart=following is None or abs(height - following) > MIN_GAP_SIZES * size,
            )
        )
    return found


def _mask_page_numbers(edges: list[list[_Row]]) -> None:
    """Mask page numbers, which grow with the pages and stand for themselves or after a word such as `page`.

    Other numbers, of chapters, years or invoices, are content, even if they grow with the pages.
    """
    steps: Counter[int] = Counter()
    for page, rows in enumerate(edges):
        found = (number for row in rows for part in row.parts for number in _page_numbers(part))
        steps.update({number - page for number in found})
    min_count = _min_repeats(len(edges))
    for page, rows in enumerate(edges):
        for row in rows:
            row.parts = [_masked(part, page, steps, min_count, alone=len(row.parts) == 1) for part in row.parts]


def _page_numbers(part: str) -> Iterator[int]:
    yield from (int(match["number"]) for match in NUMBER_OF_PAGE.finditer(part))
    if roman := ROMAN_NUMBER.fullmatch(part):
        yield _of_roman(roman["number"])


def _masked(part: str, page: int, steps: Counter[int], min_count: int, *, alone: bool) -> str:
    def mask(match: re.Match[str]) -> str:
        digits = match["number"]
        is_page = steps[int(digits) - page] >= min_count or (alone and int(digits) == page + 1)
        return f"{match[0].removesuffix(digits)}#" if is_page else match[0]

    roman = ROMAN_NUMBER.fullmatch(part)
    if roman and steps[_of_roman(roman["number"]) - page] >= min(2, min_count):
        return part.replace(roman["number"], "#")
    return NUMBER_OF_PAGE.sub(mask, part)


def _of_roman(number: str) -> int:
    values = [ROMAN_VALUES[letter] for letter in number]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


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
    while running and not running[-1].apart and not PAGE_NUMBER.fullmatch(running[-1].form):
        running.pop()  # a line of the text, which happens to repeat
    return running


def remove_contents(lines: list[Line], entries: int) -> list[Line]:
    """Remove the rest of a contents list from a page. `entries` is the number of its lines that are removed already."""
    text = [line for line in lines if line.role is Role.TEXT]
    if entries > 2 * len(text):
        return [line for line in lines if line.role is not Role.TEXT]  # they belong to entries of several lines
    numbered = [line for line in text if line.text[-1:] in ENTRY_LAST_CHARACTERS and ENTRY_NUMBER.search(line.text)]
    if entries < 4 and not (len(numbered) >= 8 and len(numbered) > 0.6 * len(text) and _ascends(numbered)):
        return lines
    return list(_drop_entries(lines, numbered))


def _drop_entries(lines: list[Line], numbered: list[Line]) -> Iterable[Line]:
    entries = set(map(id, numbered))
    for line in lines:
        words = line.text.casefold().strip()
        is_kept = id(line) not in entries and words not in CONTENTS_TITLES and len(words) > 2
        if is_kept or line.role is not Role.TEXT:
            yield line


def _ascends(numbered: list[Line]) -> bool:
    numbers = [int(match.group()) for line in numbered if (match := re.search(r"\d+$", line.text))]
    steps = list(pairwise(numbers))
    return bool(steps) and sum(a <= b for a, b in steps) > 0.8 * len(steps)
