"""Untrusted text made safe to show: all characters of Unicode, and text that people write."""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import pytest
from markdown_it import MarkdownIt

from outlast.evidence.text import (
    BREAKS,
    INVISIBLES,
    JOINERS,
    SELECTORS,
    UNSAFE,
    clean_input,
    escape_markdown,
    one_line,
    safe_address,
    safe_lines,
    safe_paragraphs,
)

BETWEEN = "\ue000"
"""A private-use character: it stays in texts, so that it can separate their parts."""
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKUP = "!#$&*<>[\\]_`{|}~"
NEEDED = {"\u200c", "\u200d", "\u00ad"}


def is_no_character(character: str) -> bool:
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


@cache
def everything() -> str:
    """Every character, made when a test needs it: whoever runs another test has no second for it."""
    return "".join(chr(point) for point in range(sys.maxunicode + 1) if chr(point) != BETWEEN)


@cache
def obeyed() -> frozenset[str]:
    return frozenset(
        each
        for each in everything()
        if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(each) in TURNING
        or 0xE0000 <= ord(each) <= 0xE007F
        or is_no_character(each)
        or unicodedata.name(each, "").startswith("INTERLINEAR ANNOTATION")
    )


@cache
def unseen() -> frozenset[str]:
    return frozenset(
        each
        for each in everything()
        if unicodedata.category(each) == "Cf"
        and unicodedata.bidirectional(each) == "BN"
        and each not in NEEDED
        and each not in obeyed()
    )


def among(characters: str) -> set[str]:
    """Return the characters that a class of a regular expression matches."""
    return set(re.findall(f"[{characters}]", everything()))


def other_than(expected: Mapping[str, str], shown: Callable[[str], str]) -> dict[str, str]:
    """Return what became of each character, alone between two others, where it is not what was expected."""
    _, *parts, _ = shown(f"{BETWEEN}{BETWEEN.join(everything())}{BETWEEN}").split(BETWEEN)
    became = zip(everything(), parts, strict=True)
    return {each: text for each, text in became if text != expected.get(each, each)}


def test_the_dangerous_characters_are_those_of_these_properties() -> None:
    assert set(UNSAFE.findall(everything())) == (obeyed() | unseen()) - {"\t", "\n"}
    assert among(INVISIBLES) == unseen()
    assert among(SELECTORS) == {each for each in everything() if "VARIATION SELECTOR" in unicodedata.name(each, "")}
    of_lines = {each for each in everything() if len(f"a{each}b".splitlines()) == 2}
    assert set(BREAKS) - {"\t"} == of_lines - set("\x1c\x1d\x1e"), "separators of information end no line"


@pytest.mark.parametrize(
    ("shown", "kept", "instead"),
    [
        (one_line, "", "\ufffd"),
        (escape_markdown, "", "\ufffd"),
        (safe_paragraphs, "\t", "\ufffd"),
        (safe_lines, "\t", "\ufffd"),
        (clean_input, "\t", " "),
    ],
)
def test_every_character_by_itself(shown: Callable[[str], str], kept: str, instead: str) -> None:
    """Dangerous characters are gone, and all others stay."""
    expected = dict.fromkeys(obeyed(), instead) | dict.fromkeys(unseen(), "")
    expected |= dict.fromkeys(BREAKS, "\n" if kept else " ") | {each: each for each in kept}
    if shown is escape_markdown:
        expected |= {each: f"\\{each}" for each in MARKUP}
    assert other_than(expected, shown) == {}


def test_nothing_in_an_address_is_unseen() -> None:
    formats = set(JOINERS + "\u00ad\u061c\u200e\u200f") | among(SELECTORS)
    blanks = {each for each in everything() if each.isspace()}
    gone = obeyed() | unseen() | formats | blanks
    assert other_than(dict.fromkeys(gone, "\ufffd"), safe_address) == {}


