"""The workflow: executes the run that spine.py describes, takes decisions and budget changes, and shows its status.

phase_runner.py executes the phases as activities and waits at the gates.
"""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from outlast.evidence.rendering.spending import format_budget
    from outlast.evidence.report import MAX_TASKS
    from outlast.evidence.text import safe_paragraphs
    from outlast.orchestration.research import status_text
    from outlast.orchestration.research.gates import Gates
    from outlast.orchestration.research.messages import (
        ASK_FORMAT,
        DECISION_FORMAT,
        STEERING_FORMAT,
        WORKFLOW_TYPE,
        Ask,
        Decision,
        DecisionResult,
        OpenGate,
        Outcome,
        OutcomeStatus,
        Status,
        SteeringResult,
        accept_ask,
        accept_decision,
        accept_steering,
        bad_input,
    )
    from outlast.orchestration.research.phase_io import PublishResult
    from outlast.orchestration.research.phase_runner import PhaseRunner
    from outlast.orchestration.research.phases import INVESTIGATE, PUBLISH
    from outlast.orchestration.research.spine import EndedAtGate, ResearchRun
    from outlast.orchestration.research.visibility import VisibilityRecord, VisibilityWriter, WaitingGate


@workflow.defn(name=WORKFLOW_TYPE)
class Research:
    """The workflow type of a run: one execution is one run."""

    def __init__(self) -> None:
        self._ask: Ask | None = None
        self._phase = "starting"
        self._last_refusal = ""
        self._outcome: Outcome | None = None
        self._gates = Gates()
        self._visibility = VisibilityWriter()
        self._phase_runner = PhaseRunner(self._gates, self._enter)
        self._run = ResearchRun(self._phase_runner)

    @workflow.run
    async def run(self, ask: Any = None, *more: Any) -> Outcome:
        if more:
            raise bad_input(f"One value is accepted, not {1 + len(more)}. {ASK_FORMAT}")
        self._ask = accepted = accept_ask(ask)
        self._run.spending.set_initial_budget(accepted.budget)
        try:
            return self._end("published", None, await self._run.publish(accepted))
        except EndedAtGate as ended:
            return self._end(ended.status, ended.note)
        except asyncio.CancelledError:
            self._enter("cancelled")
            raise

    def _enter(self, phase: str) -> None:
        self._phase = phase or self._phase
        self._show()

    def _end(
        self,
        status: OutcomeStatus,
        note: str | None,
        report: PublishResult | None = None,
    ) -> Outcome:
        self._outcome = Outcome(
            status=status,
            question=self._ask.question if self._ask else "",
            gate=None if report else self._gates.last,
            note=note,
            plan=self._run.plan,
            report=report,
            usage=self._run.spending.phases,
            budget=self._run.spending.budget,
        )
        self._enter(status)
        return self._outcome

    @workflow.update(name="decide", description=f"Decide at the open gate. {DECISION_FORMAT}")
    async def decide(self, decision: Any = None) -> DecisionResult:
        decided = self._gates.decide(self._validate_decision(decision))
        self._last_refusal = ""
        return decided

    @decide.validator
    def _decide_is_possible(self, decision: Any = None) -> None:
        self._gates.matching_gates(self._validate_decision(decision))

    @workflow.signal(name="decide", description=f"Decide at the open gate, without an answer. {DECISION_FORMAT}")
    async def decide_by_signal(self, decision: Any = None) -> None:
        """Decide as the update does. A signal has no reply, so the current details show why one was refused."""
        try:
            self._gates.decide(self._validate_decision(decision))
            self._last_refusal = ""
        except ApplicationError as error:
            self._last_refusal = error.message
            self._show()

    @workflow.update(name="steer", description=f"Change the budget of the run. {STEERING_FORMAT}")
    async def steer(self, steering: Any = None) -> SteeringResult:
        accepted = accept_steering(steering)
        self._run.spending.steer(accepted.budget, at_once=accepted.at_once)
        steered = self._phase_runner.steer() if accepted.at_once else 0
        self._show()
        when = "Phases under way use it at once." if steered else "The next phase uses it."
        text = f"The run may spend {format_budget(self._run.spending.budget)} in total. {when}"
        return SteeringResult(budget=self._run.spending.budget, interrupted=steered, said=text)

    @steer.validator
    def _steer_is_possible(self, steering: Any = None) -> None:
        accepted = accept_steering(steering)
        if accepted.budget.usd is not None and self._run.plan and self._run.plan.estimate.unpriced:
            raise bad_input(
                "No price is known for the model of this run, so a budget in USD cannot be enforced. Give one in "
                "tokens."
            )
        if self._outcome or self._phase in ("publish", "cancelled"):
            raise bad_input("The run has ended: there is nothing to steer.")

    def _validate_decision(self, value: Any) -> Decision:
        """Return the decision. Raises `BadInput` if its note would make the plan too long, after all the paid work."""
        decision = accept_decision(value)
        tasks = len(self._run.plan.tasks) if self._run.plan else 0
        lines = len((decision.note or "").splitlines()) if decision.decision == "revise" else 0
        if lines and tasks + lines > MAX_TASKS:
            raise bad_input(f"The plan has {tasks} tasks and the note adds {lines}: at most {MAX_TASKS} are possible.")
        return decision

    @workflow.query(name="status", description="The phase of the run, its open gates, its usage, and what to do now.")
    def status(self) -> Status:
        return Status(
            question=self._ask.question if self._ask else "",
            phase=self._phase,
            tasks=len(self._run.plan.tasks) if self._run.plan else 0,
            investigated=len(self._run.investigated),
            seconds=self._run.seconds,
            gates=self._gates_with_text(),
            refused=self._last_refusal,
            details=safe_paragraphs(self._details()),
            outcome=self._outcome.status if self._outcome else None,
            usage=self._run.spending.usage,
            phases=self._run.spending.phases,
            budget=self._run.spending.budget,
        )

    def _gates_with_text(self) -> tuple[OpenGate, ...]:
        run = self._run
        return tuple(
            gate.model_copy(
                update={
                    "text": safe_paragraphs(
                        status_text.gate_text(gate, run.plan, run.draft, run.unanswered, run.spending)
                    ),
                }
            )
            for gate in self._gates.open
        )

    def _show(self) -> None:
        workflow.set_current_details(safe_paragraphs(self._details()))
        self._visibility.has_search_attributes = self._run.has_search_attributes
        self._visibility.write(self._visibility_record())

    def _visibility_record(self) -> VisibilityRecord:
        phase = self._phase
        if self._outcome:
            phase = f"gate({self._outcome.gate})" if self._outcome.gate else PUBLISH.name
        elif phase == "cancelled":
            phase = self._visibility.written.phase
        open_gates = () if phase != self._phase else self._gates.open
        return VisibilityRecord.at_start(self._ask.question if self._ask else "").model_copy(
            update={
                "phase": phase,
                "gates": tuple(WaitingGate(gate=g.gate, subject=g.subject, deadline=g.deadline) for g in open_gates),
                "waits": bool(open_gates) and not self._phase_runner.under_way,
                "usd": self._run.spending.usage.usd,
                "outcome": self._outcome.status if self._outcome else None,
            }
        )

    def _details(self) -> str:
        if self._outcome:
            return status_text.outcome_text(self._outcome, workflow.info().workflow_id)
        if self._phase == "cancelled":
            return status_text.CANCELLED_TEXT
        refused = (
            f"\n\nA signal was refused: {status_text.escape_line(self._last_refusal)}" if self._last_refusal else ""
        )
        if self._gates.open:
            run = self._run
            waiting = (
                status_text.gate_text_with_choices(gate, run.plan, run.draft, run.unanswered, run.spending)
                for gate in self._gates.open
            )
            return "\n\n".join(waiting) + refused
        spending = self._run.spending
        spent = "".join(
            f"\n{line}" for line in [*status_text.spending_lines(spending), *status_text.steering_lines(spending)]
        )
        if self._phase == INVESTIGATE.name and self._run.plan:
            done = f"{len(self._run.investigated)} of {len(self._run.plan.tasks)} tasks are investigated."
            return f"Phase: {self._phase}. {done} Nothing to do now." + spent + refused
        return f"Phase: {self._phase}. Nothing to do now." + spent + refused
