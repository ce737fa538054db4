"""The content of a part of a mail, which was encoded for its way in base64 or quoted-printable.

Programs of mailing lists write their plain lines above and below an encoded body, and damaged mails have other signs
in it. Both are told from what was encoded.
"""

import binascii
import re
from email.message import EmailMessage
from typing import NamedTuple

BASE64_LINE = re.compile(r"[A-Za-z0-9+/]+={0,2}")
NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
MIN_TELLING_CHARACTERS = 20
"""A line of base64 is told from a word by itself if it is so long, and made of whole groups of four characters."""
SEPARATOR = re.compile(r"^(?:_{20,}|-{20,}|={20,}|-- )[ \t]*\r?$", re.MULTILINE)
"""What stands above the lines of a mailing list."""
PLAIN_EQUALS_SIGN = re.compile(r"=(?!\r?\n|[ \t]+\r?\n|[0-9A-F]{2})|=(?:3[0-9]|[46][1-9A-F]|[57][0-9A])")
"""An equals sign of plain text: encoded text has it before a line's end and before the number of a character that
cannot be written, which is no letter and no digit."""
MAX_SHARE_OF_STRAYS = 0.1


class Transferred(NamedTuple):
    """The content of a part, and what was found beside it."""

    content: bytes
    above: str = ""
    """Plain lines above the encoded ones, and plain lines below them."""
    below: str = ""
    damaged_lines: int = 0
    """Lines among the encoded ones with signs that are no base64. Those signs, or the whole lines, are left out."""


def transferred(part: EmailMessage) -> Transferred:
    """Return the content of a part, decoded as its header says."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    raw = part.get_payload() if encoding in ("base64", "quoted-printable") else None
    if isinstance(raw, str):
        if encoding == "base64":
            return _from_base64(raw)
        begins = _plain_end(raw)
        if begins is not None:
            content = binascii.a2b_qp(_as_bytes(raw[:begins]))
            return Transferred(content, below=raw[begins:])
    payload = part.get_payload(decode=True)
    return Transferred(payload if isinstance(payload, bytes) else b"")


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _plain_end(raw: str) -> int | None:
    """Return where plain lines begin that a program wrote below a quoted-printable text; None if there are none."""
    separators = list(SEPARATOR.finditer(raw))
    if separators and PLAIN_EQUALS_SIGN.search(raw, separators[-1].end()):
        return separators[-1].start()
    return None


def _from_base64(raw: str) -> Transferred:
    try:
        return Transferred(binascii.a2b_base64(_as_bytes("".join(raw.split())), strict_mode=True))
    except binascii.Error:
        pass
    lines = [line.strip() for line in raw.split("\n")]
    first, end = _encoded_lines(lines)
    if first == end:  # it is not encoded, whatever the header says
        return Transferred(_as_bytes(raw))
    content, damaged = _decoded(lines[first:end])
    return Transferred(content, "\n".join(lines[:first]), "\n".join(lines[end:]), damaged)


def _encoded_lines(lines: list[str]) -> tuple[int, int]:
    """Return the first line of base64, and the one after the last.

    Long lines tell where it is. Shorter ones belong to it if they stand beside them, up to one that ends in `=`.
    """
    encoded = [_is_encoded(line) for line in lines]
    telling = [
        number
        for number, line in enumerate(lines)
        if len(line) >= MIN_TELLING_CHARACTERS and len(line) % 4 == 0 and BASE64_LINE.fullmatch(line)
    ]
    if not telling:
        first = next((number for number, line in enumerate(lines) if line), 0)
        end = first
        while end < len(lines) and encoded[end] and not (end > first and lines[end - 1].endswith("=")):
            end += 1
        characters = len(NO_BASE64.sub("", "".join(lines[first:end])))
        return (first, end) if characters % 4 == 0 else (0, 0)
    first, end = telling[0], telling[-1] + 1
    while first and encoded[first - 1]:
        first -= 1
    while end < len(lines) and encoded[end] and not lines[end - 1].endswith("="):
        end += 1
    return first, end


def _is_encoded(line: str) -> bool:
    """Return whether a line is base64, perhaps with a few other signs in it, as damaged mails have them."""
    if not line or " " in line or "://" in line or "@" in line:
        return False
    strays = sum(map(len, NO_BASE64.findall(line)))
    return strays == 0 or (strays <= max(1, MAX_SHARE_OF_STRAYS * len(line)) and (len(line) - strays) % 4 == 0)


def _decoded(lines: list[str]) -> tuple[bytes, int]:
    """Decode lines of base64, and return how many have other signs, which mail programs skip."""
    pure = [line for line in lines if BASE64_LINE.fullmatch(line)]
    in_groups = all(len(line) % 4 == 0 for line in pure[:-1])
    kept, damaged = list[str](), 0
    for line in filter(None, lines):
        clean = NO_BASE64.sub("", line)
        if clean == line or (clean and (not in_groups or len(clean) % 4 == 0)):
            kept.append(clean)
        damaged += clean != line
    content = bytearray()
    for block in re.findall(r"[^=]+", "\n".join(kept)):  # programs that encode pieces write `=` behind each
        characters = "".join(block.split())
        whole = characters[: len(characters) - (len(characters) % 4 == 1)]  # one character more is no byte
        content += binascii.a2b_base64(whole + "=" * (-len(whole) % 4))
    return bytes(content), damaged
