"""The conductor of a durable run: each phase to its result, however often people must help it, answer it or steer it.

Workflow code: it waits on Temporal's clock, and survives everything.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from langgraph_heartbeat.workflow import Paused, Resume, Stuck, finish_or_pause

    from outlast.evidence.budget import Budget
    from outlast.evidence.text import one_line
    from outlast.orchestration.research.gates import Gates
    from outlast.orchestration.research.messages import MAX_SUMMARY_CHARACTERS, Decision, Gate, OpenGate
    from outlast.orchestration.research.phase_io import ReasoningRequest
    from outlast.orchestration.research.phases import COLLECT, PUBLISH, VERIFY, WRITE, Phase, Request, Result
    from outlast.orchestration.research.spine import EndedAtGate, RunIdentity

MAX_UNDECODABLE_RETRIES = 3
OPERATOR_FAILURES = frozenset({"NeedsOperator", "Stuck"})
"""Failures that a person can mend; the phase then goes on where it stood."""
FREE_PHASES = (COLLECT, PUBLISH)
"""Phases that spend nothing."""
UNSTEERABLE_PHASES = (WRITE, VERIFY)
"""They deal out what they may spend when they begin, a part a section or a claim, and take up no change."""
# An attempt that fails says itself when the next one comes; one that dies has most likely made progress.
ENDLESS_RETRY_POLICY = RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=1.0)
"""Retries without an end: what can never succeed says so itself, by a failure that is not retryable."""


class PhaseRunner:
    """A `Conductor`. `shown` is told the name of each phase and gate; "" where only its progress changes."""

    def __init__(self, gates: Gates, on_change: Callable[[str], None]) -> None:
        self.under_way = 0
        """How many phases and tasks are at work, and do not wait for a person."""
        self._gates = gates
        self._on_change = on_change
        self._running: set[str] = set()
        self._steered: set[str] = set()

    @property
    def identity(self) -> RunIdentity:
        info = workflow.info()
        return RunIdentity(run=info.run_id, workflow=info.workflow_id, started=info.start_time)

    @property
    def waited(self) -> timedelta:
        return self._gates.waited

    def now(self) -> datetime:
        return workflow.now()

    def show(self, phase: str = "") -> None:
        self._on_change(phase)

    async def wait(self, tasks: Iterable[asyncio.Task[None]]) -> object:
        return await workflow.wait(tasks)

    async def decide(self, gate: Gate) -> Decision:
        return await self._wait_at_gate(self._gates.open_gate(gate))

    async def execute(
        self, phase: Phase[Request, Result], request: Callable[[], Request], part: str, about: str
    ) -> Result:
        resume: Resume | None = None
        undecodable = 0
        while True:
            funded_request = request()
            if resume is not None:
                resume = resume.model_copy(update={"update": budget_update(funded_request)})
            try:
                result = await self._run_activity(phase, funded_request, resume, part, about)
            except ActivityError as error:
                stop_if_cancelled()
                if is_undecodable(error) and undecodable < MAX_UNDECODABLE_RETRIES:
                    undecodable += 1  # only its heartbeats are lost: from the start, then
                else:
                    resume = await self._wait_for_operator(phase, error)
            else:
                if phase is not PUBLISH:  # a report that has come out stays
                    stop_if_cancelled()
                if not isinstance(result, Paused):
                    return result
                resume = await self._resume_from(phase, result, resume)
            self._on_change(phase.name)

    def steer(self) -> int:
        """Phases under way stop at their next step, and go on from there with what they may spend now; how many do."""
        self._steered |= self._running
        return len(self._running)

    async def _wait_at_gate(self, opened: OpenGate) -> Decision:
        """`Ended` where nobody decides in time."""
        self._on_change(f"gate({opened.gate})")
        decision = await self._gates.wait(opened)
        if decision is None:
            raise EndedAtGate("expired", None)
        return decision

    async def _run_activity(
        self, phase: Phase[Request, Result], request: Request, resume: Resume | None, part: str, about: str
    ) -> Result | Paused:
        """An activity, which Temporal tries as often as it takes; where it stands, as soon as it is steered."""
        self._steered.discard(part)
        self.under_way += 1
        activity = workflow.start_activity(
            phase.name,
            args=[request, resume],
            result_type=cast("type[Result | Paused]", phase.result | Paused),
            start_to_close_timeout=phase.attempt_limit,
            heartbeat_timeout=phase.heartbeat,
            retry_policy=ENDLESS_RETRY_POLICY,
            # A phase that is told to stop publishes where it stands; then it goes on, or the run ends.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=one_line(about, MAX_SUMMARY_CHARACTERS),
        )
        try:
            if phase in FREE_PHASES:
                return await activity
            if phase not in UNSTEERABLE_PHASES:
                self._running.add(part)
            return await finish_or_pause(activity, lambda: part in self._steered)
        finally:
            self.under_way -= 1
            self._running.discard(part)

    async def _wait_for_operator(self, phase: Phase[Request, Result], error: ActivityError) -> Resume | None:
        """Wait for an operator, where one can help; where the phase stood when it failed. The run fails otherwise."""
        cause = error.cause
        if not isinstance(cause, ApplicationError) or cause.type not in OPERATOR_FAILURES:
            raise as_run_failure(phase.name, error) from error
        decision = await self._wait_at_gate(self._gates.open_gate("operator", f"{phase.name}: {cause.message}"))
        if decision.decision == "stop":
            raise EndedAtGate("stopped", decision.note)
        stuck = Stuck.of(error)
        return stuck.resume if stuck else None

    async def _resume_from(self, phase: Phase[Request, Result], paused: Paused, resume: Resume | None) -> Resume:
        """From where it paused: with answers, where its graph has asked; else it was told to stop."""
        if not paused.questions:
            return (resume or Resume()).steered(paused, {})
        opened = self._gates.open_gate("questions", phase.name, paused.questions)
        decision = await self._wait_at_gate(opened)
        if decision.decision == "stop":
            raise EndedAtGate("stopped", decision.note)
        return Resume(checkpoint=paused.checkpoint, answers=decision.answers)


def budget_update(request: Any) -> dict[str, Any]:
    """What of the request says what may be spent, as values of JSON; nothing where no budget is set."""
    if not isinstance(request, ReasoningRequest):
        return {}
    limits = request.model_dump(mode="json", include={"budget", "until", "whole"})
    return {} if request.budget == Budget() and request.until is None else limits


def stop_if_cancelled() -> None:
    """Somebody may have cancelled the run while a phase was coming to its end, in whatever way that was."""
    if workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError


def is_undecodable(error: ActivityError) -> bool:
    """Heartbeat details that the SDK cannot decode fail an activity before its code runs, and would do so for ever."""
    return isinstance(error.cause, ApplicationError) and "Failed decoding heartbeat details" in error.cause.message


def as_run_failure(phase: str, error: ActivityError) -> BaseException:
    """The cause of a phase's failure as the run's own: a person reads it first, and not at the end of a chain."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(f"{phase}: {cause.message}", type=cause.type, non_retryable=True)
    return error
