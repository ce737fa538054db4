"""Text that is drawn over other text: copies that make it look bold, and watermarks."""

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from outlast.tools.documents.pdf.pieces import Piece

MAX_COPY_DISTANCE_SIZES = 0.3  # multiples of the font size: copies stand as near as this to each other
WATERMARK_SIZE_RATIO = 2  # to the text over which it is laid
CAPITAL_HEIGHT_SIZES = 0.7


def without_copies(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces without those drawn again in the same place, a little to the side, to look bold."""
    kept: list[Piece] = []
    drawn: defaultdict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        reach = MAX_COPY_DISTANCE_SIZES * piece.size
        if any(
            abs(other.left - piece.left) < reach and abs(other.baseline - piece.baseline) < reach
            for other in drawn[piece.text]
        ):
            continue
        drawn[piece.text].append(piece)
        if piece.text:
            kept.append(piece)
    return kept


def part_watermarks(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Part the pieces from the large text that is laid over or under them."""
    if not pieces:
        return [], []
    usual = median(piece.size for piece in pieces)
    watermarks = [
        piece
        for piece in pieces
        if piece.size > WATERMARK_SIZE_RATIO * usual and any(_is_laid_over(piece, other) for other in pieces)
    ]
    laid = set(map(id, watermarks))
    return ([piece for piece in pieces if id(piece) not in laid], watermarks) if laid else (pieces, [])


def _is_laid_over(large: Piece, piece: Piece) -> bool:
    return (
        large.size > WATERMARK_SIZE_RATIO * piece.size
        and large.baseline - piece.size / 2 < piece.baseline < large.baseline + CAPITAL_HEIGHT_SIZES * large.size
        and min(large.right, piece.right) - max(large.left, piece.left) > piece.size
    )
