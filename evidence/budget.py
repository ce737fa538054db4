"""Budgets: the limits that people set on what is spent, and the arithmetic that divides them."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from pydantic import Field

from outlast.evidence.sources import Value
from outlast.evidence.usage import Usage

LimitKind = Literal["usd", "tokens", "calls", "searches", "seconds"]

LIMIT_KINDS: tuple[LimitKind, ...] = get_args(LimitKind)
INTEGER_LIMIT_KINDS = frozenset({"tokens", "calls", "searches"})

MAX_LIMIT = 10**12
"""For tokens, calls, searches and USD. A higher limit is a typing error, and not all arithmetic can represent it."""
MAX_LIMIT_SECONDS = 10**9
"""About thirty years: a deadline that far away can still be represented as a date."""


class Budget(Value):
    """The limits of a run, a phase or a task. None means that there is no limit; 0 means that nothing is left."""

    usd: float | None = Field(default=None, ge=0, le=MAX_LIMIT, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    calls: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    """Calls of models."""
    searches: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    """Searches of the web; searching documents costs nothing."""
    seconds: float | None = Field(default=None, ge=0, le=MAX_LIMIT_SECONDS, allow_inf_nan=False)
    """Seconds of work; the time spent waiting for people does not count."""

    def limits(self) -> Iterator[tuple[LimitKind, float]]:
        """Yield each limit that is set, with its kind."""
        for kind in LIMIT_KINDS:
            limit: float | None = getattr(self, kind)
            if limit is not None:
                yield kind, limit

    @property
    def is_set(self) -> bool:
        return any(True for _ in self.limits())

    def remaining(self, usage: Usage, seconds: float = 0.0) -> "Budget":
        """Return what is left of the budget after `usage` and `seconds` of work; never below 0."""
        spent = {**usage_by_limit_kind(usage), "seconds": seconds}
        return self._changed({kind: limit - spent[kind] for kind, limit in self.limits()})

    def minus(self, other: "Budget") -> "Budget":
        """Return what is left of the budget if `other` is reserved for something else; never below 0."""
        reserved = dict(other.limits())
        return self._changed({kind: limit - reserved.get(kind, 0) for kind, limit in self.limits()})

    def raised_to(self, other: "Budget") -> "Budget":
        """Return this budget with each of its limits raised to that of `other`, if that one is higher."""
        others = dict(other.limits())
        return self._changed({kind: max(limit, others.get(kind, 0)) for kind, limit in self.limits()})

    def fraction(self, part: float) -> "Budget":
        """Return `part` of the budget, a fraction from 0 to 1; whole numbers are rounded down."""
        return self._changed({kind: limit * part for kind, limit in self.limits()})

    def equal_part(self, count: int) -> "Budget":
        """Return one of `count` equal parts. A limit in whole numbers is at least 1 in each part, unless it is 0.

        The time is not divided, because the tasks that share a budget run in parallel.
        """
        return self._changed(
            {
                kind: limit
                if kind == "seconds"
                else max(limit / count, min(limit, 1))
                if kind in INTEGER_LIMIT_KINDS
                else limit / count
                for kind, limit in self.limits()
            }
        )

    def split(self, needs: Sequence[Usage]) -> list["Budget"]:
        """Divide the budget among tasks that run in parallel, given what each needs; return a part for each of them.

        As many tasks as the budget can pay for get equal parts, counted from the first task. The others get nothing,
        and neither does a task that needs nothing. If no task needs anything, each gets an equal part. The parts
        together are never more than the budget.
        """
        needing = [index for index, need in enumerate(needs) if need != Usage()] or list(range(len(needs)))
        affordable = [times for index in needing if (times := self.times_affordable(needs[index])) is not None]
        funded = needing[: min(affordable, default=None)]
        parts, left = [self.fraction(0)] * len(needs), self
        for unfunded_count, index in zip(range(len(funded), 0, -1), funded, strict=True):
            parts[index] = left.equal_part(unfunded_count)
            left = left.minus(parts[index].model_copy(update={"seconds": None}))
        return parts

    def insufficient_kind(self, need: Usage, times: int = 1) -> LimitKind | None:
        """Return the kind of limit that is too low for `need` spent `times` times; None if no limit is."""
        for kind, limit in self.limits():
            if (needed := usage_by_limit_kind(need).get(kind, 0)) and limit < needed * times:
                return kind
        return None

    def times_affordable(self, need: Usage) -> int | None:
        """Return how many times the budget can pay for `need`; None if no limit applies to it."""
        needed = usage_by_limit_kind(need)
        times = [int(limit // needed[kind]) for kind, limit in self.limits() if needed.get(kind)]
        return min(times, default=None)

    def _changed(self, limits: dict[LimitKind, float]) -> "Budget":
        left = {kind: max(0.0, limit) for kind, limit in limits.items()}
        return Budget.model_validate(
            {kind: int(limit) if kind in INTEGER_LIMIT_KINDS else round(limit, 9) for kind, limit in left.items()}
        )


def usage_by_limit_kind(usage: Usage) -> dict[LimitKind, float]:
    """Return what was spent, by the kind of limit that it counts against. Seconds are not part of a usage."""
    return {"usd": usage.usd, "tokens": usage.tokens, "calls": usage.calls, "searches": usage.searches}
