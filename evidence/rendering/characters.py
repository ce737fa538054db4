"""Text from outside as text that a page can show: nothing in it that a reader's program would obey or choke on."""

import re

UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\u202a-\u202e\u2066-\u2069"  # what turns the text around it
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # halves of pairs, and what is no character
    f"{''.join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))}]"
)
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*){2,}")


def line(text: str) -> str:
    """`text` on one line."""
    return UNSEEN.sub("\ufffd", " ".join(text.split()))


def lines(text: str) -> str:
    """`text` with its lines, and no more than one blank one in a row."""
    return UNSEEN.sub("\ufffd", BLANK_LINES.sub("\n\n", LINE_ENDS.sub("\n", text)))


def shortened(text: str, most: int) -> str:
    """`text`, cut at a space where one is near, and with an ellipsis, if it is longer than `most` characters."""
    if len(text) <= most:
        return text
    head = text[:most]
    return f"{head[: head.rfind(' ', most - 40)] if ' ' in head[most - 40 :] else head}…"
