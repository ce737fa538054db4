"""How the budget of a run is divided: what each phase and each task may spend, so that a report always comes.

A part of the budget is kept for writing and checking: whatever is found can be written up. What a phase does not spend
is there for the next ones.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from outlast.evidence.budget import Budget
from outlast.evidence.report import PhaseUsage
from outlast.evidence.usage import Usage, added, total

KEPT: Mapping[str, float] = {"plan": 0.9, "investigate": 0.3, "write": 1 / 3, "verify": 0.0}
"""The part of what is left at a phase's beginning that it leaves untouched: for what comes after it."""


class Spending:
    """What a run has spent, phase by phase, and what is left. It knows no clock but what it is told."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._spent: dict[str, Usage] = {}
        self._promised: dict[str, Budget] = {}
        self._unfinished = 0
        self._before = (Usage(), 0.0)
        """What was spent, and worked, when this phase began."""

    def count(self, phase: str, usage: Usage) -> None:
        self._spent[phase] = added(self._spent.get(phase, Usage()), usage)

    @property
    def usage(self) -> Usage:
        return total(self._spent.values())

    @property
    def phases(self) -> tuple[PhaseUsage, ...]:
        """Those that have spent something, in the order in which they first did."""
        return tuple(PhaseUsage(phase=phase, usage=usage) for phase, usage in self._spent.items() if usage != Usage())

    def begin(self, seconds: float) -> None:
        """A phase begins. `seconds` is the work done so far, here and below."""
        self._before = (self.usage, seconds)

    def allowance(self, phase: str, seconds: float) -> Budget:
        """What the phase that has begun may spend now."""
        kept = self.budget.left(*self._before).share(KEPT[phase])
        left = self.budget.left(self.usage, seconds)
        left = left.minus(kept.model_copy(update={"searches": None}))  # nothing after investigating searches
        for promised in self._promised.values():
            left = left.minus(promised)
        return left

    def divide(self, tasks: int) -> None:
        """So many tasks share what investigating may spend."""
        self._unfinished = tasks

    def promise(self, task: str, seconds: float) -> Budget:
        """What this task may spend: its part, set aside until `settle` counts what it did spend.

        Asked again for a task that was stopped on its way: its part anew, of which it has spent some already.
        """
        self._promised.pop(task, None)
        without = self._unfinished - len(self._promised)
        promised = self.allowance("investigate", seconds).portion(max(without, 1))
        self._promised[task] = promised.model_copy(update={"seconds": None})  # time passes for all at once
        return promised

    def settle(self, task: str, usage: Usage) -> None:
        """The task has ended."""
        self._promised.pop(task, None)
        self._unfinished -= 1
        self.count("investigate", usage)

    def ask(self, budget: Budget) -> None:
        """The limits that the run begins with; those that were steered before it did stay."""
        self.budget = budget.model_copy(update=dict(self.budget.limits()))

    def steer(self, budget: Budget, *, at_once: bool = False) -> None:
        """Each limit that `budget` names takes the place of the one before.

        `at_once`: tasks under way will ask for their parts anew. Until they do, equal parts are set aside for them, or
        what they have, where that is more: they may come to their end with it.
        """
        self.budget = self.budget.model_copy(update=dict(budget.limits()))
        if at_once and self._promised:
            promised, self._promised = self._promised, {}
            equal = self.allowance("investigate", 0).portion(max(self._unfinished, 1))
            equal = equal.model_copy(update={"seconds": None})
            self._promised = {task: equal.or_more(known) for task, known in promised.items()}


def granted(allowance: Budget, now: datetime) -> dict[str, Any]:
    """The fields of a request that say what may be spent from `now` on: time as the moment at which it ends."""
    until = None if allowance.seconds is None else now + timedelta(seconds=allowance.seconds)
    return {"budget": allowance.model_copy(update={"seconds": None}), "until": until}
