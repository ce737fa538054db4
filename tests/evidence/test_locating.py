import random
import sys
import unicodedata
from pydoc_data.topics import topics

import pytest

from outlast.evidence.locating import FOLDED_CHARACTERS, EditedText, attaches, fold, folding_edits, locate, nfkc_edits

TEXT = topics["try"] + topics["comparisons"] + topics["naming"]
WIDER = (
    " ﬁ ﬂ … ½ ² Å Ａ café cafe\u0301 \u00a0 \u2028 ㌀ ｶﾞ 한 \u1112\u1161\u11ab \u0344 ﷺ ´ ¨ “q” ‘q’ – — ‑ \u00ad \u200b "
)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("one two three", "two", "two"),
        ("one\n   two\tthree", " one two three ", "one\n   two\tthree"),
        ("an exam-\nple here", "example here", "exam-\nple here"),
        ("a *non-\n  virtual base*", "non-virtual base", "non-\n  virtual base"),
        ("an exam\u00ad\nple, an ex\u00adample", "an example, an example", "an exam\u00ad\nple, an ex\u00adample"),
        ("in UTF-\n8 only", "UTF-8 only", "UTF-\n8 only"),
        ("pages 10–12", "10-12", "10–12"),
        ("so — or not", "so -- or not", "so — or not"),
        ("it’s “compatible”", 'it\'s "compatible"', "it’s “compatible”"),
        ("says ``Program'' here", 'says "Program" here', "says ``Program'' here"),
        ("it´s", "it's", "it´s"),
        ("you ﬁnd it", "find it", "ﬁnd it"),
        ("you ﬁnd it", "ind it", "ﬁnd it"),
        ("and so on… then", "so on... then", "so on… then"),
        ("a cafe\u0301 there", "a café there", "a cafe\u0301 there"),
        ("a café there", "cafe\u0301", "café"),
        ("zero\u200bwidth", "zerowidth", "zero\u200bwidth"),
        ("no\u00a0break", "no break", "no\u00a0break"),
        ("ends (well).", "(well)", "(well)"),
    ],
)
def test_found(text: str, wanted: str, found: str) -> None:
    span = locate(text, wanted)
    assert span is not None
    assert text[slice(*span)] == found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("one two", "One"),
        ("one two", "onetwo"),
        ("10-12", "1012"),
        ("one - two", "one two"),
        ("café", "cafés"),
        ("text", ""),
        ("text", " \n"),
        ("text", "\u00ad"),
        ("", "text"),
    ],
)
def test_not_found(text: str, wanted: str) -> None:
    assert locate(text, wanted) is None


def test_the_nearest_of_several() -> None:
    text = "to be  or\nto be, to\nbe"
    assert [locate(text, "to be", near) for near in (0, 4, 6, 99, -5)] == [(0, 5), (0, 5), (10, 15), (10, 15), (0, 5)]
    text = "to  be or to\nbe, to\tbe"
    assert [locate(text, "to be", near) for near in (0, 4, 6, 99)] == [(0, 6), (0, 6), (10, 15), (17, 22)]
    assert locate("aXaXa", "aXa", 1) == (0, 3), "the earlier of two that are as near, also where they overlap"


def test_an_exact_place_wins_over_a_nearer_folded_one() -> None:
    assert locate("to be, to\nbe", "to be", near=7) == (0, 5)


@pytest.mark.parametrize("seed", range(300))
def test_disturbed_quotes_are_found_where_they_came_from(seed: int) -> None:
    rng = random.Random(seed)
    length = rng.randint(40, 400)
    start = rng.randrange(len(TEXT) - length)
    quote = TEXT[start : start + length].strip(" \n-\"'")
    start = TEXT.index(quote, start)
    wanted = quote
    for old, new in {
        " ": ["  ", "\n", "\u00a0", "\n    "],
        '"': ["“", "”", "''", "«"],
        "’": ["'", "ʼ"],
        "-": ["‑", "–", "--", "—"],
        "…": ["..."],
        "fi": ["ﬁ"],
        "é": ["e\u0301"],
    }.items():
        first, *rest = wanted.split(old)
        wanted = first + "".join(rng.choice([*new, old]) + part for part in rest)
    wanted = rng.choice(["", " ", "\n\n"]) + wanted + rng.choice(["", " "])
    assert locate(TEXT, wanted, near=start) == (start, start + len(quote))


@pytest.mark.parametrize("seed", range(300))
def test_a_found_span_folds_to_what_was_wanted(seed: int) -> None:
    """Also in texts full of characters that expand, compose and vanish; an extended span contains the quote."""
    rng = random.Random(seed)
    pieces = [*WIDER, *"ab-' \n12\"", "-\n", "''", "\r\n", "exam", "--"]
    text = "".join(rng.choices(pieces, k=300))
    other = "".join(rng.choices(pieces, k=4))
    start = rng.randrange(290)
    for wanted in (text[start : start + rng.randint(1, 12)], other):
        folded = fold(wanted)
        for asked in (wanted, folded):
            span = locate(text, asked, near=start)
            if span is None:
                assert not folded or asked not in text
                continue
            inside = fold(text[slice(*span)])
            assert folded in inside
            if text[slice(*span)] == asked:
                assert inside == folded
        assert not folded or folded not in fold(text) or locate(text, folded) is not None


def test_spans_that_were_not_widened_fold_to_the_wanted_text_exactly() -> None:
    assert not TEXT.isascii()
    for start in range(0, len(TEXT) - 100, 97):
        wanted = fold(TEXT[start : start + 80].strip(" \n-"))  # a hyphen at the edge has lost its other letter
        span = locate(TEXT, wanted, near=start)
        assert span is not None
        assert fold(TEXT[slice(*span)]) == wanted


@pytest.mark.parametrize("text", [TEXT, WIDER * 3, "".join(map(chr, range(0x20, 0x3000)))])
def test_the_way_with_offsets_folds_as_the_way_without(text: str) -> None:
    composed = EditedText(text.translate(FOLDED_CHARACTERS), nfkc_edits)
    assert composed.text == unicodedata.normalize("NFKC", text.translate(FOLDED_CHARACTERS))
    assert EditedText(composed.text, folding_edits).text.strip() == fold(text)


def test_whatever_composes_attaches() -> None:
    """Compared with all of Unicode in this Python: pieces that `nfkc_edits` separates never influence each other."""
    for character in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) != pair:
                assert attaches(pair[1]), hex(ord(character))
        if unicodedata.combining(character):
            assert attaches(character)
    assert all(attaches(character) for character in "\u1161\u1175\u11a8\u11c2ﾞﾟ")
    assert not any(attaches(character) for character in "aé한字ﬁ ")


def test_texts_that_repeat_themselves_take_no_longer() -> None:
    """A quadratic search would take minutes here, and exceed the time limit of the test."""
    text = "ab" * 500_000
    assert locate(text, "ab" * 200_000 + "b", near=900_000) is None
    assert locate(text, "ab" * 200_000, near=300_000) == (300_000, 700_000)
    for filler in ("-", "\u00ad", "'", " ", "\u00ad-", "- ", "a-\n"):
        assert locate(filler * 200_000, "b", near=9) is None
