"""A reader of tar archives, compressed (`.tgz`, `.tbz2`, `.txz`) or not: each file in it is a document of its own."""

import tarfile
from io import BytesIO

from outlast.tools.documents.archives.names import guess_name, is_passed_over
from outlast.tools.documents.containers import LARGE_CHILD_REASON, MAX_CHILD_BYTES, Children
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.inflating import decompress_by_mark

EXTRACTOR = "tar/2"

CUT_OFF_REASON = "what follows in its archive is damaged or cut off"


def read(content: bytes, stem: str) -> Document:
    """Read a tar archive. Raises Unreadable if it is none, or if it is empty."""
    content = decompress_by_mark(content)
    children = Children()
    try:
        archive = tarfile.open(fileobj=BytesIO(content), mode="r:")  # noqa: SIM115 - nothing of the system is open
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise Unreadable("it is not a tar archive, or it is damaged or cut off") from error
    try:
        for member in archive:
            name = guess_name(member.name.encode("utf-8", "surrogateescape")).removeprefix("./").lstrip("/")
            if member.isdir() or is_passed_over(name):
                continue
            if not children.has_room():
                break
            _add(children, archive, member, name)
        is_whole = not content[archive.offset :].strip(b"\0")
    except (tarfile.TarError, ValueError, OverflowError, EOFError):
        is_whole = False
    if not is_whole and children.has_room():
        children.refuse("the rest", CUT_OFF_REASON)
    if not children.found:
        raise Unreadable("it is an archive with no files in it")
    return Document("", stem, "application/x-tar", (), EXTRACTOR, children=children.found)


def _add(children: Children, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> None:
    if member.issym() or member.islnk():
        children.refuse(name, "it is a link in an archive: the file that it names is read where it is")
    elif not member.isreg():
        children.refuse(name, "it is not a regular file")
    elif member.size > MAX_CHILD_BYTES:
        children.refuse(name, LARGE_CHILD_REASON)
    else:
        opened = archive.extractfile(member)
        content = opened.read() if opened is not None else b""
        if len(content) < member.size:
            raise EOFError(name)
        children.add(name, content)
