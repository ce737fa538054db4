"""The limits of a parser process: bytes, memory and time for one file."""

from datetime import timedelta
from pathlib import PurePosixPath

from outlast.evidence.sources import Value

MIB = 1 << 20
GIB = 1 << 30
CONTAINER_SUFFIXES = frozenset({".mbox", ".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz"})
MAILBOX_START = b"From "
"""Thunderbird's mailboxes have no suffix."""


class Limits(Value):
    """Time is processor time, so that a busy machine does not change which files a collection holds."""

    largest_bytes: int = 64 * MIB
    """A larger file is not read."""
    largest_container_bytes: int = 256 * MIB
    """A larger mailbox or archive is not read. Its documents are read one after another, so it may be larger."""
    memory_bytes: int = GIB
    """Memory in addition to that of an idle parser."""
    least_seconds: float = 60
    seconds_a_mb: float = 5

    def cpu_time(self, size_bytes: int) -> timedelta:
        """Return the processor time allowed for a file of this size."""
        return timedelta(seconds=self.least_seconds + self.seconds_a_mb * size_bytes / MIB)

    def wall_clock_timeout(self, size_bytes: int) -> timedelta:
        """Return the limit in real time, which ends a parser that waits for ever without using a processor."""
        return 4 * self.cpu_time(size_bytes)

    def largest(self, name: str, start: bytes = b"") -> int:
        """Return the largest size of a file with that name and, if they are known, those first bytes."""
        is_container = PurePosixPath(name.lower()).suffix in CONTAINER_SUFFIXES or start.startswith(MAILBOX_START)
        return max(self.largest_container_bytes, self.largest_bytes) if is_container else self.largest_bytes

    def too_large_reason(self, name: str, start: bytes = b"") -> str:
        return f"it is larger than {self.largest(name, start) // MIB} MB"

    @property
    def too_much_memory_reason(self) -> str:
        memory = self.memory_bytes
        return (
            f"reading it needs more than {f'{memory // GIB} GB' if memory >= GIB else f'{memory // MIB} MB'} of memory"
        )


def too_long_reason(limit: timedelta) -> str:
    return f"reading it took longer than {round(limit.total_seconds())} s"
