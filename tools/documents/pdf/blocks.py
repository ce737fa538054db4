"""Blocks of lines: paragraphs, headings, listings and tables, which may span columns and pages."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from outlast.tools.documents.pdf.lines import SENTENCE_END, Line, body_size
from outlast.tools.documents.pdf.pieces import Role

BULLET = re.compile(r"[•‣◦▪·–—*∗○●■□➢✓-]\s")
NUMBERED_ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)|\d{1,3}\.|[a-zA-Z]\.)\s")
NOTE_MARK = re.compile(
    r"^(?:\[(?P<read>\d{1,3}|[*†‡§¶∗]{1,3}|[a-z])\]|(?P<mark>\d{1,3}|[*†‡§¶∗]{1,3}))\s?(?=[^\W\d_]|[\"“‘(/])"
)
KEY_AND_VALUE = re.compile(r"[^\W\d_a-z][\w ./()'’&-]{1,38}:\s+\S")
"""A line such as `Amount due: 64.20 EUR`."""
MIN_FULL_LINE_CHARACTERS = 35
"""A shorter line at the end of a page or a column goes on there only if it is one of several."""
MIN_LINES_OF_PROSE = 3
FIRST_WIDE_CHARACTER = "\u2e80"  # of those that are twice as wide as Latin ones
# Sizes are multiples of the font size.
MAX_NOTE_SIZE_RATIO = 0.92  # to the size of the text: footnotes are smaller
MAX_PITCH_RATIO = 1.35  # to the usual distance between lines: a line farther away begins another paragraph
MAX_ROW_DISTANCE_SIZES = 2.5  # rows of a table stand farther apart than lines
RAGGED_EDGE_SIZES = 4  # about a word: lines that are not justified end within it
MIN_INDENT_SIZES = 0.8


class BlockKind(Enum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LISTING = "listing"
    TABLE = "table"


@dataclass(slots=True)
class Block:
    """Lines that belong together, of one kind."""

    kind: BlockKind
    lines: list[Line]
    right: float
    """The right edge of its column, in points."""
    is_note: bool = False
    """Whether it stands below or beside the text, so that a paragraph goes on behind it."""
    is_top: bool = False
    """Whether it stands above the text, where running headers are."""
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.lines[0].left


@dataclass(slots=True)
class _Column:
    """Lines that follow one another down the page."""

    lines: list[Line]
    right: float


def blocks_of(pages: list[list[Line]]) -> list[Block]:
    """Return all blocks in the order of reading. A paragraph that continues in the next column is one block."""
    all_lines = [line for lines in pages for line in lines]
    body = body_size(all_lines)
    pitch = _pitch(all_lines)
    blocks: list[Block] = []
    for lines in pages:
        _append_blocks(blocks, _blocks_of_page(lines, body, pitch))
    return [block for block in blocks if block.kind is BlockKind.LISTING or _has_text(block)]


def _has_text(block: Block) -> bool:
    """Return whether a block has letters or digits; boxes, rules and ornaments of fonts have none."""
    return any(character.isalnum() for line in block.lines for character in line.text)


def _pitch(lines: list[Line]) -> float:
    """Return the usual distance between the lines of a paragraph, as a multiple of their size."""
    steps = Counter(
        round((a.baseline - b.baseline) / a.size, 1)
        for a, b in pairwise(lines)
        if a.size and a.page == b.page and abs(a.size - b.size) < 0.1 and 0.9 < (a.baseline - b.baseline) / a.size < 2.5
    )
    return steps.most_common(1)[0][0] if steps else 1.2


def _blocks_of_page(lines: list[Line], body: float, pitch: float) -> list[Block]:
    blocks: list[Block] = []
    text = [line for line in lines if line.role is Role.TEXT]
    for column in _columns(text):
        first_note = _first_note(column.lines, body)
        above = list(_blocks_of_column(column.lines[:first_note], column.right, pitch))
        below = list(_blocks_of_column(column.lines[first_note:], column.right, pitch))
        for block in below:
            block.is_note = True
            block.lines[0].text = NOTE_MARK.sub(_bracketed, block.lines[0].text)
        _append_blocks(blocks, [*above, *below])
    with_notes = list(_with_notes(blocks, lines))
    top = [Block(_kind(line), [line], line.right, is_top=True) for line in lines if line.role is Role.TOP]
    bottom = [line for line in lines if line.role is Role.BOTTOM]
    beside = list(_blocks_of_column(bottom, max((line.right for line in bottom), default=0.0), pitch))
    for block in beside:
        block.is_note = True
    return [*top, *with_notes, *beside]


def _bracketed(mark: re.Match[str]) -> str:
    """Write the mark of a footnote in the same way as in the text."""
    return f"[{mark['read'] or mark['mark']}] "


def _with_notes(blocks: list[Block], lines: list[Line]) -> Iterator[Block]:
    """Yield the blocks, each followed by the notes that were added to it."""
    notes: dict[int, list[Line]] = {}
    before = 0
    for line in lines:
        if line.role is Role.TEXT:
            before = id(line)
        elif line.role is Role.NOTE:
            notes.setdefault(before, []).append(line)
    yield from (_note(line) for line in notes.get(0, ()))
    for block in blocks:
        yield block
        if notes:
            yield from (_note(note) for line in block.lines for note in notes.get(id(line), ()))


def _note(line: Line) -> Block:
    return Block(BlockKind.PARAGRAPH, [line], line.right, is_note=True)


def _columns(lines: list[Line]) -> Iterator[_Column]:
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index].baseline > lines[index - 1].baseline + 2 * lines[index - 1].size:
            part = lines[start:index]
            yield _Column(part, _right([line for line in part if not line.fixed] or part))
            start = index


def _right(lines: list[Line]) -> float:
    """Return the right edge of a column: the farthest one at which several lines end, as a title may go beyond."""
    ends = sorted((line.right for line in lines), reverse=True)
    min_count = max(2, len(ends) // 10)
    ragged = RAGGED_EDGE_SIZES * lines[0].size
    return next((end for end, low in zip(ends, ends[min_count - 1 :], strict=False) if low > end - ragged), ends[0])


def _first_note(lines: list[Line], body: float) -> int:
    """Find a column's first footnote line. Small lines at its end are footnotes if the first is marked."""
    index = len(lines)
    while index and lines[index - 1].size < MAX_NOTE_SIZE_RATIO * body:
        index -= 1
    while index < len(lines) and not NOTE_MARK.match(lines[index].text):
        index += 1
    return index if index else len(lines)


