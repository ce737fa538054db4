"""The results as a table for people and as one line for machines."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from bench.served.calls import Kind
from bench.served.counting import Repeated
from bench.served.limits import MAX_REPEATED_AGE
from bench.served.trial import Trial

COLUMNS = (
    *("graph", "kills", "calls", "in flight", "tools again", "oldest ms", "answers again", "oldest ms"),
    *("too old", "lost", "wrong", "load"),
)
MUST_BE_ZERO = ("results_differ", "calls_lost", "tools_repeated_late", "answers_repeated_late")


def summary(trials: Sequence[Trial]) -> dict[str, int | float]:
    return {
        "graphs": len({trial.graph for trial in trials}),
        "kills": total(trials, lambda trial: len(trial.kills)),
        "results_differ": total(trials, lambda trial: int(differs(trial))),
        "calls_lost": total(trials, lambda trial: len(trial.counted.lost)),
        "calls_in_flight": total(trials, lambda trial: len(trial.counted.in_flight)),
        "tools_repeated": len(repeated(trials, "tool")),
        "tools_repeated_late": sum(map(is_late, repeated(trials, "tool"))),
        "answers_repeated": len(repeated(trials, "model")),
        "answers_repeated_late": sum(map(is_late, repeated(trials, "model"))),
        "max_load": max((trial.load for trial in trials), default=0.0),
    }


def passed(figures: dict[str, int | float]) -> bool:
    return not any(figures[name] for name in MUST_BE_ZERO)


def table(trials: Sequence[Trial]) -> str:
    """Return a table with a row for each graph, and one for all."""
    groups = {
        graph: [each for each in trials if each.graph == graph] for graph in dict.fromkeys(t.graph for t in trials)
    }
    rows = [COLUMNS, *(line(graph, group) for graph, group in groups.items()), line("all", trials)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.rjust(width) if index else text.ljust(width) for index, (text, width) in enumerate(cells))
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    )


def line(graph: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    tools, answers = repeated(trials, "tool"), repeated(trials, "model")
    return (
        graph,
        str(total(trials, lambda trial: len(trial.kills))),
        str(total(trials, lambda trial: len(trial.calls))),
        str(total(trials, lambda trial: len(trial.counted.in_flight))),
        *(str(len(tools)), oldest(tools)),
        *(str(len(answers)), oldest(answers)),
        str(sum(map(is_late, [*tools, *answers]))),
        str(total(trials, lambda trial: len(trial.counted.lost))),
        str(total(trials, lambda trial: int(differs(trial)))),
        f"{max(trial.load for trial in trials):.1f}",
    )


def total(trials: Sequence[Trial], count: Callable[[Trial], int]) -> int:
    return sum(map(count, trials))


def differs(trial: Trial) -> bool:
    return bool(trial.failure or trial.counted.differs)


def repeated(trials: Sequence[Trial], kind: Kind) -> list[Repeated]:
    """Return the calls of a kind that had finished and were made again."""
    return [each for trial in trials for each in trial.counted.repeated if each.kind == kind]


def oldest(calls: Sequence[Repeated]) -> str:
    """Return how long before its kill the oldest of them had finished."""
    if any(each.finished_ms_before is None for each in calls):
        return "no kill"
    return f"{max(each.finished_ms_before or 0 for each in calls):.0f}" if calls else ""


def is_late(each: Repeated) -> bool:
    """Return whether it had finished too long before the kill, or was made again without one, which nothing excuses."""
    return each.finished_ms_before is None or timedelta(milliseconds=each.finished_ms_before) > MAX_REPEATED_AGE
