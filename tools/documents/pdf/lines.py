"""The lines of a page in the order of reading, joined from pieces that stand side by side.

The order of the file is nearly always the order of reading. The exception is a file that has two columns row by row,
which the gap between the columns reveals. If pieces side by side do not form columns, they are a row of a table.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.pieces import PdfPage, Piece

CELL_SEPARATOR = " | "
WIDE_GAP_SIZES = 1.3  # multiples of the font size
NOTE_MARK = re.compile(r"[\d*†‡§¶]{1,3}")

MIN_ROWS = 6  # that columns have
MIN_COLUMN_LETTERS = 20  # median of the lines of a column: cells of a table have fewer
MAX_UPWARD_SHARE = 0.3  # of the lines that stand above the line before


@dataclass(slots=True)
class Line:
    """One line of a page, or one row of a table. Measures are as in Piece."""

    page: int
    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    cut: bool
    cells: int = 1
    level: int = 0
    """The level of the heading that this line is; 0 if it is not a heading."""
    continues_heading: bool = False
    """Whether the line continues the heading of the line before."""


def lines_of(page: PdfPage) -> list[Line]:
    """Return the page's lines in the order of reading."""
    rows = _rows(page.pieces)
    gutter = _gutter(rows)
    if gutter is not None:
        rows = _by_column(rows, gutter)
    elif _is_disordered(rows):
        rows.sort(key=lambda row: (-row[0].baseline, row[0].left))
    return [
        _line(page.number, row, CELL_SEPARATOR if _is_table_row(rows, index) else " ") for index, row in enumerate(rows)
    ]


def _is_table_row(rows: list[list[Piece]], index: int) -> bool:
    """Return whether it is a row of a table. Text may have one wide gap, after a full stop, if neighbours have none."""
    neighbours = (rows[index - 1] if index else [], rows[index + 1] if index + 1 < len(rows) else [])
    return len(rows[index]) > 2 or (len(rows[index]) > 1 and any(len(row) > 1 for row in neighbours))


def body_size(lines: Iterable[Line]) -> float:
    """Return the font size of most letters."""
    letters: Counter[float] = Counter()
    for line in lines:
        if not line.fixed:
            letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Group neighbours in the file that stand on one line, and join those with only a space between them."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        last = rows[-1][-1] if rows else None
        if last is None or last.cut or not _is_same_row(last, piece):
            rows.append([piece])
        elif piece.left - last.right > WIDE_GAP_SIZES * max(last.size, piece.size):
            rows[-1].append(piece)
        else:
            rows[-1][-1] = _join(last, piece)
    return rows


def _is_same_row(last: Piece, piece: Piece) -> bool:
    size = max(last.size, piece.size)
    offset = abs(piece.baseline - last.baseline)
    small = min(last, piece, key=lambda side: side.size)
    is_mark = small.size < 0.85 * size and len(small.text) <= 3
    return offset < (0.7 if is_mark else 0.25) * size and piece.left > last.right - 0.5 * size


def _join(last: Piece, piece: Piece) -> Piece:
    big, small = (last, piece) if last.size >= piece.size else (piece, last)
    is_raised = small.size < 0.85 * big.size and small.baseline > big.baseline
    if is_raised and small is piece and NOTE_MARK.fullmatch(piece.text) and last.text[-1:].isalpha():
        return replace(last, right=piece.right, cut=piece.cut)  # a footnote mark, which is left out
    space = " " if piece.left - last.right > 0.12 * big.size or is_raised else ""
    return Piece(
        text=last.text + space + piece.text,
        left=last.left,
        right=max(last.right, piece.right),
        baseline=big.baseline,
        size=big.size,
        bold=last.bold and piece.bold,
        fixed=last.fixed and piece.fixed,
        cut=piece.cut,
    )


def _gutter(rows: list[list[Piece]]) -> float | None:
    """Find the gap between two columns, if any. It crosses most rows, and both sides are full of text."""
    gaps = [(a.right, b.left) for row in rows for a, b in pairwise(row)]
    if len(gaps) < MIN_ROWS or len(gaps) < 0.3 * len(rows):
        return None
    crossed = Counter(place for a, b in gaps for place in {round((c + d) / 2) for c, d in gaps} if a < place < b)
    if not crossed:
        return None
    place, count = crossed.most_common(1)[0]
    left = [piece for row in rows for piece in row if piece.right <= place]
    right = [piece for row in rows for piece in row if piece.left >= place]
    if count < 0.6 * len(gaps) or min(len(left), len(right)) < MIN_ROWS:
        return None
    full = all(median(len(piece.text) for piece in side) >= MIN_COLUMN_LETTERS for side in (left, right))
    return place if full else None


def _by_column(rows: list[list[Piece]], gutter: float) -> list[list[Piece]]:
    """Order rows by column: the left column, then the right one, and anew below each row that spans both."""
    ordered: list[list[Piece]] = []
    left: list[list[Piece]] = []
    right: list[list[Piece]] = []
    for row in sorted(rows, key=lambda row: -row[0].baseline):
        if any(piece.left < gutter < piece.right for piece in row):
            ordered += [*left, *right, row]
            left, right = [], []
            continue
        left_part = [piece for piece in row if piece.right <= gutter]
        right_part = [piece for piece in row if piece.left >= gutter]
        left += [left_part] if left_part else []
        right += [right_part] if right_part else []
    return [*ordered, *left, *right]


def _is_disordered(rows: list[list[Piece]]) -> bool:
    upward = sum(b[0].baseline > a[0].baseline + 0.5 * a[0].size for a, b in pairwise(rows))
    return len(rows) > MIN_ROWS and upward > MAX_UPWARD_SHARE * len(rows)


def _line(page: int, row: list[Piece], separator: str) -> Line:
    first, last = row[0], row[-1]
    return Line(
        page=page,
        text=separator.join(piece.text for piece in row),
        left=first.left,
        right=last.right,
        baseline=first.baseline,
        size=first.size,
        bold=all(piece.bold for piece in row),
        fixed=all(piece.fixed for piece in row),
        cut=last.cut,
        cells=len(row) if separator == CELL_SEPARATOR else 1,
    )
