"""The macro workflow: a question through its phases, with people in between.

collect -> plan -> gate(plan) -> investigate, in parallel -> write -> verify -> gate(report) -> publish
           ^---- revise ---'     ^----------------- revise: plan anew, investigate what is new ----'
"""

import asyncio
from datetime import datetime
from typing import Any, Literal, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from evidence.report import MOST_TASKS, Draft, Findings, Plan, Task
    from orchestration import details
    from orchestration.durable.messages import Paused, Resume
    from orchestration.gates import Gates
    from orchestration.messages import (
        ASK_FORMAT,
        DECISION_FORMAT,
        TASKS_IN_PARALLEL,
        WORKFLOW,
        Ask,
        Collected,
        Collecting,
        Decision,
        Gate,
        Investigation,
        OpenGate,
        Outcome,
        Planning,
        Publication,
        Published,
        Status,
        Verification,
        Writing,
        accept_ask,
        accept_decision,
        bad_input,
    )
    from orchestration.phases import COLLECT, INVESTIGATE, PLAN, PUBLISH, VERIFY, WRITE, Phase, Request, Result

MOST_UNDECODABLE = 3
FOR_OPERATORS = frozenset({"NeedsOperator", "Stuck"})
"""Failures that a person can mend; the phase then goes on where it stood."""


