"""Rows of tables whose cells get their places: an empty cell is known by the cells above and below it."""

from itertools import pairwise

from outlast.tools.documents.pdf.pieces import Piece, Role

MIN_ROWS = 3
MIN_FULL_CELLS = 2  # of each column
MIN_COLUMNS = 3
MAX_ROWS = 2_000
MAX_DISTANCE_SIZES = 4.0  # between the baselines of neighbouring rows


def with_empty_cells(rows: list[list[Piece]]) -> list[list[Piece]]:
    """Return the rows of a page; in rows of tables an empty piece stands where a column has no words."""
    found: list[list[Piece]] = []
    start = 0
    while start < len(rows):
        end = start + 1
        while end < len(rows) and end - start < MAX_ROWS and _go_on(rows[end - 1], rows[end]):
            end += 1
        found += _filled(rows[start:end])
        start = end
    return found


def _go_on(row: list[Piece], below: list[Piece]) -> bool:
    """Return whether two rows may belong to one table: both have several cells, one below the other."""
    distance = row[0].baseline - below[0].baseline
    is_text = row[0].role is Role.TEXT is below[0].role
    return len(row) > 1 < len(below) and is_text and 0 < distance < MAX_DISTANCE_SIZES * row[0].size


def _filled(rows: list[list[Piece]]) -> list[list[Piece]]:
    width = max(map(len, rows))
    if len(rows) < MIN_ROWS or width < MIN_COLUMNS or all(len(row) == width for row in rows):
        return rows
    if any(piece.fixed for row in rows for piece in row):
        return rows  # a listing
    columns = _columns(rows)
    if len(columns) != width:
        return rows  # words of one column stand over another one: nobody knows which cells are empty
    placed = [_placed(row, columns) for row in rows]
    filled = (sum(bool(cell.text) for cell in cells) for cells in zip(*placed, strict=False))
    return placed if all(count >= MIN_FULL_CELLS for count in filled) else rows


def _columns(rows: list[list[Piece]]) -> list[tuple[float, float]]:
    """Return where columns begin and end: pieces that stand above each other are of one column."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((piece.left, piece.right) for row in rows for piece in row):
        if columns and left < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _placed(row: list[Piece], columns: list[tuple[float, float]]) -> list[Piece]:
    if any(before.right > after.left for before, after in pairwise(row)):
        return row  # pieces that overlap are no cells
    placed: list[Piece] = []
    waiting = list(row)
    for left, right in columns:
        if waiting and waiting[0].left < right:
            placed.append(waiting.pop(0))
        else:
            near = placed[-1] if placed else row[0]
            placed.append(Piece("", left, right, near.baseline, near.size, near.bold, near.fixed, cut=False))
    return [*placed, *waiting]
