"""The results of a campaign as a table for people and as one line for machines."""

from collections.abc import Callable, Sequence

from bench.crash.trial import Trial

KINDS = ("kill", "server_kill", "takeover", "drain")
COLUMNS = (
    *("shape", "harm", "harms", "calls", "in flight", "finished again", ">100 ms"),
    *("by hand again", "stale", "wrong", "lost"),
)
MUST_BE_ZERO = ("results_differ", "calls_lost", "finished_repeated_over_100ms", "drained_repeated")
MAX_REPEATED_AGE_MS = 100


def summary(trials: Sequence[Trial]) -> dict[str, int]:
    drains = [trial for trial in trials if trial.plan.harm == "drain"]
    return {
        **{f"{kind}s": harms([each for each in trials if each.plan.harm == kind]) for kind in KINDS},
        "results_differ": total(trials, lambda trial: int(differs(trial))),
        "calls_lost": total(trials, lambda trial: len(trial.counted.lost)),
        "calls_in_flight": total(trials, lambda trial: len(trial.counted.in_flight)),
        "finished_repeated": total(trials, lambda trial: len(trial.counted.repeated)),
        "finished_repeated_over_100ms": total(trials, count_repeated_old),
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
        total(group, count_repeated_old),
        total(group, lambda trial: len(trial.counted.hand_repeated)),
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


def count_repeated_old(trial: Trial) -> int:
    """Count old calls that were made again, and those with no harm after them, which nothing excuses."""
    ages = [each.finished_ms_before for each in trial.counted.repeated]
    return sum(age is None or age > MAX_REPEATED_AGE_MS for age in ages)


def count_made_again(trial: Trial) -> int:
    """Count all calls that were made twice, of every kind."""
    found = trial.counted
    return len(found.in_flight) + len(found.repeated) + len(found.hand_repeated)
