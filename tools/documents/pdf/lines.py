"""The lines of a page in the order of reading, joined from pieces that stand side by side.

The order of the file is nearly always the order of reading. The exception is a file that has several columns row by
row, which the gaps between the columns reveal. If pieces side by side do not form columns, they are a row of a table.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from outlast.tools.documents.pdf.pieces import PdfPage, Piece, Role
from outlast.tools.documents.pdf.scripts import Level, level, with_scripts
from outlast.tools.documents.pdf.table_rows import with_empty_cells

CELL_SEPARATOR = " | "
WIDE_GAP_SIZES = 1.3  # multiples of the font size
SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’»)\]]*$")
MAX_MARK_CHARACTERS = 12  # of raised or lowered text that PDFium takes for a line

MIN_ROWS = 6  # that columns have
MIN_ROWS_OF_PROSE = 4  # that columns of sentences have
MIN_COLUMN_LETTERS = 20  # median of the lines of a column: cells of a table have fewer
MIN_PROSE_SHARE = 0.5
MAX_GUTTERS_TRIED = 20
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
    parts: tuple[str, ...] = ()
    """The text of its pieces, which wide gaps part."""
    role: Role = Role.TEXT
    level: int = 0
    """The level of the heading that this line is; 0 if it is not a heading."""
    continues_heading: bool = False
    """Whether the line continues the heading of the line before."""


def lines_of(page: PdfPage) -> list[Line]:
    """Return the page's lines in the order of reading; what stands beside its text comes last."""
    rows = _rows(page.pieces)
    gutters = _gutters(rows)
    if gutters:
        rows = _by_column(rows, gutters)
    elif _is_disordered(rows):
        rows.sort(key=lambda row: (-row[0].baseline, row[0].left))
    if not gutters:
        rows = with_empty_cells(rows)
    lines = [
        _line(page.number, row, CELL_SEPARATOR if _is_table_row(rows, index) else " ") for index, row in enumerate(rows)
    ]
    for pieces in page.asides:
        asides = [_line(page.number, row, " ") for row in _rows(pieces)]
        for line in asides:
            line.role = Role.BOTTOM
        lines += asides
    return lines


def _is_table_row(rows: list[list[Piece]], index: int) -> bool:
    """Return whether it is a row of a table. Text may have one wide gap, after a full stop, if neighbours have none."""
    neighbours = (rows[index - 1] if index else [], rows[index + 1] if index + 1 < len(rows) else [])
    return len(rows[index]) > 2 or (len(rows[index]) > 1 and any(len(row) > 1 for row in neighbours))


def body_size(lines: Iterable[Line]) -> float:
    """Return the font size of most letters."""
    exact: defaultdict[float, int] = defaultdict(int)
    for line in lines:
        if not line.fixed:
            exact[line.size] += len(line.text)
    letters: Counter[float] = Counter()
    for size, count in exact.items():
        letters[round(size, 1)] += count
    return letters.most_common(1)[0][0] if letters else 0.0


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Group neighbours in the file that stand on one line, and join those with only a space between them."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        last = rows[-1][-1] if rows else None
        if last is None or last.cut or not _is_same_row(last, piece):
            rows.append([piece])
        elif _begins_column(last, piece) or piece.left - last.right > WIDE_GAP_SIZES * max(last.size, piece.size):
            rows[-1].append(piece)
        else:
            rows[-1][-1] = _join(last, piece)
    return rows


def _begins_column(last: Piece, piece: Piece) -> bool:
    """Return whether a piece begins a column. A number beside it is that of a list, for those of lines are gone."""
    return piece.apart and not (last.text.isdecimal() or piece.text.isdecimal())


def _is_same_row(last: Piece, piece: Piece) -> bool:
    if last.role is not piece.role or piece.role is not Role.TEXT:
        return False
    size = max(last.size, piece.size)
    offset = abs(piece.baseline - last.baseline)
    small = min(last, piece, key=lambda side: side.size)
    is_mark = small.size < 0.85 * size and len(small.text) <= MAX_MARK_CHARACTERS
    return offset < (0.7 if is_mark else 0.25) * size and piece.left > last.right - 0.5 * size


