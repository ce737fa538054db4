"""Find a quote in a text although white space, hyphens, quotation marks or Unicode forms differ.

Models retype what they quote: they join lines, straighten quotation marks, spell out ligatures. A quote is searched
for exactly first, then with both sides folded; the result is always offsets into the text as it is stored.

`fold` removes these differences:
- Compatibility forms and composed characters become their NFKC form. Case stays.
- A run of white space becomes one space; white space at either end is removed.
- A run of hyphens and dashes of all kinds becomes one hyphen. Between two letters it is removed, at the end of a line
  or not, because nobody can tell whether `non-` at the end of a line belongs to `nonvirtual` or to `non-virtual`.
- A run of quotation marks, apostrophes, primes, and accents used as such becomes one apostrophe.
- Soft hyphens and spaces of no width are removed.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

Edit: TypeAlias = tuple[int, int, str]
"""The start and end of a span of a text, and its replacement."""

DASHES = "‐‑‒–—―⸺⸻−﹘﹣－"
QUOTES = '"“”„‟‘’‚‛«»‹›`´′″‴‵‶ʹʺʻʼ＂＇｀'
INVISIBLE = "\u00ad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark

FOLDED_CHARACTERS = str.maketrans(dict.fromkeys(DASHES, "-") | dict.fromkeys(QUOTES, "'"))  # one to one: same offsets
LETTER = r"[^\W\d_]"
LINE_END = r"[^\S\n]*\n[^\S\n]*"
FOLDABLE = re.compile(  # what is folded already does not match, for speed
    rf"(?=[-'\s{INVISIBLE}])(?:"
    rf"(?P<hyphen>(?<={LETTER})[-{INVISIBLE}]+(?:{LINE_END})?(?={LETTER}))"
    rf"|(?P<space>[\s{INVISIBLE}]{{2,}}|[^\S ])"
    rf"|(?P<broken>(?<=\w)-{LINE_END}(?=\w))"  # a hyphen with a digit at its side, as in `UTF-8` or `10-12`
    rf"|(?P<dash>-[-{INVISIBLE}]+)"
    rf"|(?P<quote>'['{INVISIBLE}]+)"
    rf"|(?P<gone>[{INVISIBLE}]))"
)
NOT_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")  # with the character before: a combining mark may change it


def fold(text: str) -> str:
    """Return the form of `text` in which quotes are compared: equal forms have the same words in the same order."""
    return FOLDABLE.sub(fold_match, unicodedata.normalize("NFKC", text.translate(FOLDED_CHARACTERS))).strip()


def locate(text: str, wanted: str, near: int = 0) -> tuple[int, int] | None:
    """Return the (start, end) of `wanted` in `text`, in characters of `text`; None if it is blank or not found.

    Exact matches win over folded ones; of several, the one that starts nearest to `near`, and of two the earlier.
    `fold(text[start:end]) == fold(wanted)`, with one exception: a span never begins or ends inside a character, so
    `nd` in `ﬁnd` is found as `nd`, but `ind` as the whole `ﬁnd`. The time is linear in the length of the text.
    """
    if not wanted.strip():
        return None
    exact = [(start, start + len(wanted)) for start in find_nearest_starts(text, wanted, near)]
    return nearest(exact or locate_folded(text, fold(wanted), near), near)


def locate_folded(text: str, folded: str, near: int) -> list[tuple[int, int]]:
    if not folded:
        return []
    composed = EditedText(text.translate(FOLDED_CHARACTERS), nfkc_edits)
    folded_text = EditedText(composed.text, folding_edits)
    starts = find_nearest_starts(folded_text.text, folded, folded_text.edited_offset(composed.edited_offset(near)))
    return [composed.original_span(*folded_text.original_span(start, start + len(folded))) for start in starts]


def nearest(spans: Iterable[tuple[int, int]], near: int) -> tuple[int, int] | None:
    return min(spans, key=lambda span: (abs(span[0] - near), span), default=None)


def find_nearest_starts(text: str, wanted: str, near: int) -> list[int]:
    """Return the starts of the last occurrence before or at `near`, and of the first one from there on."""
    near = min(max(near, 0), len(text))
    # str.rfind takes quadratic time on texts that repeat themselves, str.find does not: find it in the reversed text.
    head = text[: near + len(wanted)]
    backwards = head[::-1].find(wanted[::-1])
    before = [len(head) - backwards - len(wanted)] if backwards >= 0 else []
    after = text.find(wanted, near)
    return before + ([after] if after >= 0 and after not in before else [])


class EditedText:
    """A text after edits to some of its spans, with a mapping of offsets to the original text and back."""

    def __init__(self, original: str, find_edits: Callable[[str], Iterator[Edit]]) -> None:
        parts: list[str] = []
        self._old: list[tuple[int, int]] = []  # edited spans of the original, in order
        self._new: list[tuple[int, int]] = []  # the spans that replace them; empty if characters were removed
        copied = length = 0
        for start, end, new in find_edits(original):
            parts += original[copied:start], new
            length += start - copied
            self._old.append((start, end))
            self._new.append((length, length + len(new)))
            copied, length = end, length + len(new)
        self.text = "".join([*parts, original[copied:]])
        self._old_starts = [start for start, _ in self._old]
        self._new_starts = [start for start, _ in self._new]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of a span that is not empty, extended to whole edited spans."""
        return self._original_span_at(start)[0], self._original_span_at(end - 1)[1]

    def edited_offset(self, original: int) -> int:
        """Return about where an original offset is in the edited text."""
        index = bisect_right(self._old_starts, original) - 1
        if index < 0:
            return original
        (_, old_end), (new_start, new_end) = self._old[index], self._new[index]
        return new_start if original < old_end else new_end + original - old_end

    def _original_span_at(self, at: int) -> tuple[int, int]:
        """Return the original span of one character of the edited text."""
        index = bisect_right(self._new_starts, at) - 1
        if index < 0:
            return at, at + 1
        (old_start, old_end), (_, new_end) = self._old[index], self._new[index]
        if at < new_end:
            return old_start, old_end
        return old_end + at - new_end, old_end + at - new_end + 1


def nfkc_edits(text: str) -> Iterator[Edit]:
    """Yield the edits that NFKC makes, in the smallest pieces that do not influence each other."""
    for run in NOT_ASCII.finditer(text):
        if unicodedata.is_normalized("NFKC", run.group()):
            continue
        edges = [at for at in range(run.start(), run.end()) if at == run.start() or not attaches(text[at])]
        for start, end in pairwise([*edges, run.end()]):
            composed = unicodedata.normalize("NFKC", text[start:end])
            if composed != text[start:end]:
                yield start, end, composed


@lru_cache(maxsize=10_000)
def attaches(character: str) -> bool:
    """May NFKC merge or reorder this character with the one before it?

    It may for combining marks, and for vowels and final consonants of Hangul, also inside a compatibility form.
    A test compares this with all of Unicode.
    """
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first).startswith("M") or "\u1161" <= first <= "\u11c2"


def folding_edits(text: str) -> Iterator[Edit]:
    for match in FOLDABLE.finditer(text):
        yield match.start(), match.end(), fold_match(match)


def fold_match(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "hyphen" | "gone":
            return ""
        case "quote":
            return "'"
        case "space":
            return "" if all(character in INVISIBLE for character in match.group()) else " "
        case _:
            return "-"
