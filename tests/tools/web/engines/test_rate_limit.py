"""When a request may be sent: in order, not too often, and without a gap for cancelled requests."""

import asyncio
from datetime import timedelta

import pytest

from outlast.tools.web.engines.rate_limit import RateLimiter, Turn


async def test_turns_come_in_order_and_not_too_often() -> None:
    pace, came = RateLimiter(timedelta(seconds=0.05)), list[tuple[int, float]]()

    async def search(number: int) -> None:
        await pace.acquire()
        came.append((number, asyncio.get_running_loop().time()))

    await asyncio.gather(*(search(number) for number in range(4)))
    assert [number for number, _ in came] == [0, 1, 2, 3]
    assert came[3][1] - came[0][1] >= 0.15 - 0.005


@pytest.mark.usefixtures("young_clock")
async def test_on_a_machine_that_has_just_started_the_first_turn_comes_at_once() -> None:
    async with asyncio.timeout(5):
        await RateLimiter(timedelta(hours=1)).acquire()


async def test_who_gives_up_waiting_leaves_no_gap() -> None:
    pace, time = RateLimiter(timedelta(seconds=0.2)), asyncio.get_running_loop().time
    await pace.acquire()
    waiting = [asyncio.create_task(pace.acquire()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    begun = time()
    await pace.acquire()
    assert time() - begun < 2  # with 20 gaps, 4 s


async def test_a_search_waits_from_when_it_queues_to_its_turn() -> None:
    turn = Turn()
    await turn.wait()  # an engine without a queue
    turn.start_waiting()
    assert turn.is_waiting
    turn.stop_waiting()
    await turn.wait()
    assert not turn.is_waiting
