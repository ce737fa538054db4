"""An operator resets a phase: it goes on or begins again as they want, and what it had spent stays in the count."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from langgraph_heartbeat import _drain
from langgraph_heartbeat._messages import Resume
from langgraph_heartbeat._spending import spent_earlier
from temporalio.client import Client

from .errors import Busy
from .operated import (
    Handle,
    UntilStopped,
    events_of,
    heartbeat_of,
    last_failure,
    one_phase,
    operate,
    pending,
    until_paused,
)
from .paid import Open, asking, paying, spent_in, usd
from .phases import phase_worker, progress_of, start, until
from .test_life import Asked, Calls

ALL_CALLS = ["ask 1", "ask 2", "wait 3", "ask 4"]
RESULT = {"out": [f"answer to {call}" for call in ALL_CALLS]}
CLEAR = "--clear-heartbeat-details"


@pytest.fixture
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drain, "PAUSE_TIMEOUT", timedelta(milliseconds=100))


async def test_a_reset_lets_the_step_finish_and_the_phase_goes_on(client: Client) -> None:
    calls = Calls()
    calls.gate = UntilStopped()
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "reset")
        assert await handle.result() == RESULT
        assert await events_of(handle) == [f"activity_task_{each}" for each in ("scheduled", "started", "completed")]
    assert calls.made == ALL_CALLS


@pytest.mark.usefixtures("short_pause")
async def test_a_reset_that_clears_the_heartbeats_begins_again_and_what_was_spent_is_counted(client: Client) -> None:
    calls = Calls()
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        before, _ = await heartbeat_of(client, handle)
        await operate(client, handle, "reset", CLEAR)
        await until_waiting(calls, 2)
        earlier = {"calls": 3, "tokens": 30, "usd": 0.25}  # the call that was cut off has been paid for, too
        await until_spent(client, handle, {"calls": 6, "tokens": 60, "usd": 0.25, "earlier": earlier})
        assert (await heartbeat_of(client, handle))[0]["beats"] > before["beats"] + 2
        await operate(client, handle, "reset", CLEAR)
        await until_waiting(calls, 3)
        earlier = {"calls": 6, "tokens": 60, "usd": 0.5}
        await until_spent(client, handle, {"calls": 9, "tokens": 90, "usd": 0.25, "earlier": earlier})
        calls.gate.set()
        assert await handle.result() == RESULT
    assert calls.made == [*2 * ["ask 1", "ask 2"], *ALL_CALLS]


@pytest.mark.parametrize("clear", [False, True])
async def test_a_later_attempt_is_reset_like_the_first_one(client: Client, *, clear: bool) -> None:
    """The server refuses the token of an attempt that a reset gives another number; it takes its failure by the id."""
    calls = Calls()
    calls.gate = UntilStopped()
    calls.failing["ask 2"] = [ConnectionError("cut")]
    async with one_phase(client, paying(calls), progress=usd, heartbeat_seconds=60) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "reset", *([CLEAR] if clear else []))
        if clear:
            await until_waiting(calls, 2)
            earlier = {"calls": 4, "tokens": 45, "usd": 0.75}  # the call that was in flight has finished
            await until_spent(client, handle, {"calls": 7, "tokens": 75, "usd": 0.25, "earlier": earlier})
            await operate(client, handle, "reset")
        assert await asyncio.wait_for(handle.result(), 50) == RESULT
        assert await events_of(handle) == [f"activity_task_{each}" for each in ("scheduled", "started", "completed")]
    assert calls.made == ([*ALL_CALLS[:3], *ALL_CALLS] if clear else ALL_CALLS)


async def test_a_later_attempt_that_stops_for_a_pause_may_be_reset_and_stay_paused(client: Client) -> None:
    stopped, reset = asyncio.Event(), asyncio.Event()

    class Gate(asyncio.Event):
        async def wait(self) -> Any:
            await UntilStopped().wait()
            stopped.set()
            return await reset.wait()

    calls = Calls()
    calls.gate = Gate()
    calls.failing["ask 2"] = [ConnectionError("cut")]
    async with one_phase(client, paying(calls), progress=usd, heartbeat_seconds=60) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause", "--identity", "ada")
        await stopped.wait()
        await operate(client, handle, "reset", "--keep-paused")
        reset.set()
        await until_paused(handle, 50)
        assert (await last_failure(handle)).message == "Paused by ada; unpause it to go on from step 3."
        await operate(client, handle, "unpause")
        assert await asyncio.wait_for(handle.result(), 60) == RESULT
    assert calls.made == ALL_CALLS


@pytest.mark.usefixtures("short_pause")
async def test_a_call_that_a_pause_cuts_off_is_counted(client: Client) -> None:
    calls = Calls()
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause")
        await until_paused(handle)
        progress, _ = await heartbeat_of(client, handle)
        assert spent_in(progress) == {"calls": 3, "tokens": 30, "usd": 0.25}
        calls.gate.set()
        await operate(client, handle, "unpause")
        assert await handle.result() == RESULT
    assert calls.made == ALL_CALLS


async def test_the_count_goes_on_after_a_failure(client: Client) -> None:
    calls = Calls()
    calls.failing["ask 2"] = [ConnectionError("cut")]
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        await until_spent(client, handle, {"calls": 4, "tokens": 30, "usd": 0.25})
        progress, _ = await heartbeat_of(client, handle)
        assert progress["attempt"] == 2
        calls.gate.set()
        assert await handle.result() == RESULT


@pytest.mark.usefixtures("short_pause")
async def test_a_reset_of_a_phase_that_is_paused_can_keep_it_paused_and_says_since_when_it_counts(
    client: Client,
) -> None:
    """The server keeps nothing of an activity that is reset while no attempt runs."""
    calls = Calls()
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause")
        await until_paused(handle)
        await operate(client, handle, "reset", CLEAR, "--keep-paused")
        await until_paused(handle)
        assert len(calls.waiting) == 1
        await operate(client, handle, "unpause")
        await until_waiting(calls, 2)
        await until_spent(client, handle, {"calls": 3, "tokens": 30, "usd": 0.25}, since="since 20")
        calls.gate.set()
        assert await handle.result() == RESULT
    assert calls.made == ["ask 1", "ask 2", *ALL_CALLS]


@pytest.mark.usefixtures("short_pause")
async def test_a_reset_of_a_paused_phase_keeps_the_count_with_its_checkpoint(client: Client) -> None:
    calls = Calls()
    async with one_phase(client, paying(calls), progress=usd) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "pause")
        await until_paused(handle)
        await operate(client, handle, "reset")
        await until_waiting(calls, 2)
        await until_spent(client, handle, {"calls": 4, "tokens": 30, "usd": 0.25})
        progress, _ = await heartbeat_of(client, handle)
        assert progress["attempt"] == 1
        calls.gate.set()
        assert await handle.result() == RESULT
    assert calls.made == ALL_CALLS


@pytest.mark.parametrize("clear", [False, True])
async def test_a_phase_that_waits_for_its_next_attempt_is_reset_at_once(client: Client, *, clear: bool) -> None:
    calls = Calls()
    calls.gate = Open()
    calls.failing["ask 2"] = [Busy("busy", retry_after=timedelta(minutes=5))]
    async with one_phase(client, paying(calls), progress=usd) as handle:

        async def fails() -> bool:
            return bool((await last_failure(handle)).message)

        await until(fails)
        await operate(client, handle, "reset", *([CLEAR] if clear else []))
        assert await asyncio.wait_for(handle.result(), 60) == RESULT
    assert calls.made == (["ask 1", *ALL_CALLS] if clear else ALL_CALLS)


async def test_a_reset_forgives_the_failures_before_it(client: Client) -> None:
    """Three equal failures without progress are `Stuck`; after two and a reset there may be two more."""
    calls = Calls()
    calls.gate = Open()
    calls.failing["ask 2"] = [RuntimeError("broken") for _ in range(4)]
    async with one_phase(client, paying(calls), progress=usd) as handle:

        async def has_failed_twice() -> bool:
            return len(calls.failing["ask 2"]) == 2 and (await pending(handle)).attempt == 3

        await until(has_failed_twice)
        await operate(client, handle, "reset")
        assert await asyncio.wait_for(handle.result(), 60) == RESULT
    assert calls.made == ALL_CALLS


@pytest.mark.usefixtures("short_pause")
async def test_a_graph_that_keeps_an_account_can_add_what_a_reset_has_cleared(client: Client) -> None:
    calls = Calls()

    async def account(state: dict[str, Any]) -> dict[str, Any]:
        return {"out": [dict(spent_earlier())]}

    graph = paying(calls).add_node(account).add_edge("third", "account")
    async with one_phase(client, graph, progress=usd) as handle:
        await until_waiting(calls, 1)
        await operate(client, handle, "reset", CLEAR)
        await until_waiting(calls, 2)
        calls.gate.set()
        assert (await handle.result())["out"] == [*RESULT["out"], {"calls": 3, "tokens": 30, "usd": 0.25}]


async def test_what_a_state_had_cost_that_is_not_used_any_more_is_counted_too(client: Client) -> None:
    """No operator has reset it: the code of a node has changed, and the phase starts from the beginning."""
    calls, queue = Calls(), str(uuid4())
    async with phase_worker(client, queue, asking(calls), Asked, progress=usd):
        paused = await (await start(client, queue, {})).result()
    resume = Resume(checkpoint=paused.checkpoint)
    graph = asking(calls, changed=True)
    async with phase_worker(client, queue, graph, Asked, progress=usd, on_change="afresh"):
        handle = await start(client, queue, {}, resume)
        await until_waiting(calls, 1)

        async def is_counted() -> bool:
            progress, _ = await progress_of(client, handle)
            earlier = {"calls": 1, "tokens": 15, "usd": 0.25}
            return spent_in(progress) == {"calls": 3, "tokens": 30, "usd": 0.25, "earlier": earlier}

        await until(is_counted)
        calls.gate.set()
        await handle.result()


async def until_waiting(calls: Calls, count: int) -> None:
    async def waits() -> bool:
        return len(calls.waiting) == count

    await until(waits)


async def spent_of(client: Client, handle: Handle) -> dict[str, Any]:
    progress, _ = await heartbeat_of(client, handle)
    return spent_in(progress)


async def until_spent(client: Client, handle: Handle, spent: dict[str, Any], since: str = "") -> None:
    """Wait until the progress says that the phase has spent this; fail with what it says in the end."""
    newest = dict[str, Any]()

    async def is_spent() -> bool:
        newest.clear()
        newest.update(await spent_of(client, handle))
        return str(newest.pop("counted", "")).startswith(since) and newest == spent

    try:
        await until(is_spent)
    except TimeoutError:
        assert newest == spent
