"""Usage: the calls, tokens and money spent by model, and searches and pages. Usages can be added in any order."""

from collections.abc import Iterable
from typing import Self

from outlast.evidence.sources import Value


class ModelUsage(Value):
    """What the calls of one model spent. `model` is its name in the settings, such as `openai:gpt-5-mini`."""

    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    """The cost of the calls that have a known price."""
    unpriced: int = 0
    """The number of calls without a known price."""

    def plus(self, other: Self) -> Self:
        return self.model_copy(
            update={
                "calls": self.calls + other.calls,
                "input_tokens": self.input_tokens + other.input_tokens,
                "output_tokens": self.output_tokens + other.output_tokens,
                "usd": round(self.usd + other.usd, 9),  # so that the order of additions does not matter
                "unpriced": self.unpriced + other.unpriced,
            }
        )


class Usage(Value):
    """What a task, a phase or a run spent. `calls`, `tokens`, `usd` and `unpriced` are sums over its models."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    """The number of calls without a known price; `usd` does not include them."""
    searches: int = 0
    """Searches of the web; searching documents costs nothing."""
    pages: int = 0
    """Web pages read, each counted once a task. A page that two tasks read counts twice, but is fetched once."""
    models: tuple[ModelUsage, ...] = ()
    """Sorted by name."""

    @classmethod
    def of(cls, models: Iterable[ModelUsage] = (), *, searches: int = 0, pages: int = 0) -> "Usage":
        """Add up calls of models: the result has one entry for each model."""
        by_name: dict[str, ModelUsage] = {}
        for entry in models:
            by_name[entry.model] = by_name[entry.model].plus(entry) if entry.model in by_name else entry
        merged = tuple(by_name[name] for name in sorted(by_name))
        return cls(
            calls=sum(entry.calls for entry in merged),
            tokens=sum(entry.input_tokens + entry.output_tokens for entry in merged),
            usd=round(sum(entry.usd for entry in merged), 9),
            unpriced=sum(entry.unpriced for entry in merged),
            searches=searches,
            pages=pages,
            models=merged,
        )


def add_usages(left: Usage, right: Usage) -> Usage:
    """Add two usages; also the reducer of the graphs' channels."""
    models = (*left.models, *right.models)
    return Usage.of(models, searches=left.searches + right.searches, pages=left.pages + right.pages)


def sum_usages(usages: Iterable[Usage]) -> Usage:
    summed = Usage()
    for usage in usages:
        summed = add_usages(summed, usage)
    return summed
