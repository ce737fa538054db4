"""One attempt at a phase, from its request to its result, and what becomes of its errors."""

import asyncio
from datetime import timedelta
from typing import Any, Generic, TypeVar

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._attempt import Attempt
from ._blueprint import Blueprint
from ._call_log.phase_summary import Finished
from ._drain import HANDOVER, Stop, is_being_cancelled, requested_stop
from ._failures import (
    MAX_LOST_WORKERS,
    MAX_RETRY_DELAY,
    LostWorkersError,
    can_be_sent,
    failure_of,
    to_temporal,
)
from ._graph_run import RunOptions, last_state, open_questions, run_graph
from ._graphs import has_unsaved_subgraph, input_of, make_context, result_from
from ._heartbeats import Heartbeats, start_heartbeats
from ._messages import Paused, Question, Resume, as_text
from ._operations import outcome_of
from ._plugin import require_plugin
from ._publishing.claim_check import inline_limit_bytes
from ._requests import (
    Phase,
    answer_questions,
    steered_values,
    validate_config,
    validate_request,
    validate_resume,
)
from ._results import sendable
from ._run_config import recursion_limit_of
from ._spending import set_current
from ._watchdog import watch_event_loop

Request = TypeVar("Request", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel)

READING_TIME = timedelta(milliseconds=300)
"""How long a phase of a workflow that streams waits before it ends: six times as long as clients wait at most."""


