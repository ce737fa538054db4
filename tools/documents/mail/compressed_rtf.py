"""Decompression of RTF as Outlook keeps it in its mails ([MS-OXRTFCP])."""

import struct

from outlast.tools.documents.document import Unreadable

COMPRESSED, UNCOMPRESSED = 0x75465A4C, 0x414C454D
MAX_RTF_BYTES = 64 << 20
WINDOW_BYTES = 4_096
WINDOW_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""Words that every RTF file has: references may lead to them from the first byte on."""


def decompress_rtf(content: bytes) -> bytes:
    """Return the RTF. Raises Unreadable."""
    try:
        _, raw_bytes, kind, _ = struct.unpack_from("<4I", content)
    except struct.error as error:
        raise Unreadable("its body is damaged or cut off") from error
    if kind == UNCOMPRESSED:
        return content[16 : 16 + raw_bytes]
    if kind != COMPRESSED or raw_bytes > MAX_RTF_BYTES:
        raise Unreadable("its body is damaged, or too large")
    return _decompress(content[16:], raw_bytes)


class _Window:
    """What was written last: a reference leads into it."""

    def __init__(self) -> None:
        self._bytes = bytearray(WINDOW_START.ljust(WINDOW_BYTES, b"\0"))
        self.place = len(WINDOW_START)
        self.written = bytearray()

    def write(self, byte: int) -> None:
        self._bytes[self.place] = byte
        self.written.append(byte)
        self.place = (self.place + 1) % WINDOW_BYTES

    def repeat(self, offset: int, length: int) -> None:
        for step in range(length):  # one by one: it may lead to bytes that it writes itself
            self.write(self._bytes[(offset + step) % WINDOW_BYTES])


def _decompress(content: bytes, raw_bytes: int) -> bytes:
    """A byte of flags says of each of the eight things that follow whether it is a byte, or a reference of two."""
    window, at = _Window(), 0
    while at < len(content) and len(window.written) < raw_bytes:
        flags, at = content[at], at + 1
        for bit in range(8):
            if not flags & 1 << bit:
                if at < len(content):
                    window.write(content[at])
                at += 1
                continue
            reference, at = int.from_bytes(content[at : at + 2], "big"), at + 2
            if at > len(content) or reference >> 4 == window.place:  # cut off, or the sign of the end
                return bytes(window.written)
            window.repeat(reference >> 4, (reference & 15) + 2)
    return bytes(window.written)
