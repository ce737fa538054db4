"""A quote with the text around it, so that a reader can judge what it means where it stands."""

import re
from typing import NamedTuple

AROUND = 400
"""About so many characters of context are shown before a quote, and after it."""
LINES_AROUND = 12
"""And at most so many lines: code and tables have short ones."""

SPACE = re.compile(r"\s+")


class Context(NamedTuple):
    """`before + quoted + after` is a span of the text."""

    before: str
    quoted: str
    after: str
    begins: bool
    """The text begins here; otherwise it was cut, at a white space where there is one."""
    ends: bool


def context(text: str, start: int, end: int) -> Context:
    first = start - AROUND
    if first > 0:
        space = SPACE.search(text, first, start)
        first = space.end() if space else first
    last = end + AROUND
    if last < len(text):
        spaces = [space.start() for space in SPACE.finditer(text, end, last)]
        last = spaces[-1] if spaces else last
    first, last = max(first, 0), min(last, len(text))
    before, after = text[first:start].split("\n"), text[end:last].split("\n")
    if len(before) > LINES_AROUND:
        first = start - len("\n".join(before[-LINES_AROUND:]))
    if len(after) > LINES_AROUND:
        last = end + len("\n".join(after[:LINES_AROUND]))
    return Context(text[first:start], text[start:end], text[end:last], first == 0, last == len(text))
