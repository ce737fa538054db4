"""Lists: the sentences that introduce them, where they end, and what a colon announces."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from outlast.evidence.lines import Line, lines_of
from outlast.evidence.sentences import find_sentence_ends
from outlast.evidence.sources import Lead, Span

MAX_LEAD_CHARACTERS = 300
MAX_LED_CHARACTERS = 6_000
"""A lead reaches at most this far: a list of items, or the lines below what may be a title."""


def list_leads(text: str, lines: Sequence[Line], headings: Sequence[int]) -> Iterator[Lead]:
    """Yield the sentences that end in a colon and have a list below them, which no heading interrupts."""
    for number, line in enumerate(lines[:-1]):
        if not line.words.endswith(":") or not lines[number + 1].marker or len(line.words) < 3:
            continue
        end = _end_of_list(lines, number)
        start = _sentence_start(text, lines, number)
        following = bisect_right(headings, line.end)
        if end is not None and following < len(headings):
            end = min(end, headings[following])
        if end is not None and line.end - start <= MAX_LEAD_CHARACTERS:
            yield Lead(start=line.end, end=end, spans=(Span(start=start, end=line.end, text=text[start : line.end]),))


def _end_of_list(lines: Sequence[Line], number: int) -> int | None:
    """Return where the list below a line ends: before a line that is no item, unless it continues one.

    An item has a marker of a kind that the list began with, or begins a list inside it, as `a)` does below `1.`. So
    `8. Termination` does not belong to a list of `a)` and `b)`.
    """
    lead, first = lines[number], lines[number + 1]
    end, kinds = None, kinds_of_marker(first.marker)
    is_inside = not lead.marker or not kinds & kinds_of_marker(lead.marker)
    for line in lines[number + 1 :]:
        within = is_inside or line.depth > lead.depth
        if line.marker and line.depth <= first.depth:
            kind = kinds_of_marker(line.marker)
            belongs = within and line.depth == first.depth and bool(kind & kinds or line.marker.strip(" ().") in "1aAi")
            kinds |= kind if belongs and not kind & kinds else frozenset()
        else:
            belongs = line.depth > first.depth or (within and not line.is_first)
        if not belongs or line.end - lead.end > MAX_LED_CHARACTERS:
            break
        end = line.end
    return end


def kinds_of_marker(marker: str) -> frozenset[str]:
    """Return the kinds of list that a marker may belong to: `i.` counts in letters or in Roman numerals."""
    sign = marker.strip().strip("().")
    if sign[:1].isdigit():
        return frozenset({"numbers"})
    if not sign[:1].isalpha():
        return frozenset({"headings" if sign.startswith("#") else "bullets"})
    roman = {"numerals"} if set(sign.lower()) <= set("ivx") else set[str]()
    return frozenset(roman | ({"letters"} if len(sign) == 1 else set()))


def _sentence_start(text: str, lines: Sequence[Line], number: int) -> int:
    """Return the start of the sentence that ends with a line, within its paragraph and its item of a list."""
    first = number
    while not lines[first].is_first and not lines[first].marker and lines[number].end - lines[first].start < 1_000:
        first -= 1
    start = lines[first].start + (len(lines[first].marker.lstrip()) if lines[first].marker else 0)
    return max([start, *find_sentence_ends(text, start, lines[number].end)])


def end_of_what_follows(text: str, end: int, limit: int) -> int:
    """Return the end of what a colon before `end` announces: a list, an indented block, or else the next paragraph.

    Of what is longer than `limit` characters, the lines that fit are taken.
    """
    lines = lines_of(text[end : end + limit])
    announced: list[Line] = []
    for line in lines:
        if announced and line.is_first and not _goes_on(lines[0], line):
            break
        announced.append(line)
    if len(text) > end + limit and announced and announced[-1] is lines[-1]:
        announced.pop()  # it may be cut
    return end + announced[-1].end if announced else end


def _goes_on(first: Line, line: Line) -> bool:
    """Does a list or an indented block that begins with `first` go on with a line after a blank one?"""
    if first.marker:
        return bool(line.marker) or line.depth > first.depth
    return line.depth >= first.depth > 0
