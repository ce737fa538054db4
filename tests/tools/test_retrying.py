"""Retries of calls: when they are made, how long, and not longer."""

import asyncio
import email.utils
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outlast.evidence.errors import NeedsOperator, Permanent, Transient
from outlast.tools.retrying import Patience, deadline, parse_retry_after, retry

QUICK = Patience(
    total_timeout=timedelta(seconds=20),
    attempt_timeout=timedelta(seconds=0.1),
    first_wait=timedelta(seconds=0.01),
    max_wait=timedelta(seconds=0.02),
)
"""An attempt may take 0.1 s, and there is time for several on a busy machine."""


class Calls:
    """Raises the given errors, one for each call, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.moments: list[float] = []

    async def __call__(self) -> str:
        self.moments.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def test_transient_errors_are_tried_again() -> None:
    calls = Calls(Transient("one"), Transient("two"))
    assert await retry(calls, "It", QUICK) == "answer"
    assert len(calls.moments) == 3


@pytest.mark.parametrize("error", [Permanent("no"), NeedsOperator("no", "pay"), KeyError("flaw"), ValueError("flaw")])
async def test_nothing_else_is(error: Exception) -> None:
    calls = Calls(error)
    with pytest.raises(type(error)):
        await retry(calls, "It", QUICK)
    assert len(calls.moments) == 1


async def test_patience_ends_with_the_last_error() -> None:
    calls = Calls(*(Transient(f"number {number}") for number in range(1_000)))
    with pytest.raises(Transient, match="number ") as caught:
        await retry(calls, "It", replace(QUICK, total_timeout=timedelta(seconds=2)))
    assert 2 < len(calls.moments) < 1_000
    assert str(caught.value) == f"number {len(calls.moments) - 1}"
    assert calls.moments[-1] - calls.moments[0] >= 1  # it did not give up early


async def test_a_server_says_when_to_come_back() -> None:
    calls = Calls(Transient("busy", timedelta(seconds=0.2)))
    await retry(calls, "It", QUICK)
    assert calls.moments[1] - calls.moments[0] >= 0.2


async def test_later_than_patience_lasts_is_not_waited_for() -> None:
    calls = Calls(Transient("busy", timedelta(seconds=30)))
    with pytest.raises(Transient) as caught:
        await asyncio.wait_for(retry(calls, "It", QUICK), 5)
    assert caught.value.retry_after == timedelta(seconds=30)
    assert len(calls.moments) == 1


async def test_an_attempt_that_takes_too_long_is_made_again() -> None:
    attempts = list[int]()

    async def call() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            await asyncio.Event().wait()
        return "answer"

    assert await retry(call, "It", QUICK) == "answer"
    assert len(attempts) == 3


async def test_waiting_in_the_queue_is_not_counted_as_the_call() -> None:
    waited = list[int]()

    async def queue() -> None:
        waited.append(1)
        await asyncio.sleep(0.15)  # longer than an attempt may take

    calls = Calls(Transient("once"))
    assert await retry(calls, "It", QUICK, before=queue) == "answer"
    assert len(waited) == 2


async def test_siblings_are_undisturbed() -> None:
    steady = Calls()
    shaky = Calls(Transient("one"), Transient("two"))
    assert await asyncio.gather(retry(shaky, "It", QUICK), retry(steady, "It", QUICK)) == ["answer"] * 2
    assert len(steady.moments) == 1


async def test_cancelling_ends_it_at_once() -> None:
    begun = asyncio.Event()

    async def call() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(retry(call, "It", Patience()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_deadline_names_who_was_late() -> None:
    with pytest.raises(Transient, match=r"Tavily did not answer within 0\.05 s\."):
        async with deadline(timedelta(seconds=0.05), "Tavily"):
            await asyncio.Event().wait()


async def test_a_timeout_of_the_call_itself_is_transient_too() -> None:
    with pytest.raises(Transient):
        async with deadline(timedelta(seconds=5), "Tavily"):
            raise TimeoutError


def _date(seconds: float) -> str:
    return email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"Retry-After": "99999999999999999999999"}, 86_400),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float) -> None:
    assert parse_retry_after(headers) == timedelta(seconds=seconds)


def test_retry_after_as_a_date() -> None:
    wait = parse_retry_after({"Retry-After": _date(120)})
    assert wait is not None
    assert timedelta(seconds=100) < wait <= timedelta(seconds=120)
    assert parse_retry_after({"Retry-After": _date(10**8)}) == timedelta(days=1)


JUNK = ["", "soon", "-5", "nan", "inf", "1e999", "7 seconds", "Wed, 99 Foo 2015 07:28:00 GMT", "0x10", "\x00", "12:30"]


@pytest.mark.parametrize("value", JUNK)
def test_junk_says_nothing(value: str) -> None:
    assert parse_retry_after({"Retry-After": value}) is None


def test_no_header_says_nothing() -> None:
    assert parse_retry_after({}) is None
