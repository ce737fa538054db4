"""Titles with a row of one character below them, or above and below, as in plain text and reStructuredText."""

import re
from collections.abc import Iterator

from outlast.evidence.sources import Heading

UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*")
"""A whole line of one punctuation character, at least three of it."""


def find_underlined_headings(text: str) -> tuple[Heading, ...]:
    """Levels are given by order: the first style of underline in the text is level 1, the next new one level 2."""
    styles: list[tuple[str, bool]] = []
    headings: list[Heading] = []
    for start, end, style in _titles(text):
        if style not in styles:
            styles.append(style)
        headings.append(Heading(start=start, end=end, level=styles.index(style) + 1))
    return tuple(headings)


def _titles(text: str) -> Iterator[tuple[int, int, tuple[str, bool]]]:
    """Start, end and style (the character, and whether it is over the title too) of each title's words."""
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines[:-1]):
        rule = lines[number + 1]
        if UNDERLINE.fullmatch(rule) and _is_title(line, rule):
            above = lines[number - 1] if number else ""
            overlined = above.strip() == rule.strip() and not _is_underline(lines, number - 1)
            # A paragraph that happens to end before a row of dashes is no title; a title right below another one is.
            alone = not above.strip() or overlined or _is_underline(lines, number - 1)
            if alone and (overlined or not line[0].isspace()):
                words = line.strip()
                start = offset + line.index(words)
                yield start, start + len(words), (rule[0], overlined)
        offset += len(line) + 1


def _is_title(line: str, rule: str) -> bool:
    return re.search(r"\w", line) is not None and len(rule.rstrip()) >= len(line.strip())


def _is_underline(lines: list[str], number: int) -> bool:
    """Is line `number` the row below a title, rather than the row above one?"""
    rule, title = lines[number], lines[number - 1] if number > 0 else ""
    return UNDERLINE.fullmatch(rule) is not None and not title[:1].isspace() and _is_title(title, rule)
