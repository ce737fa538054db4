"""What a parser process may use for one file."""

from datetime import timedelta

from outlast.evidence.sources import Value

MB = 1 << 20
GB = 1 << 30


class Limits(Value):
    """The time is processor time: a busy machine does not change what a collection holds."""

    largest_bytes: int = 64 * MB
    """A larger file is not opened."""
    memory_bytes: int = GB
    """On top of what an idle parser has."""
    least_seconds: float = 60
    seconds_a_mb: float = 5

    def processor_time(self, size_bytes: int) -> timedelta:
        return timedelta(seconds=self.least_seconds + self.seconds_a_mb * size_bytes / MB)

    def patience(self, size_bytes: int) -> timedelta:
        """On the clock, for a parser that waits for what never comes, and uses no processor."""
        return 4 * self.processor_time(size_bytes)

    @property
    def too_large(self) -> str:
        return f"it is larger than {self.largest_bytes // MB} MB"

    @property
    def too_much_memory(self) -> str:
        memory = self.memory_bytes
        return f"reading it needs more than {f'{memory // GB} GB' if memory >= GB else f'{memory // MB} MB'} of memory"


def too_long(time: timedelta) -> str:
    return f"reading it took longer than {round(time.total_seconds())} s"
