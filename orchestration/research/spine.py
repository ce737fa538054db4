"""The order of a run, written once: a question through its phases, with people in between.

collect -> plan -> gate(plan) -> investigate, in parallel -> write -> verify -> gate(report) -> publish
           ^---- revise ---'     ^----------------- revise: plan anew, investigate what is new ----'

Two conductors drive it: phase_runner.py in a Temporal workflow, in_process.py for a quick look. It is deterministic,
because a workflow replays it: it reads no clock, waits for nothing but its conductor, and imports neither Temporal nor
LangGraph.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from outlast.evidence.budget import Budget
from outlast.evidence.report import Draft, Findings, Plan, Task
from outlast.orchestration.research.budgeting import Spending, granted
from outlast.orchestration.research.messages import TASKS_IN_PARALLEL, Ask, Decision, Gate
from outlast.orchestration.research.phase_io import (
    Collecting,
    Investigation,
    Planning,
    Publication,
    Published,
    Reasoning,
    Verification,
    Writing,
    unanswered,
)
from outlast.orchestration.research.phases import (
    COLLECT,
    INVESTIGATE,
    PLAN,
    PUBLISH,
    VERIFY,
    WRITE,
    Phase,
    Request,
    Result,
)


class Conductor(Protocol):
    """Who has the phases of a run done, asks people, and keeps time."""

    @property
    def identity(self) -> "Identity": ...

    @property
    def waited(self) -> timedelta:
        """How long people were waited for, in all."""
        ...

    def now(self) -> datetime: ...

    def show(self, phase: str = "") -> None:
        """Show where the run stands: in another phase from now on, where one is named."""
        ...

    async def execute(
        self, phase: Phase[Request, Result], request: Callable[[], Request], part: str, about: str
    ) -> Result:
        """Execute a phase to its result, however often it must be started; `Ended` where a person gives it up.

        `request` makes the request of each start, with what may be spent at that moment. `part` tells apart what runs
        side by side, and `about` is for people.
        """
        ...

    async def decide(self, gate: Gate) -> Decision:
        """What a person decides at this gate; `Ended` where nobody does in time."""
        ...

    async def wait(self, tasks: Sequence[asyncio.Task[None]], /) -> object:
        """Wait until every task has ended, in whatever way. (That of asyncio has another order at each replay.)"""
        ...


@dataclass(frozen=True)
class Identity:
    """By what names a report says which run made it."""

    run: str
    workflow: str
    started: datetime


class Ended(Exception):
    """A gate ended the run."""

    def __init__(self, status: Literal["expired", "rejected", "stopped"], note: str | None) -> None:
        super().__init__(status)
        self.status: Literal["expired", "rejected", "stopped"] = status
        self.note = note


class Run:
    """One run: the order of its phases, and what they have made so far."""

    def __init__(self, conductor: Conductor) -> None:
        self.plan: Plan | None = None
        self.findings: dict[Task, Findings] = {}
        self.draft: Draft | None = None
        self.has_search_attributes = False
        """Whether the server has those of Outlast: the worker that collected the documents has looked."""
        self.spending = Spending(Budget())
        self.seconds: dict[str, float] = {}
        """The work of each phase that has ended, without the time in which people were waited for."""
        self._conductor = conductor
        self._since: tuple[datetime, timedelta] | None = None

    async def publish(self, ask: Ask) -> Published:
        """Take a question to its published report. `Ended` where people end the run before."""
        named = ask.collection or ("" if ask.web else "default")
        where = f"the collection {named[:40]}" if named else "the web alone"
        collected = await self._do(COLLECT, Collecting(collection=ask.collection, web=ask.web), where)
        self.has_search_attributes = collected.search_attributes
        publication = await self.answer(ask, collected.collection, collected.model)
        return await self._do(PUBLISH, publication, ask.question)

    async def answer(self, ask: Ask, collection: str, model: str) -> Publication:
        """Take a question to what is to be published, round and round until people approve of plan and report."""
        notes: list[str] = []
        approved: list[str] | None = None
        while True:
            planning = Planning(
                model=model,
                question=ask.question,
                notes=notes,
                collection=collection,
                web=ask.web,
                approved=approved or [],
            )
            self.plan = plan = await self._do(PLAN, planning, ask.question)
            if approved is None and (note := await self._note_at("plan", ask)):
                notes = [*notes, note]
                continue
            # What a note to the report adds to the plan was asked for by a person: it needs no gate of its own.
            approved = [task.question for task in plan.tasks]
            await self._investigate(plan, collection, model, web=ask.web)
            investigated = [self.findings[task] for task in plan.tasks]
            draft = await self._do(WRITE, Writing.of(ask.question, investigated, model), ask.question)
            verification = Verification(draft=list(draft.sections), collection=collection, model=model)
            verified = await self._do(VERIFY, verification, ask.question)
            self.draft = verified.verified_from(draft)
            if note := await self._note_at("report", ask):
                notes = [*notes, note]
                continue
            return self._publication(ask.question, collection, plan, self.draft)

    async def _note_at(self, gate: Gate, ask: Ask) -> str:
        """What a person wants changed; empty where this gate is passed. `Ended` where it ends the run."""
        if ask.approve:
            return ""
        decision = await self._conductor.decide(gate)
        if decision.decision == "reject":
            raise Ended("rejected", decision.note)
        return decision.note or "" if decision.decision == "revise" else ""

    async def _investigate(self, plan: Plan, collection: str, model: str, *, web: bool) -> None:
        """Every task that has no findings yet; a plan that was revised keeps those of the tasks that stayed."""
        free = asyncio.Semaphore(TASKS_IN_PARALLEL)

        async def investigate(task: Task) -> None:
            async with free:
                request = Investigation(task=task, collection=collection, web=web, model=model)
                found = await self._execute(INVESTIGATE, request, task.id, task.question)
                self.findings[task] = found
                self.spending.settle(task.id, found.usage)
                self._conductor.show()

        self._begin(INVESTIGATE.name)
        tasks = [task for task in plan.tasks if task not in self.findings]
        self.spending.divide(len(tasks))
        await self._side_by_side([asyncio.create_task(investigate(task)) for task in tasks])
        self._end(INVESTIGATE.name)

    async def _side_by_side(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for all; where one fails, or the run is cancelled, until the others have stopped."""
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            await self._conductor.wait(tasks)  # the first that has stopped is not the last
            raise
        except BaseException:  # one has ended the run: what the others would spend now is for nothing
            for each in tasks:
                each.cancel()
            await self._conductor.wait(tasks)
            raise

    async def _do(self, phase: Phase[Request, Result], request: Request, about: str) -> Result:
        """A phase that runs alone."""
        self._begin(phase.name)
        result = await self._execute(phase, request, phase.name, about)
        self._end(phase.name)
        if isinstance(result, Plan | Draft):
            self.spending.count(phase.name, result.usage)
        return result

    async def _execute(self, phase: Phase[Request, Result], request: Request, part: str, about: str) -> Result:
        return await self._conductor.execute(phase, lambda: self._funded(phase, request, part), part, about)

    def _funded(self, phase: Phase[Request, Result], request: Request, part: str) -> Request:
        """The request with what the phase may spend now; as it is, where the run has no budget."""
        if not self.spending.budget.is_set or not isinstance(request, Reasoning):
            return request
        if phase is INVESTIGATE:
            allowed = self.spending.promise(part, self._worked)
        else:
            allowed = self.spending.allowance(phase.name, self._worked)
        whole = {"whole": self.spending.budget} if isinstance(request, Planning) else {}
        return request.model_copy(update={**granted(allowed, self._conductor.now()), **whole})

    def _begin(self, phase: str) -> None:
        self.spending.begin(self._worked)
        self._since = self._conductor.now(), self._conductor.waited
        self._conductor.show(phase)

    def _end(self, phase: str) -> None:
        """The time since it began is its work, without what people were waited for meanwhile."""
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + self._worked_since(), 3)
        self._since = None

    @property
    def _worked(self) -> float:
        """Seconds of work so far, of the phase that runs now too."""
        return sum(self.seconds.values()) + self._worked_since()

    def _worked_since(self) -> float:
        if self._since is None:
            return 0.0
        began, waited = self._since
        return (self._conductor.now() - began - (self._conductor.waited - waited)).total_seconds()

    def _publication(self, question: str, collection: str, plan: Plan, draft: Draft) -> Publication:
        identity = self._conductor.identity
        return Publication.of(
            question,
            collection,
            [self.findings[task] for task in plan.tasks],
            draft,
            plan=plan,
            usage=self.spending.phases,
            budget=self.spending.budget,
            run=identity.run,
            workflow=identity.workflow,
            started=identity.started,
            published=self._conductor.now(),
            seconds=self.seconds,
        )

    @property
    def investigated(self) -> list[Findings]:
        """The findings of the present plan so far."""
        tasks = self.plan.tasks if self.plan else ()
        return [self.findings[task] for task in tasks if task in self.findings]

    @property
    def unanswered(self) -> list[str]:
        return unanswered(self.investigated, self.draft)
