"""Decompress the content of sites, up to a size limit that holds while it is decompressed."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Protocol, cast

import brotli
import zstandard

from outlast.evidence.errors import Permanent
from outlast.tools.documents.inflating import ALWAYS_ALLOWED_BYTES, MAX_COMPRESSION_RATIO

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
MAX_LAYERS = 2
MAX_GZIP_MEMBERS = 64
"""The maximum number of members of a gzip stream. Each member costs a copy of everything that follows it."""
MAX_ZSTD_WINDOW_BYTES = 8 << 20
"""The window that RFC 9659 allows zstd on the web; without this limit a frame may request gigabytes."""
PIECE_BYTES = 64 << 10
DECOMPRESSION_ERRORS = (zlib.error, cast("type[Exception]", brotli.error), zstandard.ZstdError, EOFError)


class Packed(Permanent):
    """The content cannot or must not be unpacked. The message is the reason, for people."""


def unpack(content: bytes, encodings: str, max_bytes: int) -> bytes:
    """Decompress `content` as `encodings`, the Content-Encoding header, says.

    Raises Packed if the result is larger than `max_bytes` or than MAX_COMPRESSION_RATIO times `content`, or if
    `content` is damaged.
    """
    names = [name for each in encodings.split(",") if (name := each.strip().lower()) not in ("", "identity")]
    if len(names) > MAX_LAYERS:
        raise Packed(f"it is compressed {len(names)} times over")
    limit_bytes = min(max_bytes, max(ALWAYS_ALLOWED_BYTES, MAX_COMPRESSION_RATIO * len(content)))
    for name in reversed(names):
        if name not in UNPACKERS:
            raise Packed("it is compressed in a way that was not asked for")
        try:
            content = UNPACKERS[name](content, limit_bytes)
        except DECOMPRESSION_ERRORS as error:
            raise Packed("what it sends is damaged: it cannot be unpacked") from error
        if len(content) > limit_bytes:
            raise Packed(_too_large(limit_bytes, max_bytes))
    return content


def _too_large(limit_bytes: int, max_bytes: int) -> str:
    if limit_bytes == max_bytes:
        return f"it is larger than {max_bytes >> 20} MB when unpacked"
    return f"it unpacks to more than {MAX_COMPRESSION_RATIO} times its size, as no page does"


def _gunzip(content: bytes, limit_bytes: int) -> bytes:
    unpacked = b""
    for _ in range(MAX_GZIP_MEMBERS):
        piece, content = _inflate(content, limit_bytes - len(unpacked), zlib.MAX_WBITS | 16)
        unpacked += piece
        if len(unpacked) > limit_bytes or not content.strip(b"\0"):
            return unpacked
    raise EOFError


def _undeflate(content: bytes, limit_bytes: int) -> bytes:
    try:
        return _inflate(content, limit_bytes, zlib.MAX_WBITS)[0]
    except zlib.error:  # some servers leave out zlib's frame
        return _inflate(content, limit_bytes, -zlib.MAX_WBITS)[0]


def _inflate(content: bytes, limit_bytes: int, window: int) -> tuple[bytes, bytes]:
    """Return the unpacked content and what follows it. One byte more than `limit_bytes` means that it is too large."""
    inflating = zlib.decompressobj(window)
    unpacked = inflating.decompress(content, limit_bytes + 1)
    if len(unpacked) <= limit_bytes and not inflating.eof:
        raise EOFError
    return unpacked, inflating.unused_data


class _Brotli(Protocol):
    """The methods of `brotli.Decompressor`, which has no types of its own."""

    def process(self, data: bytes, /, *, output_buffer_limit: int) -> bytes: ...

    def is_finished(self) -> bool: ...


def _unbrotli(content: bytes, limit_bytes: int) -> bytes:
    unpacking = cast("_Brotli", brotli.Decompressor())
    unpacked = bytearray()
    piece = unpacking.process(content, output_buffer_limit=PIECE_BYTES)
    while piece and len(unpacked) <= limit_bytes:
        unpacked += piece
        # The decompressor says that it takes more input while it still has output, and fails if called after its end.
        piece = b"" if unpacking.is_finished() else unpacking.process(b"", output_buffer_limit=PIECE_BYTES)
    if len(unpacked) <= limit_bytes and not unpacking.is_finished():
        raise EOFError
    return bytes(unpacked)


def _unzstd(content: bytes, limit_bytes: int) -> bytes:
    unpacking = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW_BYTES)
    unpacked = bytearray()
    with unpacking.stream_reader(BytesIO(content), read_across_frames=True) as reader:
        while len(unpacked) <= limit_bytes and (piece := reader.read(PIECE_BYTES)):
            unpacked += piece
    return bytes(unpacked)


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