@pytest.mark.parametrize("shown", [one_line, escape_markdown, safe_paragraphs, safe_lines, clean_input])
def test_all_of_unicode_in_a_row_and_twice(shown: Callable[[str], str]) -> None:
    once = shown(everything())
    assert UNSAFE.search(once) is None
    assert shown is escape_markdown or shown(once) == once
    once.encode()


@pytest.mark.parametrize(
    "text",
    [
        "\u05d4\u05e9\u05d0\u05dc\u05d4: \u200fABC\u200e 12, \u05e9\u05dc\u05d5\u05dd!",  # Hebrew, with its marks
        "\u0627\u0644\u0633\u0624\u0627\u0644\u061c (100) \u0600\u0661",  # Arabic, with a number sign
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, which needs its non-joiner
        "\u0915\u094d\u200d\u0937 \u0d28\u0d4d\u200d \u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Hindi, Malayalam, Sinhala
        "\U0001f469\U0001f3fd\u200d\U0001f680 \U0001f3f3\ufe0f\u200d\U0001f308 1\ufe0f\u20e3 \U0001f1e8\U0001f1ed",
        "e\u0301\u0323 z\u0335\u0336 n\u0303",  # combining marks
        "1\u00a0000\u202f\u20ac \u3000\u2003x",  # blanks that do not break, and wide ones
        "Donau\u00addampf\u00adschiff",  # soft hyphens
        "\u845b\U000e0100 \ufe0e",  # an ideograph of a certain shape
        "\U00013000\U00013430\U00013001",  # hieroglyphs, one above the other
        "\ue000 \U0010fffd \u0378",  # of private use; not assigned, or not yet
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert [shown(text) for shown in (one_line, safe_paragraphs, safe_lines, clean_input)] == [text] * 4
    assert MarkdownIt().render(escape_markdown(text)) == f"<p>{text}</p>\n"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u200c\u200d\u200c\u200cb", "a\u200cb"),
        ("a\u200d\u200b\u200d\ufeff\u200db", "a\u200db"),
        ("\U0001f60a\ufe0f\U000e0120\ufe00\U000e0155!", "\U0001f60a\ufe0f!"),
        ("pass\u200bword\u2060", "password"),
        ("\ufeffnote", "note"),
        ("go\U000e0069\U000e0067\U000e006e", "go\ufffd\ufffd\ufffd"),
    ],
)
def test_nothing_is_said_between_the_letters(text: str, seen: str) -> None:
    assert one_line(text) == seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\x0cd\u2028e\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("a\n\nb\nc", "a\n\nb\nc"),
        ("a\tb  c\x00", "a\tb  c\ufffd"),
    ],
)
def test_lines_stay(text: str, expected: str) -> None:
    assert safe_paragraphs(text) == expected
    assert one_line(text) == re.sub(r"\s+", " ", expected)


def test_no_line_overwrites_another_on_a_terminal() -> None:
    assert safe_lines("paid: 9 USD\rpaid: 1 USD\r\n\n\n\x1b[2Kdone") == "paid: 9 USD\npaid: 1 USD\n\n\n\ufffd[2Kdone"


def test_what_is_typed_has_blanks_for_controls() -> None:
    assert clean_input("why\x1b[A\u202e?\r\nhow") == "why [A ?\nhow"


def lengths(texts: Iterable[str]) -> list[int]:
    return [len(text) for text in texts]


def test_a_long_text_is_cut_at_a_blank() -> None:
    assert one_line("short", 5) == "short"
    assert one_line("word " * 20, 52) == f"{'word ' * 10}".rstrip() + "…"
    assert one_line("x" * 100, 60) == "x" * 59 + "…"
    assert one_line("a " + "x" * 100, 60) == "a " + "x" * 57 + "…"
    assert one_line(" ab", 1) == "…"
    assert max(lengths(one_line("word \x1b\n word" * 9, limit) for limit in range(1, 99))) < 99
    assert escape_markdown("*" * 9, 4) == r"\*\*\*…"
