"""Placing of what was added to a page among its pieces of text: a value after its label, a note after what it is by."""

from collections.abc import Iterable
from dataclasses import replace

from outlast.tools.documents.pdf.annotations import Addition
from outlast.tools.documents.pdf.pieces import Piece, Role

CELL_SEPARATOR = " | "
USUAL_SIZE = 11.0  # points, of text on a page that has none
MAX_LABEL_DISTANCE = 300.0  # points, of a label from its field
MAX_BOX_LABEL_DISTANCE = 40.0
OVERLAP = 3.0  # points by which boxes and their labels overlap
MAX_LABEL_SIZES_ABOVE = 1.6  # multiples of the font size


def with_additions(pieces: list[Piece], additions: Iterable[Addition]) -> list[Piece]:
    """Return the pieces with the additions in their places. Additions have the page's directions of the pieces."""
    placed, extended = list(pieces), set[int]()
    for addition in sorted(additions, key=lambda each: (-round(each.top), each.left)):
        if not addition.is_field:
            _insert(placed, addition, addition.words, Role.NOTE)
        elif addition.is_box:
            _place_box(placed, addition)
        else:
            _place_value(placed, addition, extended)
    return placed


def _place_value(pieces: list[Piece], field: Addition, extended: set[int]) -> None:
    lines = [" ".join(line.split()) for line in field.words.split("\n") if line.strip()]
    if not lines:
        return
    words = " ".join(lines)
    before = [piece for piece in _row(pieces, field) if field.left - piece.right + OVERLAP > -OVERLAP]
    label = max(before, key=lambda piece: piece.right, default=None)
    if label is not None and field.left - label.right < MAX_LABEL_DISTANCE:
        separator = CELL_SEPARATOR if id(label) in extended else " "
        label.text, label.right, label.cut = label.text + separator + words, field.right, False
        extended.add(id(label))
        return
    above = [piece for piece in pieces if _is_above(piece, field)]
    if above:
        nearest = min(above, key=lambda piece: piece.baseline)
        pieces.insert(_index(pieces, nearest) + 1, _piece(field, words, nearest))
    else:
        _insert(pieces, field, f"{field.label}: {words}" if field.label else words, Role.TEXT)


def _place_box(pieces: list[Piece], box: Addition) -> None:
    row = _row(pieces, box)
    after = [piece for piece in row if 0 <= piece.left - box.right + OVERLAP < MAX_BOX_LABEL_DISTANCE]
    before = [piece for piece in row if 0 <= box.left - piece.right + OVERLAP < MAX_LABEL_DISTANCE]
    if after:
        label = min(after, key=lambda piece: piece.left)
        label.text, label.left = f"{box.words} {label.text}", box.left
    elif before:
        label = max(before, key=lambda piece: piece.right)
        label.text, label.right = f"{label.text} {box.words}", box.right
    else:
        _insert(pieces, box, f"{box.words} {box.label}".strip(), Role.TEXT)


def _row(pieces: list[Piece], addition: Addition) -> list[Piece]:
    """Return the pieces that stand beside the addition."""
    return [
        piece
        for piece in pieces
        if piece.role is Role.TEXT
        and addition.bottom - piece.size / 2 < piece.baseline + piece.size / 4 < addition.top + piece.size / 4
    ]


def _is_above(piece: Piece, field: Addition) -> bool:
    return (
        -OVERLAP < piece.baseline - field.top < MAX_LABEL_SIZES_ABOVE * piece.size
        and piece.left < field.right
        and piece.right > field.left
    )


def _insert(pieces: list[Piece], addition: Addition, words: str, role: Role) -> None:
    """Insert words after the nearest piece that stands higher, in their column if there is one."""
    higher = [piece for piece in pieces if piece.baseline >= addition.bottom]
    over = [piece for piece in higher if piece.left < addition.right and piece.right > addition.left]
    nearest = min(over or higher, key=lambda piece: piece.baseline, default=None)
    index = 0 if nearest is None else _index(pieces, nearest) + 1
    pieces.insert(index, replace(_piece(addition, words, nearest), role=role))


def _index(pieces: list[Piece], piece: Piece) -> int:
    return next(index for index, other in enumerate(pieces) if other is piece)


def _piece(addition: Addition, words: str, near: Piece | None) -> Piece:
    size = near.size if near is not None else USUAL_SIZE
    return Piece(
        text=words,
        left=addition.left,
        right=addition.right,
        baseline=max(addition.bottom, addition.top - size),
        size=size,
        bold=False,
        fixed=False,
        cut=False,
    )
