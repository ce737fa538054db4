"""The results of a campaign as a table for people and as one line for machines."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from bench.crash.counting import Repeated
from bench.crash.limits import MAX_REPEATED_AGE
from bench.crash.trial import Trial

KINDS = ("none", "kill", "server_kill", "takeover", "drain")
COLUMNS = (
    *("shape", "harm", "harms", "calls", "in flight", "finished again", "too old"),
    *("by hand again", "stale", "wrong", "lost"),
)
MUST_BE_ZERO = (
    "results_differ",
    "calls_lost",
    "finished_repeated_late",
    "hand_repeated",
    "stale_over_limit",
    "calls_over_limit",
    "drained_repeated",
)


def summary(trials: Sequence[Trial]) -> dict[str, int]:
    drains = [trial for trial in trials if trial.plan.harm == "drain"]
    return {
        **{f"{kind}s": harms([each for each in trials if each.plan.harm == kind]) for kind in KINDS[1:]},
        "results_differ": total(trials, lambda trial: int(differs(trial))),
        "calls_lost": total(trials, lambda trial: len(trial.counted.lost)),
        "calls_in_flight": total(trials, lambda trial: len(trial.counted.in_flight)),
        "finished_repeated": total(trials, lambda trial: len(trial.counted.repeated)),
        "finished_repeated_late": total(trials, lambda trial: count_late(trial.counted.repeated)),
        "hand_in_flight": total(trials, lambda trial: len(trial.counted.hand_in_flight)),
        "hand_repeated": total(trials, lambda trial: count_late(trial.counted.hand_repeated)),
        "stale": total(trials, lambda trial: len(trial.counted.stale)),
        "stale_over_limit": total(trials, lambda trial: len(trial.counted.stale_over_limit)),
        "calls_over_limit": total(trials, lambda trial: len(trial.counted.over_limit)),
        "drained_repeated": total(drains, count_made_again),
    }


def passed(figures: dict[str, int]) -> bool:
    return not any(figures[name] for name in MUST_BE_ZERO)


def table(trials: Sequence[Trial]) -> str:
    """Return a table with a row for each shape and kind of harm, and one for all."""
    groups = [
        (shape, kind, [each for each in trials if each.plan.shape == shape and each.plan.harm == kind])
        for kind in KINDS
        for shape in sorted({each.plan.shape for each in trials})
    ]
    rows = [COLUMNS, *(line(shape, kind, group) for shape, kind, group in groups if group), line("all", "", trials)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) if index < 2 else text.rjust(width) for index, (text, width) in enumerate(cells))
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    )


def line(shape: str, kind: str, group: Sequence[Trial]) -> tuple[str, ...]:
    counts: tuple[int, ...] = (
        harms(group),
        total(group, lambda trial: trial.calls),
        total(group, lambda trial: len(trial.counted.in_flight)),
        total(group, lambda trial: len(trial.counted.repeated)),
        total(group, lambda trial: count_late([*trial.counted.repeated, *trial.counted.hand_repeated])),
        total(group, lambda trial: len([*trial.counted.hand_in_flight, *trial.counted.hand_repeated])),
        total(group, lambda trial: len(trial.counted.stale)),
        total(group, lambda trial: int(differs(trial))),
        total(group, lambda trial: len(trial.counted.lost)),
    )
    return (shape, kind, *map(str, counts))


def harms(trials: Sequence[Trial]) -> int:
    return total(trials, lambda trial: len(trial.harms))


def total(trials: Sequence[Trial], count: Callable[[Trial], int]) -> int:
    return sum(map(count, trials))


def differs(trial: Trial) -> bool:
    return bool(trial.failure or trial.counted.differs)


def count_late(repeated: Sequence[Repeated]) -> int:
    """Count what had finished too long before the harm, and what no harm came after, which nothing excuses."""
    limit = MAX_REPEATED_AGE / timedelta(milliseconds=1)
    return sum(each.finished_ms_before is None or each.finished_ms_before > limit for each in repeated)


def count_made_again(trial: Trial) -> int:
    """Count all calls that were made twice, of every kind."""
    found = trial.counted
    return len([*found.in_flight, *found.repeated, *found.hand_in_flight, *found.hand_repeated])
