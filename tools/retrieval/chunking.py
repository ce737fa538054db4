"""Chunking: cutting a source's text into passages, small enough to read and large enough to carry meaning.

Passages never cross a heading and never overlap. Text is cut between paragraphs if possible, else after a sentence,
else between lines, else between words.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence

from outlast.evidence.facts import find_leads
from outlast.evidence.sources import Lead, Passage, Source

MAX_PASSAGE_CHARACTERS = 800

BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
SENTENCE_END = re.compile(r"""[.!?…]["'”’)\]]*(?=\s+["'“‘(\[]?[A-Z0-9])|[。！？]""")
HEADING_RULE = re.compile(r"[ \t]*([^\w\s])\1*[ \t]*")  # the row of one character above or below a heading
WORD_CHARACTER = re.compile(r"\w")
MAX_LEAD_CHARACTERS = 80
MAX_SENTENCE_CHARACTERS = 2 * MAX_PASSAGE_CHARACTERS
WRAPPED = re.compile(r"[\w,;-]\n[ \t]*[a-z(]")
"""The end of a line at which a sentence goes on."""
MIN_CUT_CHARACTERS = MAX_PASSAGE_CHARACTERS // 2  # cutting after a sentence must not make a passage shorter

Span = tuple[int, int]


def passages_of(source: Source, text: str) -> list[Passage]:
    """Return the passages of `text`, the text of the source's snapshot, in order. Each has at least one word."""
    leads = _LeadsInOrder(find_leads(text, source.tables, ((each.start, each.end) for each in source.headings)))
    return [
        Passage(
            snapshot=source.snapshot,
            start=start,
            end=end,
            text=text[start:end],
            title=source.title,
            heading=heading,
            leads=leads.within(start, end),
        )
        for start, end, heading in _spans(source, text)
        if WORD_CHARACTER.search(text, start, end)
    ]


class _LeadsInOrder:
    """The leads of a text, ordered by start. It is asked for those of passages in the order of the text."""

    def __init__(self, leads: Sequence[Lead]) -> None:
        self._coming = deque(leads)
        self._open: list[Lead] = []

    def within(self, start: int, end: int) -> tuple[Lead, ...]:
        """Return the leads that count for a part of the text from `start` to `end`."""
        while self._coming and self._coming[0].start < end:
            self._open.append(self._coming.popleft())
        self._open = [lead for lead in self._open if lead.end > start]
        return tuple(self._open)


def _spans(source: Source, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and heading of each passage. A heading without text below it is a passage itself.

    Such a heading may say what no text does: `Smoking is forbidden everywhere`, the title of a slide.
    """
    above = [(0, 0), *((heading.start, heading.end) for heading in source.headings)]
    for heading_span, (section_start, section_end, heading) in zip(above, _sections(source, text), strict=True):
        if WORD_CHARACTER.search(text, section_start, section_end):
            packed = _pack(text, _split_paragraphs(text, section_start, section_end))
            yield from ((start, end, heading) for start, end in packed)
        else:
            yield *heading_span, ""


def _sections(source: Source, text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and heading of the text between headings. The lines of a heading belong to no section."""
    start, words = 0, ""
    for heading in source.headings:
        yield start, _before_heading(text, heading.start), words
        start, words = _after_heading(text, heading.end), " ".join(text[heading.start : heading.end].split())
    yield start, len(text), words


def _before_heading(text: str, heading_start: int) -> int:
    line = text.rfind("\n", 0, heading_start) + 1
    above = text.rfind("\n", 0, max(line - 1, 0)) + 1
    return above if HEADING_RULE.fullmatch(text[above : max(line - 1, 0)]) else line


def _after_heading(text: str, heading_end: int) -> int:
    line = _line_end(text, heading_end)
    below = _line_end(text, line + 1)
    return below if HEADING_RULE.fullmatch(text[line + 1 : below]) else line


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _pack(text: str, pieces: Iterator[Span]) -> Iterator[Span]:
    """Join neighbouring pieces while they fit into a passage. A lead moves to the next passage if it fits there.

    A piece that ends in a colon stays with the next one: if it cannot move, the passage is longer.
    """
    group: list[Span] = []
    for piece in pieces:
        if group and piece[1] - group[0][0] > MAX_PASSAGE_CHARACTERS:
            carried: list[Span] = []
            while len(group) > 1 and _is_lead(text, group[-1]) and piece[1] - group[-1][0] <= MAX_PASSAGE_CHARACTERS:
                carried.insert(0, group.pop())
            if carried or not _announces(text, group[-1]):
                yield group[0][0], group[-1][1]
                group = carried
        group.append(piece)
    if group:
        yield group[0][0], group[-1][1]


def _is_lead(text: str, piece: Span) -> bool:
    """Return whether a piece announces the next one: it ends in a colon, or is a short line that ends no sentence."""
    start, end = piece
    if text[end - 1] == ":":
        return True
    return end - start <= MAX_LEAD_CHARACTERS and text[end - 1] not in ".!?;," and "\n" not in text[start:end]


def _announces(text: str, piece: Span) -> bool:
    return text[piece[1] - 1] == ":"


def _split_paragraphs(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield paragraphs, and the parts of paragraphs that are too long, without white space around them."""
    while start < end:
        gap = BLANK_LINES.search(text, start, end)
        yield from _split_long_paragraph(text, *_trim(text, start, gap.start() if gap else end))
        start = gap.end() if gap else end


def _split_long_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > MAX_PASSAGE_CHARACTERS:
        cut = _find_cut(text, start, start + MAX_PASSAGE_CHARACTERS, end)
        yield _trim(text, start, cut)
        start, _ = _trim(text, cut, end)
    if start < end:
        yield start, end


def _find_cut(text: str, start: int, limit: int, end: int) -> int:
    """Return the offset at which to cut a paragraph that exceeds `limit`: the last good place before it."""
    ends = [sentence.end() for sentence in SENTENCE_END.finditer(text, start + MIN_CUT_CHARACTERS, limit + 1)]
    if ends and ends[-1] <= limit:
        return ends[-1]
    line = text.rfind("\n", start + 1, limit + 1)
    is_wrapped = line > start and WRAPPED.search(text, line - 1, min(end, line + MAX_LEAD_CHARACTERS)) is not None
    if (is_wrapped or text.find("\n", start, end) < 0) and (after := _end_of_long_sentence(text, start, limit, end)):
        return after
    value = text.rfind("; ", start + MIN_CUT_CHARACTERS, limit)  # between the values of a long record
    space = max(text.rfind(space, start + 1, limit + 1) for space in (" ", "\t"))
    places = (line, value + 1 if value > start else -1, space)
    return next((place for place in places if place > start), limit)


def _end_of_long_sentence(text: str, start: int, limit: int, end: int) -> int:
    """Return the end of a sentence that goes beyond `limit`, because half of it would say something else; 0 if none."""
    last = start + MAX_SENTENCE_CHARACTERS
    if following := SENTENCE_END.search(text, limit, min(end, last)):
        return following.end()
    return end if end <= last and text[start:end].endswith((".", "!", "?", ";", ":")) else 0


def _trim(text: str, start: int, end: int) -> Span:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