def _join(last: Piece, piece: Piece) -> Piece:
    big = last if last.size >= piece.size else piece
    space = " " if piece.left - last.right > 0.12 * big.size else ""
    if big is last:
        place = level(piece.baseline - last.baseline, piece.size, last.size)
        text = with_scripts([(Level.NORMAL, last.text + space), (place, piece.text)])
    else:
        place = level(last.baseline - piece.baseline, last.size, piece.size)
        text = with_scripts([(place, last.text + space), (Level.NORMAL, piece.text)])
    return Piece(
        text=text,
        left=last.left,
        right=max(last.right, piece.right),
        baseline=big.baseline,
        size=big.size,
        bold=last.bold and piece.bold,
        fixed=last.fixed and piece.fixed,
        cut=piece.cut,
        apart=last.apart,
    )


def _gutters(rows: list[list[Piece]]) -> list[float]:
    """Find the gaps between columns, from left to right. Each crosses most rows, and all columns are full of text."""
    gaps = [(a.right, b.left) for row in rows for a, b in pairwise(row)]
    split_rows = sum(len(row) > 1 for row in rows)
    if split_rows < MIN_ROWS_OF_PROSE or split_rows < 0.3 * len(rows):
        return []
    crossed = Counter(place for a, b in gaps for place in {round((c + d) / 2) for c, d in gaps} if a < place < b)
    found: list[float] = []
    columns: list[list[Piece]] = []
    for place, count in crossed.most_common(MAX_GUTTERS_TRIED):
        if count < 0.6 * split_rows:
            break
        tried = sorted([*found, float(place)])
        parts = _parts([piece for row in rows for piece in row if not _crosses(piece, tried)], tried)
        if all(_is_full(part) for part in parts):
            found, columns = tried, parts
    return found if len(found) < 2 or all(map(_is_prose, columns)) else []


def _is_full(pieces: list[Piece]) -> bool:
    min_rows = MIN_ROWS if len(pieces) >= MIN_ROWS or not _is_prose(pieces) else MIN_ROWS_OF_PROSE
    return len(pieces) >= min_rows and median(len(piece.text) for piece in pieces) >= MIN_COLUMN_LETTERS


def _is_prose(pieces: list[Piece]) -> bool:
    """Return whether the lines of a column are sentences. Three and more columns are usually those of a table."""
    lines = [piece.text for piece in sorted(pieces, key=lambda piece: -piece.baseline)]
    going_on = sum(after[:1].islower() or bool(SENTENCE_END.search(line)) for line, after in pairwise(lines))
    return going_on >= MIN_PROSE_SHARE * (len(lines) - 1)


def _crosses(piece: Piece, gutters: list[float]) -> bool:
    return any(piece.left < gutter < piece.right for gutter in gutters)


def _parts(pieces: list[Piece], gutters: list[float]) -> list[list[Piece]]:
    """Return the pieces of each column."""
    parts: list[list[Piece]] = [[] for _ in range(len(gutters) + 1)]
    for piece in pieces:
        parts[sum(piece.left >= gutter for gutter in gutters)].append(piece)
    return parts


def _by_column(rows: list[list[Piece]], gutters: list[float]) -> list[list[Piece]]:
    """Order rows by column, from left to right, and anew below each row that spans several columns."""
    ordered: list[list[Piece]] = []
    columns: list[list[list[Piece]]] = [[] for _ in range(len(gutters) + 1)]
    for row in sorted(rows, key=lambda row: -row[0].baseline):
        if any(_crosses(piece, gutters) for piece in row):
            ordered += [*(line for column in columns for line in column), row]
            columns = [[] for _ in columns]
            continue
        for column, part in zip(columns, _parts(row, gutters), strict=True):
            if part:
                column.append(part)
    return [*ordered, *(line for column in columns for line in column)]


def _is_disordered(rows: list[list[Piece]]) -> bool:
    upward = sum(b[0].baseline > a[0].baseline + 0.5 * a[0].size for a, b in pairwise(rows))
    is_backwards = upward > 0 and upward == len(rows) - 1 and (len(rows) > 2 or _are_in_one_column(*rows))
    return is_backwards or (len(rows) > MIN_ROWS and upward > MAX_UPWARD_SHARE * len(rows))


def _are_in_one_column(lower: list[Piece], upper: list[Piece]) -> bool:
    """Return whether two rows stand one above the other. PDFium may begin turned text with its last line."""
    return lower[0].left < upper[-1].right and upper[0].left < lower[-1].right


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
        parts=tuple(piece.text for piece in row),
        role=first.role,
    )
