"""Files that mail programs before MIME wrote into the text of a mail, as lines of letters and signs (uuencode)."""

import binascii
import re

BEGINNING = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n", re.MULTILINE)
ENDING = re.compile(r"^(?:[ `]\n)?end[ \t]*$", re.MULTILINE)
MAX_LINE_CHARACTERS = 64


def take_out_files(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text without the files in it, and their names and contents. What is damaged stays in the text."""
    files, kept, at = list[tuple[str, bytes]](), list[str](), 0
    while (begins := BEGINNING.search(text, at)) and (ends := ENDING.search(text, begins.end())):
        content = _decoded(text[begins.end() : ends.start()])
        kept.append(text[at : begins.start() if content is not None else ends.end()])
        if content is not None:
            files.append((begins.group(1).strip(), content))
        at = ends.end()
    return "".join((*kept, text[at:])), files


def _decoded(lines: str) -> bytes | None:
    """Return the content of the lines; None if one of them cannot be a part of a file."""
    found = bytearray()
    for line in lines.split("\n"):
        if not line.strip():
            continue
        if len(line) > MAX_LINE_CHARACTERS:
            return None
        count = ((ord(line[0]) - 32) & 63) * 4 // 3 + 1
        try:  # programs left out spaces at the end of a line, or wrote some more
            found += binascii.a2b_uu(line.encode("ascii"))
        except (binascii.Error, ValueError):
            try:
                found += binascii.a2b_uu(line[: -(-count // 4) * 4 + 1].encode("ascii"))
            except (binascii.Error, ValueError):
                return None
    return bytes(found)
