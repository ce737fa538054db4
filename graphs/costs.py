"""Estimates of what calls cost before they are made, so that no work begins that the budget cannot pay for."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from outlast.evidence.report import Claim, Finding, Findings, Task
from outlast.evidence.sources import Passage
from outlast.evidence.usage import Usage


@runtime_checkable
class Costs(Protocol):
    """About what each step of a reasoner spends, rather too much than too little; nothing for a step without a call."""

    def reading(self, task: Task, passage: Passage) -> Usage: ...

    def choice(self, task: Task, known: Sequence[Finding], more: int) -> Usage:
        """Estimate the selection among the `known` findings of a task, with about `more` findings to come."""
        ...

    def section(self, findings: Findings) -> Usage: ...

    def verdict(self, claim: Claim) -> Usage: ...

    def run(self, tasks: int) -> Usage:
        """Estimate a whole run with this number of tasks, from its plan to its verified report."""
        ...

    def least(self) -> Usage:
        """Estimate the smallest run that ends with a report."""
        ...


class NoCosts:
    """The costs of reasoners that spend nothing."""

    def reading(self, task: Task, passage: Passage) -> Usage:
        del task, passage
        return Usage()

    def choice(self, task: Task, known: Sequence[Finding], more: int) -> Usage:
        del task, known, more
        return Usage()

    def section(self, findings: Findings) -> Usage:
        del findings
        return Usage()

    def verdict(self, claim: Claim) -> Usage:
        del claim
        return Usage()

    def run(self, tasks: int) -> Usage:
        del tasks
        return Usage()

    def least(self) -> Usage:
        return Usage()


NO_COSTS = NoCosts()
