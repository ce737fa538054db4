"""Split clean text into sentences.

Texts come as extractors leave them: paragraphs between blank lines, often hard-wrapped, with lists, code, grammars and
tables. The rules are few and general. They know English abbreviations, but the grammar of no language.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from outlast.evidence.abbreviations import OPENING, is_abbreviation, never_ends_sentence
from outlast.evidence.fields import key_and_value
from outlast.evidence.prose import CLOSING, indentation, is_code_or_table
from outlast.evidence.unspaced import CLUSTERED

# Quantifiers are possessive if backtracking would take quadratic time on hostile text.
RULE_MARKS = "*=-~_#+^\"'`|:"
RULE_PATTERN = r"([*=\-~_#+^\"'`|:])[*=\-~_#+^\"'`|:\t ]{2,}+"
# Blank lines, and lines that only draw a rule.
PARAGRAPH_GAP = re.compile(rf"(?:^[^\S\n]*+(?:{RULE_PATTERN}[^\S\n]*+)?(?:\n|\Z))+", re.MULTILINE)
LIST_MARKER = re.compile(
    r"\s*(?:[*•‣◦▪·–—-]|#{1,6}|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)|\d{1,3}(?:\.\d{1,3}){0,4}\.|[a-zA-Z]\.)\s+(?=\S)"
)
SENTENCE_END = re.compile(rf"[.:!?;…][{CLOSING}]*(?:\s+\[\d{{1,3}}\])?\s*$")

OPEN_END = re.compile(r"[.:!?;,…–—-]$")
SHORT_LINE = 0.6
"""A line with at most this share of the widest one's characters ended before it had to."""
MAX_TITLE_CHARACTERS = 60

LINE = re.compile(r"[^\n]*\n|[^\n]+")
KEY_COLON = re.compile(r"[ \t\u00a0\u202f]?:[*_]{0,3}[ \t]|：")
KEY_LINE = re.compile(rf"[ \t]*[*_]{{0,3}}(?=\w)[^:：;=|{{}}<>\n]{{1,60}}?[*_]{{0,3}}(?:{KEY_COLON.pattern})[ \t]*\S")
"""A line such as `Deposit: 1800 EUR` or `押金：1800元`."""
MAX_SHORT_VALUE_WORDS, MAX_SHORT_VALUE_CHARACTERS = 6, 50

# A stop with closing punctuation and a reference such as `[1]`; the stops of other scripts need no space after them.
STOP = re.compile(
    rf"(?<![.!?…])([.!?…]++)[{CLOSING}]*+(?:\s+\[\d{{1,3}}\])*(\s++)(?!\[\d{{1,3}}\]\s*$)"
    rf"|[。！？｡][」』”’）]*\s*|[।॥؟۔։።។။]\s*+|(?P<gap>(?<=[{CLUSTERED}])\s++(?=[{CLUSTERED}]))"
)
MAX_BRACKETED_CHARACTERS = 200
MIN_CLUSTERED_SENTENCE = 40
"""Thai writes a space after a sentence, and also within one: so many characters before it are taken for a sentence."""

LAST_WORD = re.compile(r"""(?:^|[\s(\[{"'“‘«<*_`])([^\s(\[{"'“‘«<*_`]+["'*_`]*)$""")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of `text` in order, as (start, end) in characters, without white space around them.

    Every letter and digit of the text is in exactly one of them, except those of list markers such as `1.` or `(a)`.
    Code, headings and tables are returned too, in one piece if they are recognized: `is_prose` tells them from prose.
    """
    spans: list[tuple[int, int]] = []
    for start, end, whole in split_blocks(text):
        edges = [start, end] if whole else [start, *find_sentence_ends(text, start, end), end]
        for begin, stop in pairwise(edges):
            part = text[begin:stop]
            words = part.strip()
            if words:
                left = begin + len(part) - len(part.lstrip())
                spans.append((left, left + len(words)))
    return spans


def split_blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the blocks that no sentence crosses, and whether each stays whole, as code and tables do.

    The other blocks are paragraphs, headings, and list items without their markers.
    """
    for start, end in split_paragraphs(text):
        if is_code_or_table(text[start:end]):
            yield start, end, True
            continue
        for first, last in split_list_items(text, start, end):
            for begin, stop in split_key_lines(text, first, last):
                yield begin, stop, stop - begin < end - start and is_code_or_table(text[begin:stop])


def split_paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the texts between blank lines and rules."""
    start = 0
    for gap in PARAGRAPH_GAP.finditer(text):
        if start < gap.start():
            yield start, gap.start()
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def split_list_items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the list items of a paragraph without their markers, and its other blocks; or the whole paragraph."""
    width = max(map(len, text[start:end].splitlines()), default=0)
    opening = text.find("\n", start, end)  # the end of the first line, which may be a title
    previous = ""  # the line before
    listed: int | None = None  # the indentation of the list that the line before belongs to
    offset = start
    for line in LINE.findall(text, start, end):
        marker = marker_of(line, previous, listed)
        if previous and (
            marker
            or starts_block(line, previous)
            or is_short_line(previous, line, width, is_first=offset == opening + 1)
        ):
            yield start, offset
            start, listed = offset, None
        if marker:
            start, listed = offset + marker.end(), indentation(line)
        previous = line
        offset += len(line)
    yield start, end


