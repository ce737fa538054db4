"""The lines of a text, with their list markers and their paragraphs."""

import re
from dataclasses import dataclass

from outlast.evidence.sentences import PARAGRAPH_GAP, RULE_MARKS, indentation, marker_of

LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(slots=True)
class Line:
    """A line of a text without its line end. `words` has no white space around it."""

    start: int
    end: int
    words: str
    depth: int
    marker: str
    """Its list marker, or ""."""
    is_first: bool
    """Whether it begins a paragraph."""
    is_last: bool = False
    """Whether it ends a paragraph."""


def lines_of(text: str) -> list[Line]:
    """Return the lines that are neither blank nor a rule."""
    lines: list[Line] = []
    previous, listed = "", None
    for match in LINE.finditer(text):
        raw = match.group()
        words = raw.strip()
        if not words or (words[0] in RULE_MARKS and PARAGRAPH_GAP.fullmatch(raw)):
            previous = ""
            if lines:
                lines[-1].is_last = True
            continue
        marker = marker_of(raw, previous, listed)
        depth = indentation(raw)
        listed = depth if marker else listed
        start = match.start() + depth
        lines.append(Line(start, start + len(words), words, depth, marker.group() if marker else "", not previous))
        previous = raw
    if lines:
        lines[-1].is_last = True
    return lines
