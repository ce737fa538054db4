"""Forms without colons: the value of a field stands on the line below its label.

Number of keys
Four
Meter reading
48 211 kWh
"""

import re
from collections.abc import Iterator, Sequence

from outlast.evidence.fields import FAILURE, WORD, is_key_and_value
from outlast.evidence.lines import Line
from outlast.evidence.sources import Lead, Span
from outlast.evidence.wording import BULLET

MAX_TITLE_CHARACTERS = 80
MAX_LABEL_WORDS = 5
MAX_FORM_LINES = 200
TITLE_END = re.compile(r"[.!?:;,…][\"'”’)\]]*$")
CODE_SIGN = re.compile(r"[=|{}\[\]<>\"\\`;]|\w\(")
OPEN_END = re.compile(r"[:;,?]$")
WIDE_GAP = re.compile(r"\S(?: {3,}|\t+)\S")
AMOUNT = re.compile(
    r"(?:\W*\w+\W+)?\W*(?:\d|(?:no|none|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b)",
    re.IGNORECASE,
)
"""The start of a value such as `six weeks` or `EUR 900`."""


def is_title(line: str) -> bool:
    """May a line be a title or a question over what follows? It is short, has a word, and ends no sentence."""
    if len(line) > MAX_TITLE_CHARACTERS or not WORD.search(line) or FAILURE.match(line):
        return False
    if CODE_SIGN.search(line) or line.startswith(("...", "$ ")):
        return False
    return line.endswith("?") or not (TITLE_END.search(line) or is_key_and_value(line))


def form_pairs(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Return the labels and values of a paragraph; none if it is no form.

    A form of more than one pair has different labels without digits, and at least one value with a number. Its first
    line is its title if the others make pairs.
    """
    if not 2 <= len(lines) <= MAX_FORM_LINES or len(lines) == 3:
        return []
    fields = lines[len(lines) % 2 :]
    labels, values = fields[::2], fields[1::2]
    if not all(map(_is_label, labels)) or not all(map(_is_value, values)) or not is_title(lines[0].words):
        return []
    if len(labels) == 1:
        is_form = bool(AMOUNT.match(values[0].words)) or not values[0].words[0].islower()
    else:
        is_form = len({line.words for line in labels}) == len(labels) and any(
            AMOUNT.match(line.words) for line in values
        )
    return list(zip(labels, values, strict=True)) if is_form else []


def _is_label(line: Line) -> bool:
    words = line.words
    return (
        is_title(words)
        and not line.marker
        and not words.endswith("?")
        and not words[0].islower()
        and len(words.split()) <= MAX_LABEL_WORDS
        and not re.search(r"\d", words)
        and not WIDE_GAP.search(words)
    )


def _is_value(line: Line) -> bool:
    words = line.words
    is_item = bool(line.marker or BULLET.match(words))
    if len(words) > MAX_TITLE_CHARACTERS or is_item or OPEN_END.search(words) or WIDE_GAP.search(words):
        return False
    return not (FAILURE.match(words) or CODE_SIGN.search(words) or is_key_and_value(words))


def form_leads(lines: Sequence[Line]) -> Iterator[Lead]:
    """Yield the labels, each of which counts for the line below it."""
    first = 0
    for number, line in enumerate(lines):
        if line.is_last:
            for label, value in form_pairs(lines[first : number + 1]):
                span = Span(start=label.start, end=label.end, text=label.words)
                yield Lead(start=label.end, end=value.end, spans=(span,))
            first = number + 1
