"""Files that mail programs before MIME wrote into the text of a mail, as lines of letters and signs (uuencode)."""

import binascii
import re
from typing import NamedTuple

BEGINNING = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n", re.MULTILINE)
MAX_LINE_CHARACTERS = 64
FULL_LINE = re.compile(r"M[ -`]{58,62}$", re.MULTILINE)
"""A line of 45 bytes, as all lines of a file are but the last one. Spaces at its end may be lost."""
GOES_ON = re.compile(r"\n{1,4}(?:M[ -`]{58,62}|[ `]?\n?end)$", re.MULTILINE)
"""What shows, behind a damaged or an empty line, that the file goes on."""


class WrittenFile(NamedTuple):
    """A file in the text of a mail."""

    name: str
    content: bytes
    is_whole: bool = True
    """False if lines of it are damaged, or its end is missing."""


def take_out_files(text: str) -> tuple[str, list[WrittenFile]]:
    """Return the text without the files in it, and the files. What only looks like one stays in the text."""
    files, kept, at = list[WrittenFile](), list[str](), 0
    while begins := BEGINNING.search(text, at):
        content, end, is_whole = _decoded(text, begins.end())
        kept.append(text[at : end if content is None else begins.start()])
        if content is not None:
            files.append(WrittenFile(begins.group(1).strip(), content, is_whole))
        at = end
    return "".join((*kept, text[at:])), files


def _decoded(text: str, start: int) -> tuple[bytes | None, int, bool]:
    """Return the content of the lines from `start`, where they end, and whether all of them were read.

    The content is None if the lines are no file: a file that is damaged is told by its first line.
    """
    is_file, is_whole = FULL_LINE.match(text, start) is not None, True
    found, at = bytearray(), start
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if line.strip() == "end":
            return bytes(found), end, is_whole
        piece = _decoded_line(line) if line.strip() else b""
        if piece is None and not is_file:
            return None, start, False
        if is_file and (piece is None or not line) and not GOES_ON.match(text, end):
            return bytes(found), at, False
        is_whole = is_whole and piece is not None
        found += piece or b""
        at = end + 1
    return (bytes(found), len(text), False) if is_file else (None, start, False)


def _decoded_line(line: str) -> bytes | None:
    """Return the content of a line; None if it cannot be a part of a file."""
    if len(line) > MAX_LINE_CHARACTERS:
        return None
    count = ((ord(line[0]) - 32) & 63) * 4 // 3 + 1
    try:  # programs left out spaces at the end of a line, or wrote some more
        return binascii.a2b_uu(line.encode("ascii"))
    except (binascii.Error, ValueError):
        try:
            return binascii.a2b_uu(line[: -(-count // 4) * 4 + 1].encode("ascii"))
        except (binascii.Error, ValueError):
            return None