def _blocks_of_column(lines: list[Line], right: float, pitch: float) -> Iterator[Block]:
    open_block: Block | None = None
    for line in lines:
        if open_block is not None and _continues(open_block, line, pitch):
            open_block.lines.append(line)
            continue
        if open_block is not None:
            yield open_block
        open_block = Block(_kind(line), [line], right)
    if open_block is not None:
        yield open_block


def _kind(line: Line) -> BlockKind:
    if line.level:
        return BlockKind.HEADING
    if line.fixed:
        return BlockKind.LISTING
    return BlockKind.TABLE if line.cells > 1 else BlockKind.PARAGRAPH


def _continues(block: Block, line: Line, pitch: float) -> bool:
    last = block.lines[-1]
    if _kind(line) is not block.kind:
        return False
    if block.kind is BlockKind.HEADING:
        return line.continues_heading
    max_distance = MAX_ROW_DISTANCE_SIZES if block.kind is BlockKind.TABLE else MAX_PITCH_RATIO * pitch
    is_far = last.baseline - line.baseline > max_distance * max(last.size, line.size)
    if is_far or abs(line.size - last.size) > 0.12 * last.size:
        return False
    if block.kind is not BlockKind.PARAGRAPH:
        return True
    return not _begins_paragraph(block, line)


def _begins_paragraph(block: Block, line: Line) -> bool:
    """Return whether a line after those of a paragraph begins another paragraph."""
    last = block.lines[-1]
    is_over = bool(SENTENCE_END.search(last.text)) and not last.cut
    is_early = not last.cut and _ends_early(last, line, block.right)
    if BULLET.match(line.text) and not last.cut:
        return True
    if KEY_AND_VALUE.match(line.text) and KEY_AND_VALUE.match(last.text) and not last.cut:
        return True
    if NUMBERED_ITEM.match(line.text) and (is_over or is_early or last.bold):
        return True
    if line.bold != last.bold and is_early:
        return True
    step = line.left - last.left
    if abs(step) > MIN_INDENT_SIZES * line.size:
        hangs = len(block.lines) == 1 and (step < 0 or is_item(last.text))
        return is_early and is_over if hangs and (step > 0 or not is_item(last.text)) else is_over or is_early
    return is_early and (is_over or block.right - last.right > 0.3 * (block.right - block.left))


def is_item(text: str) -> bool:
    return bool(BULLET.match(text) or NUMBERED_ITEM.match(text))


def _ends_early(last: Line, line: Line, right: float) -> bool:
    """Return whether the first word of `line` would fit at the end of `last`, so that `last` was ended on purpose."""
    first_word_length = len(line.text.split(maxsplit=1)[0]) if line.text.strip() else 0
    letter_width = (last.right - last.left) / max(1, len(last.text))
    return right - last.right > (first_word_length + 2) * letter_width


def _append_blocks(blocks: list[Block], more: list[Block]) -> None:
    """Append the blocks of the next page or column. A paragraph that continues there is moved behind its footnotes.

    It is also moved before the header of its next page.
    """
    index = len(blocks)
    while index and blocks[index - 1].is_note:
        index -= 1
    first = next((number for number, block in enumerate(more) if not block.is_top), len(more))
    if index and first < len(more) and _continues_across_break(blocks[index - 1], more[first]):
        continued = blocks.pop(index - 1)
        blocks.append(continued)  # so that the footnotes of its first page do not interrupt it
        continued.lines += more[first].lines
        continued.right = more[first].right
        more = [*more[:first], *more[first + 1 :]]
    blocks += more


def _continues_across_break(block: Block, following: Block) -> bool:
    last, first = block.lines[-1], following.lines[0]
    if block.kind is not BlockKind.PARAGRAPH or following.kind is not BlockKind.PARAGRAPH or following.is_note:
        return False
    if abs(last.size - first.size) > 0.12 * last.size or last.bold != first.bold:
        return False
    if last.cut:
        return True
    if SENTENCE_END.search(last.text) or is_item(first.text):
        return False
    letters = first.text.lstrip("\"'“‘([")
    if letters[:1].islower():
        return True
    width = len(last.text) + sum(character >= FIRST_WIDE_CHARACTER for character in last.text)
    is_prose = width >= MIN_FULL_LINE_CHARACTERS or len(block.lines) >= MIN_LINES_OF_PROSE
    return bool(letters) and is_prose and not _ends_early(last, first, block.right)
