"""The metadata by which a changed file is recognised without reading it."""

import os

from outlast.evidence.sources import Value


class FileState(Value):
    """The size, times and inode of a file. If its state is the same, its content is taken to be the same.

    The state includes the change time of the inode (ctime), because programs cannot set it back, unlike the
    modification time of the content (mtime).
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
