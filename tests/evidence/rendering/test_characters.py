import sys
import unicodedata

import pytest

from outlast.evidence.rendering.characters import line, lines, shortened


def test_no_character_is_obeyed() -> None:
    """Of all of Unicode, what remains is printed, or turns no text around."""
    shown = line("".join(map(chr, range(sys.maxunicode + 1))))
    kinds = {unicodedata.category(character) for character in shown}
    assert not kinds & {"Cc", "Cs"}
    assert not any(unicodedata.bidirectional(each) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI"} for each in shown)
    assert not any(0xFDD0 <= ord(each) <= 0xFDEF or ord(each) & 0xFFFE == 0xFFFE for each in shown)
    assert "é日אb" in line("é日אb")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\x0cd\u2028e", "a\nb\nc\nd\ne"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("a\n\nb\nc", "a\n\nb\nc"),
        ("a\tb  c\x00", "a\tb  c\ufffd"),
    ],
)
def test_lines_stay(text: str, expected: str) -> None:
    assert lines(text) == expected


def test_a_long_text_is_cut_at_a_space() -> None:
    assert shortened("short", 5) == "short"
    assert shortened("word " * 20, 52) == f"{'word ' * 10}".rstrip() + "…"
    assert shortened("x" * 100, 60) == "x" * 60 + "…"
