"""What sites compress for the wire, unpacked up to a limit that is kept before anything grows."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Protocol, cast

import brotli
import zstandard

from outlast.evidence.errors import Permanent
from outlast.tools.documents.inflating import ALWAYS_BYTES, MOST_RATIO

ACCEPTED = "gzip, deflate, br, zstd"
MOST_LAYERS = 2
MOST_MEMBERS = 64
"""Of a gzip stream. Each costs a copy of all that follows it."""
WINDOW_BYTES = 8 << 20
"""What RFC 9659 allows zstd on the web; a frame may ask for gigabytes."""
PIECE_BYTES = 64 << 10
DAMAGED = (zlib.error, cast("type[Exception]", brotli.error), zstandard.ZstdError, EOFError)


class Packed(Permanent):
    """It cannot be unpacked, or should not be; the message is the reason, for people."""


def unpack(content: bytes, encodings: str, most_bytes: int) -> bytes:
    """`encodings` is the Content-Encoding header, `most_bytes` the limit for the result.

    Raises Packed where that would be more, or more than MOST_RATIO times `content`, or it is damaged.
    """
    names = [name for each in encodings.split(",") if (name := each.strip().lower()) not in ("", "identity")]
    if len(names) > MOST_LAYERS:
        raise Packed(f"it is compressed {len(names)} times over")
    most = min(most_bytes, max(ALWAYS_BYTES, MOST_RATIO * len(content)))
    for name in reversed(names):
        if name not in UNPACKERS:
            raise Packed("it is compressed in a way that was not asked for")
        try:
            content = UNPACKERS[name](content, most)
        except DAMAGED as error:
            raise Packed("what it sends is damaged: it cannot be unpacked") from error
        if len(content) > most:
            raise Packed(_too_large(most, most_bytes))
    return content


def _too_large(most: int, most_bytes: int) -> str:
    if most == most_bytes:
        return f"it is larger than {most_bytes >> 20} MB when unpacked"
    return f"it unpacks to more than {MOST_RATIO} times its size, as no page does"


def _gunzip(content: bytes, most: int) -> bytes:
    unpacked = b""
    for _ in range(MOST_MEMBERS):
        piece, content = _inflate(content, most - len(unpacked), zlib.MAX_WBITS | 16)
        unpacked += piece
        if len(unpacked) > most or not content.strip(b"\0"):
            return unpacked
    raise EOFError


def _undeflate(content: bytes, most: int) -> bytes:
    try:
        return _inflate(content, most, zlib.MAX_WBITS)[0]
    except zlib.error:  # some servers leave out zlib's frame
        return _inflate(content, most, -zlib.MAX_WBITS)[0]


def _inflate(content: bytes, most: int, window: int) -> tuple[bytes, bytes]:
    """What it unpacks to, a byte more than `most` where there is more, and what follows it."""
    inflating = zlib.decompressobj(window)
    unpacked = inflating.decompress(content, most + 1)
    if len(unpacked) <= most and not inflating.eof:
        raise EOFError
    return unpacked, inflating.unused_data


class _Brotli(Protocol):
    """`brotli.Decompressor`, which has no types."""

    def process(self, data: bytes, /, *, output_buffer_limit: int) -> bytes: ...

    def is_finished(self) -> bool: ...


def _unbrotli(content: bytes, most: int) -> bytes:
    unpacking = cast("_Brotli", brotli.Decompressor())
    unpacked = bytearray()
    piece = unpacking.process(content, output_buffer_limit=PIECE_BYTES)
    while piece and len(unpacked) <= most:
        unpacked += piece
        # It says that it takes more input while it still has output, and fails when it is asked after its end.
        piece = b"" if unpacking.is_finished() else unpacking.process(b"", output_buffer_limit=PIECE_BYTES)
    if len(unpacked) <= most and not unpacking.is_finished():
        raise EOFError
    return bytes(unpacked)


def _unzstd(content: bytes, most: int) -> bytes:
    unpacking = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES)
    unpacked = bytearray()
    with unpacking.stream_reader(BytesIO(content), read_across_frames=True) as reader:
        while len(unpacked) <= most and (piece := reader.read(PIECE_BYTES)):
            unpacked += piece
    return bytes(unpacked)


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