@workflow.defn(name=WORKFLOW)
class Research:
    def __init__(self) -> None:
        self._gates = Gates()
        self._ask: Ask | None = None
        self._phase = "starting"
        self._plan: Plan | None = None
        self._findings: dict[Task, Findings] = {}
        self._draft: Draft | None = None
        self._refused = ""
        self._outcome: Outcome | None = None
        self._seconds: dict[str, float] = {}

    @workflow.run
    async def run(self, ask: Any = None, *more: Any) -> Outcome:
        if more:
            raise bad_input(f"One value is accepted, not {1 + len(more)}. {ASK_FORMAT}")
        self._ask = accepted = accept_ask(ask)
        try:
            return await self._researched(accepted)
        except asyncio.CancelledError:
            self._enter("cancelled")
            raise

    async def _researched(self, accepted: Ask) -> Outcome:
        named = f"the collection {(accepted.collection or 'default')[:40]}"
        collected = await self._run(COLLECT, Collecting(collection=accepted.collection), named)
        try:
            plan, draft = await self._approved(accepted, collected)
        except Ended as ended:
            return self._end(ended.status, ended.note)
        published = await self._publish(accepted, collected, plan, draft)
        return self._end("published", None, published)

    async def _approved(self, ask: Ask, collected: Collected) -> tuple[Plan, Draft]:
        """Round and round until people approve of both."""
        notes: list[str] = []
        plan_is_approved = False
        while True:
            planning = Planning(question=ask.question, notes=notes, collection=collected.collection)
            self._plan = plan = await self._run(PLAN, planning, ask.question)
            if not plan_is_approved and (note := await self._note_at("plan", ask)):
                notes = [*notes, note]
                continue
            # What a note to the report adds to the plan was asked for by a person: it needs no gate of its own.
            plan_is_approved = True
            await self._investigate(plan, collected)
            investigated = [self._findings[task] for task in plan.tasks]
            draft = await self._run(WRITE, Writing(question=ask.question, investigated=investigated), ask.question)
            verification = Verification(draft=list(draft.sections), collection=collected.collection)
            self._draft = await self._run(VERIFY, verification, ask.question)
            if not (note := await self._note_at("report", ask)):
                return plan, self._draft
            notes = [*notes, note]

    async def _note_at(self, gate: Gate, ask: Ask) -> str:
        """What a person wants changed; empty where this gate is passed. `Ended` where it ends the run."""
        if ask.approve:
            return ""
        decision = await self._decision_at(self._gates.open_for(gate))
        if decision.decision == "reject":
            raise Ended("rejected", decision.note)
        return decision.note or "" if decision.decision == "revise" else ""

    async def _investigate(self, plan: Plan, collected: Collected) -> None:
        """Every task that has no findings yet; a plan that was revised keeps those of the tasks that stayed."""
        free = asyncio.Semaphore(TASKS_IN_PARALLEL)

        async def investigate(task: Task) -> None:
            async with free:
                request = Investigation(task=task, collection=collected.collection)
                self._findings[task] = await self._run(INVESTIGATE, request, task.question)
                self._show()

        started = workflow.now()
        self._enter(INVESTIGATE.name)
        investigating = [asyncio.create_task(investigate(task)) for task in plan.tasks if task not in self._findings]
        try:
            await asyncio.gather(*investigating)
        except asyncio.CancelledError:
            await workflow.wait(investigating)  # the first that has stopped is not the last
            raise
        self._count(INVESTIGATE.name, started)

    async def _publish(self, ask: Ask, collected: Collected, plan: Plan, draft: Draft) -> Published:
        info = workflow.info()
        publication = Publication.of(
            ask.question,
            collected.collection,
            [self._findings[task] for task in plan.tasks],
            draft,
            run=info.run_id,
            workflow=info.workflow_id,
            started=info.start_time,
            published=workflow.now(),
            seconds=self._seconds,
        )
        return await self._run(PUBLISH, publication, ask.question)

    async def _run(self, phase: Phase[Request, Result], request: Request, summary: str) -> Result:
        """A phase to its result, however often people must answer it or help it on the way."""
        alone = phase is not INVESTIGATE
        started = workflow.now()
        if alone:
            self._enter(phase.name)
        resume: Resume | None = None
        undecodable = 0
        while True:
            try:
                result = await self._execute(phase, request, resume, summary)
            except ActivityError as error:
                stop_if_cancelled()
                if is_undecodable(error) and undecodable < MOST_UNDECODABLE:
                    undecodable += 1  # only its heartbeats are lost: from the start, then
                    continue
                resume = await self._helped(phase, error)
            else:
                if phase is not PUBLISH:  # a report that has come out stays
                    stop_if_cancelled()
                if not isinstance(result, Paused):
                    break
                resume = await self._answered(phase, result)
            self._enter(phase.name)
        if alone:
            self._count(phase.name, started)
        return result

    async def _execute(
        self, phase: Phase[Request, Result], request: Request, resume: Resume | None, summary: str
    ) -> Result | Paused:
        return await workflow.execute_activity(
            phase.name,
            args=[request, resume],
            result_type=cast("type[Result | Paused]", phase.result | Paused),
            start_to_close_timeout=phase.attempt_limit,
            heartbeat_timeout=phase.heartbeat,
            retry_policy=phase.retry,
            # A phase that is told to stop publishes where it stands, and then the run ends.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=" ".join(summary.split())[:200],
        )

    async def _helped(self, phase: Phase[Request, Result], error: ActivityError) -> Resume | None:
        """Wait for an operator, where one can help; where the phase stood when it failed. The run fails otherwise."""
        cause = error.cause
        if not isinstance(cause, ApplicationError) or cause.type not in FOR_OPERATORS:
            raise in_one_line(phase.name, error) from error
        decision = await self._decision_at(self._gates.open_for("operator", f"{phase.name}: {cause.message}"))
        if decision.decision == "stop":
            raise Ended("stopped", decision.note)
        return Resume.model_validate(cause.details[0]) if cause.details else None

    async def _answered(self, phase: Phase[Request, Result], paused: Paused) -> Resume:
        """Wait for answers to what a graph has asked."""
        opened = self._gates.open_for("questions", phase.name, paused.questions)
        decision = await self._decision_at(opened)
        if decision.decision == "stop":
            raise Ended("stopped", decision.note)
        return Resume(checkpoint=paused.checkpoint, answers=decision.answers)

    async def _decision_at(self, opened: OpenGate) -> Decision:
        self._enter(f"gate({opened.gate})")
        decision = await self._gates.wait(opened)
        if decision is None:
            raise Ended("expired", None)
        return decision

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._show()

    def _count(self, phase: str, started: datetime) -> None:
        self._seconds[phase] = round(self._seconds.get(phase, 0.0) + (workflow.now() - started).total_seconds(), 3)

    def _end(
        self,
        status: Literal["published", "expired", "rejected", "stopped"],
        note: str | None,
        report: Published | None = None,
    ) -> Outcome:
        self._outcome = Outcome(
            status=status,
            question=self._ask.question if self._ask else "",
            gate=None if report else self._gates.last,
            note=note,
            plan=self._plan,
            report=report,
        )
        self._enter(status)
        return self._outcome

    @workflow.update(name="decide", description=f"Decide at the open gate. {DECISION_FORMAT}")
    async def decide(self, decision: Any = None) -> str:
        said = self._gates.decide(self._acceptable(decision))
        self._refused = ""
        return said

    @decide.validator
    def _decide_is_possible(self, decision: Any = None) -> None:
        self._gates.meant(self._acceptable(decision))

    @workflow.signal(name="decide", description=f"Decide at the open gate, without an answer. {DECISION_FORMAT}")
    async def decide_by_signal(self, decision: Any = None) -> None:
        """A signal cannot be refused to the sender's face: the refusal shows in the current details."""
        try:
            self._gates.decide(self._acceptable(decision))
            self._refused = ""
        except ApplicationError as error:
            self._refused = error.message
            self._show()

    def _acceptable(self, given: Any) -> Decision:
        """The decision; `BadInput` where its note would make a plan that is too long, after all that was paid for."""
        decision = accept_decision(given)
        tasks = len(self._plan.tasks) if self._plan else 0
        lines = len((decision.note or "").splitlines()) if decision.decision == "revise" else 0
        if lines and tasks + lines > MOST_TASKS:
            raise bad_input(
                f"The plan has {tasks} tasks and the note {lines} lines; at most {MOST_TASKS} are possible."
            )
        return decision

    @workflow.query(name="status", description="Where the run stands, and what to do now.")
    def status(self) -> Status:
        return Status(
            question=self._ask.question if self._ask else "",
            phase=self._phase,
            tasks=len(self._plan.tasks) if self._plan else 0,
            investigated=self._investigated(),
            seconds=self._seconds,
            gates=self._gates.open,
            details=self._details(),
            outcome=self._outcome.status if self._outcome else None,
        )

    def _show(self) -> None:
        workflow.set_current_details(self._details())

    def _details(self) -> str:
        if self._outcome:
            return details.ended(self._outcome)
        if self._phase == "cancelled":
            return details.CANCELLED
        refused = f"\n\nA signal was refused: {details.plain(self._refused)}" if self._refused else ""
        if self._gates.open:
            unanswered = self._unanswered()
            waiting = (details.waiting(gate, self._plan, self._draft, unanswered) for gate in self._gates.open)
            return "\n\n".join(waiting) + refused
        if self._phase == INVESTIGATE.name and self._plan:
            done = f"{self._investigated()} of {len(self._plan.tasks)} tasks are investigated."
            return f"Phase: {self._phase}. {done} Nothing to do now." + refused
        return f"Phase: {self._phase}. Nothing to do now." + refused

    def _investigated(self) -> int:
        """How many tasks of the present plan have their findings."""
        return sum(task in self._findings for task in self._plan.tasks) if self._plan else 0

    def _unanswered(self) -> list[str]:
        tasks = self._plan.tasks if self._plan else ()
        return [task.question for task in tasks if task in self._findings and not self._findings[task].findings]


class Ended(Exception):
    """A gate ended the run."""

    def __init__(self, status: Literal["expired", "rejected", "stopped"], note: str | None) -> None:
        super().__init__(status)
        self.status: Literal["expired", "rejected", "stopped"] = status
        self.note = note


def stop_if_cancelled() -> None:
    """Somebody may have cancelled the run while a phase was coming to its end, in whatever way that was."""
    if workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError


def is_undecodable(error: ActivityError) -> bool:
    """Heartbeat details that the SDK cannot decode fail an activity before its code runs, and would do so for ever."""
    return isinstance(error.cause, ApplicationError) and "Failed decoding heartbeat details" in error.cause.message


def in_one_line(phase: str, error: ActivityError) -> BaseException:
    """The cause of a phase's failure as the run's own: a person reads it first, and not at the end of a chain."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(f"{phase}: {cause.message}", type=cause.type, non_retryable=True)
    return error
