"""What calls cost, before they are made: so that no more is begun than can be paid for."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from outlast.evidence.report import Claim, Finding, Findings, Task
from outlast.evidence.sources import Passage
from outlast.evidence.usage import Usage


@runtime_checkable
class Costs(Protocol):
    """About what each call of a reasoner spends; rather more than less. Nothing where it needs no call."""

    def reading(self, task: Task, passage: Passage) -> Usage: ...

    def choice(self, task: Task, known: Sequence[Finding], more: int) -> Usage:
        """Judging what a task has found, with about so many findings more."""
        ...

    def section(self, findings: Findings) -> Usage: ...

    def verdict(self, claim: Claim) -> Usage: ...

    def run(self, tasks: int) -> Usage:
        """A whole run of so many tasks, from its plan to its checked report."""
        ...

    def least(self) -> Usage:
        """The smallest run that ends with a report."""
        ...


class NoCosts:
    """Of reasoners that spend nothing."""

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
