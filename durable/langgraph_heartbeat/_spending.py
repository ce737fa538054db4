"""What a phase has spent over all its attempts, for the progress that its heartbeats show.

The totals travel in the checkpoint. The state of a phase may be lost without them: an operator resets the phase and
clears its heartbeats, or a checkpoint cannot be used. What was spent until then is known from the progress of the last
attempt, and is kept as `earlier`.
"""

import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeGuard, cast

CALLS, TOKENS, EARLIER, COUNTED = "calls", "tokens", "earlier", "counted"
BEATS = ("beats", "kib")
"""Heartbeats and their size, which each attempt goes on to count, with or without the state of the one before."""
NO_FIGURES = frozenset({"attempt", "step", "retries", *BEATS})
"""Numbers in the progress that say where an attempt stands, or count heartbeats, and not what its state has spent."""


_current_spent: ContextVar["Callable[[], Spent] | None"] = ContextVar("durable_spent", default=None)


def spent_earlier() -> Mapping[str, float]:
    """Return what the current phase has spent on a state that is lost: calls, tokens, and the graph's own figures.

    The state of a phase is lost when an operator resets the phase and clears its heartbeats, or when its checkpoint
    cannot be used. A sum that the graph keeps in its state, for example of money, is then without the work of before.
    Call this in a node, in the phase's `context`, or after the phase's function has returned, to add that to your
    account. It is empty if nothing is lost, and outside a phase. `progress` of `phase_activity` names the figures.

    ```python
    import asyncio

    from langgraph.graph import START, StateGraph
    from langgraph_heartbeat import phase_function, spent_earlier
    from pydantic import BaseModel


    class Account(BaseModel):
        usd: float = 0.0
        usd_in_all: float = 0.0


    async def pay(state: Account) -> dict[str, float]:
        return {"usd": state.usd + 0.25}


    async def close(state: Account) -> dict[str, float]:
        return {"usd_in_all": state.usd + spent_earlier().get("usd", 0.0)}


    account = phase_function(
        Account, Account, StateGraph(Account).add_sequence([pay, close]).add_edge(START, "pay")
    )
    assert asyncio.run(account(Account())).usd_in_all == 0.25
    ```
    """
    spent = _current_spent.get()
    return dict(spent().earlier) if spent else {}


def set_current(spent: "Callable[[], Spent]") -> None:
    """Let `spent_earlier` return what this phase has spent, in the current context."""
    _current_spent.set(spent)


@dataclass(frozen=True)
class Spent:
    """What a phase has spent. `calls` and `tokens` belong to the state from which it goes on."""

    calls: int = 0
    tokens: int = 0
    earlier: Mapping[str, float] = field(default_factory=dict[str, float])
    """Calls, tokens and the graph's own figures of attempts whose state is lost."""
    since: str = ""
    """When the count began, if the server has kept nothing of the attempts before; "" if nothing is missing."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Spent":
        """Return what `content` of a checkpoint says; raise `ValueError` if that is damaged."""
        calls, tokens, since = content.get(CALLS, 0), content.get(TOKENS, 0), content.get("since", "")
        if not isinstance(calls, int) or not isinstance(tokens, int) or not isinstance(since, str):
            raise ValueError("its totals are damaged")  # noqa: TRY004 - as for every other damage
        return cls(calls, tokens, numbers_in(content.get(EARLIER)), since)

    @classmethod
    def in_progress(cls, progress: Mapping[str, Any]) -> "Spent":
        """Return what this progress shows."""
        earlier = numbers_in(progress.get(EARLIER))
        return cls(earlier=earlier, since=str(progress.get(COUNTED, ""))).at_least(progress)

    def content(self) -> dict[str, Any]:
        return asdict(self)

    def plus(self, calls: int, tokens: int) -> "Spent":
        """Return what has been spent after these calls and tokens of the attempt that runs."""
        return replace(self, calls=self.calls + calls, tokens=self.tokens + tokens)

    def at_least(self, progress: Mapping[str, Any]) -> "Spent":
        """Add what the newest progress counts beyond this: calls that began after the checkpoint was published."""
        figures = figures_in(progress)
        return replace(
            self,
            calls=max(self.calls, int(figures.get(CALLS, 0) - self.earlier.get(CALLS, 0))),
            tokens=max(self.tokens, int(figures.get(TOKENS, 0) - self.earlier.get(TOKENS, 0))),
        )

    def after_loss_of(self, progress: Mapping[str, Any], metrics: Mapping[str, Any]) -> "Spent":
        """Keep as `earlier` what a lost state had spent, by its last progress, beyond the state that is there now.

        `metrics` are the graph's own figures of the state that is there now.
        """
        since = str(progress.get(COUNTED, "")) or self.since
        if not (figures := figures_in(progress)):
            return replace(self, since=since)
        remaining = {**numbers_in(metrics), CALLS: self.calls, TOKENS: self.tokens}
        lost = {name: round(number - remaining.get(name, 0), 9) for name, number in figures.items()}
        return replace(self, earlier={name: number for name, number in lost.items() if number > 0}, since=since)

    def as_progress(self) -> dict[str, Any]:
        """Return the totals, and what of them is of lost states, for people."""
        return {
            CALLS: self.calls + int(self.earlier.get(CALLS, 0)),
            TOKENS: self.tokens + int(self.earlier.get(TOKENS, 0)),
            **({EARLIER: dict(self.earlier)} if self.earlier else {}),
            **({COUNTED: self.since} if self.since else {}),
        }


def handed_over(progress: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an attempt tells the next one of what was spent, if its heartbeats may be cleared."""
    return {**figures_in(progress), **{name: progress[name] for name in (COUNTED, *BEATS) if name in progress}}


def figures_in(progress: Mapping[str, Any]) -> dict[str, float]:
    """Return all that a phase had spent by this progress: its own figures include what it shows as `earlier`."""
    figures = {name: number for name, number in numbers_in(progress).items() if name not in NO_FIGURES}
    for name, number in numbers_in(progress.get(EARLIER)).items():
        if name not in (CALLS, TOKENS):  # they are totals already
            figures[name] = figures.get(name, 0) + number
    return figures


def numbers_in(values: object) -> dict[str, float]:
    """Return the finite numbers among these values by their names."""
    if not isinstance(values, Mapping):
        return {}
    named = cast("Mapping[object, object]", values)
    return {str(name): value for name, value in named.items() if is_number(value)}


def is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
