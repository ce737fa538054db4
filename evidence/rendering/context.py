"""A quote with the text around it, so that a reader can judge what it means in its context."""

import re
from typing import NamedTuple

CONTEXT_CHARACTERS = 400
"""About how many characters of context are shown before a quote, and as many after it."""
MAX_CONTEXT_LINES = 12
"""Maximum number of lines on each side: code and tables have short ones."""

SPACE = re.compile(r"\s+")


class QuoteContext(NamedTuple):
    """`before + quoted + after` is a span of the text."""

    before: str
    quoted: str
    after: str
    is_at_text_start: bool
    """Whether the context begins where the text does; otherwise it was cut, at white space if possible."""
    is_at_text_end: bool


def quote_context(text: str, start: int, end: int) -> QuoteContext:
    first = start - CONTEXT_CHARACTERS
    if first > 0:
        space = SPACE.search(text, first, start)
        first = space.end() if space else first
    last = end + CONTEXT_CHARACTERS
    if last < len(text):
        spaces = [space.start() for space in SPACE.finditer(text, end, last)]
        last = spaces[-1] if spaces else last
    first, last = max(first, 0), min(last, len(text))
    before, after = text[first:start].split("\n"), text[end:last].split("\n")
    if len(before) > MAX_CONTEXT_LINES:
        first = start - len("\n".join(before[-MAX_CONTEXT_LINES:]))
    if len(after) > MAX_CONTEXT_LINES:
        last = end + len("\n".join(after[:MAX_CONTEXT_LINES]))
    return QuoteContext(text[first:start], text[start:end], text[end:last], first == 0, last == len(text))
