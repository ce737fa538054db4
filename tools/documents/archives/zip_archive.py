"""A reader of zip archives: each file in it is a document of its own, and a broken one keeps none from being read."""

import struct
import zipfile
from io import BytesIO

from outlast.tools.documents.archives.names import guess_name, is_passed_over
from outlast.tools.documents.containers import LARGE_CHILD_REASON, MAX_CHILD_BYTES, Children
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import (
    ALWAYS_ALLOWED_BYTES,
    ARCHIVE_ERRORS,
    ENCRYPTED_REASON,
    MAX_COMPRESSION_RATIO,
)

EXTRACTOR = "zip/1"

IS_ENCRYPTED = 0x1
IS_UTF_8 = 0x800
UNICODE_PATH = 0x7075
"""The extra field in which Info-ZIP writes a name in UTF-8 beside that of the old encoding."""
BOMB_REASON = f"it unpacks to more than {MAX_COMPRESSION_RATIO} times its size, as no document does"
DAMAGED_REASON = "it is damaged in its archive"


def read(content: bytes, stem: str) -> Document:
    """Read a zip archive. Raises Unreadable if it is none, is empty, or is cut off: its list of files is at the end."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except ARCHIVE_ERRORS as error:
        raise Unreadable("it is not a zip archive, or it is damaged or cut off") from error
    children = Children()
    for member in archive.infolist():
        name = name_of(member)
        if member.is_dir() or is_passed_over(name):
            continue
        if not children.has_room():
            break
        _add(children, archive, member, name)
    if not children.found:
        raise Unreadable("it is an archive with no files in it")
    return Document("", stem, "application/zip", (), EXTRACTOR, children=children.found)


def _add(children: Children, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    if member.flag_bits & IS_ENCRYPTED:
        children.refuse(name, ENCRYPTED_REASON)
    elif member.file_size > MAX_CHILD_BYTES:
        children.refuse(name, LARGE_CHILD_REASON)
    elif member.file_size > max(ALWAYS_ALLOWED_BYTES, MAX_COMPRESSION_RATIO * member.compress_size):
        children.refuse(name, BOMB_REASON)
    else:
        try:
            content = archive.read(member)  # never more than the size that the member declares
        except NotImplementedError:
            children.refuse(name, f"it is compressed by a method that is not read ({member.compress_type})")
        except ARCHIVE_ERRORS:
            children.refuse(name, DAMAGED_REASON)
        else:
            children.add(name, content)


def name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a member with forward slashes. Old programs wrote it in the encoding of their machine."""
    name = member.filename
    if not member.flag_bits & IS_UTF_8 and not name.isascii():
        name = _declared_name(member.extra) or guess_name(member.orig_filename.encode("cp437", "replace"))
    return (name if "/" in name else name.replace("\\", "/")).lstrip("/")


def _declared_name(extra: bytes) -> str:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8", "replace")  # after a version and a checksum
        extra = extra[4 + size :]
    return ""
