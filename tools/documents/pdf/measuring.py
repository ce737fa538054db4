"""Measuring of a page: its characters become pieces of text with positions and fonts.

Gaps between words are measured only in lines wider than their letters explain, and where columns may begin.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol
from unicodedata import normalize

from outlast.tools.documents.pdf.annotations import Addition
from outlast.tools.documents.pdf.columns import MAX_START_DISTANCE, column_starts, common_gaps, may_have_columns
from outlast.tools.documents.pdf.glyphs import SKEWED, Glyphs, Run
from outlast.tools.documents.pdf.pieces import Piece
from outlast.tools.documents.pdf.scripts import Level, level_of, with_scripts
from outlast.tools.documents.pdf.visibility import MAX_TINY_SIZE
from outlast.tools.documents.raised import raised

LINE_END_HYPHEN = "\ufffe"  # PDFium's character for a hyphen at a line's end together with that end
LINE = re.compile(f"[^\r\n{LINE_END_HYPHEN}]+")
LEADER_DOTS = ("..", ". .", "……", "··", "· ·", "__")
CONTENTS_ENTRY_END = re.compile(r"(?:\s?[.…·_]){6,}\s*(?:[\dA-Z.-]{0,8}\d|[ivxlcdm]{1,8})(?:, ?\d+)*\s*$")
"""The end of an entry of a contents list or an index: dots, then a page number."""
MAX_LINES_BETWEEN_ENTRIES = 3
SPACE = re.compile(r"\s+")

INVISIBLE_CHARACTERS = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160), 0xAD, 0x200B, 0xFEFF, 0xFFFD, 0xFFFF)
)
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
CHARACTER_REPLACEMENTS: dict[int, str | None] = {**INVISIBLE_CHARACTERS, **LIGATURES, 0x09: " ", 0xA0: " "}
ARABIC_FORM = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")
"""Letters in the form that they have at the beginning, in the middle or at the end of a word."""

HYPHENS = "-‐"
HYPHENATED_END = re.compile(rf"[^\W\d_][{HYPHENS}]$")
"""A word cut at the line's end that PDFium did not recognise as cut."""
RAISED_NUMBER = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[.,;:)])\s?)[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?=[\s.,;:)]|$)")
PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
DOUBLED_WORD = re.compile(r"(?:(\S)\1){2,}")
MANY_DOUBLED_LETTERS = re.compile(r"(?:([^\W_])\1){4,}")

WIDE_GAP_SIZES = 1.3  # multiples of the font size: spaces of justified text are narrower, gaps between columns are not
STRETCHED_GAP_RATIO = 2  # to the narrowest gap of the line
WIDE_LINE_RATIO = 1.12  # to the usual width of a letter on the page: wider lines have gaps in them
SAMPLED_LINES = 4  # lines of a page that are searched for gaps between columns
MIN_COLUMN_LINES = 5
MIN_GUTTER_LETTERS = 15
MIN_GUTTER_SHARE = 0.6  # of the wide lines of a page
GUTTER_SAMPLES = 3
FIELD_OVERLAP = 4.0  # points by which the box of a field reaches over the words beside it
NUMBER_FIRST = re.compile(r"(?P<number>\d{1,4}) ")
MIN_NUMBERS_BY_FIVES = 3
MAX_COPY_DISTANCE_SIZES = 0.3  # letters drawn twice to look bold stand as near as this to each other
MAX_SIZE_RATIO = 2.5  # of text on one line
WATERMARK_SIZE_RATIO = 2  # to the text over which it is laid
CAPITAL_HEIGHT_SIZES = 0.7


def visible_text(text: str) -> str:
    """Return `text` as a reader sees it, without control characters, invisible characters and ligatures."""
    text = text.translate(CHARACTER_REPLACEMENTS)
    return text if text.isascii() else ARABIC_FORM.sub(lambda match: normalize("NFKC", match[0]), text)


class Sight(Protocol):
    """Says which text of a page nobody sees."""

    def has_suspects(self) -> bool: ...

    def hides(self, run: Run, glyphs: Glyphs) -> bool: ...

    def is_beside_page(self, left: float, right: float, baseline: float, turn: int) -> bool: ...


