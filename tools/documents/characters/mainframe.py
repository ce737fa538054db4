"""Recognizes text from mainframes (EBCDIC), in which a space is what ASCII calls `@`, and letters are beyond ASCII."""

import re

SAMPLE_BYTES = 32 * 1024
MIN_BYTES = 16
CODECS = ("cp037", "cp500", "cp273")
"""American, international and German: they differ in signs and in letters with accents only."""
SPACE = b"\x40"
MIN_SPACES, MAX_ASCII_SPACES = 0.05, 0.005
MIN_LETTERS, MIN_TEXT = 0.5, 0.95
LETTERS = bytes((*range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA)))
CAPITALS = bytes((*range(0xC1, 0xCA), *range(0xD1, 0xDA), *range(0xE2, 0xEA)))
DIGITS = bytes(range(0xF0, 0xFA))
LINE_ENDS = b"\x05\x0c\x0d\x15\x25"
"""Tabs, form feeds, and the ends of lines."""
SIGNS = b"\x4b\x4c\x4d\x4e\x50\x5a\x5b\x5c\x5d\x5e\x60\x61\x6b\x6c\x6d\x6e\x6f\x7a\x7b\x7c\x7d\x7e\x7f"
ACCENTED = b"\x43\x4a\x59\x63\x6a\xa1\xc0\xd0\xe0"
"""Where the German code has its letters, and others have braces and signs."""
SIGN_INSIDE = re.compile(r"(?<=[^\W\d_])[^\w\s'’.,:/&-](?=[^\W\d_])")
NEXT_LINE = "\x85"


def mainframe_codec(content: bytes) -> str:
    """Return Python's codec of a text in EBCDIC; "" for all else, such as other encodings and binary files."""
    sample = content[:SAMPLE_BYTES]
    length = len(sample)
    if length < MIN_BYTES or sample.count(SPACE) < MIN_SPACES * length:
        return ""
    if sample.count(b" ") > MAX_ASCII_SPACES * length:
        return ""
    letters = _count(sample, LETTERS + CAPITALS + DIGITS)
    text = letters + _count(sample, SPACE + LINE_ENDS + SIGNS + ACCENTED)
    spaces = sample.count(SPACE)
    if letters < MIN_LETTERS * (length - spaces) or text < MIN_TEXT * length:
        return ""
    return min(CODECS, key=lambda codec: len(SIGN_INSIDE.findall(sample.decode(codec))))


def decode_mainframe(content: bytes, codec: str) -> str:
    return content.decode(codec).replace(NEXT_LINE, "\n")


def _count(sample: bytes, kinds: bytes) -> int:
    return len(sample) - len(sample.translate(None, kinds))
