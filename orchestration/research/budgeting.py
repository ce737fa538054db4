"""Divides the budget of a run among its phases and tasks, so that every run ends with a report.

A part of the budget is reserved for writing and verifying, so that the findings can always be written up. The next
phases may use whatever a phase does not spend.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from outlast.evidence.budget import Budget
from outlast.evidence.report import PhaseUsage
from outlast.evidence.usage import Usage, add_usages, sum_usages

RESERVED_SHARES: Mapping[str, float] = {"plan": 0.9, "investigate": 0.3, "write": 1 / 3, "verify": 0.0}
"""The share (0 to 1) of the remaining budget that each phase leaves to the phases after it, as of its beginning."""


class Spending:
    """The usage of a run by phases, and what is left of its budget. Callers pass the seconds; it reads no clock."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._spent: dict[str, Usage] = {}
        self._allotted: dict[str, Budget] = {}
        self._unfinished_tasks = 0
        self._at_phase_start = (Usage(), 0.0)
        """The usage and the seconds of work of the run when the current phase began."""

    def count(self, phase: str, usage: Usage) -> None:
        self._spent[phase] = add_usages(self._spent.get(phase, Usage()), usage)

    @property
    def usage(self) -> Usage:
        return sum_usages(self._spent.values())

    @property
    def phases(self) -> tuple[PhaseUsage, ...]:
        """The phases that have spent something, in the order in which they first did."""
        return tuple(PhaseUsage(phase=phase, usage=usage) for phase, usage in self._spent.items() if usage != Usage())

    def begin(self, seconds: float) -> None:
        """Begin a phase. Here and below, `seconds` are the run's seconds of work so far."""
        self._at_phase_start = (self.usage, seconds)

    def allowance(self, phase: str, seconds: float) -> Budget:
        """Return what the current phase may spend now."""
        reserved = self.budget.remaining(*self._at_phase_start).fraction(RESERVED_SHARES[phase])
        left = self.budget.remaining(self.usage, seconds)
        left = left.minus(reserved.model_copy(update={"searches": None}))  # no phase after investigate searches
        for allotted in self._allotted.values():
            left = left.minus(allotted)
        return left

    def divide_among(self, tasks: int) -> None:
        """Divide the allowance of the phase investigate among this number of tasks."""
        self._unfinished_tasks = tasks

    def allot(self, task: str, seconds: float) -> Budget:
        """Return what this task may spend, and set it aside until `settle` counts what the task did spend.

        A task that was stopped and resumes gets a new part, of which it has already spent some.
        """
        self._allotted.pop(task, None)
        tasks_without_part = self._unfinished_tasks - len(self._allotted)
        allotted = self.allowance("investigate", seconds).equal_part(max(tasks_without_part, 1))
        self._allotted[task] = allotted.model_copy(update={"seconds": None})  # time passes for all tasks in parallel
        return allotted

    def settle(self, task: str, usage: Usage) -> None:
        """Count the usage of a task that has ended, and release the rest of its part."""
        self._allotted.pop(task, None)
        self._unfinished_tasks -= 1
        self.count("investigate", usage)

    def set_initial_budget(self, budget: Budget) -> None:
        """Set the limits of the run's input. Limits that a person steered before the run began take precedence."""
        self.budget = budget.model_copy(update=dict(self.budget.limits()))

    def steer(self, budget: Budget, *, at_once: bool = False) -> None:
        """Replace each limit that `budget` names.

        `at_once`: tasks under way will ask for new parts. Until then, an equal part is set aside for each, or its
        present part if that is larger, because the task may end with that.
        """
        self.budget = self.budget.model_copy(update=dict(budget.limits()))
        if at_once and self._allotted:
            allotted, self._allotted = self._allotted, {}
            equal_part = self.allowance("investigate", 0).equal_part(max(self._unfinished_tasks, 1))
            equal_part = equal_part.model_copy(update={"seconds": None})
            self._allotted = {task: equal_part.raised_to(present_part) for task, present_part in allotted.items()}


def budget_fields(allowance: Budget, now: datetime) -> dict[str, Any]:
    """Return the budget fields of a request. The limit of seconds becomes `until`, a moment counted from `now`."""
    until = None if allowance.seconds is None else now + timedelta(seconds=allowance.seconds)
    return {"budget": allowance.model_copy(update={"seconds": None}), "until": until}
