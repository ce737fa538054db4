"""Calibration: is a report right as often as its confidence says?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

BINS = 10


@dataclass(frozen=True)
class Judged:
    """The confidence of one report, from 0 to 1, and whether its quotes held an answer."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """The reports whose confidence lies in one tenth of the scale."""

    low: float
    count: int
    confidence: float
    """The mean confidence."""
    right: float
    """The share of those that were right."""


def reliability(judged: Sequence[Judged]) -> list[Bin]:
    """Return the bins that have reports, lowest first: the reliability diagram."""
    return list(_bins(judged))


def _bins(judged: Sequence[Judged]) -> Iterator[Bin]:
    for number in range(BINS):
        inside = [each for each in judged if min(int(each.confidence * BINS), BINS - 1) == number]
        if inside:
            yield Bin(
                low=number / BINS,
                count=len(inside),
                confidence=fmean(each.confidence for each in inside),
                right=fmean(each.right for each in inside),
            )


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error: the mean distance of confidence and share of right ones, by bin."""
    return sum(each.count * abs(each.confidence - each.right) for each in reliability(judged)) / max(1, len(judged))


def reliability_table(judged: Sequence[Judged]) -> str:
    head = "confidence     n  mean  right"
    lines = (
        f"{bin_.low:.1f} to {bin_.low + 1 / BINS:.1f} {bin_.count:>5} {bin_.confidence:>5.2f}  {bin_.right:>5.2f}"
        for bin_ in reliability(judged)
    )
    return "\n".join([head, *lines])
