"""Tells prose from code, headings and tables."""

import re
from collections.abc import Iterator

from outlast.evidence.abbreviations import OPENING
from outlast.evidence.stop_words import ALL_STOP_WORDS
from outlast.evidence.unspaced import CLUSTERED, IDEOGRAPHS, KANA
from outlast.evidence.words import MARKS

CLOSING = "\"'”’»›)\\]*_`"
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


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


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
