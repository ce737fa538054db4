"""How a cancelled attempt stops, which depends on who cancelled it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from langgraph.runtime import RunControl
from langgraph_heartbeat import _drain
from langgraph_heartbeat._drain import HANDOVER, Stop, finish_or_drain
from temporalio.activity import ActivityCancellationDetails as Details
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment


class Attempt:
    """A step that runs until the test releases it, and its outcome."""

    def __init__(self, *, stands_alone: bool = False) -> None:
        self.was_reset = False
        self.control = RunControl()
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()
        self.cancelled = False
        self.failure: Exception | None = None
        self._environment = ActivityEnvironment()
        if stands_alone:
            self._environment.info = replace(self._environment.info, workflow_id=None)

    def cancel(self, details: Details) -> None:
        # As a worker cancels, but only once: the test environment allows one cancellation, and a worker may send more.
        self._environment.cancel(cancellation_details=details)

    def run(self) -> asyncio.Task[Any]:
        return asyncio.create_task(self._environment.run(self._followed))

    async def _followed(self) -> str | Stop:
        async def was_reset() -> bool:
            return self.was_reset

        return await finish_or_drain(asyncio.create_task(self._step()), self.control, was_reset)

    async def _step(self) -> str:
        self.begun.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.failure:
            raise self.failure
        return "done"


async def cancelled(attempt: Attempt, details: Details) -> asyncio.Task[Any]:
    running = attempt.run()
    await attempt.begun.wait()
    attempt.cancel(details)
    await asyncio.sleep(0)
    return running


async def test_a_pause_lets_the_step_come_to_its_end() -> None:
    attempt = Attempt()
    running = await cancelled(attempt, Details(cancel_requested=True))
    attempt.let_go.set()
    assert await running == "done"
    assert attempt.control.drain_requested


async def test_a_step_that_outlasts_the_grace_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drain, "PAUSE_TIMEOUT", timedelta(milliseconds=10))
    attempt = Attempt()
    assert await (await cancelled(attempt, Details(cancel_requested=True))) is Stop.BY_WORKFLOW
    assert attempt.cancelled


async def test_a_second_cancellation_ends_the_grace() -> None:
    attempt = Attempt()
    running = await cancelled(attempt, Details(cancel_requested=True))
    running.cancel()
    assert await asyncio.wait_for(running, 60) is Stop.BY_WORKFLOW
    assert attempt.cancelled


@pytest.mark.parametrize(
    "details",
    [
        Details(worker_shutdown=True),
        Details(timed_out=True),
        Details(cancel_requested=True, timed_out=True),
        Details(reset=True, not_found=True),
        Details(cancel_requested=True, not_found=True),
        Details(paused=True, timed_out=True),
    ],
)
async def test_every_other_cancellation_ends_it_at_once(details: Details) -> None:
    attempt = Attempt()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(await cancelled(attempt, details), 60)
    assert attempt.cancelled


async def test_an_activity_that_stands_alone_is_cancelled_for_good() -> None:
    attempt = Attempt(stands_alone=True)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(await cancelled(attempt, Details(cancel_requested=True)), 60)
    assert attempt.cancelled


@pytest.mark.parametrize("non_retryable", [True, False])
async def test_a_failure_in_the_grace_is_kept_if_no_attempt_could_mend_it(*, non_retryable: bool) -> None:
    attempt = Attempt()
    attempt.failure = ApplicationError("cut", non_retryable=non_retryable)
    running = await cancelled(attempt, Details(cancel_requested=True))
    attempt.let_go.set()
    if non_retryable:
        with pytest.raises(ApplicationError, match="cut"):
            await running
    else:
        assert await running is Stop.BY_WORKFLOW


@pytest.mark.parametrize(
    ("details", "stop"), [(Details(paused=True), Stop.BY_PAUSE), (Details(reset=True), Stop.BY_RESET)]
)
@pytest.mark.parametrize("stands_alone", [True, False])
async def test_an_operator_stops_it_like_a_workflow(details: Details, stop: Stop, *, stands_alone: bool) -> None:
    attempt = Attempt(stands_alone=stands_alone)
    attempt.failure = ApplicationError("It has stopped at a step.", type=HANDOVER)
    running = await cancelled(attempt, details)
    attempt.let_go.set()
    assert await running is stop
    assert attempt.control.drain_requested


async def test_an_attempt_that_the_server_does_not_know_may_have_been_reset() -> None:
    attempt = Attempt()
    attempt.was_reset = True
    running = await cancelled(attempt, Details(not_found=True))
    attempt.let_go.set()
    assert await running == "done"
    assert attempt.control.drain_reason == Stop.BY_RESET.value


async def test_a_failure_in_the_time_of_an_operators_pause_is_raised_for_temporal_retries_it() -> None:
    attempt = Attempt()
    attempt.failure = ApplicationError("cut")
    running = await cancelled(attempt, Details(paused=True))
    attempt.let_go.set()
    with pytest.raises(ApplicationError, match="cut"):
        await running
