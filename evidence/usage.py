"""What was spent: calls, tokens and money by model, searches, pages. Usages add up, in any order."""

from collections.abc import Iterable
from typing import Self

from outlast.evidence.sources import Value


class ModelUsage(Value):
    """What one model was asked for. `model` is its name as settings give it, such as `openai:gpt-5-mini`."""

    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    """Of the calls that have a known price."""
    unpriced: int = 0
    """How many of the calls have none."""

    def plus(self, other: Self) -> Self:
        return self.model_copy(
            update={
                "calls": self.calls + other.calls,
                "input_tokens": self.input_tokens + other.input_tokens,
                "output_tokens": self.output_tokens + other.output_tokens,
                "usd": round(self.usd + other.usd, 9),  # so that the order of adding leaves no trace
                "unpriced": self.unpriced + other.unpriced,
            }
        )


class Usage(Value):
    """What a task, a phase or a run spent. `calls`, `tokens`, `usd` and `unpriced` are the sums over its models."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """How many of the calls have no known price: `usd` is without them."""
    searches: int = 0
    """On the web; searching documents costs nothing."""
    pages: int = 0
    """Read on the web, each once a task: two tasks may read the same one, which is fetched once."""
    models: tuple[ModelUsage, ...] = ()
    """Sorted by name."""

    @classmethod
    def of(cls, models: Iterable[ModelUsage] = (), *, searches: int = 0, pages: int = 0) -> "Usage":
        """One usage a model, however many of them `models` has."""
        by_name: dict[str, ModelUsage] = {}
        for each in models:
            by_name[each.model] = by_name[each.model].plus(each) if each.model in by_name else each
        merged = tuple(by_name[name] for name in sorted(by_name))
        return cls(
            calls=sum(each.calls for each in merged),
            tokens=sum(each.input_tokens + each.output_tokens for each in merged),
            usd=round(sum(each.usd for each in merged), 9),
            unpriced=sum(each.unpriced for each in merged),
            searches=searches,
            pages=pages,
            models=merged,
        )


def add_usages(known: Usage, new: Usage) -> Usage:
    """The sum; also the reducer of a graph's channel."""
    return Usage.of((*known.models, *new.models), searches=known.searches + new.searches, pages=known.pages + new.pages)


def sum_usages(usages: Iterable[Usage]) -> Usage:
    summed = Usage()
    for each in usages:
        summed = add_usages(summed, each)
    return summed
