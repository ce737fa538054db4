"""The progress of ingesting a folder."""

from dataclasses import dataclass
from datetime import timedelta

MB = 1_000_000  # decimal, as file managers count the space on a disk
MIN_ELAPSED_FOR_RATE = timedelta(seconds=0.5)
"""Before that, a rate means nothing, because the parsers are still starting."""


@dataclass(frozen=True)
class IngestProgress:
    """`files` counts all files of the folder; `bytes` counts only files to read: unchanged ones take no time."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int
    elapsed: timedelta

    @property
    def mb_per_second(self) -> float | None:
        """The reading rate so far; None while it is not yet known."""
        if self.elapsed < MIN_ELAPSED_FOR_RATE or not self.bytes_done:
            return None
        return self.bytes_done / MB / self.elapsed.total_seconds()

    @property
    def remaining(self) -> timedelta | None:
        """The time that the rest takes at the rate so far; None while it is not yet known."""
        rate = self.mb_per_second
        return None if rate is None else timedelta(seconds=(self.bytes - self.bytes_done) / MB / rate)

    def __str__(self) -> str:
        """Return, for example, `412 of 1,300 files, 8.1 of 20.3 MB, 6.2 MB/s, 2 s left`."""
        parts = [f"{self.files_done:,} of {self.files:,} files"]
        if self.bytes:
            parts.append(f"{self.bytes_done / MB:,.1f} of {self.bytes / MB:,.1f} MB")
        if (rate := self.mb_per_second) is not None and (remaining := self.remaining) is not None:
            parts += [f"{rate:.1f} MB/s", f"{_format_duration(remaining)} left"]
        return ", ".join(parts)


def _format_duration(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
