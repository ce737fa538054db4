"""The macro workflow: a question through its phases, with people in between.

collect -> plan -> gate(plan) -> investigate, in parallel -> write -> verify -> gate(report) -> publish
           ^---- revise ---'     ^----------------- revise: plan anew, investigate what is new ----'
"""

import asyncio
from typing import Any, Literal

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from outlast.evidence.budget import Budget
    from outlast.evidence.rendering.spending import allowed
    from outlast.evidence.report import MOST_TASKS, Draft, Findings, Plan, Task
    from outlast.evidence.text import block
    from outlast.orchestration.research import status_text
    from outlast.orchestration.research.budgeting import Spending
    from outlast.orchestration.research.gates import Gates
    from outlast.orchestration.research.messages import (
        ASK_FORMAT,
        DECISION_FORMAT,
        STEERING_FORMAT,
        TASKS_IN_PARALLEL,
        WORKFLOW,
        Ask,
        Decision,
        Gate,
        Outcome,
        Status,
        accept_ask,
        accept_decision,
        accept_steering,
        bad_input,
    )
    from outlast.orchestration.research.phase_io import (
        Collected,
        Collecting,
        Investigation,
        Planning,
        Publication,
        Published,
        Verification,
        Writing,
        unanswered,
    )
    from outlast.orchestration.research.phase_runner import Ended, Execution
    from outlast.orchestration.research.phases import COLLECT, INVESTIGATE, PLAN, PUBLISH, VERIFY, WRITE


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
        self._spending = Spending(Budget())
        self._phases = Execution(self._gates, self._spending, self._enter)

    @workflow.run
    async def run(self, ask: Any = None, *more: Any) -> Outcome:
        if more:
            raise bad_input(f"One value is accepted, not {1 + len(more)}. {ASK_FORMAT}")
        self._ask = accepted = accept_ask(ask)
        self._spending.ask(accepted.budget)
        try:
            return await self._researched(accepted)
        except asyncio.CancelledError:
            self._enter("cancelled")
            raise

    async def _researched(self, accepted: Ask) -> Outcome:
        named = accepted.collection or ("" if accepted.web else "default")
        where = f"the collection {named[:40]}" if named else "the web alone"
        collected = await self._phases.run(COLLECT, Collecting(collection=accepted.collection, web=accepted.web), where)
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
            planning = Planning(
                model=collected.model,
                question=ask.question,
                notes=notes,
                collection=collected.collection,
                web=ask.web,
                approved=[task.question for task in self._plan.tasks] if self._plan and plan_is_approved else [],
            )
            self._plan = plan = await self._phases.run(PLAN, planning, ask.question)
            self._spending.count(PLAN.name, plan.usage)
            if not plan_is_approved and (note := await self._note_at("plan", ask)):
                notes = [*notes, note]
                continue
            # What a note to the report adds to the plan was asked for by a person: it needs no gate of its own.
            plan_is_approved = True
            await self._investigate(plan, collected, web=ask.web)
            writing = Writing.of(ask.question, [self._findings[task] for task in plan.tasks], collected.model)
            draft = await self._phases.run(WRITE, writing, ask.question)
            self._spending.count(WRITE.name, draft.usage)
            verification = Verification(
                draft=list(draft.sections), collection=collected.collection, model=collected.model
            )
            verified = await self._phases.run(VERIFY, verification, ask.question)
            self._spending.count(VERIFY.name, verified.usage)
            self._draft = verified.verified_from(draft)
            if not (note := await self._note_at("report", ask)):
                return plan, self._draft
            notes = [*notes, note]

    async def _note_at(self, gate: Gate, ask: Ask) -> str:
        """What a person wants changed; empty where this gate is passed. `Ended` where it ends the run."""
        if ask.approve:
            return ""
        decision = await self._phases.decision_at(self._gates.open_for(gate))
        if decision.decision == "reject":
            raise Ended("rejected", decision.note)
        return decision.note or "" if decision.decision == "revise" else ""

    async def _investigate(self, plan: Plan, collected: Collected, *, web: bool) -> None:
        """Every task that has no findings yet; a plan that was revised keeps those of the tasks that stayed."""
        free = asyncio.Semaphore(TASKS_IN_PARALLEL)

        async def investigate(task: Task) -> None:
            async with free:
                request = Investigation(task=task, collection=collected.collection, web=web, model=collected.model)
                self._findings[task] = found = await self._phases.run_part(INVESTIGATE, request, task.question, task.id)
                self._spending.settle(task.id, found.usage)
                self._show()

        self._phases.begin(INVESTIGATE.name)
        tasks = [task for task in plan.tasks if task not in self._findings]
        self._spending.divide(len(tasks))
        investigating = [asyncio.create_task(investigate(task)) for task in tasks]
        try:
            await asyncio.gather(*investigating)
        except asyncio.CancelledError:
            await workflow.wait(investigating)  # the first that has stopped is not the last
            raise
        except BaseException:  # one has ended the run: what the others would spend now is for nothing
            for each in investigating:
                each.cancel()
            await workflow.wait(investigating)
            raise
        self._phases.end(INVESTIGATE.name)

    async def _publish(self, ask: Ask, collected: Collected, plan: Plan, draft: Draft) -> Published:
        info = workflow.info()
        publication = Publication.of(
            ask.question,
            collected.collection,
            [self._findings[task] for task in plan.tasks],
            draft,
            plan=plan,
            usage=self._spending.phases,
            budget=self._spending.budget,
            run=info.run_id,
            workflow=info.workflow_id,
            started=info.start_time,
            published=workflow.now(),
            seconds=self._phases.seconds,
        )
        return await self._phases.run(PUBLISH, publication, ask.question)

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._show()

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
            usage=self._spending.phases,
            budget=self._spending.budget,
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

    @workflow.update(name="steer", description=f"Change the budget of the run. {STEERING_FORMAT}")
    async def steer(self, steering: Any = None) -> str:
        accepted = accept_steering(steering)
        self._spending.steer(accepted.budget, at_once=accepted.at_once)
        steered = self._phases.steer() if accepted.at_once else 0
        self._show()
        when = "What is under way takes it up at once." if steered else "The next phase takes it up."
        return f"The run may spend {allowed(self._spending.budget)} in all. {when}"

    @steer.validator
    def _steer_is_possible(self, steering: Any = None) -> None:
        accepted = accept_steering(steering)
        if accepted.budget.usd is not None and self._plan and self._plan.estimate.unpriced:
            raise bad_input(
                "No price is known for the model of this run, so a budget in USD cannot be held. Give one in tokens."
            )
        if self._outcome or self._phase in ("publish", "cancelled"):
            raise bad_input("The run has ended: there is nothing to steer.")

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
            seconds=self._phases.seconds,
            gates=self._gates.open,
            details=block(self._details()),
            outcome=self._outcome.status if self._outcome else None,
            usage=self._spending.usage,
            phases=self._spending.phases,
            budget=self._spending.budget,
        )

    def _show(self) -> None:
        workflow.set_current_details(block(self._details()))

    def _details(self) -> str:
        if self._outcome:
            return status_text.ended(self._outcome)
        if self._phase == "cancelled":
            return status_text.CANCELLED
        refused = f"\n\nA signal was refused: {status_text.plain(self._refused)}" if self._refused else ""
        if self._gates.open:
            unanswered = self._unanswered()
            waiting = (
                status_text.waiting(gate, self._plan, self._draft, unanswered, self._spending)
                for gate in self._gates.open
            )
            return "\n\n".join(waiting) + refused
        spent = "".join(f"\n{line}" for line in status_text.of_spending(self._spending))
        if self._phase == INVESTIGATE.name and self._plan:
            done = f"{self._investigated()} of {len(self._plan.tasks)} tasks are investigated."
            return f"Phase: {self._phase}. {done} Nothing to do now." + spent + refused
        return f"Phase: {self._phase}. Nothing to do now." + spent + refused

    def _investigated(self) -> int:
        """How many tasks of the present plan have their findings."""
        return sum(task in self._findings for task in self._plan.tasks) if self._plan else 0

    def _unanswered(self) -> list[str]:
        tasks = self._plan.tasks if self._plan else ()
        return unanswered([self._findings[task] for task in tasks if task in self._findings], self._draft)
