"""The order of a run, written once: a question through its phases, with people in between.

collect -> plan -> gate(plan) -> investigate, in parallel -> write -> verify -> gate(report) -> publish
           ^---- revise ---'     ^----------- revise: plan again, investigate the new tasks -------'

Two conductors drive it: phase_runner.py in a Temporal workflow, in_process.py in one process (`outlast ask`). It is
deterministic, because a workflow replays it: it reads no clock, waits only for its conductor, and imports neither
Temporal nor LangGraph.
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
    """Executes the phases of a run, asks people at gates, and tells the time."""

    @property
    def identity(self) -> "RunIdentity": ...

    @property
    def waited(self) -> timedelta:
        """Total time during which the run waited for people."""
        ...

    def now(self) -> datetime: ...

    def show(self, phase: str = "") -> None:
        """Show the progress of the run; a name of a phase says that the run has entered it."""
        ...

    async def execute(
        self, phase: Phase[Request, Result], request: Callable[[], Request], part: str, about: str
    ) -> Result:
        """Execute a phase, as many times as it takes, and return its result.

        `request` makes the request for each start, with the budget of that moment. `part` distinguishes activities
        that run in parallel; `about` describes this one to people. Raises `EndedAtGate` if a person stops the run.
        """
        ...

    async def decide(self, gate: Gate) -> Decision:
        """Wait for a person's decision at this gate. Raises `EndedAtGate` if nobody decides in time."""
        ...

    async def wait(self, tasks: Sequence[asyncio.Task[None]], /) -> object:
        """Wait until every task has ended, with or without an error.

        A method of the conductor because `asyncio.wait` does not have the same order at each replay.
        """
        ...


@dataclass(frozen=True)
class RunIdentity:
    """The identifiers and the start time by which a report names its run."""

    run: str
    workflow: str
    started: datetime


class EndedAtGate(Exception):
    """The run ended at a gate: nobody decided in time, or a person rejected or stopped it."""

    def __init__(self, status: Literal["expired", "rejected", "stopped"], note: str | None) -> None:
        super().__init__(status)
        self.status: Literal["expired", "rejected", "stopped"] = status
        self.note = note


class ResearchRun:
    """One run: the order of its phases, and their results so far."""

    def __init__(self, conductor: Conductor) -> None:
        self.plan: Plan | None = None
        self.findings: dict[Task, Findings] = {}
        self.draft: Draft | None = None
        self.has_search_attributes = False
        """Whether the server has Outlast's search attributes, as the worker that collected the documents found."""
        self.spending = Spending(Budget())
        self.seconds: dict[str, float] = {}
        """Seconds of work of each finished phase, by its name, without the time spent waiting for people."""
        self._conductor = conductor
        self._phase_start: tuple[datetime, timedelta] | None = None

    async def publish(self, ask: Ask) -> PublishResult:
        """Take a question to its published report. Raises `EndedAtGate` if the run ends at a gate before that."""
        collection_name = ask.collection or ("" if ask.web else "default")
        about = f"the collection {collection_name[:40]}" if collection_name else "only the web"
        collected = await self._run_phase(COLLECT, CollectRequest(collection=ask.collection, web=ask.web), about)
        self.has_search_attributes = collected.search_attributes
        publication = await self.answer(ask, collected.collection, collected.model)
        return await self._run_phase(PUBLISH, publication, ask.question)

    async def answer(self, ask: Ask, collection: str, model: str) -> PublishRequest:
        """Take a question to a report that is ready to be published, revised until people approve plan and report."""
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
            # A person asked for the tasks that a note at the report's gate adds: the new plan needs no gate.
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
        """Return the change that a person asks for, or "" if they approve. Raises `EndedAtGate` if they reject."""
        if ask.approve:
            return ""
        decision = await self._conductor.decide(gate)
        if decision.decision == "reject":
            raise EndedAtGate("rejected", decision.note)
        return decision.note or "" if decision.decision == "revise" else ""

    async def _investigate(self, plan: Plan, collection: str, model: str, *, web: bool) -> None:
        """Investigate every task that has no findings yet. A revised plan keeps the findings of its unchanged tasks."""
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
        """Wait for all tasks. If one fails or the run is cancelled, wait until the others have stopped, then raise."""
        try:
            await asyncio.gather(*tasks)
        except asyncio.CancelledError:
            await self._conductor.wait(tasks)  # gather raises as soon as the first task has stopped
            raise
        except BaseException:  # one task has ended the run, so the others would spend money for nothing
            for task in tasks:
                task.cancel()
            await self._conductor.wait(tasks)
            raise

    async def _run_phase(self, phase: Phase[Request, Result], request: Request, about: str) -> Result:
        """Execute a phase that does not run in parallel with another."""
        self._begin(phase.name)
        result = await self._execute(phase, request, phase.name, about)
        self._end(phase.name)
        if isinstance(result, Plan | Draft):
            self.spending.count(phase.name, result.usage)
        return result

    async def _execute(self, phase: Phase[Request, Result], request: Request, part: str, about: str) -> Result:
        return await self._conductor.execute(phase, lambda: self._with_budget(phase, request, part), part, about)

    def _with_budget(self, phase: Phase[Request, Result], request: Request, part: str) -> Request:
        """Return the request with what the phase may spend now, or unchanged if the run has no budget."""
        if not self.spending.budget.is_set or not isinstance(request, ReasoningRequest):
            return request
        if phase is INVESTIGATE:
            allowance = self.spending.allot(part, self._work_seconds)
        else:
            allowance = self.spending.allowance(phase.name, self._work_seconds)
        run_budget = {"whole": self.spending.budget} if isinstance(request, PlanRequest) else {}
        return request.model_copy(update={**budget_fields(allowance, self._conductor.now()), **run_budget})

    def _begin(self, phase: str) -> None:
        self.spending.begin(self._work_seconds)
        self._phase_start = self._conductor.now(), self._conductor.waited
        self._conductor.show(phase)

    def _end(self, phase: str) -> None:
        """Add the time since the phase began, without the time spent waiting for people, to its seconds of work."""
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + self._phase_seconds(), 3)
        self._phase_start = None

    @property
    def _work_seconds(self) -> float:
        """Seconds of work so far, including the phase that runs now."""
        return sum(self.seconds.values()) + self._phase_seconds()

    def _phase_seconds(self) -> float:
        if self._phase_start is None:
            return 0.0
        began, waited_before = self._phase_start
        return (self._conductor.now() - began - (self._conductor.waited - waited_before)).total_seconds()

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
        """The findings of the current plan so far, in the order of its tasks."""
        tasks = self.plan.tasks if self.plan else ()
        return [self.findings[task] for task in tasks if task in self.findings]

    @property
    def unanswered(self) -> list[str]:
        return unanswered_questions(self.investigated, self.draft)
