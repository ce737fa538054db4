"""What may be spent: the limits that people set, and what is left of them."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from pydantic import Field

from outlast.evidence.sources import Value
from outlast.evidence.usage import Usage

LimitKind = Literal["usd", "tokens", "calls", "searches", "seconds"]

LIMIT_KINDS: tuple[LimitKind, ...] = get_args(LimitKind)
INTEGER_LIMIT_KINDS = frozenset({"tokens", "calls", "searches"})

MAX_LIMIT = 10**12
"""Of tokens, calls, searches and USD. What is beyond it is a slip of the hand, and not all arithmetic takes it."""
MAX_LIMIT_SECONDS = 10**9
"""About thirty years: a moment so far away still has a date."""


class Budget(Value):
    """Limits of a run, a phase or a task; None where there is none. 0 means that nothing is left."""

    usd: float | None = Field(default=None, ge=0, le=MAX_LIMIT, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    calls: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    """Of models."""
    searches: int | None = Field(default=None, ge=0, le=MAX_LIMIT)
    """On the web."""
    seconds: float | None = Field(default=None, ge=0, le=MAX_LIMIT_SECONDS, allow_inf_nan=False)
    """Of work; the time in which people are waited for does not count."""

    def limits(self) -> Iterator[tuple[LimitKind, float]]:
        """Those that are set."""
        for kind in LIMIT_KINDS:
            limit: float | None = getattr(self, kind)
            if limit is not None:
                yield kind, limit

    @property
    def is_set(self) -> bool:
        return any(True for _ in self.limits())

    def remaining(self, usage: Usage, seconds: float = 0.0) -> "Budget":
        """What is left of it after `usage` and `seconds` of work; never below 0."""
        spent = {**usage_by_limit_kind(usage), "seconds": seconds}
        return self._changed({kind: limit - spent[kind] for kind, limit in self.limits()})

    def minus(self, other: "Budget") -> "Budget":
        """What is left where `other` is kept for something else; never below 0."""
        kept = dict(other.limits())
        return self._changed({kind: limit - kept.get(kind, 0) for kind, limit in self.limits()})

    def raised_to(self, other: "Budget") -> "Budget":
        """The higher limit of each kind that this one limits."""
        known = dict(other.limits())
        return self._changed({kind: max(limit, known.get(kind, 0)) for kind, limit in self.limits()})

    def fraction(self, part: float) -> "Budget":
        """That part of it, from 0 to 1; whole numbers are rounded down."""
        return self._changed({kind: limit * part for kind, limit in self.limits()})

    def equal_part(self, count: int) -> "Budget":
        """One of `count` equal parts of what several share at once; of whole numbers at least 1, where there is 1.

        The time is not divided: they work side by side.
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
        """A part for each of those that work side by side and need that much; together never more than this.

        Equal ones for as many as can be afforded, from the first; nothing for the others, and for those that need
        nothing. Where no need is known, each has its part.
        """
        needing = [place for place, need in enumerate(needs) if need != Usage()] or list(range(len(needs)))
        affordable = [times for place in needing if (times := self.times_affordable(needs[place])) is not None]
        funded = needing[: min(affordable, default=None)]
        parts, left = [self.fraction(0)] * len(needs), self
        for waiting, place in zip(range(len(funded), 0, -1), funded, strict=True):
            parts[place] = left.equal_part(waiting)
            left = left.minus(parts[place].model_copy(update={"seconds": None}))
        return parts

    def insufficient_kind(self, need: Usage, times: int = 1) -> LimitKind | None:
        """The limit that does not allow `need` so many times; None where all do."""
        for kind, limit in self.limits():
            if (needed := usage_by_limit_kind(need).get(kind, 0)) and limit < needed * times:
                return kind
        return None

    def times_affordable(self, need: Usage) -> int | None:
        """How many times `need`; None where nothing in this budget limits it."""
        needed = usage_by_limit_kind(need)
        times = [int(limit // needed[kind]) for kind, limit in self.limits() if needed.get(kind)]
        return min(times, default=None)

    def _changed(self, limits: dict[LimitKind, float]) -> "Budget":
        left = {kind: max(0.0, limit) for kind, limit in limits.items()}
        return Budget.model_validate(
            {kind: int(limit) if kind in INTEGER_LIMIT_KINDS else round(limit, 9) for kind, limit in left.items()}
        )


def usage_by_limit_kind(usage: Usage) -> dict[LimitKind, float]:
    """A usage in the units of limits."""
    return {"usd": usage.usd, "tokens": usage.tokens, "calls": usage.calls, "searches": usage.searches}
