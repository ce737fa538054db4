import asyncio
from datetime import timedelta

import pytest

from outlast.tools.web.pages.politeness import MAX_HOSTS, HostTurns
from tests.tools.web.pages.conftest import Clock

NONE = timedelta()


async def test_a_host_is_one_s_own() -> None:
    turns, inside, most = HostTurns(), 0, 0

    async def work(name: str) -> None:
        nonlocal inside, most
        async with turns.turn(name, NONE):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work("one") for _ in range(10)))
    assert most == 1
    await asyncio.gather(work("one"), work("two"))
    assert most == 2


async def test_the_pause_is_from_the_end_of_one_turn_to_the_beginning_of_the_next(clock: Clock) -> None:
    turns, pause = HostTurns(), timedelta(seconds=2)
    async with turns.turn("one", pause):
        clock.now += 30
    clock.now += 0.5
    async with turns.turn("two", pause):
        assert clock.slept == []
    async with turns.turn("one", pause):
        assert clock.slept == [1.5]


async def test_a_turn_that_does_not_count_is_not_waited_for(clock: Clock) -> None:
    turns = HostTurns()
    async with turns.turn("one", NONE, counts=False):
        pass
    async with turns.turn("one", timedelta(seconds=60)):
        assert clock.slept == []


async def test_a_turn_that_fails_or_is_given_up_frees_the_host() -> None:
    turns = HostTurns()
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("one", NONE):
            raise ZeroDivisionError
    async with turns.turn("one", NONE):
        waiting = asyncio.create_task(turns.turn("one", NONE).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(10), turns.turn("one", NONE):
        pass


async def test_hosts_that_nobody_waits_for_are_forgotten() -> None:
    turns = HostTurns()
    async with turns.turn("held", NONE):
        for number in range(3 * MAX_HOSTS):
            async with turns.turn(str(number), NONE):
                pass
        assert list(turns._locks) == ["held"]
    assert len(turns._last_used) == MAX_HOSTS
    assert {"held", str(3 * MAX_HOSTS - 1)} < set(turns._last_used)
    assert not turns._locks
