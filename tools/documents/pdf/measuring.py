"""Measuring of a page: its characters become pieces of text with positions and fonts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol
from unicodedata import normalize

from outlast.tools.documents.pdf.accents import ACCENTED, composed
from outlast.tools.documents.pdf.annotations import Addition
from outlast.tools.documents.pdf.contents import LEADER_DOTS
from outlast.tools.documents.pdf.glyphs import SKEWED, Glyphs, Run
from outlast.tools.documents.pdf.overlays import MAX_COPY_DISTANCE_SIZES, part_watermarks, without_copies
from outlast.tools.documents.pdf.page_line import PageLine, line_of
from outlast.tools.documents.pdf.pieces import Piece
from outlast.tools.documents.pdf.scripts import Level, level_of, with_scripts
from outlast.tools.documents.pdf.splitting import LineSplitter
from outlast.tools.documents.pdf.visibility import MAX_TINY_SIZE
from outlast.tools.documents.raised import raised

LINE_END_HYPHEN = "\ufffe"  # PDFium's character for a hyphen at a line's end together with that end
LINE = re.compile(f"[^\r\n{LINE_END_HYPHEN}]+")
CONTENTS_ENTRY_END = re.compile(r"(?:\s?[.…·_]){6,}\s*(?P<number>[\dA-Z.-]{0,8}\d|[ivxlcdm]{1,8})(?:, ?\d+)*\s*$")
"""The end of an entry of a contents list or an index: dots, then a page number."""
MAX_LINES_BETWEEN_ENTRIES = 3
MIN_RISING_SHARE = 0.7
UNNUMBERED_PAGES = 20
PARTS_OF_PAGES = 2
"""Two pages of a book may stand on one page of its file, and some may be missing."""

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
FOUR_PAIRS = re.compile(rb"(?s)\0.\0.\0.\0")

MAX_SIZE_RATIO = 2.5  # of text on one line


def lists_pages(lines: Iterable[str], page_count: int) -> bool:
    """Return whether the lines that end in dots and a number name pages of the document.

    These rise, and there are so many pages. Other lists with dots are prices, schedules and balances.
    """
    ends = [found.group("number") for line in lines if (found := CONTENTS_ENTRY_END.search(line))]
    numbers = [int(end) for end in ends if end.isdecimal()]
    if any("." in end for end in ends) or max(numbers, default=0) > UNNUMBERED_PAGES + page_count * PARTS_OF_PAGES:
        return False
    steps = list(pairwise(numbers))
    return sum(first <= second for first, second in steps) >= MIN_RISING_SHARE * len(steps)


def visible_text(text: str) -> str:
    """Return `text` as a reader sees it, without control characters, invisible characters and ligatures."""
    text = text.translate(CHARACTER_REPLACEMENTS)
    return text if text.isascii() else ARABIC_FORM.sub(lambda match: normalize("NFKC", match[0]), text)


class Sight(Protocol):
    """Says which text of a page nobody sees."""

    def has_suspects(self) -> bool: ...

    def seen_parts(self, run: Run, glyphs: Glyphs) -> list[Run]: ...

    def is_beside_page(self, left: float, right: float, baseline: float, turn: int) -> bool: ...


class PageMeasurer:
    """Measures one page. `entries` are the lines of contents lists and indexes, which are not among its pieces."""

    def __init__(self, glyphs: Glyphs, sight: Sight, page_count: int, fields: Sequence[Addition] = ()) -> None:
        self.hidden_words = self.entry_count = 0
        self.entries: list[str] = []
        """Also the few lines between two of the entries that `entry_count` counts."""
        self.turn = 0
        """The direction of most of the page's text."""
        self._glyphs = glyphs
        self._text = glyphs.text
        self._sight = sight
        self._fields = [field for field in fields if field.is_field]
        self._is_thorough = sight.has_suspects() or glyphs.is_mirrored
        self._may_have_accents = ACCENTED.search(self._text) is not None
        self._may_be_doubled = _has_many_pairs(self._text) and MANY_DOUBLED_LETTERS.search(self._text) is not None
        self._may_have_entries = any(dots in self._text for dots in LEADER_DOTS) and lists_pages(
            (match.group() for match in LINE.finditer(self._text)), page_count
        )

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
        has_places = upright == 0 and not self._glyphs.is_mirrored  # else the boxes of fields have other directions
        splitter = LineSplitter(self._glyphs, self._seen_runs, self._fields if has_places else ())
        parts = splitter.split(upright_lines)
        main, watermarks = part_watermarks(without_copies(map(self._piece, parts)))
        others: defaultdict[int, list[Piece]] = defaultdict(list)
        skewed: list[list[Piece]] = []
        for line in lines:
            if line.turn == SKEWED != upright:
                skewed.append([self._piece(line)])
            elif line.turn != upright:
                others[line.turn].append(self._piece(line))
        return [main, *([piece] for piece in watermarks), *map(without_copies, others.values()), *skewed]

    def _piece(self, line: PageLine) -> Piece:
        words, fixed = self._words(line), line.fixed
        if not fixed:
            words = " ".join(words.split())
            if words[-1:] in HYPHENS and HYPHENATED_END.search(words):
                words, line.cut = words[:-1], True
        if not words.isascii():
            words = RAISED_NUMBER.sub(_raise_number, visible_text(words))
        return Piece(words, line.left, line.right, line.baseline, line.size, line.bold, fixed, line.cut, line.apart)

    def _words(self, line: PageLine) -> str:
        """Return the words of a line; what stands higher or lower in it is written as a power, an index or a mark."""
        accents = self._accents(line)
        if len(line.runs) == 1:
            return self._letters(line.first, line.last, line.turn, accents)
        parts: list[tuple[Level, str]] = []
        for before, run in pairwise([line.runs[0], *line.runs]):
            level = level_of(run, line.size, line.baseline)
            space = self._space_before(run.first) if parts else ""
            if parts and parts[-1][0] is level and self._glyphs.lacks_space(before, run):
                space = " "
            words = self._letters(run.first, run.last, line.turn, accents)
            if not words:
                continue
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

    def _letters(self, first: int, last: int, turn: int, accents: Mapping[int, str]) -> str:
        """Return characters as they look: each once, and what is drawn over one another as one."""
        words = self._without_copies(first, last, turn) if self._may_be_doubled else self._text[first : last + 1]
        if not accents or len(words) < last + 1 - first:
            return words
        return "".join(accents.get(place, letter) for place, letter in enumerate(words, first))

    def _accents(self, line: PageLine) -> dict[int, str]:
        """Return what to write at the places of accents that are drawn over the next letter, and of these letters."""
        found: dict[int, str] = {}
        for match in ACCENTED.finditer(self._text, line.first, line.last + 1) if self._may_have_accents else ():
            place, both = match.start(), composed(match.group())
            if both and self._is_over(place, place + 1, line.turn):
                found |= {place: "", place + 1: both}
        return found

    def _without_copies(self, first: int, last: int, turn: int) -> str:
        """Return characters, each once: letters that are drawn twice, one by one, look bold.

        A single pair of letters in one place may be a ligature, so a word is doubled as a whole or not at all.
        """
        words = self._text[first : last + 1]
        copies: set[int] = set()
        for match in DOUBLED_WORD.finditer(words):
            places = range(first + match.start(), first + match.end(), 2)
            if all(self._are_in_one_place(place, place + 1, turn) for place in places):
                copies.update(place + 1 for place in places)
        return "".join(letter for place, letter in enumerate(words, first) if place not in copies)

    def _is_over(self, accent: int, letter: int, turn: int) -> bool:
        (left, right), (letter_left, letter_right) = self._glyphs.edges(accent, turn), self._glyphs.edges(letter, turn)
        return letter_left < (left + right) / 2 < letter_right

    def _are_in_one_place(self, letter: int, copy: int, turn: int) -> bool:
        (left, right), (other_left, _) = self._glyphs.edges(letter, turn), self._glyphs.edges(copy, turn)
        return abs(other_left - left) < MAX_COPY_DISTANCE_SIZES * (right - left)

    def _lines(self) -> list[PageLine]:
        """Return the lines except contents entries and the few lines between two of them, which are entries too."""
        lines: list[PageLine] = []
        entry = -1  # the number of lines at the last entry
        for match in LINE.finditer(self._text):
            words = match.group()
            if (
                self._may_have_entries
                and any(dots in words for dots in LEADER_DOTS)
                and CONTENTS_ENTRY_END.search(words)
            ):
                if entry >= 0 and len(lines) - entry <= MAX_LINES_BETWEEN_ENTRIES:
                    self.entries += [visible_text(self._text[line.first : line.last + 1]) for line in lines[entry:]]
                    del lines[entry:]
                self.entry_count += 1
                self.entries.append(visible_text(words))
                entry = len(lines)
            elif not words.isspace():
                first = match.start() + len(words) - len(words.lstrip())
                last = match.start() + len(words.rstrip()) - 1
                lines += self._measure(first, last, cut=self._text[match.end() : match.end() + 1] == LINE_END_HYPHEN)
        return lines

    def _measure(self, first: int, last: int, *, cut: bool) -> list[PageLine]:
        """Return the line from `first` to `last`, in parts if its direction changes; nothing if nobody sees it."""
        found, lefts = self._glyphs.runs(first, last, thorough=self._is_thorough)
        if len(found) == 1 and not self._is_thorough:
            line = line_of(self._glyphs, found, cut=cut)
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
        lines = [line_of(self._glyphs, stretch, cut=cut and stretch[-1].last == last) for stretch in stretches]
        if lefts and lines:
            lines[0].lefts = lefts
        return [line for line in lines if not self._is_beside_page(line)]

    def _is_beside_page(self, line: PageLine) -> bool:
        left, right = (-line.right, -line.left) if self._glyphs.is_mirrored else (line.left, line.right)
        is_beside = self._sight.is_beside_page(left, right, line.baseline, line.turn)
        if is_beside:
            self.hidden_words += len(self._text[line.first : line.last + 1].split())
        return is_beside

    def _seen_runs(self, runs: list[Run]) -> list[Run]:
        """Return the runs that a reader sees, each once."""
        seen: list[Run] = []
        drawn: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        runs = [part for run in runs for part in self._seen_parts(run)]
        texts = [self._text[run.first : run.last + 1] for run in runs]
        has_copies = len(texts) > 1 and len(set(texts)) < len(texts)
        for run, words in zip(runs, texts, strict=True):
            if has_copies and texts.count(words) > 1:
                x, y = self._glyphs.position(run.first)
                reach = MAX_COPY_DISTANCE_SIZES * run.size
                if any(abs(x - other_x) < reach and abs(y - other_y) < reach for other_x, other_y in drawn[words]):
                    continue
                drawn[words].append((x, y))
            seen.append(run)
        return seen

    def _seen_parts(self, run: Run) -> list[Run]:
        parts = self._sight.seen_parts(run, self._glyphs)
        if len(parts) != 1 or parts[0] is not run:
            words = sum(len(self._text[part.first : part.last + 1].split()) for part in parts)
            self.hidden_words += len(self._text[run.first : run.last + 1].split()) - words
        return parts


def _has_many_pairs(text: str) -> bool:
    """Return whether four pairs of the same letter may follow each other, in a hundredth of the time of a search.

    Each character is compared with the next one, all at once. Those beyond Latin-1 count as the same.
    """
    letters = text.encode("latin-1", "replace")
    number = int.from_bytes(letters, "little")
    return FOUR_PAIRS.search((number ^ (number >> 8)).to_bytes(len(letters), "little")) is not None


def _goes_on(before: Run, run: Run) -> bool:
    """Return whether a run may belong to the text before it: a watermark has another direction, or is much larger."""
    small, large = sorted((before.size, run.size))
    return before.turn == run.turn and large < MAX_SIZE_RATIO * small


def _raise_number(match: re.Match[str]) -> str:
    return raised(match.string[: match.start()], match[0].strip().translate(PLAIN_DIGITS))
