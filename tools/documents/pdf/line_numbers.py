"""Numbers in the margin, which count the lines of a contract, a draft or a poem."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.pieces import Piece, Role

MIN_NUMBERS = 5
STEPS = {1, 2, 5, 10}
MIN_LONG_STEP = 5
MIN_LONG_STEPS = 3  # as many numbers, if they count by fives
MAX_MISCOUNT = 0.35  # headings and empty lines may be counted or not
MIN_STEADY_SHARE = 0.8  # of the numbers, that the usual step parts from the number before
MIN_TEXT_LETTERS = 25  # median of the lines beside the numbers: cells of a table are shorter
MAX_SENTENCE_SHARE = 0.5  # of the lines beside the numbers that begin a sentence: items of a list do
SAME_HEIGHT_POINTS = 2.5
SAME_EDGE_POINTS = 1.5
MAX_DIGITS = 5
MAX_STACK_LETTER_WIDTH = 0.3  # multiple of the font size


def without_line_numbers(pieces: list[Piece]) -> tuple[list[Piece], int]:
    """Return the pieces without the numbers of lines, and how many numbers there were."""
    numbers = [piece for piece in pieces if piece.text.isdecimal() and len(piece.text) <= MAX_DIGITS]
    if len(numbers) < MIN_LONG_STEPS:
        return pieces, 0
    ids = set(map(id, numbers))
    text = [piece for piece in pieces if id(piece) not in ids and piece.role is Role.TEXT]
    found: dict[int, Piece] = {}
    columns = [column for column in _aligned(numbers) if _counts_up(column)]
    columns = [column for column in columns if _is_in_margin(column, text)]
    for column in columns:
        if _counts_lines(column, text) and _is_beside_prose(column, text):
            found.update((id(piece), piece) for piece in column)
    if not found:
        return pieces, 0
    last = max(int(piece.text) for piece in found.values())
    for column in columns:
        if int(column[0].text) in (last + 1, last + 2):  # the numbers go on beside the next column
            found.update((id(piece), piece) for piece in column)
    lefts = {round(piece.left) for piece in found.values()}
    stacks = [piece for piece in pieces if round(piece.left) in lefts and _is_stack(piece)]
    found.update((id(piece), piece) for piece in stacks)
    count = len(found) + sum(len(piece.text) - 1 for piece in stacks)
    return [piece for piece in pieces if id(piece) not in found], count


def _is_stack(piece: Piece) -> bool:
    """Return whether digits stand below one another, which PDFium takes for one number."""
    return piece.text.isdecimal() and piece.right - piece.left < MAX_STACK_LETTER_WIDTH * piece.size * len(piece.text)


def _aligned(numbers: list[Piece]) -> Iterator[list[Piece]]:
    """Yield the numbers that end, or else begin, below one another, from top to bottom."""
    for edges in ([piece.right for piece in numbers], [piece.left for piece in numbers]):
        columns: defaultdict[int, list[Piece]] = defaultdict(list)
        for piece, edge in zip(numbers, edges, strict=True):
            columns[round(edge / SAME_EDGE_POINTS)].append(piece)
        for place in list(columns):
            near = [*columns[place], *columns.get(place + 1, ())]
            yield sorted(near, key=lambda piece: -piece.baseline)


def _counts_up(column: list[Piece]) -> bool:
    values = [int(piece.text) for piece in column]
    if len(values) < MIN_LONG_STEPS:
        return False
    steps = Counter(after - before for before, after in pairwise(values))
    step, count = steps.most_common(1)[0]
    min_count = MIN_NUMBERS if step < MIN_LONG_STEP else MIN_LONG_STEPS
    return step in STEPS and len(values) >= min_count and count >= MIN_STEADY_SHARE * (len(values) - 1)


def _counts_lines(column: list[Piece], text: list[Piece]) -> bool:
    """Return whether there are as many lines as the numbers say; numbers of paragraphs count fewer."""
    top, bottom = column[0].baseline + SAME_HEIGHT_POINTS, column[-1].baseline - SAME_HEIGHT_POINTS
    lines = {round(piece.baseline / SAME_HEIGHT_POINTS) for piece in text if bottom < piece.baseline < top}
    counted = int(column[-1].text) - int(column[0].text) + 1
    return (1 - MAX_MISCOUNT) * counted <= len(lines) <= (1 + MAX_MISCOUNT) * counted + 1


def _is_in_margin(column: list[Piece], text: list[Piece]) -> bool:
    """Return whether the numbers stand left or right of everything at their heights."""
    beside = [piece for piece in text if len(piece.text) >= MIN_TEXT_LETTERS]
    if not beside:
        return False
    left, right = max(piece.right for piece in column), min(piece.left for piece in column)
    crossing = sum(piece.left < left + 1 and piece.right > right - 1 for piece in text)
    return crossing <= 0.1 * len(text)


def _is_beside_prose(column: list[Piece], text: list[Piece]) -> bool:
    heights: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in text:
        heights[round(piece.baseline / SAME_HEIGHT_POINTS)].append(piece)
    lines = list(_lines_beside(column, heights))
    if not lines or median(map(len, lines)) < MIN_TEXT_LETTERS:
        return False
    pairs = list(pairwise(lines))
    beginning = sum(not after[:1].islower() and before[-1:] in ".!?:;" for before, after in pairs)
    return beginning <= MAX_SENTENCE_SHARE * max(1, len(pairs))


def _lines_beside(column: Iterable[Piece], heights: dict[int, list[Piece]]) -> Iterator[str]:
    for number in column:
        place = round(number.baseline / SAME_HEIGHT_POINTS)
        row = [piece for near in (place - 1, place, place + 1) for piece in heights.get(near, ())]
        nearest = min(row, key=lambda piece: abs(piece.baseline - number.baseline), default=None)
        if nearest is not None:
            yield nearest.text