@dataclass(slots=True)
class _Line:
    """Characters `first` to `last` of the page, both included, in runs of one direction."""

    first: int
    last: int
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    fixed: bool
    turn: int
    cut: bool
    runs: list[Run]
    apart: bool = False
    lefts: Sequence[float] = ()
    """Where the text objects begin that are read as one run."""

    def letter_width(self) -> float:
        """Return the average width of a character, as a multiple of the font size."""
        return (self.right - self.left) / ((self.last + 1 - self.first) * (self.size or 1))


class PageMeasurer:
    """Measures one page. `entries` counts the lines of contents lists and indexes that were left out."""

    def __init__(self, glyphs: Glyphs, sight: Sight, fields: Sequence[Addition] = ()) -> None:
        self.entries = self.entry_words = self.hidden_words = 0
        self.turn = 0
        """The direction of most of the page's text."""
        self._glyphs = glyphs
        self._text = glyphs.text
        self._sight = sight
        self._fields = [field for field in fields if field.is_field]
        self._is_thorough = sight.has_suspects() or glyphs.is_mirrored
        self._may_be_doubled = MANY_DOUBLED_LETTERS.search(self._text) is not None

    def flows(self) -> list[list[Piece]]:
        """Return the pieces of the page's main text; then those of each text in another direction, or laid over it."""
        lines = self._lines()
        letters: Counter[int] = Counter()
        for line in lines:
            letters[line.turn] += line.last + 1 - line.first
        if not letters:
            return []
        upright = self.turn = letters.most_common(1)[0][0]
        upright_lines = [line for line in lines if line.turn == upright]
        parts = self._split_at_gaps(upright_lines)
        if self._fields and upright == 0 and not self._glyphs.is_mirrored:
            parts = (part for line in parts for part in self._split_at_fields(line))
        main, watermarks = _without_watermarks(_once(map(self._piece, parts)))
        others: defaultdict[int, list[Piece]] = defaultdict(list)
        skewed: list[list[Piece]] = []
        for line in lines:
            if line.turn == SKEWED != upright:
                skewed.append([self._piece(line)])
            elif line.turn != upright:
                others[line.turn].append(self._piece(line))
        return [main, *([piece] for piece in watermarks), *map(_once, others.values()), *skewed]

    def _piece(self, line: _Line) -> Piece:
        words, fixed = self._words(line), line.fixed
        if not fixed:
            words = " ".join(words.split())
            if words[-1:] in HYPHENS and HYPHENATED_END.search(words):
                words, line.cut = words[:-1], True
        if not words.isascii():
            words = RAISED_NUMBER.sub(_raise_number, visible_text(words))
        return Piece(words, line.left, line.right, line.baseline, line.size, line.bold, fixed, line.cut, line.apart)

    def _words(self, line: _Line) -> str:
        """Return the words of a line; what stands higher or lower in it is written as a power, an index or a mark."""
        if len(line.runs) == 1:
            return self._without_copies(line.first, line.last, line.turn)
        parts: list[tuple[Level, str]] = []
        for run in line.runs:
            level = level_of(run, line.size, line.baseline)
            space = self._space_before(run.first) if parts else ""
            words = self._without_copies(run.first, run.last, line.turn)
            if parts and parts[-1][0] is level:
                parts[-1] = (level, parts[-1][1] + space + words)
            elif parts and space:
                parts[-1] = (parts[-1][0], parts[-1][1] + space)
                parts.append((level, words))
            else:
                parts.append((level, words))
        return with_scripts(parts)

    def _space_before(self, place: int) -> str:
        start = place
        while start and self._text[start - 1] in " \t\xa0":
            start -= 1
        return self._text[start:place]

    def _without_copies(self, first: int, last: int, turn: int) -> str:
        """Return characters, each once: letters that are drawn twice, one by one, look bold.

        A single pair of letters in one place may be a ligature, so a word is doubled as a whole or not at all.
        """
        words = self._text[first : last + 1]
        if not self._may_be_doubled:
            return words
        copies: set[int] = set()
        for match in DOUBLED_WORD.finditer(words):
            places = range(first + match.start(), first + match.end(), 2)
            if all(self._are_in_one_place(place, place + 1, turn) for place in places):
                copies.update(place + 1 for place in places)
        return "".join(letter for place, letter in enumerate(words, first) if place not in copies)

    def _are_in_one_place(self, letter: int, copy: int, turn: int) -> bool:
        (left, right), (other_left, _) = self._glyphs.edges(letter, turn), self._glyphs.edges(copy, turn)
        return abs(other_left - left) < MAX_COPY_DISTANCE_SIZES * (right - left)

    def _lines(self) -> list[_Line]:
        """Return the lines except contents entries and the few lines between two of them, which are entries too."""
        lines: list[_Line] = []
        entry = -1  # the number of lines at the last entry
        for match in LINE.finditer(self._text):
            words = match.group()
            if any(dots in words for dots in LEADER_DOTS) and CONTENTS_ENTRY_END.search(words):
                if entry >= 0 and len(lines) - entry <= MAX_LINES_BETWEEN_ENTRIES:
                    self.entry_words += sum(
                        len(self._text[line.first : line.last + 1].split()) for line in lines[entry:]
                    )
                    del lines[entry:]
                self.entries += 1
                self.entry_words += sum(any(map(str.isalnum, word)) for word in words.split())
                entry = len(lines)
            elif not words.isspace():
                first = match.start() + len(words) - len(words.lstrip())
                last = match.start() + len(words.rstrip()) - 1
                lines += self._measure(first, last, cut=self._text[match.end() : match.end() + 1] == LINE_END_HYPHEN)
        return lines

    def _measure(self, first: int, last: int, *, cut: bool) -> list[_Line]:
        """Return the line from `first` to `last`, in parts if its direction changes; nothing if nobody sees it."""
        found, lefts = self._glyphs.runs(first, last, thorough=self._is_thorough)
        if len(found) == 1 and not self._is_thorough:
            line = self._line(found, cut=cut)
            line.lefts = lefts
            if found[0].size > MAX_TINY_SIZE:
                return [] if self._is_beside_page(line) else [line]
        runs = self._seen_runs(found)
        stretches: list[list[Run]] = []
        for run in runs:
            if stretches and _goes_on(stretches[-1][-1], run):
                stretches[-1].append(run)
            else:
                stretches.append([run])
        lines = [self._line(stretch, cut=cut and stretch[-1].last == last) for stretch in stretches]
        if lefts and lines:
            lines[0].lefts = lefts
        return [line for line in lines if not self._is_beside_page(line)]

    def _is_beside_page(self, line: _Line) -> bool:
        left, right = (-line.right, -line.left) if self._glyphs.is_mirrored else (line.left, line.right)
        is_beside = self._sight.is_beside_page(left, right, line.baseline, line.turn)
        if is_beside:
            self.hidden_words += len(self._text[line.first : line.last + 1].split())
        return is_beside

    def _seen_runs(self, runs: list[Run]) -> list[Run]:
        """Return the runs that a reader sees, each once."""
        seen: list[Run] = []
        drawn: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        texts = [self._text[run.first : run.last + 1] for run in runs]
        has_copies = len(texts) > 1 and len(set(texts)) < len(texts)
        for run, words in zip(runs, texts, strict=True):
            if self._sight.hides(run, self._glyphs):
                self.hidden_words += len(words.split())
                continue
            if has_copies and texts.count(words) > 1:
                x, y = self._glyphs.position(run.first)
                reach = MAX_COPY_DISTANCE_SIZES * run.size
                if any(abs(x - other_x) < reach and abs(y - other_y) < reach for other_x, other_y in drawn[words]):
                    continue
                drawn[words].append((x, y))
            seen.append(run)
        return seen

    def _line(self, runs: list[Run], *, cut: bool, apart: bool = False) -> _Line:
        first, last, main = runs[0].first, runs[-1].last, runs[0]
        if len(runs) > 1:
            main = max(runs, key=lambda run: run.last - run.first)
        left, right = self._glyphs.edges(first, main.turn)
        last_left, last_right = self._glyphs.edges(last, main.turn)
        left, right = min(left, last_left), max(right, last_right)
        middle = self._glyphs.middle(main.first, main.last)
        bold, fixed = self._glyphs.face(middle)
        if bold or fixed:  # a bold word does not make a bold line
            for place in (first, last):
                also_bold, also_fixed = self._glyphs.face(place)
                bold, fixed = bold and also_bold, fixed and also_fixed
        return _Line(first, last, left, right, main.baseline, main.size, bold, fixed, main.turn, cut, runs, apart)

    def _split_at_gaps(self, lines: list[_Line]) -> Iterator[_Line]:
        """Yield the lines, cut at wide gaps, which are between columns and between cells of a table."""
        flowing = [line for line in lines if not line.fixed]
        if not flowing:
            yield from lines
            return
        usual = median(line.letter_width() for line in flowing)
        widest = max(line.right - line.left for line in flowing)
        wide = [line for line in flowing if line.right - line.left > 0.6 * widest]
        sample = wide[:: max(1, len(wide) // SAMPLED_LINES)][:SAMPLED_LINES]
        columns = sum(self._has_gutter(line) for line in sample) > 1  # a single one may be the running header
        starts = self._column_starts(lines, wide)
        if not starts and len(wide) >= MIN_COLUMN_LINES:
            starts = self._gutters_in_objects(wide)
        if not starts and sum(NUMBER_FIRST.match(self._text, line.first) is not None for line in flowing) > 2:
            starts = self._text_beside_numbers(flowing)
        for line in lines:
            if line.fixed:
                yield line
                continue
            for part in self._split_at(line, starts) if starts else (line,):
                if columns or part.letter_width() > WIDE_LINE_RATIO * usual:
                    yield from self._split_line(part)
                else:
                    yield part

    def _column_starts(self, lines: list[_Line], wide: list[_Line]) -> list[float]:
        """Return where columns begin. If there may be columns, all lines are cut into their runs."""
        if not may_have_columns([line.lefts or (0.0,) * len(line.runs) for line in wide]):
            return []
        for line in lines:
            if line.lefts:
                found, _ = self._glyphs.runs(line.first, line.last, thorough=True)
                line.runs = self._seen_runs(found) or line.runs
        return column_starts([line.runs for line in wide], self._glyphs)

    def _gutters_in_objects(self, wide: list[_Line]) -> list[float]:
        """Return where columns begin in the middle of text objects. If there are any, wide lines are cut there."""
        sample = [wide[len(wide) * number // GUTTER_SAMPLES] for number in range(GUTTER_SAMPLES)]
        found: list[float] = []
        for start in common_gaps([self._all_gaps(line) for line in sample], wide[0].size):
            places = [self._place_of_gap(line, start) for line in wide]
            if sum(place > 0 for place in places) >= MIN_GUTTER_SHARE * len(wide):
                found.append(start)
                for line, place in zip(wide, places, strict=True):
                    line.runs, line.lefts = [part for run in line.runs for part in _cut_run(run, place)], ()
        return found

    def _all_gaps(self, line: _Line) -> list[tuple[float, float]]:
        turn, edges = line.turn, self._glyphs.edges
        spaces = SPACE.finditer(self._text, line.first, line.last)
        return [(edges(space.start() - 1, turn)[1], edges(space.end(), turn)[0]) for space in spaces]

    def _place_of_gap(self, line: _Line, start: float) -> int:
        """Return the character that begins at a place in points; 0 if none does, or if few letters stand there."""
        for space in SPACE.finditer(self._text, line.first, line.last):
            if abs(self._glyphs.edges(space.end(), line.turn)[0] - start) < MAX_START_DISTANCE:
                sides = space.start() - line.first, line.last + 1 - space.end()
                return space.end() if min(sides) >= MIN_GUTTER_LETTERS else 0
        return 0

    def _text_beside_numbers(self, lines: list[_Line]) -> list[float]:
        """Return where the text begins if numbers that count its lines, by fives or tens, stand before it."""
        usual, _ = Counter(round(line.left) for line in lines).most_common(1)[0]
        numbered = [line for line in lines if NUMBER_FIRST.match(self._text, line.first)]
        outside = [line for line in numbered if line.left < usual - line.size / 2]
        if len(outside) < MIN_NUMBERS_BY_FIVES or any(int(self._number(line)) % 5 for line in outside):
            return []
        for line in outside:
            found, _ = self._glyphs.runs(line.first, line.last, thorough=True)
            line.runs = self._seen_runs(found) or line.runs
        return [float(usual)]

    def _number(self, line: _Line) -> str:
        match = NUMBER_FIRST.match(self._text, line.first)
        return match["number"] if match else "1"

    def _split_at(self, line: _Line, starts: list[float]) -> Iterator[_Line]:
        """Yield the line, cut where a run begins at the start of a column."""
        part: list[Run] = []
        for run in line.runs:
            left, _ = self._glyphs.edges(run.first, line.turn) if part else (0.0, 0.0)
            if part and any(abs(left - start) < MAX_START_DISTANCE for start in starts):
                yield self._line(part, cut=False, apart=line.apart)
                line, part = replace(line, apart=True), []
            part.append(run)
        yield self._line(part, cut=line.cut, apart=line.apart)

    def _split_at_fields(self, line: _Line) -> Iterator[_Line]:
        """Yield the line, cut where a field of a form stands in it, so that the value has a place there."""
        first, left = line.first, line.left
        for field in sorted(self._fields, key=lambda field: field.left):
            if not (field.bottom - line.size / 2 < line.baseline < field.top and left < field.left < line.right):
                continue
            for space in SPACE.finditer(self._text, first, line.last):
                right, start = self._glyphs.edges(space.start() - 1, 0)[1], self._glyphs.edges(space.end(), 0)[0]
                if right < field.left + FIELD_OVERLAP and start > field.right - FIELD_OVERLAP:
                    yield self._part(line, first, space.start() - 1, left, right)
                    first, left = space.end(), start
                    break
        last = self._part(line, first, line.last, left, line.right) if first > line.first else line
        last.cut = line.cut
        yield last

    def _has_gutter(self, line: _Line) -> bool:
        """Return whether there is a wide gap near the middle of the line."""
        quarter = (line.last - line.first) // 4
        return bool(self._gaps(line, line.first + quarter, line.last - quarter))

    def _split_line(self, line: _Line) -> list[_Line]:
        gaps = self._gaps(line, line.first, line.last)
        if not gaps:
            return [line]
        parts: list[_Line] = []
        first, left = line.first, line.left
        for last, right, following, start in gaps:
            parts.append(self._part(line, first, last, left, right))
            first, left = following, start
        parts.append(self._part(line, first, line.last, left, line.right))
        parts[0].apart, parts[-1].cut = line.apart, line.cut
        return parts

    def _part(self, line: _Line, first: int, last: int, left: float, right: float) -> _Line:
        runs = line.runs
        if len(runs) > 1:
            runs = [run for run in runs if run.first <= last and run.last >= first]
        bold, fixed = (line.bold, line.fixed) if len(line.runs) == 1 else self._glyphs.face((first + last) // 2)
        main = max(runs, key=lambda run: min(run.last, last) - max(run.first, first))
        runs = [
            Run(max(run.first, first), min(run.last, last), run.size, run.baseline, run.turn, run.address)
            for run in runs
        ]
        return _Line(first, last, left, right, main.baseline, main.size, bold, fixed, main.turn, False, runs)

    def _gaps(self, line: _Line, first: int, last: int) -> list[tuple[int, float, int, float]]:
        """Return the wide gaps of a line: the character before each gap and its end, the one after it and its start.

        Justified text may stretch all gaps of a line, so wide gaps must also be wider than the narrowest one.
        """
        gaps: list[tuple[int, float, int, float]] = []
        for space in SPACE.finditer(self._text, first, last):
            before, after = max(space.start() - 1, line.first), space.end()
            _, right = self._glyphs.edges(before, line.turn)
            left, _ = self._glyphs.edges(after, line.turn)
            gaps.append((before, right, after, left))
        narrowest = min((left - right for _, right, _, left in gaps), default=0.0) if len(gaps) > 1 else 0.0
        wide = WIDE_GAP_SIZES * line.size
        min_width = wide if narrowest > wide else max(wide, STRETCHED_GAP_RATIO * narrowest)
        return [gap for gap in gaps if gap[3] - gap[1] > min_width]


def _cut_run(run: Run, place: int) -> list[Run]:
    """Cut a run before a character, if it is one of its own, without the space before it."""
    if not run.first < place <= run.last:
        return [run]
    return [replace(run, last=place - 2), replace(run, first=place)]


def _goes_on(before: Run, run: Run) -> bool:
    """Return whether a run may belong to the text before it: a watermark has another direction, or is much larger."""
    small, large = sorted((before.size, run.size))
    return before.turn == run.turn and large < MAX_SIZE_RATIO * small


def _raise_number(match: re.Match[str]) -> str:
    return raised(match.string[: match.start()], match[0].strip().translate(PLAIN_DIGITS))


def _once(pieces: Iterator[Piece] | list[Piece]) -> list[Piece]:
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


def _without_watermarks(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
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
