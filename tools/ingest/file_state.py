"""What a stat says about a file's content."""

import os

from outlast.evidence.sources import Value


class FileState(Value):
    """A file whose state is the same has the same content, as far as anybody can tell without reading it.

    The time of the last change of the inode is in it: it cannot be set back, as the time of the content can.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileState":
        return cls(
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
            inode=status.st_ino,
        )
