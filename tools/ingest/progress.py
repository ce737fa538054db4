"""How far a taking in has come."""

from dataclasses import dataclass
from datetime import timedelta

MB = 1_000_000  # as people count what they have on disk
MIN_ELAPSED_FOR_RATE = timedelta(seconds=0.5)
"""Before that, a rate says nothing: the parsers are starting."""


@dataclass(frozen=True)
class IngestProgress:
    """Files are all files of the folder; bytes only those of files that must be read: unchanged ones take no time."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int
    elapsed: timedelta

    @property
    def mb_per_second(self) -> float | None:
        """None as long as it cannot be told."""
        if self.elapsed < MIN_ELAPSED_FOR_RATE or not self.bytes_done:
            return None
        return self.bytes_done / MB / self.elapsed.total_seconds()

    @property
    def remaining(self) -> timedelta | None:
        """As long as the rest takes at the rate so far; None as long as it cannot be told."""
        rate = self.mb_per_second
        return None if rate is None else timedelta(seconds=(self.bytes - self.bytes_done) / MB / rate)

    def __str__(self) -> str:
        """`412 of 1,300 files, 8.1 of 20.3 MB, 6.2 MB/s, 2 s left`."""
        parts = [f"{self.files_done:,} of {self.files:,} files"]
        if self.bytes:
            parts.append(f"{self.bytes_done / MB:,.1f} of {self.bytes / MB:,.1f} MB")
        if (rate := self.mb_per_second) is not None and (remaining := self.remaining) is not None:
            parts += [f"{rate:.1f} MB/s", f"{_format_duration(remaining)} left"]
        return ", ".join(parts)


def _format_duration(time: timedelta) -> str:
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
