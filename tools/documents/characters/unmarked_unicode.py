"""Recognition of UTF-16 and UTF-32 without a byte order mark, as some databases and Windows programs export them."""

SAMPLE_BYTES = 8_192
MIN_PLAUSIBLE_SHARE = 0.95
"""Of all characters: how many must be letters, digits, signs or spaces that texts consist of."""
MIN_ZEROS = 0.02
"""Of all characters: how many must have a zero as their high byte, as spaces and digits of every script have."""
MAX_BLOCKS = 8
"""Of characters beyond ASCII: in how many blocks of 256 most of them may lie, unless they are East Asian ones."""


def unmarked_unicode_codec(content: bytes) -> str | None:
    """Return `utf-16-le`, `utf-16-be`, `utf-32-le` or `utf-32-be` if the bytes are such text; else None."""
    sample = content[:SAMPLE_BYTES]
    if b"\0" not in sample:
        return None
    for codec, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        whole = sample[: len(sample) // width * width]
        if whole and _has_zeros(whole, codec, width) and _is_text(whole, codec):
            return codec
    return None


def _has_zeros(sample: bytes, codec: str, width: int) -> bool:
    """Return whether the high bytes of some characters are zero; in UTF-32, those of all characters."""
    highest = width - 1 if codec.endswith("le") else 0
    count = len(sample) // width
    zeros = sample[highest::width].count(0)
    return zeros == count if width == 4 else zeros >= max(1, MIN_ZEROS * count)


def _is_text(sample: bytes, codec: str) -> bool:
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:  # the sample may end in the middle of a pair
            return False
        text = sample[: error.start].decode(codec)
    plausible = sum(character.isprintable() or character in "\t\n\r\f" for character in text)
    if not text or "\0" in text or plausible < MIN_PLAUSIBLE_SHARE * len(text):
        return False
    # Bytes of another kind, read in pairs, are characters from anywhere; a text has its letters in a few blocks.
    blocks = {ord(character) >> 8 for character in text if not 0x3000 <= ord(character) < 0xD800}
    is_east_asian = sum(0x3000 <= ord(character) < 0xD800 for character in text) > len(text) / 3
    has_usual_signs = any(character in " \n\u3000、。，" for character in text)
    return len(blocks) <= MAX_BLOCKS and (has_usual_signs or not is_east_asian)
