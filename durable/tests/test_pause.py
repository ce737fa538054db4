"""An operator pauses a phase while a call is under way: nothing is lost, nothing is made twice, and the UI says why."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import _drain
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client
from temporalio.worker import Worker

from . import worker_process
from .errors import Busy
from .one_phase import OnePhase
from .operated import UntilStopped, events_of, last_failure, one_phase, operate, until_paused
from .phases import phase_worker, start, until
from .test_life import Asked, Calls, fan, line


async def test_a_paused_phase_finishes_its_call_and_goes_on_when_it_is_unpaused(client: Client) -> None:
    calls = Calls()
    calls.gate = UntilStopped()
    async with one_phase(client, line(calls, 3)) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause", "--identity", "ada", "--reason", "too dear")
        await until_paused(handle)
        assert calls.made == ["n0", "n1"]  # the call that was under way has finished, and the next step has not begun
        failure = await last_failure(handle)
        assert failure.message == "Paused by ada (too dear); unpause it to go on from step 3."
        assert failure.application_failure_info.type == "Paused"
        await operate(client, handle, "unpause")
        assert await handle.result() == {"out": [0, 1, 2]}
        assert await events_of(handle) == [
            "activity_task_scheduled",
            "activity_task_started",
            "activity_task_completed",
        ]
    assert calls.made == ["n0", "n1", "n2"]
    assert calls.waiting == ["n1"]


async def test_who_has_paused_it_without_a_reason_is_named_by_the_command_line(client: Client) -> None:
    calls = Calls()
    calls.gate = UntilStopped()
    async with one_phase(client, line(calls, 3)) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause")
        await until_paused(handle)
        message = (await last_failure(handle)).message
        assert message.startswith("Paused by temporal-cli:")
        assert message.endswith("; unpause it to go on from step 3.")
        await handle.terminate()


async def test_a_call_that_outlasts_the_pause_is_cut_off_and_its_finished_siblings_are_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_drain, "PAUSE_TIMEOUT", timedelta(milliseconds=100))
    calls = Calls()
    async with one_phase(client, fan(calls)) as handle:  # work0 waits for the gate; first and work1 to work3 finish
        await until_made(calls, 4)
        await operate(client, handle, "pause")
        await until_paused(handle)
        assert (await last_failure(handle)).message.endswith("unpause it to go on from step 2.")
        calls.gate.set()
        await operate(client, handle, "unpause")
        assert sorted(map(str, (await handle.result())["out"])) == ["0", "1", "2", "3", "first", "last"]
    assert sorted(calls.made) == ["first", "last", "work0", "work1", "work2", "work3"]


@pytest.mark.parametrize("error", [None, RuntimeError("The call was cancelled.")])
async def test_pauses_are_not_failed_attempts(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    """Three equal failures without progress are `Stuck`. Pauses are none, even if a node makes an error of its end."""

    class Failing(asyncio.Event):
        async def wait(self) -> Any:
            try:
                return await super().wait()
            except asyncio.CancelledError:
                if error:
                    raise error from None
                raise

    monkeypatch.setattr(_drain, "PAUSE_TIMEOUT", timedelta(milliseconds=100))
    calls = Calls()
    calls.gate = Failing()
    async with one_phase(client, line(calls, 3)) as handle:
        for number in range(1, 5):
            await until_waiting(calls, number)
            await operate(client, handle, "pause")
            await until_paused(handle)
            assert (await last_failure(handle)).application_failure_info.type == "Paused"
            await operate(client, handle, "unpause")
        await until_waiting(calls, 5)
        calls.gate.set()
        assert await handle.result() == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]


async def test_a_failure_of_the_graph_while_it_is_paused_stays_a_failure(client: Client) -> None:
    calls = Calls()
    calls.gate = UntilStopped()
    calls.failing["n1"] = [ConnectionError("cut")]
    async with one_phase(client, line(calls, 3)) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause")
        await until_paused(handle)
        assert (await last_failure(handle)).message == "cut"
        calls.gate = asyncio.Event()
        calls.gate.set()
        await operate(client, handle, "unpause")
        assert await handle.result() == {"out": [0, 1, 2]}


async def test_a_phase_that_waits_for_its_next_attempt_can_be_paused(client: Client) -> None:
    calls = Calls()
    calls.gate.set()
    calls.failing["n1"] = [Busy("busy", retry_after=timedelta(minutes=5))]
    async with one_phase(client, line(calls, 3)) as handle:

        async def fails() -> bool:
            return bool((await last_failure(handle)).message)

        await until(fails)
        await operate(client, handle, "pause")
        await until_paused(handle)
        assert calls.made == ["n0"]
        await operate(client, handle, "unpause")
        assert await asyncio.wait_for(handle.result(), 60) == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]


async def test_a_worker_that_dies_after_a_pause_loses_nothing(client: Client) -> None:
    """The next attempt begins on another worker from the checkpoint, when the phase is unpaused."""
    calls, queue = Calls(), str(uuid4())
    calls.gate = UntilStopped()
    workflows = Worker(client, task_queue=queue, workflows=[OnePhase])
    async with workflows:
        async with phase_worker(client, queue, line(calls, 3), Asked):
            handle = await client.start_workflow(OnePhase.run, 5, id=queue, task_queue=queue)
            await until_waiting(calls, 1)
            await operate(client, handle, "pause")
            await until_paused(handle)
        await operate(client, handle, "unpause")
        async with phase_worker(client, queue, line(calls, 3), Asked):
            assert await handle.result() == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]


async def test_a_worker_that_shuts_down_ends_the_time_of_a_paused_phase(client: Client) -> None:
    stopped = asyncio.Event()

    class Tells(asyncio.Event):
        """A gate that tells when the attempt has been paused, and stays closed."""

        async def wait(self) -> Any:
            await UntilStopped().wait()
            stopped.set()
            return await super().wait()

    calls, queue = Calls(), str(uuid4())
    calls.gate = Tells()
    workflows = Worker(client, task_queue=queue, workflows=[OnePhase])
    async with workflows:
        async with phase_worker(client, queue, line(calls, 3), Asked, grace_seconds=0.1):
            handle = await client.start_workflow(OnePhase.run, 5, id=queue, task_queue=queue)
            await until_waiting(calls, 1)
            await operate(client, handle, "pause")
            await stopped.wait()
        await until_paused(handle)
        assert (await last_failure(handle)).application_failure_info.type == "Paused"
        calls.gate = asyncio.Event()
        calls.gate.set()
        await operate(client, handle, "unpause")
        async with phase_worker(client, queue, line(calls, 3), Asked):
            assert await handle.result() == {"out": [0, 1, 2]}
    assert calls.made == ["n0", "n1", "n2"]


async def test_a_worker_that_is_killed_while_its_phase_stops_costs_the_call_in_flight(
    durable_client: Client, tmp_path: Path
) -> None:
    queue, file = str(uuid4()), tmp_path / "begun"
    address = durable_client.service_client.config.target_host
    killed = await asyncio.create_subprocess_exec(sys.executable, worker_process.__file__, address, queue, str(file))
    async with Worker(durable_client, task_queue=queue, workflows=[OnePhase]):
        handle = await durable_client.start_workflow(OnePhase.run, 5, id=queue, task_queue=queue)

        async def has_begun() -> bool:
            return file.exists() and file.read_text() == "first\nsecond\n"

        await until(has_begun)
        await operate(durable_client, handle, "pause")
        killed.kill()
        await killed.wait()
        # The server (1.32.0) misses the heartbeats of a paused attempt only after it is unpaused.
        await operate(durable_client, handle, "unpause")
        async with worker_process.worker(durable_client, queue, file, holds=False):
            assert await handle.result() == {"out": ["first", "second"]}
    assert file.read_text() == "first\nsecond\nsecond\n"


async def test_an_activity_without_a_workflow_is_paused_too_and_the_server_does_not_say_by_whom(client: Client) -> None:
    calls, queue = Calls(), str(uuid4())
    calls.gate = UntilStopped()
    async with phase_worker(client, queue, line(calls, 3), Asked):
        handle = await start(client, queue, {})
        await until_waiting(calls, 1)
        await handle.pause(reason="too dear")

        async def is_paused() -> bool:
            state = (await handle.describe()).raw_info.run_state
            return state == PendingActivityState.PENDING_ACTIVITY_STATE_PAUSED

        await until(is_paused)
        described = await handle.describe(include_last_failure=True)
        assert described.raw_info.last_failure.message == "Paused by an operator; unpause it to go on from step 3."
        await handle.unpause()
        assert (await handle.result()).out == [0, 1, 2]
    assert calls.made == ["n0", "n1", "n2"]


async def until_waiting(calls: Calls, count: int) -> None:
    async def waits() -> bool:
        return len(calls.waiting) == count

    await until(waits)


async def until_made(calls: Calls, count: int) -> None:
    async def are_made() -> bool:
        return len(calls.made) == count

    await until(are_made)
