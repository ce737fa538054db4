"""Headings in plain text without markup: lines that stand alone above a paragraph.

Many lines stand alone: items of a list, clauses of a contract, lines of an example. So a title must also differ from
the text below it: farther left, or centred, or in capitals, or numbered with text below it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from outlast.evidence.sources import Heading

MAX_TITLE_CHARACTERS = 75
MAX_HEADING_LEVEL = 6
MIN_CENTRED_COLUMNS = 10  # minimum indent of a centred line beyond the usual one, in columns
NUMBERED_TITLE = re.compile(
    r"(?:(?:Section|Article|Chapter|Appendix|Part|Annex|SECTION|ARTICLE|CHAPTER|APPENDIX|PART|ANNEX)\s+)?"
    r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,4}|[IVX]{1,5}|[A-Z](?=[.:)]))[.:)]?\s+(?=[^\W\d_])"
)
NUMBERED_KIND = "numbered"
LIST_ITEM = re.compile(r"(?:[*•·o+–—-]|\(\w{1,4}\)|\w{1,3}\))\s")
NO_TITLE = re.compile(r"[,;:–—-]$|\w\.{3}$|[=<>{}\\|]|\s{3,}|\w+://|\S@\S")


class _Line(NamedTuple):
    start: int
    """The offset of its words in the text, in characters."""
    words: str
    indent: int
    """In columns, with tabs expanded."""


def find_standalone_headings(text: str) -> tuple[Heading, ...]:
    """Find titles that stand alone. Levels follow their order: the first kind of title is level 1, the next one 2.

    Numbered titles are as deep as their numbers: `2.1` is below `2`.
    """
    titles = list(_titles(_paragraphs(text)))
    kinds = sorted({kind: None for _, kind in titles}, key=lambda kind: kind[1] if kind[0] == NUMBERED_KIND else 0)
    return tuple(
        Heading(start=line.start, end=line.start + len(line.words), level=min(kinds.index(kind) + 1, MAX_HEADING_LEVEL))
        for line, kind in titles
    )


def _paragraphs(text: str) -> list[list[_Line]]:
    """Split the text at blank lines, and return the lines of each paragraph."""
    paragraphs: list[list[_Line]] = [[]]
    offset = 0
    for line in text.split("\n"):
        words = line.strip()
        if words:
            indent = len(line) - len(line.lstrip())
            paragraphs[-1].append(
                _Line(offset + indent, words, len(line.expandtabs()) - len(line.expandtabs().lstrip()))
            )
        elif paragraphs[-1]:
            paragraphs.append([])
        offset += len(line) + 1
    return [paragraph for paragraph in paragraphs if paragraph]


def _titles(paragraphs: list[list[_Line]]) -> Iterator[tuple[_Line, tuple[str, int]]]:
    """Yield each title and its kind: how it differs from the text, and its indent or depth."""
    usual_indent = _usual_indent(paragraphs)
    for number, paragraph in enumerate(paragraphs[:-1]):
        line, below = paragraph[0], paragraphs[number + 1]
        if all(other.indent >= usual_indent + MIN_CENTRED_COLUMNS for other in paragraph) and len(paragraph) <= 3:
            if _may_be_title(line.words) and _is_centred(line) and below[0].indent < line.indent:
                yield line, ("centred", 0)
        elif len(paragraph) == 1 and _may_be_title(line.words):
            kind = _kind(line, below)
            if kind is not None:
                yield line, kind


def _usual_indent(paragraphs: list[list[_Line]]) -> int:
    counts: dict[int, int] = {}
    for paragraph in paragraphs:
        for line in paragraph:
            counts[line.indent] = counts.get(line.indent, 0) + 1
    return max(counts, key=lambda indent: counts[indent], default=0)


def _kind(line: _Line, below: list[_Line]) -> tuple[str, int] | None:
    numbered = NUMBERED_TITLE.match(line.words)
    if numbered is not None:
        if NUMBERED_TITLE.match(below[0].words) and len(below) == 1 and below[0].words[-1] in ".;,":
            return None  # they are items of a list
        is_same_depth = _number_depth(numbered.group("number")) == _number_depth(_number(below[0].words))
        is_short = len(line.words) < 60 and (line.words[-1] != "." or len(line.words.split()) < 8)
        return (NUMBERED_KIND, 1 + numbered.group("number").count(".")) if is_short and not is_same_depth else None
    if line.words[-1] in ".!":
        return None
    if line.words.isupper():
        return "capitals", 0
    is_text = len(below) > 1 or below[0].words[-1] in ".:?!"
    return ("left", line.indent) if below[0].indent > line.indent and is_text else None


def _number(words: str) -> str:
    match = NUMBERED_TITLE.match(words)
    return match.group("number") if match else ""


def _number_depth(number: str) -> int:
    """Return the depth of a number, 0 for no number. Items of a list follow one another at the same depth."""
    return number.count(".") + 1 if number else 0


def _may_be_title(words: str) -> bool:
    if not 3 <= len(words) <= MAX_TITLE_CHARACTERS or LIST_ITEM.match(words) or NO_TITLE.search(words):
        return False
    letters = sum(map(str.isalpha, words))
    signs = sum(not character.isalnum() and character not in " ." for character in words)
    first = next((character for character in words if character.isalpha()), "")
    return letters > max(2, signs) and not first.islower()


def _is_centred(line: _Line) -> bool:
    middle = line.indent + len(line.words) / 2
    return 28 <= middle <= 48