def split_key_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the lines `key: value` of a paragraph each as a block, and the others; or the whole paragraph.

    A wrapped sentence may have a colon too, so such lines count if there are several, or if the first one is short.
    """
    lines = list(LINE.finditer(text, start, end))
    are_keys = [KEY_LINE.match(line.group()) is not None for line in lines]
    if len(lines) < 2 or not (sum(are_keys) > 1 or (are_keys[0] and _is_short_pair(lines[0].group()))):
        yield start, end
        return
    for number, line in enumerate(lines[1:], start=1):
        before = lines[number - 1].group()
        after_key = are_keys[number - 1] and _is_short_pair(before) and not line.group().lstrip()[:1].islower()
        if after_key or (are_keys[number] and (are_keys[number - 1] or ends_sentence(before))):
            yield start, line.start()
            start = line.start()
    yield start, end


def _is_short_pair(line: str) -> bool:
    value = KEY_COLON.split(line, maxsplit=1)[-1].strip()
    is_short = len(value.split()) <= MAX_SHORT_VALUE_WORDS and len(value) <= MAX_SHORT_VALUE_CHARACTERS
    return is_short and value[-1:] != ","


def marker_of(line: str, previous: str, listed: int | None) -> re.Match[str] | None:
    """Return the list marker of a line, if it has one: a wrapped line may also begin with `- ` or `3. `."""
    marker = None if _begins_with_word(line) else LIST_MARKER.match(line)
    if marker is None or not previous or marker.group().strip() in "*•‣◦▪":
        return marker
    depth = indentation(line)
    return marker if depth == listed or depth != indentation(previous) or ends_sentence(previous) else None


def _begins_with_word(line: str) -> bool:
    """Return whether a line begins with a letter that is no part of a marker such as `a.` or `xvii)`, as most lines."""
    beginning = line.lstrip()[:6]
    return beginning[:1].isalpha() and beginning[1:2] != "." and ")" not in beginning


def starts_block(line: str, previous: str) -> bool:
    """Does a block begin here without a blank line: indented otherwise after a stop, or deeper below a short line?"""
    if line.lstrip().startswith(">") != previous.lstrip().startswith(">"):
        return True  # the mail that is answered begins or ends
    step = indentation(line) - indentation(previous)
    if step == 0:
        return False
    return ends_sentence(previous) or (step > 1 and len(previous.strip()) < 45 and not line.lstrip()[0].islower())


def is_short_line(line: str, following: str, width: int, *, is_first: bool) -> bool:
    """Does a line stand for itself, far shorter than the widest one: a title over its paragraph, or a named value?

    The next one does not go on with it: it begins in upper case, or is a named value itself.
    """
    words, after = line.strip(), following.strip()
    if not after or after[0].islower() or len(words) > SHORT_LINE * width or OPEN_END.search(words):
        return False
    if key_and_value(words) or key_and_value(after):
        return len(words) + 1 + len(after.split(maxsplit=1)[0]) <= width
    return is_first and len(words) <= MAX_TITLE_CHARACTERS and not words[0].islower()


def ends_sentence(line: str) -> bool:
    """Does a sentence end with this line? It does not with `see Fig.` or `version v.`"""
    return bool(SENTENCE_END.search(line)) and not never_ends_sentence(line.rsplit(maxsplit=1)[-1].rstrip("."))


def find_sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences end between `start` and `end`, without `end` itself."""
    last = start
    for match in STOP.finditer(text, start, end):
        if match["gap"] and match.start() - last < MIN_CLUSTERED_SENTENCE:
            continue
        if (
            match.end() < end
            and (match.group(1) is None or is_stop(text, match))
            and not is_in_brackets(text, last, match)
        ):
            last = match.end()
            yield last


def is_in_brackets(text: str, start: int, match: re.Match[str]) -> bool:
    """Does a stop stand within brackets that are opened in its sentence and closed a little later?"""
    before = text[max(start, match.start() - MAX_BRACKETED_CHARACTERS) : match.start()]
    if before.count("(") <= before.count(")"):
        return False
    after = text[match.end() : match.end() + MAX_BRACKETED_CHARACTERS]
    closing, opening = after.find(")"), after.find("(")
    return closing >= 0 and (opening < 0 or closing < opening) and "\n\n" not in after[:closing]


def is_stop(text: str, match: re.Match[str]) -> bool:
    after = text[match.end()]
    dots = match.group(1)
    is_opening = (after.isalnum() and not after.islower()) or after in OPENING  # most scripts have one case
    if not is_opening or "…" in dots or ".." in dots:
        return False
    before = text[max(0, match.start() - 40) : match.start()]
    word = LAST_WORD.search(before)
    if word is None:  # the text is about the stop itself, as in: a "." The
        return False
    return dots != "." or not is_abbreviation(word.group(1), text, match.end())
