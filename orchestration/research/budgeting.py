"""How the budget of a run is divided: what each phase and each task may spend, so that a report always comes.

A part of the budget is kept for writing and checking: whatever is found can be written up. What a phase does not spend
is there for the next ones.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from outlast.evidence.budget import Budget
from outlast.evidence.report import PhaseUsage
from outlast.evidence.usage import Usage, add_usages, sum_usages

RESERVED_SHARES: Mapping[str, float] = {"plan": 0.9, "investigate": 0.3, "write": 1 / 3, "verify": 0.0}
"""The part of what is left at a phase's beginning that it leaves untouched: for what comes after it."""


class Spending:
    """What a run has spent, phase by phase, and what is left. It knows no clock but what it is told."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._spent: dict[str, Usage] = {}
        self._allotted: dict[str, Budget] = {}
        self._unfinished_tasks = 0
        self._at_phase_start = (Usage(), 0.0)
        """What was spent, and worked, when this phase began."""

    def count(self, phase: str, usage: Usage) -> None:
        self._spent[phase] = add_usages(self._spent.get(phase, Usage()), usage)

    @property
    def usage(self) -> Usage:
        return sum_usages(self._spent.values())

    @property
    def phases(self) -> tuple[PhaseUsage, ...]:
        """Those that have spent something, in the order in which they first did."""
        return tuple(PhaseUsage(phase=phase, usage=usage) for phase, usage in self._spent.items() if usage != Usage())

    def begin(self, seconds: float) -> None:
        """A phase begins. `seconds` is the work done so far, here and below."""
        self._at_phase_start = (self.usage, seconds)

    def allowance(self, phase: str, seconds: float) -> Budget:
        """What the phase that has begun may spend now."""
        reserved = self.budget.remaining(*self._at_phase_start).fraction(RESERVED_SHARES[phase])
        left = self.budget.remaining(self.usage, seconds)
        left = left.minus(reserved.model_copy(update={"searches": None}))  # nothing after investigating searches
        for allotted in self._allotted.values():
            left = left.minus(allotted)
        return left

    def divide_among(self, tasks: int) -> None:
        """So many tasks share what investigating may spend."""
        self._unfinished_tasks = tasks

    def allot(self, task: str, seconds: float) -> Budget:
        """What this task may spend: its part, set aside until `settle` counts what it did spend.

        Asked again for a task that was stopped on its way: its part anew, of which it has spent some already.
        """
        self._allotted.pop(task, None)
        tasks_without_part = self._unfinished_tasks - len(self._allotted)
        allotted = self.allowance("investigate", seconds).equal_part(max(tasks_without_part, 1))
        self._allotted[task] = allotted.model_copy(update={"seconds": None})  # time passes for all at once
        return allotted

    def settle(self, task: str, usage: Usage) -> None:
        """The task has ended."""
        self._allotted.pop(task, None)
        self._unfinished_tasks -= 1
        self.count("investigate", usage)

    def set_initial_budget(self, budget: Budget) -> None:
        """The limits that the run begins with; those that were steered before it did stay."""
        self.budget = budget.model_copy(update=dict(self.budget.limits()))

    def steer(self, budget: Budget, *, at_once: bool = False) -> None:
        """Each limit that `budget` names takes the place of the one before.

        `at_once`: tasks under way will ask for their parts anew. Until they do, equal parts are set aside for them, or
        what they have, where that is more: they may come to their end with it.
        """
        self.budget = self.budget.model_copy(update=dict(budget.limits()))
        if at_once and self._allotted:
            allotted, self._allotted = self._allotted, {}
            equal_part = self.allowance("investigate", 0).equal_part(max(self._unfinished_tasks, 1))
            equal_part = equal_part.model_copy(update={"seconds": None})
            self._allotted = {task: equal_part.raised_to(present_part) for task, present_part in allotted.items()}


def budget_fields(allowance: Budget, now: datetime) -> dict[str, Any]:
    """The fields of a request that say what may be spent from `now` on: time as the moment at which it ends."""
    until = None if allowance.seconds is None else now + timedelta(seconds=allowance.seconds)
    return {"budget": allowance.model_copy(update={"seconds": None}), "until": until}
