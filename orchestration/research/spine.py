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
from outlast.orchestration.research.budgeting import Spending, budget_fields
from outlast.orchestration.research.messages import MAX_PARALLEL_TASKS, Ask, Decision, Gate
from outlast.orchestration.research.phase_io import (
    CollectRequest,
    InvestigateRequest,
    PlanRequest,
    PublishRequest,
    PublishResult,
    ReasoningRequest,
    VerifyRequest,
    WriteRequest,
    unanswered_questions,
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
    def identity(self) -> "RunIdentity": ...

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
        """Execute a phase to its result, however often it must be started; `EndedAtGate` where a person gives it up.

        `request` makes the request of each start, with what may be spent at that moment. `part` tells apart what runs
        side by side, and `about` is for people.
        """
        ...

    async def decide(self, gate: Gate) -> Decision:
        """What a person decides at this gate; `EndedAtGate` where nobody does in time."""
        ...

    async def wait(self, tasks: Sequence[asyncio.Task[None]], /) -> object:
        """Wait until every task has ended, in whatever way. (That of asyncio has another order at each replay.)"""
        ...


@dataclass(frozen=True)
class RunIdentity:
    """By what names a report says which run made it."""

    run: str
    workflow: str
    started: datetime


class EndedAtGate(Exception):
    """A gate ended the run."""

    def __init__(self, status: Literal["expired", "rejected", "stopped"], note: str | None) -> None:
        super().__init__(status)
        self.status: Literal["expired", "rejected", "stopped"] = status
        self.note = note


class ResearchRun:
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
        self._phase_start: tuple[datetime, timedelta] | None = None

    async def publish(self, ask: Ask) -> PublishResult:
        """Take a question to its published report. `EndedAtGate` where people end the run before."""
        collection_name = ask.collection or ("" if ask.web else "default")
        about = f"the collection {collection_name[:40]}" if collection_name else "the web alone"
        collected = await self._run_phase(COLLECT, CollectRequest(collection=ask.collection, web=ask.web), about)
        self.has_search_attributes = collected.search_attributes
        publication = await self.answer(ask, collected.collection, collected.model)
        return await self._run_phase(PUBLISH, publication, ask.question)

    async def answer(self, ask: Ask, collection: str, model: str) -> PublishRequest:
        """Take a question to what is to be published, round and round until people approve of plan and report."""
        notes: list[str] = []
        approved: list[str] | None = None
        while True:
            planning = PlanRequest(
                model=model,
                question=ask.question,
                notes=notes,
                collection=collection,
                web=ask.web,
                approved=approved or [],
            )
            self.plan = plan = await self._run_phase(PLAN, planning, ask.question)
            if approved is None and (note := await self._requested_change("plan", ask)):
                notes = [*notes, note]
                continue
            # What a note to the report adds to the plan was asked for by a person: it needs no gate of its own.
            approved = [task.question for task in plan.tasks]
            await self._investigate(plan, collection, model, web=ask.web)
            investigated = [self.findings[task] for task in plan.tasks]
            draft = await self._run_phase(WRITE, WriteRequest.of(ask.question, investigated, model), ask.question)
            verification = VerifyRequest(draft=list(draft.sections), collection=collection, model=model)
            verified = await self._run_phase(VERIFY, verification, ask.question)
            self.draft = verified.verified_from(draft)
            if note := await self._requested_change("report", ask):
                notes = [*notes, note]
                continue
            return self._publication(ask.question, collection, plan, self.draft)

    async def _requested_change(self, gate: Gate, ask: Ask) -> str:
        """What a person wants changed; empty where this gate is passed. `EndedAtGate` where it ends the run."""
        if ask.approve:
            return ""
        decision = await self._conductor.decide(gate)
        if decision.decision == "reject":
            raise EndedAtGate("rejected", decision.note)
        return decision.note or "" if decision.decision == "revise" else ""

    async def _investigate(self, plan: Plan, collection: str, model: str, *, web: bool) -> None:
        """Every task that has no findings yet; a plan that was revised keeps those of the tasks that stayed."""
        slots = asyncio.Semaphore(MAX_PARALLEL_TASKS)

        async def investigate(task: Task) -> None:
            async with slots:
                request = InvestigateRequest(task=task, collection=collection, web=web, model=model)
                found = await self._execute(INVESTIGATE, request, task.id, task.question)
                self.findings[task] = found
                self.spending.settle(task.id, found.usage)
                self._conductor.show()

        self._begin(INVESTIGATE.name)
        tasks = [task for task in plan.tasks if task not in self.findings]
        self.spending.divide_among(len(tasks))
        await self._run_in_parallel([asyncio.create_task(investigate(task)) for task in tasks])
        self._end(INVESTIGATE.name)

    async def _run_in_parallel(self, tasks: Sequence[asyncio.Task[None]]) -> None:
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

    async def _run_phase(self, phase: Phase[Request, Result], request: Request, about: str) -> Result:
        """A phase that runs alone."""
        self._begin(phase.name)
        result = await self._execute(phase, request, phase.name, about)
        self._end(phase.name)
        if isinstance(result, Plan | Draft):
            self.spending.count(phase.name, result.usage)
        return result

    async def _execute(self, phase: Phase[Request, Result], request: Request, part: str, about: str) -> Result:
        return await self._conductor.execute(phase, lambda: self._with_budget(phase, request, part), part, about)

    def _with_budget(self, phase: Phase[Request, Result], request: Request, part: str) -> Request:
        """The request with what the phase may spend now; as it is, where the run has no budget."""
        if not self.spending.budget.is_set or not isinstance(request, ReasoningRequest):
            return request
        if phase is INVESTIGATE:
            allowed = self.spending.allot(part, self._work_seconds)
        else:
            allowed = self.spending.allowance(phase.name, self._work_seconds)
        whole = {"whole": self.spending.budget} if isinstance(request, PlanRequest) else {}
        return request.model_copy(update={**budget_fields(allowed, self._conductor.now()), **whole})

    def _begin(self, phase: str) -> None:
        self.spending.begin(self._work_seconds)
        self._phase_start = self._conductor.now(), self._conductor.waited
        self._conductor.show(phase)

    def _end(self, phase: str) -> None:
        """The time since it began is its work, without what people were waited for meanwhile."""
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + self._phase_seconds(), 3)
        self._phase_start = None

    @property
    def _work_seconds(self) -> float:
        """Seconds of work so far, of the phase that runs now too."""
        return sum(self.seconds.values()) + self._phase_seconds()

    def _phase_seconds(self) -> float:
        if self._phase_start is None:
            return 0.0
        began, waited = self._phase_start
        return (self._conductor.now() - began - (self._conductor.waited - waited)).total_seconds()

    def _publication(self, question: str, collection: str, plan: Plan, draft: Draft) -> PublishRequest:
        identity = self._conductor.identity
        return PublishRequest.of(
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
        return unanswered_questions(self.investigated, self.draft)
