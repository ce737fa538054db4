"""The conductor of a durable run: it executes each phase as an activity, as often as gates and steering need.

This is workflow code: Temporal replays it after a crash, and it waits by durable timers.
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
"""Types of failures that a person can fix; the phase then resumes from its checkpoint."""
FREE_PHASES = (COLLECT, PUBLISH)
"""Phases that spend nothing."""
UNSTEERABLE_PHASES = (WRITE, VERIFY)
"""Phases that divide their budget among sections or claims when they begin, so that a change cannot reach them."""
# A constant interval: a failed attempt sets its own delay, and an attempt that died has most likely made progress.
ENDLESS_RETRY_POLICY = RetryPolicy(initial_interval=timedelta(seconds=1), backoff_coefficient=1.0)
"""Retries without a limit: an error that can never succeed is a failure that is not retryable."""


class PhaseRunner:
    """A `Conductor`. It calls `on_change` with the name of each phase and gate, or "" if only the progress changes."""

    def __init__(self, gates: Gates, on_change: Callable[[str], None]) -> None:
        self.under_way = 0
        """Number of activities that run now and do not wait for a person."""
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
                    undecodable += 1  # only the heartbeats are lost, so the phase starts from its beginning
                else:
                    resume = await self._wait_for_operator(phase, error)
            else:
                if phase is not PUBLISH:  # a published report is not withdrawn
                    stop_if_cancelled()
                if not isinstance(result, Paused):
                    return result
                resume = await self._resume_from(phase, result, resume)
            self._on_change(phase.name)

    def steer(self) -> int:
        """Stop the phases under way at their next step, to resume with the new budget. Return the number of them."""
        self._steered |= self._running
        return len(self._running)

    async def _wait_at_gate(self, opened: OpenGate) -> Decision:
        """Wait for a decision at an open gate. Raises `EndedAtGate` if nobody decides in time."""
        self._on_change(f"gate({opened.gate})")
        decision = await self._gates.wait(opened)
        if decision is None:
            raise EndedAtGate("expired", None)
        return decision

    async def _run_activity(
        self, phase: Phase[Request, Result], request: Request, resume: Resume | None, part: str, about: str
    ) -> Result | Paused:
        """Run the activity, with Temporal's retries. Return `Paused` if its graph asks something or it is steered."""
        self._steered.discard(part)
        self.under_way += 1
        activity = workflow.start_activity(
            phase.name,
            args=[request, resume],
            result_type=cast("type[Result | Paused]", phase.result | Paused),
            start_to_close_timeout=phase.attempt_limit,
            heartbeat_timeout=phase.heartbeat,
            retry_policy=ENDLESS_RETRY_POLICY,
            # A cancelled phase returns its checkpoint first; then it is resumed, or the run ends.
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
        """Wait for an operator if one can help, and return the state to resume from. Otherwise fail the run."""
        cause = error.cause
        if not isinstance(cause, ApplicationError) or cause.type not in OPERATOR_FAILURES:
            raise as_run_failure(phase.name, error) from error
        decision = await self._wait_at_gate(self._gates.open_gate("operator", f"{phase.name}: {cause.message}"))
        if decision.decision == "stop":
            raise EndedAtGate("stopped", decision.note)
        stuck = Stuck.of(error)
        return stuck.resume if stuck else None

    async def _resume_from(self, phase: Phase[Request, Result], paused: Paused, resume: Resume | None) -> Resume:
        """Return the state to resume from: with a person's answers if the graph has asked, else just its checkpoint."""
        if not paused.questions:
            return (resume or Resume()).steered(paused, {})
        opened = self._gates.open_gate("questions", phase.name, paused.questions)
        decision = await self._wait_at_gate(opened)
        if decision.decision == "stop":
            raise EndedAtGate("stopped", decision.note)
        return Resume(checkpoint=paused.checkpoint, answers=decision.answers)


def budget_update(request: Any) -> dict[str, Any]:
    """Return the request's budget fields as JSON values; an empty dict if no budget is set."""
    if not isinstance(request, ReasoningRequest):
        return {}
    limits = request.model_dump(mode="json", include={"budget", "until", "whole"})
    return {} if request.budget == Budget() and request.until is None else limits


def stop_if_cancelled() -> None:
    """Raise CancelledError if the run was cancelled: that may happen just as a phase ends or fails by itself."""
    if workflow.cancellation_reason() is not None:
        raise asyncio.CancelledError


def is_undecodable(error: ActivityError) -> bool:
    """Whether the SDK could not decode the heartbeat details: such an activity fails before its code runs, for ever."""
    return isinstance(error.cause, ApplicationError) and "Failed decoding heartbeat details" in error.cause.message


def as_run_failure(phase: str, error: ActivityError) -> BaseException:
    """Return the cause of a phase's failure as the run's own failure, so that people need not search a chain for it."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(f"{phase}: {cause.message}", type=cause.type, non_retryable=True)
    return error
