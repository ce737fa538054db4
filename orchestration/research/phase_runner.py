"""The phases of a run, executed: each to its result, however often people must help it, answer it or steer it.

Workflow code: it waits on Temporal's clock, and survives everything.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from langgraph_heartbeat.workflow import Paused, Resume, finish_or_pause

    from outlast.evidence.budget import Budget
    from outlast.evidence.text import one_line
    from outlast.orchestration.research.budgeting import Spending, granted
    from outlast.orchestration.research.gates import Gates
    from outlast.orchestration.research.messages import LONGEST_SUMMARY, Decision, OpenGate
    from outlast.orchestration.research.phase_io import Planning, Reasoning
    from outlast.orchestration.research.phases import (
        COLLECT,
        INVESTIGATE,
        PUBLISH,
        VERIFY,
        WRITE,
        Phase,
        Request,
        Result,
    )

MOST_UNDECODABLE = 3
FOR_OPERATORS = frozenset({"NeedsOperator", "Stuck"})
"""Failures that a person can mend; the phase then goes on where it stood."""
FREE = (COLLECT, PUBLISH)
"""Phases that spend nothing."""
DEALT = (WRITE, VERIFY)
"""They deal out what they may spend when they begin, a part a section or a claim, and take up no change."""


class Execution:
    """`entered` is told the name of each phase and gate, so that the run shows where it stands."""

    def __init__(self, gates: Gates, spending: Spending, entered: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        """The work of each phase that has ended, without what people were waited for."""
        self._gates = gates
        self._spending = spending
        self._entered = entered
        self._since: tuple[datetime, timedelta] | None = None
        self._running: set[str] = set()
        self._steered: set[str] = set()

    async def run(self, phase: Phase[Request, Result], request: Request, summary: str) -> Result:
        """A phase that runs alone."""
        self.begin(phase.name)
        result = await self.run_part(phase, request, summary, phase.name)
        self.end(phase.name)
        return result

    async def run_part(self, phase: Phase[Request, Result], request: Request, summary: str, part: str) -> Result:
        """The same for one of several that run side by side: `part` names it."""
        resume: Resume | None = None
        undecodable = 0
        while True:
            request = self._funded(phase, request, part)
            if resume is not None:
                resume = resume.model_copy(update={"update": funds(request)})
            try:
                result = await self._execute(phase, request, resume, summary, part)
            except ActivityError as error:
                stop_if_cancelled()
                if is_undecodable(error) and undecodable < MOST_UNDECODABLE:
                    undecodable += 1  # only its heartbeats are lost: from the start, then
                else:
                    resume = await self._helped(phase, error)
            else:
                if phase is not PUBLISH:  # a report that has come out stays
                    stop_if_cancelled()
                if not isinstance(result, Paused):
                    return result
                resume = await self._resumed(phase, result, resume)
            self._entered(phase.name)

    def steer(self) -> int:
        """Phases under way stop at their next step, and go on from there with what they may spend now; how many do."""
        self._steered |= self._running
        return len(self._running)

    def begin(self, phase: str) -> None:
        self._spending.begin(self.worked)
        self._since = workflow.now(), self._gates.waited
        self._entered(phase)

    def end(self, phase: str) -> None:
        """The time since it began is its work, without what people were waited for meanwhile."""
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + self._worked_now(), 3)
        self._since = None

    @property
    def worked(self) -> float:
        """Seconds of work so far, of the phase that runs now too."""
        return sum(self.seconds.values()) + self._worked_now()

    def _worked_now(self) -> float:
        if self._since is None:
            return 0.0
        began, waited = self._since
        return (workflow.now() - began - (self._gates.waited - waited)).total_seconds()

    async def decision_at(self, opened: OpenGate) -> Decision:
        """`Ended` where nobody decides in time."""
        self._entered(f"gate({opened.gate})")
        decision = await self._gates.wait(opened)
        if decision is None:
            raise Ended("expired", None)
        return decision

    def _funded(self, phase: Phase[Request, Result], request: Request, part: str) -> Request:
        """The request with what the phase may spend now; as it is, where the run has no budget."""
        if not self._spending.budget.is_set or phase in FREE:
            return request
        if phase is INVESTIGATE:
            allowed = self._spending.promise(part, self.worked)
        else:
            allowed = self._spending.allowance(phase.name, self.worked)
        whole = {"whole": self._spending.budget} if isinstance(request, Planning) else {}
        return request.model_copy(update={**granted(allowed, workflow.now()), **whole})

    async def _execute(
        self, phase: Phase[Request, Result], request: Request, resume: Resume | None, summary: str, part: str
    ) -> Result | Paused:
        self._steered.discard(part)
        running = workflow.start_activity(
            phase.name,
            args=[request, resume],
            result_type=cast("type[Result | Paused]", phase.result | Paused),
            start_to_close_timeout=phase.attempt_limit,
            heartbeat_timeout=phase.heartbeat,
            retry_policy=phase.retry,
            # A phase that is told to stop publishes where it stands; then it goes on, or the run ends.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=one_line(summary, LONGEST_SUMMARY),
        )
        if phase in FREE:
            return await running
        if phase not in DEALT:
            self._running.add(part)
        try:
            return await finish_or_pause(running, lambda: part in self._steered)
        finally:
            self._running.discard(part)

    async def _helped(self, phase: Phase[Request, Result], error: ActivityError) -> Resume | None:
        """Wait for an operator, where one can help; where the phase stood when it failed. The run fails otherwise."""
        cause = error.cause
        if not isinstance(cause, ApplicationError) or cause.type not in FOR_OPERATORS:
            raise in_one_line(phase.name, error) from error
        decision = await self.decision_at(self._gates.open_for("operator", f"{phase.name}: {cause.message}"))
        if decision.decision == "stop":
            raise Ended("stopped", decision.note)
        return Resume.model_validate(cause.details[0]) if cause.details else None

    async def _resumed(self, phase: Phase[Request, Result], paused: Paused, resume: Resume | None) -> Resume:
        """From where it paused: with answers, where its graph has asked; else it was told to stop."""
        if not paused.questions:
            return (resume or Resume()).steered(paused, {})
        opened = self._gates.open_for("questions", phase.name, paused.questions)
        decision = await self.decision_at(opened)
        if decision.decision == "stop":
            raise Ended("stopped", decision.note)
        return Resume(checkpoint=paused.checkpoint, answers=decision.answers)


class Ended(Exception):
    """A gate ended the run."""

    def __init__(self, status: Literal["expired", "rejected", "stopped"], note: str | None) -> None:
        super().__init__(status)
        self.status: Literal["expired", "rejected", "stopped"] = status
        self.note = note


def funds(request: Any) -> dict[str, Any]:
    """What of the request says what may be spent, as values of JSON; nothing where no budget is set."""
    if not isinstance(request, Reasoning):
        return {}
    said = request.model_dump(mode="json", include={"budget", "until", "whole"})
    return {} if request.budget == Budget() and request.until is None else said


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
