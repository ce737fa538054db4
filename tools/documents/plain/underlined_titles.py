"""Headings in plain text and reStructuredText: titles with a row of one character below, or above and below."""

import re
from collections.abc import Iterator

from outlast.evidence.sources import Heading

UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")
"""A whole line of at least three equal punctuation characters."""


def find_underlined_headings(text: str) -> tuple[Heading, ...]:
    """Find underlined titles. Levels follow their order: the first style of underline is level 1, the next one 2."""
    styles: list[tuple[str, bool]] = []
    headings: list[Heading] = []
    for start, end, style in _titles(text):
        if style not in styles:
            styles.append(style)
        headings.append(Heading(start=start, end=end, level=styles.index(style) + 1))
    return tuple(headings)


def _titles(text: str) -> Iterator[tuple[int, int, tuple[str, bool]]]:
    """Yield the start, end and style of each title. A style is a character, and whether it is above as well."""
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines[:-1]):
        rule = lines[number + 1]
        if UNDERLINE.fullmatch(rule) and _is_title(line, rule):
            above = lines[number - 1] if number else ""
            overlined = above.strip() == rule.strip() and not _is_underline(lines, number - 1)
            # The last line of a paragraph above a row of dashes is not a title; a title directly below another one is.
            stands_alone = not above.strip() or overlined or _is_underline(lines, number - 1)
            if stands_alone and (overlined or not line[0].isspace()):
                words = line.strip()
                start = offset + line.index(words)
                yield start, start + len(words), (rule[0], overlined)
        offset += len(line) + 1


def _is_title(line: str, rule: str) -> bool:
    return re.search(r"\w", line) is not None and len(rule.rstrip()) >= len(line.strip())


def _is_underline(lines: list[str], number: int) -> bool:
    """Return whether line `number` is the row below a title, rather than the row above one."""
    rule, title = lines[number], lines[number - 1] if number > 0 else ""
    return UNDERLINE.fullmatch(rule) is not None and not title[:1].isspace() and _is_title(title, rule)
