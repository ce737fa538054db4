"""Decompression with limits that are checked before memory grows: a small file may hold gigabytes of zeros."""

import bz2
import gzip
import lzma
import zipfile
import zlib
from io import BytesIO
from lzma import LZMAError

from outlast.tools.documents.document import Unreadable

MAX_UNPACKED_BYTES = 128 << 20
MAX_COMPRESSION_RATIO = 200
"""Text shrinks to a tenth or a twentieth, tables of repeated words to a hundredth, zip bombs to a thousandth."""
ALWAYS_ALLOWED_BYTES = 4 << 20  # at any compression ratio
MAX_ARCHIVE_MEMBERS = 20_000

ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    KeyError,
)
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of encrypted new ones
ENCRYPTED_REASON = "it is encrypted: save a copy that opens without a password"


COMPRESSED_SUFFIXES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
"""The suffixes that may follow that of a document, and the names of their formats."""
MARKS = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\0": ".xz"}


def decompress(content: bytes, suffix: str) -> bytes:
    """Return the content of a compressed file. Raises Unreadable if it is damaged or its content is too large."""
    max_bytes = _max_unpacked_bytes(content)
    try:
        with _opened(BytesIO(content), suffix) as opened:
            unpacked = opened.read(max_bytes + 1)
    except (OSError, EOFError, ValueError, zlib.error, LZMAError) as error:
        raise Unreadable(f"it is not a {COMPRESSED_SUFFIXES[suffix]} file, or it is damaged or cut off") from error
    if len(unpacked) > max_bytes:
        raise Unreadable(_too_large_reason(max_bytes))
    return unpacked


def decompress_by_mark(content: bytes) -> bytes:
    """Return the content of a compressed file, or other content as it is. Raises Unreadable like `decompress`."""
    suffix = next((suffix for mark, suffix in MARKS.items() if content.startswith(mark)), "")
    return decompress(content, suffix) if suffix else content


def _opened(content: BytesIO, suffix: str) -> "gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile":
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=content)
    return bz2.BZ2File(content) if suffix == ".bz2" else lzma.LZMAFile(content)


class Archive:
    """A zip file in memory. Raises Unreadable if it is another format, is encrypted, or is too large when unpacked."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except ARCHIVE_ERRORS as error:
            raise Unreadable(
                "it is not a zip archive, as this kind of file must be, or it is damaged or cut off"
            ) from error
        members = self._zip.infolist()
        if any(member.flag_bits & 1 for member in members):
            raise Unreadable(ENCRYPTED_REASON)
        if len(members) > MAX_ARCHIVE_MEMBERS:
            raise Unreadable(f"it has {len(members):,} parts, more than {MAX_ARCHIVE_MEMBERS:,}")
        max_bytes = _max_unpacked_bytes(content)
        if sum(member.file_size for member in members) > max_bytes:  # zipfile never reads more than a member declares
            raise Unreadable(_too_large_reason(max_bytes))
        self.names = frozenset(member.filename for member in members)

    def read(self, name: str) -> bytes:
        """Return the content of a member. Raises Unreadable if the member is missing or damaged."""
        try:
            return self._zip.read(name)
        except ARCHIVE_ERRORS as error:
            missing = name not in self.names
            raise Unreadable(f"its part {name} is {'missing' if missing else 'damaged'}") from error


def _max_unpacked_bytes(content: bytes) -> int:
    return min(MAX_UNPACKED_BYTES, max(ALWAYS_ALLOWED_BYTES, MAX_COMPRESSION_RATIO * len(content)))


def _too_large_reason(max_bytes: int) -> str:
    if max_bytes == MAX_UNPACKED_BYTES:
        return f"it is larger than {MAX_UNPACKED_BYTES >> 20} MB when unpacked"
    return f"it unpacks to more than {MAX_COMPRESSION_RATIO} times its size, as no document does"
