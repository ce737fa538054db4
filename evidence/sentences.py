"""Split clean text into sentences, and tell prose from code, headings and tables.

Texts come as extractors leave them: paragraphs between blank lines, often hard-wrapped, with lists, code, grammars and
tables. The rules are few and general. They know English abbreviations, but the grammar of no language.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from outlast.evidence.abbreviations import OPENING, is_abbreviation, never_ends_sentence
from outlast.evidence.fields import key_and_value
from outlast.evidence.stop_words import ALL_STOP_WORDS
from outlast.evidence.unspaced import CLUSTERED, IDEOGRAPHS, KANA
from outlast.evidence.words import MARKS

CLOSING = "\"'”’»›)\\]*_`"

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


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def find_sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences end between `start` and `end`, without `end` itself."""
    last = start
    for match in STOP.finditer(text, start, end):
        if match["gap"] and match.start() - last < MIN_CLUSTERED_SENTENCE:
            continue
        if match.end() < end and (match.group(1) is None or is_stop(text, match)):
            last = match.end()
            yield last


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


# Prompts, grammar productions, shell commands, fences, and the head of a statement with deeper lines below it.
CODE = re.compile(
    r"^[ \t]*(?:>>> |\.\.\. |\$ |```|~~~|\((?:Pdb|gdb|lldb)\) |async (?:def|for|with) )|::="
    r"|^( *)(?:if|for|while|try|except|else|elif|with|class|def)\b[^\n]*:[ \t]*\n\1 +\S",
    re.MULTILINE,
)
CODE_LINE = re.compile(
    r"[{};\\]\s*$|^\s*(?:#include|import \w|from \w+ import|def \w+\(|class \w+.*:\s*$|return\b|//|/\*"
    r"|[\w.]+\([^()]*\)\s*$|[\w.\[\], ]+ [-+*/|&]?= \S)"
)
MIN_PLAIN_WORDS = 4
MIN_IDEOGRAPHS = 4
LETTERS = rf"(?:[^\W\d_]|[{MARKS}])++"
PLAIN_WORD = re.compile(rf"{LETTERS}(?:['’\-–/]{LETTERS})*")
IDEOGRAPH = re.compile(f"[{KANA}{IDEOGRAPHS}]")
CLUSTER = re.compile(f"[{CLUSTERED}]")
MIN_CLUSTERED_LETTERS = 12
"""Thai and its relatives have no full stop: a text of so many letters is a sentence, and a shorter one a title."""
WIDE_GAP = re.compile(r"\S(?: {3,}|\t+)\S")
SMALL_WORDS = frozenset("a an and as at by for from in of on or the to with".split())
TERMINAL = re.compile(rf"[.!?:;…。！？｡।॥؟۔։።။។][{CLOSING}]*(?:\s*\[\d{{1,3}}\])*$")
LINK = re.compile(r"\b\w++://\S+|\]\([^)\s]{0,2000}\)")


def is_code_or_table(block: str) -> bool:
    return is_code(block) or is_table(block)


def is_code(block: str) -> bool:
    """Does a block have prompts, grammar productions or statements, or lines of varying depth with few plain words?"""
    if has_statements(block):
        return True
    ragged = len({indentation(line) for line in block.splitlines()[1:]}) > 1
    return ragged and has_few_words(block)


def has_statements(block: str) -> bool:
    """Does a block have prompts, grammar productions or the head of a statement, or mostly statements?"""
    if CODE.search(block):
        return True
    lines = block.splitlines()
    return sum(bool(CODE_LINE.search(line)) for line in lines) * 2 > len(lines) and has_few_words(block)


def has_few_words(block: str) -> bool:
    return len(plain_words(block)) < 0.6 * len(block.split())


def plain_words(text: str) -> list[str]:
    """Return the tokens that are plain words, apart from punctuation around them: of `f(a, other)` only `other`."""
    tokens = (token.strip(".,;:!?…" + CLOSING + OPENING) for token in text.split())
    return [token for token in tokens if PLAIN_WORD.fullmatch(token)]


def is_prose(sentence: str) -> bool:
    """Is this a sentence to quote, and not code, a grammar, a table row, a signature, a list of links or a heading?

    Prose has at least four plain words, or three tokens with a stop, such as `Parking is free.`; they are at least two
    fifths of its tokens, and letters are more than half of its characters. Without a stop at its end it must have eight
    words or more, mostly in lower case: a shorter text or one written Like This is a heading, and so is a short
    `Grant of License.` although it has a stop.
    """
    words = plain_words(sentence)
    ideographs = len(IDEOGRAPH.findall(sentence))
    clustered = len(CLUSTER.findall(sentence)) >= MIN_CLUSTERED_LETTERS
    is_long = len(words) + ideographs // 2 >= MIN_PLAIN_WORDS or clustered
    if not (is_long or is_short_sentence(sentence, words, ideographs)) or is_code_or_table(sentence):
        return False
    solid = "".join(sentence.split())
    letters = sum(map(str.isalpha, solid))
    if letters < len(solid) * 0.55 or sum(len(link) for link in LINK.findall(sentence)) > len(solid) * 0.4:
        return False
    if ideographs or clustered:
        return clustered or bool(TERMINAL.search(sentence))
    if len(words) < 0.4 * len(sentence.split()):
        return False
    lower = [word for word in words if not word[0].isupper()]  # most scripts have one case
    if TERMINAL.search(sentence):
        return len(words) > 8 or any(word not in SMALL_WORDS for word in lower)
    return len(words) >= 8 and len(lower) * 2 > len(words)


def is_short_sentence(sentence: str, words: list[str], ideographs: int) -> bool:
    """Has a text of a few words a stop and perhaps a verb, in lower case: `Parking is free.`, `押金六百元。`?"""
    if not TERMINAL.search(sentence) or sentence.rstrip().endswith(":"):
        return False
    may_be_verbs = [word for word in words if word[0].islower() and word not in SMALL_WORDS]
    says_something = any(word.casefold() not in ALL_STOP_WORDS for word in words) or any(map(str.isdigit, sentence))
    has_case = any(word[0].isupper() or word[0].islower() for word in words)
    has_words = len(words) >= 2 and len(sentence.split()) >= 3
    return ideographs >= MIN_IDEOGRAPHS or (has_words and says_something and (bool(may_be_verbs) or not has_case))


def is_table(text: str) -> bool:
    lines = text.splitlines()
    if text.startswith("|") or text.count(" | ") >= 2:
        return True
    gaps = [len(WIDE_GAP.findall(line)) for line in lines]
    return max(gaps) >= 2 or sum(map(bool, gaps)) * 2 > len(lines)


RULE_LINE = re.compile(r"[ \t]*[+|]?(?:[-=+|:][-=+|: ]{2,})[+|]?[ \t]*")
DRAWN_RULE = re.compile(r"^[ \t]*\+[-=+]{3,}", re.MULTILINE)


def row_spans(table: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each row of a table in plain text: between rules if it has them, else line by line."""
    drawn = DRAWN_RULE.search(table) is not None
    start: int | None = None
    end = offset = 0
    for line in table.splitlines(keepends=True):
        stripped = line.strip()
        if start is not None and (not drawn or not stripped or RULE_LINE.fullmatch(line.rstrip("\n"))):
            yield start, end
            start = None
        if stripped and not RULE_LINE.fullmatch(line.rstrip("\n")):
            if start is None:
                start = offset + line.index(stripped[0])
            end = offset + len(line.rstrip())
        offset += len(line)
    if start is not None:
        yield start, end