class PhaseRun(Generic[Request, Result]):
    """One execution of a phase's activity: validate what it is given, then run the graph from where it stood."""

    def __init__(
        self, phase: Phase[Request, Result], blueprint: Blueprint, request: Any, resume: Any, *, summarise: bool = False
    ) -> None:
        self._pace = require_plugin()
        self._summarise = summarise
        self._phase, self._blueprint = phase, blueprint
        self._resume = validate_resume(phase.name, resume)
        self._request = validate_request(phase, blueprint, request, self._resume)
        self._config = validate_config(phase, self._request)
        self._recursion_limit = recursion_limit_of(phase.recursion_limit, self._config, blueprint.graph)

    async def outcome(self) -> Result | Finished[Result] | Paused:
        """Return the result of the phase, or `Paused` if it asks something or its workflow has paused it.

        If the caller wants the summary of a phase whose result has no field for it, it gets both in a `Finished`.
        """
        async with start_heartbeats(self._phase.name, streams=bool(self._phase.stream)) as beats:
            set_current(lambda: beats.progress.spent())  # noqa: PLW0108 - it is replaced later
            control = RunControl()
            working = asyncio.create_task(self._work(beats, control))
            return await outcome_of(working, control, beats)

    async def _work(self, beats: Heartbeats, control: RunControl) -> Result | Finished[Result] | Paused:
        await beats.fence()
        attempt = Attempt(
            self._blueprint,
            beats,
            pace=self._pace,
            limit_bytes=inline_limit_bytes(self._phase.parallel),
            checkpoints=self._phase.checkpoints,
            metrics_of=self._phase.progress,
            config=self._config,
            on_change=self._phase.on_change,
            log_entries=self._phase.log_entries,
            stream=self._phase.stream,
        )
        if self._summarise or self._phase.summary_field:
            beats.progress.summary = attempt.summary
        try:
            outcome = await self._run_to_outcome(attempt, beats, control)
        except (ApplicationError, asyncio.CancelledError) as error:
            stop, failure = requested_stop(), error if isinstance(error, ApplicationError) else None
            if failure or stop:
                is_final = failure is not None and failure.non_retryable
                await self._end_stream(attempt, is_final=is_final or stop is Stop.BY_WORKFLOW)
            raise
        else:
            await self._end_stream(attempt, is_final=True)
            return outcome
        finally:
            attempt.close()

    async def _run_to_outcome(
        self, attempt: Attempt, beats: Heartbeats, control: RunControl
    ) -> Result | Finished[Result] | Paused:
        try:
            questions = await self._run(attempt, beats, control)
            attempt.end()
            if questions:
                await attempt.flush_store()
                attempt.require_newest_checkpoint()
                checkpoint = as_text(beats.newest_checkpoint)
                paused = Paused(questions=questions, checkpoint=checkpoint, summary=beats.progress.summary())
                return await sendable(paused, checkpoint)
            await attempt.settle()
            outcome = await self._result(attempt, beats)
            await attempt.flush_store()
        except asyncio.CancelledError:
            if requested_stop():  # not if the attempt has timed out, as if its worker had died
                attempt.end()
            await attempt.settle()
            raise
        except GraphDrained:
            attempt.end()
            await attempt.settle()
            if requested_stop() in (Stop.BY_WORKFLOW, Stop.BY_PAUSE):
                await attempt.try_to_flush_store()
            raise ApplicationError(
                "This worker is shutting down; another worker continues the phase.",
                type=HANDOVER,
                next_retry_delay=timedelta(milliseconds=1),
            ) from None
        except (SystemExit, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - every error of a graph becomes a failure that keeps the checkpoint
            failure, cause = await self._failure_of(error, attempt, beats)
            raise failure from cause
        else:
            return outcome

    async def _end_stream(self, attempt: Attempt, *, is_final: bool) -> None:
        """Let clients read the last events of the stream, if there is one, before the activity ends.

        The server keeps the last heartbeat of an activity without a workflow. That of a workflow's activity is gone
        when the activity has ended, so that clients need some time to read it.
        """
        await attempt.end_stream()
        if self._phase.stream and is_final and activity.info().in_workflow:
            await asyncio.sleep(READING_TIME.total_seconds())

    async def _result(self, attempt: Attempt, beats: Heartbeats) -> Result | Finished[Result]:
        """Return what the graph has come to, as the phase's own result."""
        summary = beats.progress.summary()
        result = result_from(await last_state(attempt), self._phase.result, self._phase.summary_field, summary)
        checkpoint = as_text(beats.newest_checkpoint)
        if self._summarise and summary:
            return await sendable(Finished[Result](result=result, summary=summary), checkpoint)
        return await sendable(result, checkpoint)

    async def _run(self, attempt: Attempt, beats: Heartbeats, control: RunControl) -> list[Question]:
        """Run the graph from its newest checkpoint, and return its questions."""
        restored = await attempt.restore(self._resume)
        if attempt.record.lost >= MAX_LOST_WORKERS:
            raise LostWorkersError(attempt.record)
        answer_questions(attempt, self._resume)
        if attempt.resumes_request and self._resume.update:
            attempt.steer(steered_values(self._request, self._resume))
        if attempt.code_question:
            return [attempt.code_question, *open_questions(attempt)]
        attempt.begin()
        silence = (activity.info().heartbeat_timeout or MAX_RETRY_DELAY) / 3
        with watch_event_loop(self._phase.name, silence, self._blueprint.codes):
            resources = await make_context(self._phase.context, self._request)
            # With its input, the graph would begin a new run on top of its checkpoint.
            start = None if restored else input_of(attempt.graph, self._request)
            durability = self._phase.durability
            if durability == "sync" and has_unsaved_subgraph(attempt.graph):
                durability = "async"  # LangGraph cannot run such a subgraph with "sync"
            options = RunOptions(self._recursion_limit, durability, resources, control)
            return await run_graph(attempt, beats, start, options)

    async def _failure_of(
        self, error: BaseException, attempt: Attempt, beats: Heartbeats
    ) -> tuple[ApplicationError, BaseException | None]:
        """Record the failure of this attempt; return what is raised to Temporal, and the cause to send with it."""
        failure = failure_of(error, self._phase.as_failure, self._recursion_limit)
        step = (attempt.step or 0) + 1
        await attempt.settle()  # only what has been stored remains
        if failure.is_final or is_being_cancelled():
            attempt.end()
        else:
            attempt.record_failure(f"step {step}: {failure.identity}")
        await attempt.settle()
        beats.beat()  # the count of failures, where no checkpoint could carry it
        resume = Resume(checkpoint=as_text(beats.newest_checkpoint))
        # The message of a known error says everything. With a traceback, the failure would be larger than what the
        # server keeps of an attempt that is retried, and its reason would be cut off.
        cause = None if failure.application_error or not can_be_sent(error) else error
        return to_temporal(failure, attempt.record, step, resume, beats.progress.summary()), cause
